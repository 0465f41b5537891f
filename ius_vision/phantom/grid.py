"""Grids: where the beams run, where the pixels lie, and smooth random fields in tissue coordinates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from ius_vision.phantom.parts import Scanner

MAX_AXIAL_SAMPLES = 900


@dataclass(frozen=True, slots=True)
class Grid:
    """A regular grid of points (x, z) in mm: `columns` along x, `rows` along z."""

    x0_mm: float
    z0_mm: float
    dx_mm: float
    dz_mm: float
    columns: int
    rows: int

    @classmethod
    def around(cls, scanner: Scanner, dx_mm: float, dz_mm: float, margin_mm: float) -> Grid:
        """Cover the scanner's field and a margin on every side."""
        half = scanner.width_mm / 2 + margin_mm
        top = scanner.top_mm - margin_mm
        depth = scanner.depth_mm + margin_mm - top
        return cls(-half, top, dx_mm, dz_mm, math.ceil(2 * half / dx_mm) + 1, math.ceil(depth / dz_mm) + 1)

    def points(self) -> tuple[np.ndarray, np.ndarray]:
        """x and z of every point, each (rows, columns) float32."""
        x = self.x0_mm + self.dx_mm * np.arange(self.columns, dtype=np.float32)
        z = self.z0_mm + self.dz_mm * np.arange(self.rows, dtype=np.float32)
        return np.meshgrid(x, z)

    def sample(
        self, field: np.ndarray, x_mm: np.ndarray, z_mm: np.ndarray, nearest: bool = False
    ) -> np.ndarray:
        """Values of a field of this grid at points; beyond the grid the border value holds."""
        columns = ((x_mm - self.x0_mm) / self.dx_mm).astype(np.float32)
        rows = ((z_mm - self.z0_mm) / self.dz_mm).astype(np.float32)
        how = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
        return cv2.remap(field, columns, rows, how, borderMode=cv2.BORDER_REPLICATE)


@dataclass(frozen=True, slots=True, eq=False)
class Beams:
    """Sample positions along the beams, (samples, beams) float32, and how the picture is made from them.

    `pixel_sample` and `pixel_beam` say for every pixel which sample and beam (fractions) it shows.
    """

    x_mm: np.ndarray
    z_mm: np.ndarray
    direction_x: np.ndarray
    direction_z: np.ndarray
    depth_mm: np.ndarray
    pitch_mm: np.ndarray
    step_mm: float
    pixel_x_mm: np.ndarray
    pixel_z_mm: np.ndarray
    pixel_sample: np.ndarray
    pixel_beam: np.ndarray
    area: np.ndarray

    def to_pixels(self, field: np.ndarray) -> np.ndarray:
        """Scan conversion: from (samples, beams) to (rows, columns), linear."""
        return cv2.remap(
            field, self.pixel_beam, self.pixel_sample, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )


def layout_beams(scanner: Scanner) -> Beams:
    """Lay out beams and pixels: parallel beams of a linear probe, a fan of a convex one."""
    step = max(scanner.axial_mm / 2.5, scanner.depth_mm / MAX_AXIAL_SAMPLES, 0.045)
    depth = step * (np.arange(math.ceil(scanner.depth_mm / step) + 2, dtype=np.float32) + 0.5)
    columns = np.arange(scanner.columns, dtype=np.float32)
    rows = np.arange(scanner.rows, dtype=np.float32)
    pixel_x, pixel_z = np.meshgrid(
        (columns + 0.5) * scanner.spacing.column_mm - scanner.width_mm / 2,
        (rows + 0.5) * scanner.spacing.row_mm + scanner.top_mm,
    )
    if scanner.probe == "convex":
        return _fan(scanner, depth, step, pixel_x, pixel_z)
    pitch = max(scanner.lateral_mm / 2.5, 0.1)
    beams = math.ceil(scanner.width_mm / pitch)
    place = (np.arange(beams, dtype=np.float32) + 0.5) * (scanner.width_mm / beams) - scanner.width_mm / 2
    x, z = np.meshgrid(place, depth)
    pitch_mm = np.full(len(depth), scanner.width_mm / beams, np.float32)
    beam = (pixel_x + scanner.width_mm / 2) / pitch_mm[0] - 0.5
    return Beams(
        x, z, np.zeros_like(x), np.ones_like(x), depth, pitch_mm, step, pixel_x, pixel_z,
        (pixel_z / step - 0.5).astype(np.float32), beam.astype(np.float32), np.ones(pixel_x.shape, bool),
    )  # fmt: skip


def _fan(scanner: Scanner, depth: np.ndarray, step: float, pixel_x, pixel_z) -> Beams:
    half, radius = scanner.half_angle_rad, scanner.radius_mm
    beams = min(420, math.ceil(2 * half * radius / max(scanner.lateral_mm / 2.5, 0.1)))
    turn = 2 * half / beams
    angle = (np.arange(beams, dtype=np.float32) + 0.5) * turn - half
    angles, ranges = np.meshgrid(angle, depth + radius)
    pixel_range = np.hypot(pixel_x, pixel_z + radius)
    pixel_angle = np.arctan2(pixel_x, pixel_z + radius)
    area = (np.abs(pixel_angle) <= half) & (pixel_range >= radius)
    area &= pixel_range <= radius + scanner.depth_mm
    return Beams(
        ranges * np.sin(angles), ranges * np.cos(angles) - radius, np.sin(angles), np.cos(angles),
        depth, ((depth + radius) * turn).astype(np.float32), step, pixel_x, pixel_z,
        ((pixel_range - radius) / step - 0.5).astype(np.float32),
        ((pixel_angle + half) / turn - 0.5).astype(np.float32), area,
    )  # fmt: skip


def skin_depth_mm(scanner: Scanner, x_mm: np.ndarray, z_mm: np.ndarray) -> np.ndarray:
    """Depth under the probe's face, along the beam, mm."""
    if scanner.probe == "convex":
        return np.hypot(x_mm, z_mm + scanner.radius_mm) - scanner.radius_mm
    return z_mm


def patches(rng: np.random.Generator, grid: Grid, length_x_mm: float, length_z_mm: float) -> np.ndarray:
    """Smooth noise of unit variance with the given patch lengths, on a grid, (rows, columns) float32."""
    rows = max(3, math.ceil(grid.rows * grid.dz_mm / length_z_mm) + 2)
    columns = max(3, math.ceil(grid.columns * grid.dx_mm / length_x_mm) + 2)
    coarse = rng.standard_normal((rows, columns), dtype=np.float32)
    smooth = cv2.resize(coarse, (grid.columns, grid.rows), interpolation=cv2.INTER_CUBIC)
    return smooth * 1.4
