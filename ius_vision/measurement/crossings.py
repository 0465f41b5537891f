"""Where the rays of a mid-line leave the wall, on the lumen's side and on the outer side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ius_vision.measurement.loop import WALL_SHARE, Loop
from ius_vision.measurement.midline import Midline
from ius_vision.measurement.patch import WallPatch

RAY_STEP_MM = 0.1
# A ray meets the lumen (or the outside) within this distance behind the wall's edge.
BEYOND_MM = 0.5
# This far inside its edges the wall must be labelled, not only bridged.
BRIDGE_MM = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Crossings:
    """Positions of the two edges along the normal, (stations,) mm from the mid-line: `inner_mm` < 0 <
    `outer_mm`.

    NaN where a ray does not meet the lumen (or the outside) behind its edge, and where the wall is only
    bridged.
    """

    inner_mm: np.ndarray
    outer_mm: np.ndarray


def cross_wall(patch: WallPatch, loop: Loop, line: Midline) -> Crossings:
    """Follow every ray from the mid-line to both edges of the wall in the mask."""
    reach_mm = float(1.6 * np.max(line.half_mm) + 2.0)
    away = np.arange(0.0, reach_mm, RAY_STEP_MM, dtype=np.float32)
    inside, outside = loop.inside.astype(np.uint8) * 255, loop.outside.astype(np.uint8) * 255
    inner = -_leave(patch, loop.soft, inside, line, -away)
    outer = _leave(patch, loop.soft, outside, line, away)
    edges = np.nan_to_num(np.stack([inner + BRIDGE_MM, np.zeros(len(line)), outer - BRIDGE_MM], axis=1))
    joined = (patch.read(loop.bridged.astype(np.uint8) * 255, *along_normal(line, edges)) > 127).any(axis=1)
    return Crossings(np.where(joined, np.nan, inner), np.where(joined, np.nan, outer))


def along_normal(
    line: Midline, away_mm: np.ndarray, stations: np.ndarray | slice = slice(None)
) -> tuple[np.ndarray, np.ndarray]:
    """Points (y, x) in mm at distances (samples,) or (stations, samples) along every normal, or along those
    of the stations asked for.
    """
    points, outward = line.points_mm[stations], line.outward[stations]
    y = points[:, :1] + away_mm * outward[:, :1]
    x = points[:, 1:] + away_mm * outward[:, 1:]
    return y, x


def _leave(
    patch: WallPatch, soft: np.ndarray, target: np.ndarray, line: Midline, away: np.ndarray
) -> np.ndarray:
    y, x = along_normal(line, away)
    values = patch.read(soft, y, x)
    below = values < WALL_SHARE
    # Each ray starts in the wall; one that does not has no edge to find.
    first = np.argmax(below, axis=1)
    found = below.any(axis=1) & (first > 0)
    index = np.maximum(first, 1)
    each = np.arange(len(line))
    high, low = values[each, index - 1], values[each, index]
    part = (high - WALL_SHARE) / np.maximum(high - low, 1e-6)
    distance = (index - 1 + part) * RAY_STEP_MM
    steps = round(BEYOND_MM / RAY_STEP_MM)
    hits = patch.read(target, y, x) > 127
    behind = np.zeros(len(line), bool)
    for step in range(steps + 1):
        behind |= hits[each, np.minimum(index + step, len(away) - 1)]
    return np.where(found & behind, distance, np.nan)
