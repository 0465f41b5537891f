"""Blood that comes back: seen behind the window, and what is done about it.

The first window ends at half of the peak. Behind it the fitted first pass must meet the data again. Where
it does, the window is opened until the bolus has faded, which halves the errors. Where it does not, the
window is closed to three quarters of the peak, and what the two windows disagree on beyond their noise
goes into the interval.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.models import Array, evaluate
from ius_vision.contrast.parameters import PARAMETERS
from ius_vision.contrast.start import Start
from ius_vision.contrast.windows import Samples, WindowFits

_STRETCHES = 6
_MIN_FRAMES = 12
_SIGMAS = 4.0
_SHARE = 0.01  # of the peak: what a slightly wrong model leaves behind without any recirculation
# The shorter window halves the error of the longer one, no more: what they disagree on is also what is left.
_DOUBT = 2.0
# What blood that returned before the window's end leaves in the fit and no window shows: a share of the first
# name's value, set on simulated recordings (scripts/bench/curves.py).
_LEFT_OVER = {
    "t0_s": ("rt_s", 0.025), "ti_s": ("rt_s", 0.025), "ttp_s": ("rt_s", 0.025), "rt_s": ("rt_s", 0.025),
    "ft_s": ("ft_s", 0.06), "to_s": ("ft_s", 0.06), "mtt_s": ("mtt_s", 0.05), "mean_s": ("mtt_s", 0.05),
    "wi_auc": ("wi_auc", 0.035), "wo_auc": ("wo_auc", 0.06), "wiwo_auc": ("wiwo_auc", 0.05),
    "auc": ("auc", 0.05), "wor": ("wor", 0.06),
}  # fmt: skip
_FADED = np.sqrt(2.0 * np.log(20.0))


def comes_back(
    model: str, samples: Samples, start: Start, fits: WindowFits, floor: Array
) -> NDArray[np.bool_]:
    """Whether the data behind the window lie off the fitted first pass, (curves,).

    Parameters
    ----------
    start : where the window ends, and how many frames lie before arrival.
    fits, floor : the fits over the window, and their noise floor.

    Notes
    -----
    The rest of the curve is cut in six stretches; the mean of each is compared with that of the fit, by
    Simpson's rule.
    """
    t, y, _ = samples
    stop, frames = start.stop, y.shape[1]
    begin = stop.astype(float)
    edges = (begin + (frames - begin) * np.arange(_STRETCHES + 1)[:, None] / _STRETCHES).astype(np.intp)
    total = np.zeros((len(y), frames + 1))
    np.cumsum(y, axis=1, out=total[:, 1:])
    rows = np.arange(len(y))
    count = np.maximum(np.diff(edges, axis=0), 1).T
    means = np.diff(total[rows, edges], axis=0).T / count
    bolus = fits.bolus()
    ends = 0.5 * (t[rows, edges - 1] + t[rows, np.minimum(edges, frames - 1)])
    clock = np.concatenate([ends, 0.5 * (ends[1:] + ends[:-1])]).T
    v = (clock - bolus.ttp_s[:, None]) / bolus.width_s[:, None]
    height = evaluate(model, v, bolus.skew[:, None]).h * bolus.pe[:, None]
    at_ends, at_middle = height[:, : _STRETCHES + 1], height[:, _STRETCHES + 1 :]
    h = (at_ends[:, :-1] + 4.0 * at_middle + at_ends[:, 1:]) / 6.0
    scale = fits.state["scale"]
    noise = np.sqrt(scale[:, None] * (h * h + (floor * floor)[:, None]) / count)
    of_baseline = 2.0 * np.sqrt(scale / np.maximum(start.baseline_frames, 5)) * floor
    off = np.abs(means - h - bolus.baseline[:, None])
    allowed = _SHARE * bolus.pe + of_baseline
    seen = off > _SIGMAS * noise + allowed[:, None]
    return np.any(seen, axis=1) & (frames - stop >= _MIN_FRAMES)


def faded(t: Array, fits: WindowFits) -> NDArray[np.intp]:
    """First sample after the bolus has fallen to a twentieth of its peak, seen as a lognormal, (curves,)."""
    bolus = fits.bolus()
    end = bolus.ttp_s + bolus.width_s * np.expm1(bolus.skew * _FADED) / bolus.skew
    return np.count_nonzero(t <= end[:, None], axis=1)


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
        scale, share = _LEFT_OVER.get(name, (name, 0.0))
        left = share * short.values[scale]
        short.half_widths[name][:] = np.sqrt(ours**2 + _DOUBT**2 * excess + left * left)
