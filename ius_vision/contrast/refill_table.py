"""Refillings of a whole table of curves as columns, a row a curve."""

from __future__ import annotations

import numpy as np

from ius_vision.contrast.curve_table import CurveTable
from ius_vision.contrast.replenishment import PARAMETERS, Refill, fit_refill
from ius_vision.contrast.result_table import CONTRACT_NUMBERS
from ius_vision.vocabulary import interval_names

REPLENISHMENT = "replenishment"
_FIGURES = ("residual_sd", "window_end_s", "frames_used")


def refill_table(table: CurveTable) -> dict[str, list[str] | np.ndarray]:
    """Fit the refilling after a flash to every curve of a table.

    Returns
    -------
    The columns of `result_table.fit_table`, of which a refilling has `t0_s`, `baseline` and `pe`, then
    `beta_per_s` and `inflow_per_s` with their intervals.
    """
    curves = len(table.ids)
    intervals = [column for name in PARAMETERS for column in interval_names(name)]
    names = dict.fromkeys((*CONTRACT_NUMBERS, "qof", *PARAMETERS, *intervals, *_FIGURES))
    numbers = {name: np.full(curves, np.nan) for name in names}
    words: dict[str, list[str]] = {name: [""] * curves for name in ("status", "reason", "detail", "flags")}
    for places, times_s, intensities in table.groups():
        for place, t, y in zip(places, times_s, intensities, strict=True):
            found = fit_refill(t, y)
            if isinstance(found, Refill):
                words["status"][place] = "measured"
                _fill(numbers, found, int(place))
            else:
                words["status"][place], words["reason"][place] = found.status, found.reason
                words["detail"][place] = found.detail
    columns: dict[str, list[str] | np.ndarray] = {"curve_id": table.ids, "model": [REPLENISHMENT] * curves}
    columns |= {name: numbers[name] for name in (*CONTRACT_NUMBERS, "qof")} | words
    columns |= {name: array for name, array in numbers.items() if name not in columns}
    samples = np.diff(table.first)
    return {**columns, "samples": samples, "rows_left_out": table.left_out, "rows_merged": table.merged}


def _fill(numbers: dict[str, np.ndarray], found: Refill, place: int) -> None:
    numbers["t0_s"][place], numbers["qof"][place] = found.t0_s, found.qof
    for name in PARAMETERS:
        value, half = found.values[name], found.half_widths[name]
        low, high = interval_names(name)
        numbers[name][place], numbers[low][place], numbers[high][place] = value, value - half, value + half
    for name in _FIGURES:
        numbers[name][place] = getattr(found, name)
