"""Both edges of the wall moved from the mask to where the image shows them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter

from ius_vision.measurement.crossings import Crossings, along_normal
from ius_vision.measurement.loop import Loop
from ius_vision.measurement.midline import STATION_MM, Midline
from ius_vision.measurement.patch import WallPatch

OFFSET_MM = 0.08
# The mask may be this far off; in a thin wall the next layer is nearer than that.
SEARCH_MM = 0.64
SEARCH_SHARE = 0.2
# Dark and bright sides of an edge are compared over this depth.
SIDE_MM = 0.32
# Where the echo falls to half its amplitude lies the border of a blurred layer. Between a bright sheet and
# the dark layer beside it, some 20 dB apart, 6 dB below the top is seven tenths of the way up.
EDGE_LEVEL = 0.7
LEVEL_REACH_MM = 0.72
LEVEL_SHIFT_MM = 0.3
ALONG_MM = 0.8
PRIOR_MM = 0.35
WEAK_Z, STRONG_Z = 1.5, 4.0
BEND_COST = 0.8
# Opposite walls closer than this show one bright line between them, not two edges.
COLLAPSED_MM = 1.2


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """The wall's edges along a mid-line, (stations,) mm from it, NaN where the mask shows none.

    The strengths are the brightness steps at the edges in units of their noise.
    """

    inner_mm: np.ndarray
    outer_mm: np.ndarray
    inner_strength: np.ndarray
    outer_strength: np.ndarray

    @property
    def thickness_mm(self) -> np.ndarray:
        return self.outer_mm - self.inner_mm


def refine_edges(patch: WallPatch, loop: Loop, line: Midline, crossings: Crossings) -> Edges:
    """Shift both edges along the normal to the brightness step nearest to the mask's edge.

    Both edges are steps from dark to bright in the outward direction: from the lumen to the interface echo,
    and from the muscularis to the serosa. Where there is no clear step the mask stays.
    """
    thickness = crossings.outer_mm - crossings.inner_mm
    seen = np.isfinite(thickness)
    if seen.sum() < 3:
        nothing = np.zeros(len(line))
        return Edges(crossings.inner_mm, crossings.outer_mm, nothing, nothing)
    search = min(SEARCH_MM, SEARCH_SHARE * float(np.nanmedian(thickness)))
    outer, outer_z = _shift(patch, line, crossings.outer_mm, seen, search)
    open_lumen = seen & ~_collapsed(patch, loop, line, crossings.inner_mm)
    inner, inner_z = _shift(patch, line, crossings.inner_mm, open_lumen, search)
    return Edges(inner, outer, inner_z, outer_z)


def _collapsed(patch: WallPatch, loop: Loop, line: Midline, inner_mm: np.ndarray) -> np.ndarray:
    """Stations whose lumen is so thin that the other wall's echo is next to this one's."""
    away = np.nan_to_num(inner_mm)[:, None] - np.arange(0.2, COLLAPSED_MM, 0.1)
    return (patch.read(loop.soft, *along_normal(line, away)) > 0.5).any(axis=1)


def _shift(patch: WallPatch, line: Midline, edge_mm: np.ndarray, use: np.ndarray, search_mm: float):
    """New positions (stations,) mm and the strength of the step there."""
    count = round(search_mm / OFFSET_MM)
    if use.sum() < 3 or count < 1:
        return edge_mm, np.zeros(len(line))
    start = _smooth_start(edge_mm, use)
    reach = (count * OFFSET_MM) + LEVEL_REACH_MM + SIDE_MM
    around = np.arange(-round(reach / OFFSET_MM), round(reach / OFFSET_MM) + 1)
    profile = patch.read_grey(*along_normal(line, start[:, None] + around * OFFSET_MM))
    calm = _along(profile, use, ALONG_MM / STATION_MM)
    step = _steps(calm)
    speckle = _speckle(profile, calm, use)
    # Speckle grains are about as large as a side is deep; the weighted mean is over this many stations.
    noise = speckle * float(np.sqrt(2.0 / (0.7 * 2 * np.sqrt(np.pi) * ALONG_MM / STATION_MM)))
    middle = len(around) // 2
    score = np.clip(step[:, middle - count : middle + count + 1] / noise, 0.0, 2 * STRONG_Z)
    offsets = np.arange(-count, count + 1) * OFFSET_MM
    cost = -np.where(use[:, None], score, 0.0) + (offsets / PRIOR_MM) ** 2
    path = smoothest_path(cost)
    strength = np.where(use, score[np.arange(len(line)), path], 0.0)
    level = _level_shift(patch, line, start + offsets[path], use)
    trust = np.clip((gaussian_filter1d(strength, 2.0) - WEAK_Z) / (STRONG_Z - WEAK_Z), 0.0, 1.0)
    moved = gaussian_filter1d(offsets[path] + level, 1.0)
    return np.where(use, start + trust * moved, edge_mm), strength


def _smooth_start(edge_mm: np.ndarray, use: np.ndarray) -> np.ndarray:
    index = np.arange(len(edge_mm))
    filled = np.interp(index, index[use], edge_mm[use])
    return gaussian_filter1d(median_filter(filled, 5, mode="nearest"), 1.0)


def _along(profile: np.ndarray, use: np.ndarray, sigma: float) -> np.ndarray:
    """Average neighbouring stations, leaving out those not in use."""
    weight = gaussian_filter1d(use.astype(np.float32), sigma)[:, None]
    return gaussian_filter1d(profile * use[:, None], sigma, axis=0) / np.maximum(weight, 1e-3)


def _steps(profile: np.ndarray) -> np.ndarray:
    """Mean over `SIDE_MM` further out minus mean over `SIDE_MM` further in, at every sample."""
    side = round(SIDE_MM / OFFSET_MM)
    total = np.cumsum(np.pad(profile, ((0, 0), (side + 1, side)), mode="edge"), axis=1)
    here = total[:, side:-side]
    out, back = total[:, 2 * side :], total[:, : -2 * side]
    return ((out - here) - (here - back))[:, : profile.shape[1]] / side


def _speckle(profile: np.ndarray, calm: np.ndarray, use: np.ndarray) -> float:
    """Standard deviation of the speckle in grey values, blind to bright outliers."""
    return 1.48 * float(np.median(np.abs((profile - calm)[use]))) + 1.0


def smoothest_path(cost: np.ndarray) -> np.ndarray:
    """Cheapest column in every row when a change of one column between rows costs `BEND_COST`, two four
    times that.

    Parameters
    ----------
    cost : (rows, columns).
    """
    from ius_vision.measurement.compiled.path import cheapest_path

    path = np.empty(len(cost), np.int64)
    cheapest_path(np.ascontiguousarray(cost, np.float64), BEND_COST, path)
    return path


def _level_shift(patch: WallPatch, line: Midline, edge_mm: np.ndarray, use: np.ndarray) -> np.ndarray:
    """From the steepest place to the place where the amplitude is halved, (stations,) mm."""
    half = round(LEVEL_REACH_MM / OFFSET_MM)
    around = np.arange(-half, half + 1) * OFFSET_MM
    calm = _along(
        patch.read_grey(*along_normal(line, edge_mm[:, None] + around)), use, 2 * ALONG_MM / STATION_MM
    )
    dark = calm[:, : half + 1].min(axis=1)
    bright = calm[:, half:].max(axis=1)
    level = (dark + EDGE_LEVEL * (bright - dark))[:, None]
    # The last sample below the level on the way from the middle's dark side to the bright top.
    top = half + np.argmax(calm[:, half:], axis=1)
    below = (calm < level) & (np.arange(len(around)) <= top[:, None])
    last = len(around) - 1 - np.argmax(below[:, ::-1], axis=1)
    last = np.clip(np.where(below.any(axis=1), last, half), 0, len(around) - 2)
    each = np.arange(len(calm))
    low, high = calm[each, last], calm[each, last + 1]
    part = np.clip((level[:, 0] - low) / np.maximum(high - low, 1e-3), 0.0, 1.0)
    return np.clip(around[last] + part * OFFSET_MM, -LEVEL_SHIFT_MM, LEVEL_SHIFT_MM)
