"""The lumen's border as curves, and the distance of any point from it along the wall's normal."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from ius_vision.phantom.parts import FULL_TURN, Bowel, Scanner
from ius_vision.vocabulary import View

STEP_MM = 0.1
BEYOND_MM = 10.0
# Close to the curve the distance to the nearest vertex is too coarse; the normal component is exact there.
NEAR_CURVE_MM = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class InnerCurve:
    """One stretch of the lumen-mucosa interface.

    `points_mm` and `outward` are (n, 2) as (x, z); `parameter` is x in mm, or the angle on a ring.
    """

    points_mm: np.ndarray
    outward: np.ndarray
    parameter: np.ndarray
    side: str

    def thickness_mm(self, bowel: Bowel) -> np.ndarray:
        """True wall thickness at every point, (n,) mm."""
        return bowel.thickness_mm * (1.0 + bowel.thickness_wave(self.parameter))


def inner_curves(bowel: Bowel, reach_mm: float) -> tuple[InnerCurve, ...]:
    """Curves of the loop: near and far wall of a longitudinal view, or one ring.

    Parameters
    ----------
    reach_mm : how far left and right of x = 0 a longitudinal loop is drawn.
    """
    if bowel.view == View.CROSS_SECTION:
        return (_ring(bowel),)
    return _side(bowel, reach_mm, "near"), _side(bowel, reach_mm, "far")


def _side(bowel: Bowel, reach_mm: float, side: str) -> InnerCurve:
    x = np.arange(-reach_mm, reach_mm + STEP_MM, STEP_MM)
    away = x - bowel.x_mm
    middle = bowel.z_mm + math.tan(math.radians(bowel.tilt_deg)) * away
    middle += 0.5 * bowel.bend_per_mm * away**2 + bowel.wave(x)
    half = np.maximum(bowel.half_lumen_mm + bowel.lumen_wave(x), 0.08)
    sign = -1.0 if side == "near" else 1.0
    z = middle + sign * half
    slope = np.gradient(z, x)
    length = np.hypot(1.0, slope)
    outward = np.stack([-slope / length * sign, sign / length], axis=1)
    return InnerCurve(np.stack([x, z], axis=1), outward, x, side)


def _ring(bowel: Bowel) -> InnerCurve:
    angle = np.linspace(0.0, FULL_TURN, 720, endpoint=False)
    wide, high = bowel.radii_mm
    radius = 1.0 + bowel.wave(angle)
    x = wide * np.cos(angle) * radius
    z = high * np.sin(angle) * radius + 0.5 * bowel.bend_per_mm * x**2
    turn = math.radians(bowel.tilt_deg)
    points = np.stack(
        [
            bowel.x_mm + x * math.cos(turn) - z * math.sin(turn),
            bowel.z_mm + x * math.sin(turn) + z * math.cos(turn),
        ],
        axis=1,
    )
    along = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    # The angle runs from +x towards +z, so the outside lies to the side (dz, -dx) of the direction of travel.
    outward = np.stack([along[:, 1], -along[:, 0]], axis=1)
    return InnerCurve(points, outward, angle, "ring")


@dataclass(frozen=True, slots=True, eq=False)
class WallFields:
    """Fields over a grid of points, each of the grid's shape.

    `outside_mm` is the distance outwards from the lumen-mucosa interface, negative in the lumen;
    `thickness_mm`, `lost` (0 to 1), `fat_mm` and the outward normal are those of the nearest interface point.
    """

    outside_mm: np.ndarray
    thickness_mm: np.ndarray
    lost: np.ndarray
    fat_mm: np.ndarray
    normal_x: np.ndarray
    normal_z: np.ndarray


def wall_fields(bowel: Bowel, x_mm: np.ndarray, z_mm: np.ndarray, reach_mm: float) -> WallFields:
    """Distance from the lumen's border and what belongs to the nearest piece of wall.

    Parameters
    ----------
    x_mm, z_mm : arrays of one shape, the points.

    Notes
    -----
    Between near and far wall the larger of the two signed distances is the right one: in the lumen both are
    negative, beyond a wall only its own is positive. Distances are exact in lumen, wall and inflamed fat and
    a little beyond; farther out they stay at one value.
    """
    points = np.stack([x_mm.ravel(), z_mm.ravel()], axis=1)
    best: list[np.ndarray] | None = None
    for curve in inner_curves(bowel, reach_mm):
        found = _curve_fields(bowel, curve, points)
        if best is None:
            best = found
            continue
        closer = found[0] > best[0]
        best = [np.where(closer, new, old) for new, old in zip(found, best, strict=True)]
    return WallFields(*(field.reshape(x_mm.shape).astype(np.float32) for field in best))


def _curve_fields(bowel: Bowel, curve: InnerCurve, points: np.ndarray) -> list[np.ndarray]:
    widest = bowel.half_lumen_mm + max(bowel.radii_mm)
    bound = max(1.2 * bowel.thickness_mm + bowel.fat_mm, 2 * widest) + 2.0
    # Searching far points is what costs time, and nothing is painted there.
    distance, index = cKDTree(curve.points_mm).query(points, distance_upper_bound=bound)
    far = ~np.isfinite(distance)
    index[far] = 0
    normal = curve.outward[index]
    along_normal = np.einsum("ij,ij->i", points - curve.points_mm[index], normal)
    signed = np.where(distance > NEAR_CURVE_MM, np.copysign(distance, along_normal), along_normal)
    signed[far] = bound * _side_of(curve, points[far])
    lost = np.zeros(len(curve.parameter))
    if bowel.lost is not None:
        lost = bowel.lost.weight(curve.parameter, curve.side)
    fat = np.zeros(len(curve.parameter))
    if bowel.fat is not None:
        fat = bowel.fat_mm * bowel.fat.weight(curve.parameter, curve.side)
    thickness = curve.thickness_mm(bowel)
    return [signed, thickness[index], lost[index], fat[index], normal[:, 0], normal[:, 1]]


def _side_of(curve: InnerCurve, points: np.ndarray) -> np.ndarray:
    """1 for far points outside the wall's curve, -1 for those on the lumen's side."""
    if curve.side == "ring":
        return np.ones(len(points))
    below = points[:, 1] - np.interp(points[:, 0], curve.points_mm[:, 0], curve.points_mm[:, 1])
    return np.where((below > 0) == (curve.side == "far"), 1.0, -1.0)


def lost_length_mm(bowel: Bowel, scanner: Scanner) -> float:
    """Longest stretch of lost layers in the field, measured along the middle of the wall, mm."""
    if bowel.lost is None:
        return 0.0
    longest = 0.0
    for curve in inner_curves(bowel, scanner.width_mm / 2 + BEYOND_MM):
        middle = curve.points_mm + curve.outward * curve.thickness_mm(bowel)[:, None] / 2
        inside = scanner.sees(middle[:, 0], middle[:, 1])
        if bowel.extent_mm is not None:
            inside &= (middle[:, 0] > bowel.extent_mm[0]) & (middle[:, 0] < bowel.extent_mm[1])
        gone = inside & (bowel.lost.weight(curve.parameter, curve.side) >= bowel.lost.strength / 2)
        step = np.linalg.norm(np.diff(middle, axis=0), axis=1)
        longest = max(longest, float(step[gone[:-1] & gone[1:]].sum()))
    return longest
