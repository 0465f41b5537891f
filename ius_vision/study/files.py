"""Read a table by what its bytes are: CSV, Excel or Parquet, whatever the file is called."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from ius_vision.study.cells import Cell
from ius_vision.study.problems import Problem
from ius_vision.study.sheet import Rename, Sheet, build, has_keys, missing_keys, named, unreadable
from ius_vision.study.workbook import read_workbook

_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_CELL_LIMIT = 10_000_000


def read_sheet(raw: bytes, path: Path, rename: Rename) -> Sheet:
    """Read a table.

    Parameters
    ----------
    rename : gives a header the dictionary's names.

    Raises
    ------
    BadUsage
        `bad_cohort_table`: nothing that can be read as a table with the key columns.
    """
    if not raw.strip(b"\x00\r\n\t ;,\xef\xbb\xbf"):
        raise unreadable("the file is empty", path)
    if raw.startswith(b"PAR1"):
        return _parquet(raw, path, rename)
    if raw.startswith(b"PK\x03\x04"):
        return read_workbook(raw, path, rename)
    if raw.startswith(_OLD_EXCEL):
        raise unreadable("the file is a workbook of the old .xls kind; save it as .xlsx", path)
    return _csv(raw, path, rename)


def _parquet(raw: bytes, path: Path, rename: Rename) -> Sheet:
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.read_table(io.BytesIO(raw))
        columns = [column.to_pylist() for column in table.columns]
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise unreadable(f"the Parquet file cannot be read ({error})", path) from error
    header = named(table.column_names, rename)
    if not has_keys(header):
        raise missing_keys(header, path)
    return build(((2 + index, list(cells)) for index, cells in enumerate(zip(*columns, strict=True))),
                 header, path, [])  # fmt: skip


def _csv(raw: bytes, path: Path, rename: Rename) -> Sheet:
    text = _decoded(raw)
    tried: list[str] = []
    for separator, word in _SEPARATORS.items():
        records = _records(text, separator, path)
        _, cells = next(records, (1, []))
        header = named(cells, rename)
        if has_keys(header):
            problems = [] if separator == "," else [_separated_by(word)]
            sheet = build(records, header, path, problems)
            return Sheet(sheet.header, sheet.rows, sheet.broken, problems, separator == ";")
        tried = max(tried, header, key=len)
    raise missing_keys(tried, path)


def _separated_by(word: str) -> Problem:
    return Problem(
        problem=f"the table is separated by {word}s; it was read so"
        + (", and a comma in a number as its decimal sign" if word == "semicolon" else ""),
        what_to_do="Nothing, where that is right; a CSV with commas and decimal points cannot be misread",
    )


def _decoded(raw: bytes) -> str:
    """UTF-8 or, where its mark stands in front, UTF-16; bytes that are neither become U+FFFD."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    return raw.decode("utf-8-sig", "replace")


def _records(text: str, separator: str, path: Path) -> Iterator[tuple[int, list[Cell]]]:
    """Numbered records that are not blank; an empty line counts, as in a spreadsheet."""
    limit = csv.field_size_limit(_CELL_LIMIT)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        for number, cells in enumerate(reader, start=1):
            if any(cell.strip() for cell in cells):
                yield number, list(cells)
    except csv.Error as error:
        raise unreadable(f"the CSV cannot be read ({error})", path) from error
    finally:
        csv.field_size_limit(limit)
