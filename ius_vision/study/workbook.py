"""The table in an Excel workbook. Formulas count with the result that the workbook has stored."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from ius_vision.study.cells import NO_RESULT, Cell
from ius_vision.study.problems import Problem, shown
from ius_vision.study.sheet import Rename, Sheet, build, has_keys, missing_keys, named, unreadable


def read_workbook(raw: bytes, path: Path, rename: Rename) -> Sheet:
    """Read the first sheet of a workbook that has the key columns.

    Raises
    ------
    BadUsage
        `bad_cohort_table`: it is no workbook, or no sheet has the key columns.
    """
    found, header = [], []
    values, formulas = (_open(raw, path, results) for results in (True, False))
    try:
        for sheet in values.worksheets:
            records = _numbered(sheet)
            first = next(records, (1, []))
            names = named(first[1], rename)
            header = max(header, names, key=len)
            if has_keys(names):
                found.append((sheet.title, names, records))
        if not found:
            raise missing_keys(header, path)
        title, names, records = found[0]
        problems = [_several([each[0] for each in found])] if len(found) > 1 else []
        if title != values.worksheets[0].title:
            problems.append(_not_the_first(title))
        both = _with_formulas(records, formulas[title], names, problems)
        return build(both, names, path, problems)
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
        raise unreadable(f"the workbook cannot be read ({error})", path) from error
    finally:
        values.close()
        formulas.close()


def _open(raw: bytes, path: Path, results: bool):
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            # Drop-down lists and conditional colours that the library does not know change no value.
            warnings.simplefilter("ignore", UserWarning)
            return load_workbook(io.BytesIO(raw), read_only=True, data_only=results)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, EOFError) as error:
        raise unreadable(f"the workbook cannot be read ({error})", path) from error


def _numbered(sheet) -> Iterator[tuple[int, list[Cell]]]:
    """Rows that are not blank, with their numbers; trailing empty cells are cut."""
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        row = list(cells)
        while row and row[-1] is None:
            row.pop()
        if row:
            yield number, row


def _with_formulas(
    records: Iterator[tuple[int, list[Cell]]], sheet, names: list[str], problems: list[Problem]
) -> Iterator[tuple[int, list[Cell]]]:
    """Cells as stored results, as many as there are names; what formulas stand in is told once a column."""
    counted: dict[str, list[int]] = {}
    written = enumerate(sheet.iter_rows(values_only=True), start=1)
    for number, cells in records:
        cells += [None] * (len(names) - len(cells))
        row = next(row for at, row in written if at == number)
        for place, formula in enumerate(row[: len(names)]):
            if _is_formula(formula):
                counted.setdefault(names[place], []).append(number)
                if cells[place] is None:
                    cells[place] = f"{NO_RESULT}{_formula_text(formula)}"
        yield number, cells
    problems += [_formulas(name, rows) for name, rows in counted.items()]


def _is_formula(cell: object) -> bool:
    return (isinstance(cell, str) and cell.startswith("=")) or hasattr(cell, "ref")


def _formula_text(cell: object) -> str:
    return cell if isinstance(cell, str) else str(getattr(cell, "text", "array formula"))


def _formulas(name: str, rows: list[int]) -> Problem:
    return Problem(
        row=rows[0],
        column=name,
        problem=f"{len(rows)} cells of the column hold formulas, the first in row {rows[0]}; "
        "the results stored in the workbook were read",
        what_to_do="Nothing, where the workbook was saved after its last change; else save it again",
    )


def _not_the_first(title: str) -> Problem:
    return Problem(
        value=shown(title),
        problem="this sheet was read; sheets before it do not have the key columns",
        what_to_do="Nothing, where that is right; else save the one you mean as a file of its own",
    )


def _several(titles: list[str]) -> Problem:
    listed = ", ".join(chain(titles[1:4], ["…"] if len(titles) > 4 else []))
    return Problem(
        value=shown(titles[0]),
        problem=f"several sheets have the key columns; only the first was read, not {shown(listed)}",
        what_to_do="Keep the cohort in one sheet, or save the one you mean as a file of its own",
    )
