"""Stations along the middle of the wall, with the direction from lumen to outside."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from ius_vision.measurement.loop import Loop
from ius_vision.measurement.patch import WallPatch
from ius_vision.measurement.zero_lines import zero_lines

STATION_MM = 0.4
# Long enough to be blind to the mask's small bumps, short against the bends of bowel.
SMOOTHING_MM = 1.2
SHORTEST_MM = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Midline:
    """Points every `STATION_MM` along one stretch of wall.

    `points_mm` and `outward` (unit normals) are (stations, 2) as (y, x) in the patch; `half_mm` is half the
    wall's thickness in the mask; `ring` is true where the last point joins the first.
    """

    points_mm: np.ndarray
    outward: np.ndarray
    half_mm: np.ndarray
    ring: bool

    def __len__(self) -> int:
        return len(self.points_mm)


def find_midlines(patch: WallPatch, loop: Loop) -> list[Midline]:
    """Lines as far from the lumen as from the outside, longest first."""
    from_lumen = _distance_mm(loop.inside, patch.step_mm)
    from_outside = _distance_mm(loop.outside, patch.step_mm)
    balance = from_lumen - from_outside
    reach = cv2.dilate(loop.wall.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    size = np.array([patch.step_y_mm, patch.step_x_mm])
    lines = []
    for contour in zero_lines(balance, reach & patch.area):
        line = _stations((contour + 0.5) * size, from_outside, balance, patch)
        if line is not None:
            lines.append(line)
    return sorted(lines, key=len, reverse=True)


def _distance_mm(mask: np.ndarray, step_mm: float) -> np.ndarray:
    away = (~mask).astype(np.uint8)
    return cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_5) * np.float32(step_mm)


def _stations(
    points: np.ndarray, from_outside: np.ndarray, balance: np.ndarray, patch: WallPatch
) -> Midline | None:
    ring = bool(np.allclose(points[0], points[-1]))
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    if along[-1] < SHORTEST_MM:
        return None
    count = max(4, round(along[-1] / STATION_MM))
    at = np.linspace(0.0, along[-1], count, endpoint=not ring)
    even = np.stack([np.interp(at, along, points[:, axis]) for axis in (0, 1)], axis=1)
    smooth = gaussian_filter1d(even, SMOOTHING_MM / STATION_MM, axis=0, mode="wrap" if ring else "nearest")
    if not ring:
        smooth = _keep_ends(even, smooth)
    tangent = np.gradient(smooth, axis=0)
    if ring:
        tangent = (np.roll(smooth, -1, axis=0) - np.roll(smooth, 1, axis=0)) / 2
    normal = np.stack([tangent[:, 1], -tangent[:, 0]], axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    probe = 2 * STATION_MM * normal
    change = _at(patch, balance, smooth + probe) - _at(patch, balance, smooth - probe)
    if np.median(change) < 0:
        normal = -normal
    return Midline(smooth, normal, _at(patch, from_outside, smooth), ring)


def _keep_ends(even: np.ndarray, smooth: np.ndarray) -> np.ndarray:
    """Smoothing an open line pulls its ends in; reflect the line through them instead."""
    pad = min(len(even) - 1, round(3 * SMOOTHING_MM / STATION_MM))
    before = 2 * even[0] - even[pad:0:-1]
    after = 2 * even[-1] - even[-2 : -pad - 2 : -1]
    longer = np.concatenate([before, even, after])
    return gaussian_filter1d(longer, SMOOTHING_MM / STATION_MM, axis=0)[pad : pad + len(even)]


def _at(patch: WallPatch, field: np.ndarray, points: np.ndarray) -> np.ndarray:
    return patch.read(field, points[None, :, 0], points[None, :, 1])[0]
