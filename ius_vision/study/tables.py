"""The cohort as it was understood: typed, computed and joined cells, as CSV and Parquet."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ius_vision.findings.column_table import write_columns
from ius_vision.study.cohort import Cohort


def write_cohort(cohort: Cohort, folder: Path) -> tuple[Path, Path]:
    """Write `cohort.csv` and `cohort.parquet`; `computed` says which cells the table itself did not hold."""
    known = dict.fromkeys((*cohort.columns, *(name for each in cohort.visits for name in each.values)))
    columns: dict[str, list[str] | np.ndarray] = {}
    for name in known:
        cells = [each.get(name) for each in cohort.visits]
        if all(cell is None or isinstance(cell, (int, float)) for cell in cells):
            columns[name] = np.array([np.nan if cell is None else float(cell) for cell in cells])
        else:
            columns[name] = ["" if cell is None else str(cell) for cell in cells]
    columns["computed"] = [
        "; ".join(f"{name}: {source}" for name, source in each.computed.items()) for each in cohort.visits
    ]
    return write_columns(columns, folder / "cohort")
