"""Which part of the wall's depth enhances."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.curves import fit_curves
from ius_vision.contrast.recorder import RegionCurves
from ius_vision.contrast.regions import LAYERS, Wall
from ius_vision.contrast.verdicts import VERDICTS

WHOLE, OUTER_SPARED, INNER_ONLY, NONE, OTHER = (
    "whole_wall", "outer_band_spared", "inner_layer_only", "none", "uneven",
)  # fmt: skip
LAYER = "layer_{}"
_ENHANCED = 0.5  # of the brightest layer
_INNER, _THINNEST_MM = 2, 2.5


def wall_pattern(
    times_s: NDArray[np.float64], curves: RegionCurves, used: NDArray[np.bool_], wall: Wall
) -> str:
    """Name the pattern of enhancement from lumen to serosa.

    Returns
    -------
    `whole_wall`, `outer_band_spared`, `inner_layer_only`, `none` or `uneven`; empty where the wall is too
    thin for layers or one of them cannot be measured.

    Notes
    -----
    Five layers of equal depth. A layer enhances where its peak is at least half of the brightest one's: a
    setting of this project.

    References
    ----------
    Serra 2007, Eur Radiol 17:842-8, for the four patterns.
    """
    names = [LAYER.format(number) for number in range(LAYERS)]
    if wall.thickness_mm < _THINNEST_MM or not set(names) <= set(curves.names):
        return ""
    rows = [curves.row(name) for name in names]
    fits = fit_curves(times_s, curves.power[0][rows], used=used)
    reasons = [VERDICTS[number] for number in fits.verdict]
    if set(reasons) - {"", "no_bolus"}:
        return ""
    heights = np.where(fits.verdict == 0, fits.values["pe"], 0.0)
    if not heights.any():
        return NONE
    return _name(heights >= _ENHANCED * heights.max())


def _name(enhanced: Sequence[bool] | NDArray[np.bool_]) -> str:
    """The pattern of layers that enhance, from lumen to serosa."""
    count = int(np.sum(enhanced))
    if count == len(enhanced):
        return WHOLE
    if not all(enhanced[:count]):
        return OTHER
    return INNER_ONLY if count <= _INNER else OUTER_SPARED
