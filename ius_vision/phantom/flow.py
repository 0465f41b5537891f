"""Colour Doppler: vessels of a known grade in the wall, flow beside it that must not count, flash, noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from ius_vision.phantom.curves import InnerCurve, inner_curves
from ius_vision.phantom.grid import Grid
from ius_vision.phantom.parts import Bowel, Scanner
from ius_vision.phantom.tissue import MARGIN_MM
from ius_vision.vocabulary import View

STEP_MM = 0.1
FAR_MM = 50.0
HEART_HZ = 1.2
LONGEST_LEAVING_MM = 9.0


@dataclass(frozen=True, slots=True, eq=False)
class Strand:
    """One vessel: its centre line, (n, 2) as (x, z) mm, radius, and velocity from -1 to 1."""

    points_mm: np.ndarray
    radius_mm: float
    velocity: float


@dataclass(frozen=True, slots=True, eq=False)
class FlowMap:
    """Over the tissue grid: distance to the nearest vessel's surface (mm, negative inside), and velocity."""

    grid: Grid
    outside_mm: np.ndarray
    velocity: np.ndarray


def wall_strands(
    rng: np.random.Generator, bowel: Bowel, scanner: Scanner, belly_mm: float, grade: int
) -> tuple[Strand, ...]:
    """Vessels that make up a CDS grade.

    Parameters
    ----------
    belly_mm : depth of the abdominal wall's lower border, which no vessel crosses.
    grade : 0 none; 1 spots up to 2.5 mm; 2 stretches of 7 mm and more along the wall; 3 such stretches, and
        vessels that run from the wall through the serosa into the mesentery.
    """
    if grade == 0:
        return ()
    curve = _drawable(bowel, scanner, _side(rng, bowel, belly_mm, grade))
    radius = float(min(rng.uniform(0.45, 0.75), 0.28 * bowel.thickness_mm))
    count = int(rng.integers(3, 6)) if grade == 1 else int(rng.integers(2, 4))
    count = max(1, min(count, int(curve.length_mm // (5.0 if grade == 1 else 9.0))))
    lengths = rng.uniform(1.0, 2.2, count) if grade == 1 else rng.uniform(7.5, 13.0, count)
    strands = []
    for index in range(count):
        # Strands share the wall out between them, so that spots do not join into stretches.
        centre = (index + 0.5 + rng.uniform(-0.15, 0.15)) / count
        room = curve.length_mm / count - 2 * radius - 2.0
        length = min(lengths[index], max(room, 1.0)) if grade == 1 else lengths[index]
        strands.append(_along(rng, curve, centre, length, radius))
    if grade == 3:
        strands.extend(_leaving(rng, curve, share, radius) for share in rng.uniform(0.25, 0.75, 2))
    return tuple(strands)


def mesenteric_strand(rng: np.random.Generator, bowel: Bowel, scanner: Scanner) -> Strand:
    """A vessel of the mesentery that passes the loop at a distance."""
    reach = bowel.half_lumen_mm if bowel.view == View.LONGITUDINAL else max(bowel.radii_mm)
    z = bowel.z_mm + reach + bowel.thickness_mm + rng.uniform(5.0, 9.0)
    x = np.arange(-rng.uniform(2, 5), rng.uniform(2, 5), STEP_MM)
    slope = math.tan(math.radians(bowel.tilt_deg)) if bowel.view == View.LONGITUDINAL else rng.normal(0, 0.3)
    middle = rng.uniform(-0.25, 0.25) * scanner.width_mm
    points = np.stack([middle + x, z + slope * (middle + x - bowel.x_mm)], axis=1)
    return Strand(points, float(rng.uniform(0.8, 1.8)), float(rng.choice([-0.8, 0.8])))


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The part of a wall that lies well inside the field."""

    points_mm: np.ndarray
    outward: np.ndarray
    thickness_mm: np.ndarray
    along_mm: np.ndarray

    @property
    def length_mm(self) -> float:
        return float(self.along_mm[-1])


def _side(rng: np.random.Generator, bowel: Bowel, belly_mm: float, grade: int) -> str:
    """Near or far wall; vessels that leave the near wall need room below the abdominal wall."""
    high = bowel.half_lumen_mm if bowel.view == View.LONGITUDINAL else bowel.radii_mm[1]
    room_mm = bowel.z_mm - high - bowel.thickness_mm - belly_mm
    if grade == 3 and room_mm < LONGEST_LEAVING_MM:
        return "far"
    return "near" if rng.random() < 0.7 else "far"


def _drawable(bowel: Bowel, scanner: Scanner, side: str) -> _Part:
    curves: tuple[InnerCurve, ...] = inner_curves(bowel, scanner.width_mm)
    curve = curves[-1] if side == "far" else curves[0]
    points = curve.points_mm
    if curve.side == "ring":
        # Angles rise from +x towards depth: the first half turn is the far arc, the second the near one.
        first = 0.0 if side == "far" else math.pi
        keep = np.flatnonzero(
            (curve.parameter > first + 0.05 * math.pi) & (curve.parameter < first + 0.95 * math.pi)
        )
    else:
        keep = np.flatnonzero(np.abs(points[:, 0]) < 0.33 * min(scanner.width_mm, 60.0))
    thickness = curve.thickness_mm(bowel)[keep]
    points, outward = points[keep], curve.outward[keep]
    middle = points + outward * thickness[:, None] / 2
    steps = np.linalg.norm(np.diff(middle, axis=0), axis=1)
    return _Part(points, outward, thickness, np.concatenate([[0.0], np.cumsum(steps)]))


def _along(rng, part: _Part, centre: float, length_mm: float, radius_mm: float) -> Strand:
    length_mm = min(length_mm, part.length_mm)
    first_mm = np.clip(centre * part.length_mm - length_mm / 2, 0.0, part.length_mm - length_mm)
    start = int(np.searchsorted(part.along_mm, first_mm))
    stop = max(start + 2, int(np.searchsorted(part.along_mm, first_mm + length_mm)) + 1)
    stop = min(stop, len(part.points_mm))
    pick = slice(start, stop)
    depth = np.linspace(*rng.uniform(0.42, 0.6, 2), stop - start) * part.thickness_mm[pick]
    points = part.points_mm[pick] + part.outward[pick] * depth[:, None]
    return Strand(points, radius_mm, float(rng.choice([-1, 1]) * rng.uniform(0.4, 0.9)))


def _leaving(rng, part: _Part, share: float, radius_mm: float) -> Strand:
    index = int(np.searchsorted(part.along_mm, share * part.length_mm))
    depth = np.arange(
        0.45 * part.thickness_mm[index],
        part.thickness_mm[index] + rng.uniform(6, LONGEST_LEAVING_MM),
        STEP_MM,
    )
    sway = 0.8 * np.sin(depth / 2.5 + rng.uniform(0, 6))
    outward = part.outward[index]
    along = np.array([-outward[1], outward[0]])
    points = part.points_mm[index] + depth[:, None] * outward + sway[:, None] * along
    return Strand(points, radius_mm * 1.2, float(rng.choice([-1, 1]) * rng.uniform(0.5, 0.9)))


def map_flow(strands: tuple[Strand, ...], scanner: Scanner) -> FlowMap:
    """Rasterise vessels on a grid in tissue coordinates."""
    grid = Grid.around(scanner, 0.25, 0.25, MARGIN_MM)
    x, z = grid.points()
    outside = np.full(x.shape, FAR_MM, np.float32)
    velocity = np.zeros(x.shape, np.float32)
    points = np.stack([x.ravel(), z.ravel()], axis=1)
    for strand in strands:
        distance, _ = cKDTree(strand.points_mm).query(points, distance_upper_bound=4.0)
        distance = np.minimum(distance, FAR_MM).reshape(x.shape).astype(np.float32) - strand.radius_mm
        nearer = distance < outside
        outside[nearer] = distance[nearer]
        velocity[nearer] = strand.velocity
    return FlowMap(grid, outside, velocity)


def flow_colours() -> np.ndarray:
    """Velocity map, (256, 3) uint8 RGB: blue to cyan away from the probe, red to yellow towards it."""
    value = np.linspace(-1, 1, 256)
    strength = np.abs(value)
    warm = np.stack([90 + 165 * strength, 210 * strength**1.6, 20 * strength], axis=1)
    cold = np.stack([10 * strength, 190 * strength**1.4, 100 + 155 * strength], axis=1)
    colours = np.where(value[:, None] > 0, warm, cold)
    colours[strength < 0.06] = 0
    return colours.astype(np.uint8)


def velocity_at(
    flow: FlowMap, x_mm: np.ndarray, z_mm: np.ndarray, time_s: float, rng: np.random.Generator
) -> np.ndarray:
    """Shown velocity at points, (rows, columns), 0 where none; it pulses but never vanishes between beats."""
    pulse = 0.5 + 0.5 * math.sin(2 * math.pi * HEART_HZ * time_s)
    ragged = flow.grid.sample(flow.outside_mm, x_mm, z_mm)
    ragged = ragged + 0.06 * rng.standard_normal(ragged.shape, dtype=np.float32)
    inside = ragged < 0.12 * (pulse - 0.5)
    speed = flow.grid.sample(flow.velocity, x_mm, z_mm, nearest=True) * (0.6 + 0.4 * pulse)
    return np.where(inside, speed, 0.0).astype(np.float32)


def artefacts(rng: np.random.Generator, x_mm: np.ndarray, z_mm: np.ndarray, flash: bool) -> np.ndarray:
    """Velocity of one frame's colour noise, and of a flash where wanted; another frame has others."""
    shown = np.zeros(x_mm.shape, np.float32)
    for _ in range(rng.poisson(3.0)):
        row, column = rng.integers(x_mm.shape[0]), rng.integers(x_mm.shape[1])
        away = np.hypot(x_mm - x_mm[row, column], z_mm - z_mm[row, column])
        shown[away < rng.uniform(0.2, 0.5)] = rng.choice([-0.5, 0.5])
    if flash:
        row, column = rng.integers(x_mm.shape[0]), rng.integers(x_mm.shape[1])
        across = (z_mm - z_mm[row, column]) / rng.uniform(0.4, 0.8)
        away = np.hypot(x_mm - x_mm[row, column], across)
        shown[away < rng.uniform(8, 16)] = rng.choice([-0.7, 0.7])
    return shown
