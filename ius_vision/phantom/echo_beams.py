"""Beams of the echo engine: a straight or polar grid of samples, and what of the tissue each sample meets."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ius_vision.phantom.echo_field import EchoField, TissueGrid, look_up
from ius_vision.phantom.echo_noise import smooth_noise

LINE_PITCH_MM = 0.11
LEVEL_LIMITS_DB = (-60, 25)


@dataclass(frozen=True, slots=True, eq=False)
class EchoBeams:
    """Samples (depth, beam), and how pixels are read from them.

    `depth_mm` is (depth,), `pitch_mm` the distance of neighbouring beams there, `axial_mm` the length of a
    pulse. `grid_column` and `grid_row` (depth, beam) say where on the tissue grid a sample lies,
    `pixel_beam` and `pixel_sample` (rows, columns) which sample a pixel shows; `area` is where it shows one.
    """

    field: EchoField
    axial_mm: float
    step_mm: float
    depth_mm: np.ndarray
    pitch_mm: np.ndarray
    mean_pitch_mm: float
    grid_column: np.ndarray
    grid_row: np.ndarray
    pixel_beam: np.ndarray
    pixel_sample: np.ndarray
    area: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        return self.grid_row.shape

    def noise(self, rng: np.random.Generator, down_mm: float, across_mm: float) -> np.ndarray:
        """`echo_noise.smooth_noise` with grains in mm, (depth, beam)."""
        return smooth_noise(rng, self.shape, down_mm / self.step_mm, across_mm / self.mean_pitch_mm)

    def line_noise(self, rng: np.random.Generator, across_mm: float) -> np.ndarray:
        """Noise along the beams, (beam,)."""
        return smooth_noise(rng, (1, self.shape[1]), 1, across_mm / self.mean_pitch_mm)[0]

    def sample(self, field: np.ndarray) -> np.ndarray:
        """Values of a field of the tissue grid, (depth, beam) float32."""
        return look_up(field, self.grid_column, self.grid_row)

    def to_pixels(self, field: np.ndarray) -> np.ndarray:
        """From (depth, beam) to (rows, columns), linear, float32."""
        return look_up(field, self.pixel_beam, self.pixel_sample)


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Where samples lie in mm, how far beams are apart, and which samples pixels show."""

    x_mm: np.ndarray
    z_mm: np.ndarray
    pitch_mm: np.ndarray
    pixel_beam: np.ndarray
    pixel_sample: np.ndarray
    area: np.ndarray


def lay_beams(rng: np.random.Generator, field: EchoField, grid: TissueGrid) -> EchoBeams:
    """Lay out beams, bent a little by what sound passes on its way."""
    axial = field.wave_mm * rng.uniform(1.3, 2.1)
    step = max(axial / 4, 0.045 if field.linear else 0.1)
    depth = ((np.arange(int(field.depth_mm / step)) + 0.5) * step).astype(np.float32)
    if field.linear:
        places = _straight(field, depth, step)
    else:
        places = _fan(field, depth, step, beams=rng.integers(260, 360))
    column, row = (places.x_mm - grid.left_mm) / grid.step_mm, (places.z_mm - grid.top_mm) / grid.step_mm
    straight = EchoBeams(
        field, axial, step, depth, places.pitch_mm, np.mean(places.pitch_mm), column, row,
        places.pixel_beam, places.pixel_sample, places.area,
    )  # fmt: skip
    return _bent(rng, straight, grid)


def _bent(rng: np.random.Generator, beams: EchoBeams, grid: TissueGrid) -> EchoBeams:
    strength = rng.uniform(0.3, 1.0) * beams.field.coarser(1.8)
    down_mm = strength * (0.06 * beams.noise(rng, 3, 0.8) + 0.08 * beams.noise(rng, 6, 3))
    across_mm = strength * (0.10 * beams.noise(rng, 0.8, 1.5) + 0.15 * beams.noise(rng, 4, 3))
    return replace(
        beams,
        grid_column=(beams.grid_column + across_mm / grid.step_mm).astype(np.float32),
        grid_row=(beams.grid_row + down_mm / grid.step_mm).astype(np.float32),
    )


def pixel_places(field: EchoField) -> tuple[np.ndarray, np.ndarray]:
    """x and z of every pixel in mm, each (rows, columns) float32."""
    return np.meshgrid(
        (field.left_mm + (np.arange(field.columns) + 0.5) * field.pixel_mm).astype(np.float32),
        (field.top_mm + (np.arange(field.rows) + 0.5) * field.pixel_mm).astype(np.float32),
    )


def _straight(field: EchoField, depth: np.ndarray, step: float) -> _Places:
    width = field.width_mm
    beams = int(width / LINE_PITCH_MM)
    place = (field.left_mm + (np.arange(beams) + 0.5) * width / beams).astype(np.float32)
    x, z = np.meshgrid(place, depth)
    pixel_x, pixel_z = pixel_places(field)
    return _Places(
        x, z, np.full(len(depth), width / beams),
        ((pixel_x - place[0]) / (place[1] - place[0])).astype(np.float32),
        ((pixel_z - depth[0]) / step).astype(np.float32),
        np.ones(pixel_x.shape, bool),
    )  # fmt: skip


def _fan(field: EchoField, depth: np.ndarray, step: float, beams: int) -> _Places:
    half, radius = field.half_angle_rad, field.radius_mm
    angle = np.linspace(-half, half, beams).astype(np.float32)
    far = (radius + depth)[:, None]
    pixel_x, pixel_z = pixel_places(field)
    pixel_far = np.hypot(pixel_x, pixel_z + radius)
    pixel_angle = np.arctan2(pixel_x, pixel_z + radius)
    area = (np.abs(pixel_angle) <= half) & (pixel_far >= radius) & (pixel_far <= radius + field.depth_mm)
    return _Places(
        (far * np.sin(angle)).astype(np.float32), (far * np.cos(angle) - radius).astype(np.float32),
        (radius + depth) * (2 * half / (beams - 1)),
        ((pixel_angle + half) / (2 * half) * (beams - 1)).astype(np.float32),
        ((pixel_far - radius - depth[0]) / step).astype(np.float32),
        area,
    )  # fmt: skip
