"""A table as its file holds it: a header and numbered rows of cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ius_vision.errors import BadUsage
from ius_vision.study.cells import Cell, plain
from ius_vision.study.dictionary import DICTIONARY, KEYS
from ius_vision.study.problems import Problem, shown

Rename = Callable[[list[str]], list[str]]
NEXT_STEP = (
    "Give a CSV, Excel or Parquet table with a header row and at least the columns patient_id and visit"
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table before its cells are typed.

    Attributes
    ----------
    header : names of the columns, trimmed.
    rows : row number as a spreadsheet shows it, and the row's cells, as many as there are names.
    broken : row number and cells of rows that have more cells than the header.
    comma_decimals : the file is separated by semicolons, so that a comma in a number is its decimal sign.
    """

    header: list[str]
    rows: list[tuple[int, list[Cell]]]
    broken: list[tuple[int, list[Cell]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    comma_decimals: bool = False


def unreadable(what: str, path: Path) -> BadUsage:
    return BadUsage("bad_cohort_table", what, str(path), NEXT_STEP)


def has_keys(header: list[str]) -> bool:
    return all(name in header for name in KEYS)


def named(cells: list[Cell], rename: Rename) -> list[str]:
    """The names in a header row: trimmed, in our spelling where only capitals differ."""
    names = [
        "" if cell is None else str(cell).replace("\u00a0", " ").strip("\ufeff \t\r\n") for cell in cells
    ]
    while names and not names[-1]:
        names.pop()
    return [name.lower() if name.lower() in DICTIONARY else name for name in rename(names)]


def build(
    records: Iterator[tuple[int, list[Cell]]], header: list[str], path: Path, problems: list[Problem]
) -> Sheet:
    """Rows that fit the header apart from those that are longer; rows without any cell are left out.

    Raises
    ------
    BadUsage
        A key column is missing or stands twice, or there is no row.
    """
    for key in KEYS:
        if header.count(key) > 1:
            raise unreadable(f"the column {key} stands {header.count(key)} times", path)
    rows, broken = [], []
    for number, raw in records:
        cells = [plain(cell) for cell in raw]
        if all(cell is None or cell == "" for cell in cells):
            continue
        while len(cells) > len(header) and cells[-1] in (None, ""):
            cells.pop()
        if len(cells) < len(header):
            problems.append(_short(number, len(cells), len(header)))
            cells = [*cells, *[None] * (len(header) - len(cells))]
        (rows if len(cells) == len(header) else broken).append((number, cells))
    if not rows and not broken:
        raise unreadable("the table has a header and no row", path)
    return Sheet(header, rows, broken, problems)


def _short(row: int, cells: int, names: int) -> Problem:
    """Spreadsheets leave away empty cells at the end of a line."""
    return Problem(
        row=row,
        problem=f"the row has {cells} cells and the header {names}; the last ones were taken as empty",
        what_to_do="Nothing, where the missing cells are the last ones; else write an empty cell for each",
    )


def missing_keys(header: list[str], path: Path) -> BadUsage:
    missing = [key for key in KEYS if key not in header]
    seen = ", ".join(name for name in header[:8] if name)
    seen = "".join(sign if sign.isprintable() and sign != "\ufffd" else "?" for sign in seen)
    found = f"in the header ({shown(seen)})" if seen else "and no header"
    return unreadable(f"no column {' and no column '.join(missing)} {found}", path)
