"""Which curves cannot be measured, and how that is told."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.start import Start

MIN_FRAMES = 12
MIN_USABLE_SHARE = 0.8
QOF_LIMIT = 0.75
MISFIT_LIMIT = 0.04  # of the peak; another bolus model than the true one leaves 0.01
# Half an interval as a share of its value, for the peak and for all else: beyond it the curve tells nothing.
WIDEST_PEAK, WIDEST = 1.0, 3.0
_LARGEST_GAP = 0.5  # of the time between half rise and half fall
_MIN_BOLUS_FRAMES = 6
_BOLUS_OVER_NOISE = 7.0
_STILL_UP = 0.9
_VALLEY_BLOCKS = 4

# The order is that of the numbers in `Fits.verdict`; 0 is a measured curve.
VERDICTS = ("", "non_finite", "too_short", "no_bolus", "no_arrival", "second_bolus", "poor_curve_fit")
_DETAIL = {
    "non_finite": "More than a fifth of the values are missing or infinite; give finite linear intensities.",
    "too_short": "The bolus has too few samples or a gap, or the curve ends before its peak has passed; "
    "record until wash-out.",
    "no_bolus": "The curve does not rise above its own noise; check the region and that contrast was given.",
    "no_arrival": "The first sample is already half enhanced; start the clip before the bolus arrives.",
    "second_bolus": "The curve rises twice, so two boluses overlap; give each bolus as a curve of its own.",
    "poor_curve_fit": "The model does not follow the curve; check motion, saturation and region, "
    "or try another model.",
}


def code(reason: str) -> int:
    """Number of a reason in `VERDICTS`."""
    return VERDICTS.index(reason)


def explain(reason: str, qof: float | None = None) -> str:
    """One sentence for the table: what was found and what to do."""
    text = _DETAIL.get(reason, "")
    if reason == "poor_curve_fit" and qof is not None:
        return f"{text[:-1]} (R² {qof:.3f}, limit {QOF_LIMIT})."
    return text


def before_fit(
    start: Start, t: NDArray[np.float64], y: NDArray[np.float64], good: NDArray[np.bool_]
) -> NDArray[np.int8]:
    """Judge curves by what the smoothed curve shows; later lines overrule earlier ones."""
    verdict = np.zeros(len(y), dtype=np.int8)
    end = np.where(np.isfinite(start.half_fall_s), start.half_fall_s, t[:, -1])
    inside = np.count_nonzero((t >= start.half_rise_s[:, None]) & (t <= end[:, None]), axis=1)
    verdict[(start.last_share > _STILL_UP) | (inside < _MIN_BOLUS_FRAMES)] = code("too_short")
    verdict[_gap_in_bolus(t, good, start.half_rise_s, end)] = code("too_short")
    verdict[np.isnan(start.half_rise_s)] = code("no_arrival")
    verdict[start.valley_blocks >= _VALLEY_BLOCKS] = code("second_bolus")
    rounding = 1e-9 * np.max(np.abs(y), axis=1)
    flat = (start.height <= _BOLUS_OVER_NOISE * start.block_noise) | (start.height <= rounding)
    verdict[flat] = code("no_bolus")
    return verdict


def _gap_in_bolus(
    t: NDArray[np.float64], good: NDArray[np.bool_], rise_s: NDArray[np.float64], fall_s: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether more than half of the time between half rise and half fall was not recorded in one stretch."""
    least = _LARGEST_GAP * (fall_s - rise_s)
    holes = ~good.all(axis=1)
    suspects = np.flatnonzero((np.diff(t, axis=1).max(axis=1) > least) | holes)
    found = np.zeros(len(t), dtype=bool)
    for row in suspects:
        seen = t[row, good[row]]
        missed = np.minimum(seen[1:], fall_s[row]) - np.maximum(seen[:-1], rise_s[row])
        found[row] = missed.size > 0 and missed.max() > least[row]
    return found


def filled(
    t: NDArray[np.float64], y: NDArray[np.float64], good: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Bridge samples that must not count, so that a curve can be looked at whole; judge curves with too many.

    Returns
    -------
    The curves, copied where anything was bridged, and their verdicts so far.
    """
    verdict = np.zeros(len(y), dtype=np.int8)
    usable = good.sum(axis=1)
    holes = np.flatnonzero(usable < y.shape[1])
    if holes.size:
        finite = np.isfinite(y).sum(axis=1)
        verdict[usable < MIN_FRAMES] = code("too_short")
        verdict[finite < MIN_USABLE_SHARE * y.shape[1]] = code("non_finite")
        y = y.copy()
        for row in holes:
            here = good[row]
            y[row] = np.interp(t[row], t[row, here], y[row, here]) if usable[row] else 0.0
    return y, verdict
