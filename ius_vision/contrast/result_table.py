"""Fits of a whole table of curves as columns, a row a curve."""

from __future__ import annotations

import numpy as np

from ius_vision.contrast.curve_table import CurveTable
from ius_vision.contrast.curves import Fits, best_of, fit_best, fit_curves
from ius_vision.contrast.models import TEXTBOOK_NAMES
from ius_vision.contrast.parameters import PARAMETERS
from ius_vision.vocabulary import interval_names

BEST = "best"
CONTRACT_NUMBERS = (
    "t0_s", "baseline", "pe", "ttp_s", "rt_s", "ft_s", "mtt_s",
    "wi_auc", "wo_auc", "wiwo_auc", "wir", "wor", "wipi",
)  # fmt: skip
_FIGURES = ("residual_sd", "aicc", "window_end_s", "frames_used")
_NUMBERS = (
    *CONTRACT_NUMBERS, "qof", *(name for name in PARAMETERS if name not in CONTRACT_NUMBERS),
    "enhancement_db", "shape_1", "shape_2", *_FIGURES,
)  # fmt: skip
_WORDS = ("model", "status", "reason", "detail", "flags")


def fit_table(table: CurveTable, model: str) -> dict[str, list[str] | np.ndarray]:
    """Fit every curve of a table.

    Parameters
    ----------
    model : one of `models.MODELS`, or `best` for the one that a curve's AICc prefers.

    Returns
    -------
    Columns of the contract in their order, then `detail`, `flags`, further parameters, the model's two shape
    parameters (`models.TEXTBOOK_NAMES`), 95 % intervals, and counts of samples. Empty cells are NaN or "".
    """
    curves = len(table.ids)
    numbers = {name: np.full(curves, np.nan) for name in (*_NUMBERS, *_interval_columns())}
    words = {name: np.full(curves, "", dtype=object) for name in _WORDS}
    for places, times_s, intensities in table.groups():
        if model == BEST:
            fits = fit_best(times_s, intensities)
            chosen = best_of(fits)
            for index, one in enumerate(fits):
                _fill(numbers, words, one, np.flatnonzero(chosen == index), places)
        else:
            _fill(numbers, words, fit_curves(times_s, intensities, model), np.arange(len(places)), places)
    columns: dict[str, list[str] | np.ndarray] = {"curve_id": table.ids, "model": list(words["model"])}
    columns.update((name, numbers[name]) for name in (*CONTRACT_NUMBERS, "qof"))
    columns.update((name, list(words[name])) for name in ("status", "reason", "detail", "flags"))
    columns.update((name, array) for name, array in numbers.items() if name not in columns)
    samples = np.diff(table.first)
    return {**columns, "samples": samples, "rows_left_out": table.left_out, "rows_merged": table.merged}


def _interval_columns() -> list[str]:
    return [column for name in PARAMETERS for column in interval_names(name)]


def _fill(
    numbers: dict[str, np.ndarray],
    words: dict[str, np.ndarray],
    fits: Fits,
    rows: np.ndarray,
    places: np.ndarray,
) -> None:
    """Write some rows of a group's fits to their places in the table."""
    there = places[rows]
    for name in PARAMETERS:
        value, half = fits.values[name][rows], fits.half_widths[name][rows]
        numbers[name][there] = value
        low, high = interval_names(name)
        numbers[low][there], numbers[high][there] = value - half, value + half
    for column, name in zip(("shape_1", "shape_2"), TEXTBOOK_NAMES[fits.model], strict=True):
        numbers[column][there] = fits.values[name][rows]
    for name in ("qof", *_FIGURES):
        numbers[name][there] = fits.figures[name][rows]
    baseline, pe = fits.values["baseline"][rows], fits.values["pe"][rows]
    ratio = np.where(baseline > 0, (baseline + pe) / np.where(baseline > 0, baseline, 1.0), np.nan)
    numbers["enhancement_db"][there] = 10.0 * np.log10(ratio)
    words["model"][there] = fits.model
    words["status"][there] = np.where(fits.verdict[rows] == 0, "measured", "abstained")
    for row, place in zip(rows, there, strict=True):
        if fits.verdict[row]:
            words["reason"][place], words["detail"][place] = fits.reason(row), fits.detail(row)
        words["flags"][place] = fits.flag_names(row)
