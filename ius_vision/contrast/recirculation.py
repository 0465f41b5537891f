"""Blood that comes back: seen behind the window, and what is done about it.

A window that ends at half of the peak is precise, but where recirculation starts before that the wash-out is
drawn out. Behind the window a fitted first pass must meet the data again. Where it does not, the fit is
repeated
with a window that ends at three quarters, and what the two windows disagree on beyond their noise goes into
the
interval.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.models import Array, evaluate
from ius_vision.contrast.parameters import PARAMETERS
from ius_vision.contrast.windows import WindowFits

_STRETCHES = 6
_MIN_FRAMES = 12
_SIGMAS = 4.0
_SHARE = 0.015  # of the peak: what a slightly wrong model leaves behind without any recirculation
# The shorter window halves the error of the longer one, no more: what they disagree on is also what is left.
_DOUBT = 2.0


def comes_back(
    model: str, t: Array, y: Array, stop: NDArray[np.intp], fits: WindowFits, floor: Array
) -> NDArray[np.bool_]:
    """Whether the data behind the window lie off the fitted first pass, (curves,).

    Parameters
    ----------
    t, y : (curves, samples).
    stop : (curves,) first sample beyond the window.
    fits, floor : the fits over the window, and their noise floor.

    Notes
    -----
    The rest of the curve is cut in six stretches; the mean of each is compared with that of the fit, by
    Simpson's rule.
    """
    samples = y.shape[1]
    begin = stop.astype(float)
    edges = (begin + (samples - begin) * np.arange(_STRETCHES + 1)[:, None] / _STRETCHES).astype(np.intp)
    total = np.zeros((len(y), samples + 1))
    np.cumsum(y, axis=1, out=total[:, 1:])
    rows = np.arange(len(y))
    count = np.maximum(np.diff(edges, axis=0), 1).T
    means = np.diff(total[rows, edges], axis=0).T / count
    bolus = fits.bolus()
    ends = 0.5 * (t[rows, edges - 1] + t[rows, np.minimum(edges, samples - 1)])
    clock = np.concatenate([ends, 0.5 * (ends[1:] + ends[:-1])]).T
    v = (clock - bolus.ttp_s[:, None]) / bolus.width_s[:, None]
    height = evaluate(model, v, bolus.skew[:, None]).h * bolus.pe[:, None]
    at_ends, at_middle = height[:, : _STRETCHES + 1], height[:, _STRETCHES + 1 :]
    h = (at_ends[:, :-1] + 4.0 * at_middle + at_ends[:, 1:]) / 6.0
    noise = np.sqrt(fits.state["scale"][:, None] * (h * h + (floor * floor)[:, None]) / count)
    off = np.abs(means - h - bolus.baseline[:, None])
    allowed = _SHARE * bolus.pe + fits.half_widths["baseline"]
    seen = off > _SIGMAS * noise + allowed[:, None]
    return np.any(seen, axis=1) & (samples - stop >= _MIN_FRAMES)


def widened(short: WindowFits, long: WindowFits) -> None:
    """Widen the intervals of the short window's fits by what the two windows disagree on beyond their noise.

    Notes
    -----
    The two estimates share data, so the variance of their difference is about the difference of their
    variances.
    """
    for name in PARAMETERS:
        ours, theirs = short.half_widths[name], long.half_widths[name]
        apart = (short.values[name] - long.values[name]) ** 2
        excess = np.maximum(apart - np.abs(ours**2 - theirs**2), 0.0)
        short.half_widths[name][:] = np.sqrt(ours**2 + _DOUBT**2 * excess)
