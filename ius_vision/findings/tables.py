"""Tables as CSV and Parquet: the same columns, the same values, the same bytes for the same rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import TypeVar

from ius_vision.errors import IusError
from ius_vision.findings.column import Column, Row, columns_of
from ius_vision.findings.formula import guarded, unguarded
from ius_vision.findings.whole_file import whole_file

R = TypeVar("R", bound=Row)
ROWS_A_GROUP = 65_536


def write_table(rows: Iterable[R], row_type: type[R], stem: Path) -> tuple[Path, Path]:
    """Write `stem`.csv and `stem`.parquet, each whole or not at all.

    Text that a spreadsheet would run as a formula gets an apostrophe in front, in the CSV only. Parquet
    columns have their type also where every cell is empty. Rows are taken one group at a time, so a
    generator may give them.

    Returns
    -------
    The two paths.
    """
    import pyarrow
    import pyarrow.parquet

    columns = columns_of(row_type)
    schema = _arrow_schema(columns)
    paths = stem.with_name(f"{stem.name}.csv"), stem.with_name(f"{stem.name}.parquet")
    with ExitStack() as stack:
        raw, parquet_stream = (stack.enter_context(whole_file(path)) for path in paths)
        text = io.TextIOWrapper(raw, encoding="utf-8", newline="", write_through=True)
        stack.callback(text.detach)
        sheet = csv.writer(text, lineterminator="\n")
        sheet.writerow([each.name for each in columns])
        parquet = stack.enter_context(pyarrow.parquet.ParquetWriter(parquet_stream, schema))
        for group in _groups(rows):
            sheet.writerows([_cell(getattr(row, each.name)) for each in columns] for row in group)
            parquet.write_table(_arrow_table(group, columns, schema))
    return paths


def read_table(path: Path, row_type: type[R]) -> list[R]:
    """Read back a table written by `write_table`, CSV or Parquet by the file's ending.

    Raises
    ------
    IusError
        `table_unreadable`: a column of `row_type` is missing, or a cell does not fit its column.
    """
    columns = columns_of(row_type)
    try:
        records = _parquet_records(path) if path.suffix == ".parquet" else _csv_records(path, columns)
        return [row_type(**_known(record, columns)) for record in records]
    except (KeyError, ValueError, OSError, csv.Error) as error:
        raise IusError(
            "table_unreadable",
            f"the table does not hold what was expected ({error})",
            str(path),
            "Run analyze again to write it anew",
        ) from error


def _cell(value: str | int | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    return repr(value)


def _value(cell: str, each: Column) -> str | int | float | None:
    if cell == "":
        return None
    if each.kind is str:
        return unguarded(cell)
    return each.kind(cell)


def _known(record: dict, columns: tuple[Column, ...]) -> dict:
    """Cells of the row's own columns; an empty cell of a text column that must be there is the empty text."""
    cells = {each.name: record[each.name] for each in columns}
    for each in columns:
        if cells[each.name] is None and not each.optional and each.kind is str:
            cells[each.name] = ""
    return cells


def _csv_records(path: Path, columns: tuple[Column, ...]) -> Iterator[dict]:
    kinds = {each.name: each for each in columns}
    with path.open(encoding="utf-8", newline="") as stream:
        for record in csv.DictReader(stream, strict=True):
            yield {name: _value(cell or "", kinds[name]) for name, cell in record.items() if name in kinds}


def _parquet_records(path: Path) -> Iterator[dict]:
    import pyarrow
    import pyarrow.parquet

    with path.open("rb") as stream:
        yield from pyarrow.parquet.read_table(stream).to_pylist()


def _groups(rows: Iterable[R]) -> Iterator[list[R]]:
    walk = iter(rows)
    while group := list(islice(walk, ROWS_A_GROUP)):
        yield group


def _arrow_schema(columns: tuple[Column, ...]):
    import pyarrow

    kinds = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64()}
    return pyarrow.schema([(each.name, kinds[each.kind]) for each in columns])


def _arrow_table(group: list[R], columns: tuple[Column, ...], schema):
    """An empty text is null, as its cell in the CSV is empty."""
    import pyarrow

    cells = {
        each.name: [None if (cell := getattr(row, each.name)) == "" else cell for row in group]
        for each in columns
    }
    return pyarrow.table(cells, schema=schema)
