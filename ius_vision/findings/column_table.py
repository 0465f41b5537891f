"""Tables of a million rows, given as columns: CSV and Parquet with the same columns, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from ius_vision.findings.formula import guarded
from ius_vision.findings.whole_file import whole_file


def write_columns(columns: Mapping[str, Sequence[str] | np.ndarray], stem: Path) -> tuple[Path, Path]:
    """Write `stem`.csv and `stem`.parquet.

    Parameters
    ----------
    columns : text (empty = empty cell) or numbers (NaN = empty cell), all of one length.

    Notes
    -----
    Text that a spreadsheet would run as a formula gets an apostrophe in front, in the CSV only.
    """
    import pyarrow
    from pyarrow import csv, parquet

    arrays, sheet = {}, {}
    for name, cells in columns.items():
        if isinstance(cells, np.ndarray):
            missing = np.isnan(cells) if cells.dtype.kind == "f" else None
            arrays[name] = sheet[name] = pyarrow.array(cells, mask=missing)
        else:
            texts = [cell or None for cell in cells]
            arrays[name] = pyarrow.array(texts, type=pyarrow.string())
            sheet[name] = pyarrow.array([cell and guarded(cell) for cell in texts], type=pyarrow.string())
    paths = stem.with_name(f"{stem.name}.csv"), stem.with_name(f"{stem.name}.parquet")
    with ExitStack() as stack:
        csv_stream, parquet_stream = (stack.enter_context(whole_file(path)) for path in paths)
        csv_stream.write((",".join(columns) + "\n").encode())
        options = csv.WriteOptions(include_header=False, quoting_style="needed")
        csv.write_csv(pyarrow.table(sheet), csv_stream, options)
        parquet.write_table(pyarrow.table(arrays), parquet_stream)
    return paths
