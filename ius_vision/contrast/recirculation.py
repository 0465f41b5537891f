"""Blood that comes back: what two windows disagree on is added to the intervals.

The first window ends at half of the peak. Behind it the fitted first pass must meet the data again. Where
it does, the window is opened until the bolus has faded, which halves the errors. Where it does not, the
window is closed to three quarters of the peak, and what the two windows disagree on beyond their noise
goes into the interval.
"""

from __future__ import annotations

import numpy as np

from ius_vision.contrast.models import Array
from ius_vision.contrast.parameters import PARAMETERS

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


def widened(
    values: dict[str, Array],
    halves: dict[str, Array],
    long_values: dict[str, Array],
    long_halves: dict[str, Array],
) -> dict[str, Array]:
    """Half-widths of the short window's fits with what the two windows disagree on beyond their noise.

    Notes
    -----
    The two estimates share data, so the variance of their difference is about the difference of their
    variances.
    """
    out = {}
    for name in PARAMETERS:
        ours, theirs = halves[name], long_halves[name]
        excess = np.maximum((values[name] - long_values[name]) ** 2 - np.abs(ours**2 - theirs**2), 0.0)
        scale, share = _LEFT_OVER.get(name, (name, 0.0))
        left = share * values[scale]
        out[name] = np.sqrt(ours**2 + _DOUBT**2 * excess + left * left)
    return out
