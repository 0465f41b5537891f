"""How far a drift of the baseline, as the curve itself shows it, moves the fit of a constant one."""

from __future__ import annotations

import math

from ius_vision.contrast.compiled.layout import (
    BY_SKEW,
    BY_TIME,
    DRIFT_SHIFT,
    HEIGHTS,
    RESIDUAL,
    TIMES,
    TTP,
    WEIGHTS,
    WIDTH,
)  # fmt: skip
from ius_vision.machine.jit import part

_LEAST_APART = 1e-6  # of the drift's own weight: below it the fit takes up any drift


@part
def drift_shift(scratch, count, fit, inverse, right, variance):
    """Write the shift of (1, h, peak time, log width, skew) in units of their columns.

    Parameters
    ----------
    inverse : (5, 5) inverse of the normal equations with WEIGHTS.
    right : (5,) columns times residuals with WEIGHTS.
    variance : of the weighted residuals.

    Notes
    -----
    A straight line through the peak time, less what the five columns take up of it, is laid on the residuals.
    What its slope has beyond its noise tells how much the columns took up.
    """
    t, residual, weights = scratch[TIMES], scratch[RESIDUAL], scratch[WEIGHTS]
    heights, by_time, by_skew = scratch[HEIGHTS], scratch[BY_TIME], scratch[BY_SKEW]
    ttp, rate = fit[TTP], 1.0 / fit[WIDTH]
    b0 = b1 = b2 = b3 = b4 = own = with_residual = 0.0
    for i in range(count):
        v = (t[i] - ttp) * rate
        w = weights[i] * v
        moved = w * by_time[i]
        b0 += w
        b1 += w * heights[i]
        b2 += moved
        b3 += moved * v
        b4 += w * by_skew[i]
        own += w * v
        with_residual += w * residual[i]
    left, answer = own, with_residual
    for k in range(5):
        taken = (
            inverse[k, 0] * b0 + inverse[k, 1] * b1 + inverse[k, 2] * b2
            + inverse[k, 3] * b3 + inverse[k, 4] * b4
        )  # fmt: skip
        fit[DRIFT_SHIFT + k] = taken
        left -= taken * (b0 if k == 0 else b1 if k == 1 else b2 if k == 2 else b3 if k == 3 else b4)
        answer -= taken * right[k]
    beyond = 0.0
    if left > _LEAST_APART * own:
        drift = answer / left
        beyond = math.sqrt(max(drift * drift - variance / left, 0.0))
    for k in range(5):
        fit[DRIFT_SHIFT + k] *= beyond
