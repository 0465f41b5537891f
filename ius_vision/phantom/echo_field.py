"""What stands around a picture of the echo engine: patient, probe, picture grid and the grid of tissue."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ius_vision.phantom.echo_noise import smooth_noise, turned_noise

LINEAR_SHARE = 0.66
SOUND_MM_US = 1.54
MOST_COLUMNS, MOST_ROWS, FEWEST_PIXELS = 800, 700, 401


@dataclass(frozen=True, slots=True)
class Patient:
    """Who is looked at: depth of fat and muscle, and echo levels of tissue in dB."""

    probe: str
    fat_mm: float
    muscle_mm: float
    mesentery_db: float
    muscle_db: float
    fat_db: float


@dataclass(frozen=True, slots=True)
class EchoField:
    """Probe and picture. `radius_mm` and `half_angle_rad` are those of a convex probe, else 0."""

    probe: str
    frequency_mhz: float
    depth_mm: float
    width_mm: float
    radius_mm: float
    half_angle_rad: float
    fat_mm: float
    muscle_mm: float
    pixel_mm: float
    rows: int
    columns: int
    left_mm: float
    top_mm: float

    @property
    def linear(self) -> bool:
        return self.probe == "linear"

    @property
    def wave_mm(self) -> float:
        return SOUND_MM_US / self.frequency_mhz

    @property
    def sheet_mm(self) -> float:
        """Half thickness of a bright line."""
        return 0.45 * self.wave_mm * 1.3

    def coarser(self, factor: float) -> float:
        """1 for a linear probe, `factor` for a convex one."""
        return 1.0 if self.linear else factor


@dataclass(frozen=True, slots=True, eq=False)
class TissueGrid:
    """Points that tissue is laid out on, all (rows, columns) float32.

    `skin_mm` is the depth under the probe's face along the beam, `beam_x` and `beam_z` its direction.
    """

    step_mm: float
    left_mm: float
    top_mm: float
    x_mm: np.ndarray
    z_mm: np.ndarray
    skin_mm: np.ndarray
    beam_x: np.ndarray
    beam_z: np.ndarray

    @property
    def per_mm(self) -> float:
        return 1 / self.step_mm

    def noise(self, rng: np.random.Generator, down_mm: float, across_mm: float) -> np.ndarray:
        """`smooth_noise` with grains in mm, (rows, columns)."""
        return smooth_noise(rng, self.x_mm.shape, down_mm * self.per_mm, across_mm * self.per_mm)

    def line_noise(self, rng: np.random.Generator, across_mm: float) -> np.ndarray:
        """Noise that is the same in every row, (1, columns)."""
        return smooth_noise(rng, (1, self.x_mm.shape[1]), 1, across_mm * self.per_mm)

    def turned_noise(
        self, rng: np.random.Generator, down_mm: float, across_mm: float, turn_deg: float
    ) -> np.ndarray:
        """`echo_noise.turned_noise` with grains in mm, (rows, columns)."""
        grain_px = down_mm * self.per_mm, across_mm * self.per_mm
        return turned_noise(rng, self.x_mm.shape, grain_px, turn_deg)

    def turned(self, x_mm: float, z_mm: float, turn_rad: float) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates along and across an axis through a point."""
        cosine, sine = np.cos(turn_rad), np.sin(turn_rad)
        dx, dz = self.x_mm - x_mm, self.z_mm - z_mm
        return dx * cosine + dz * sine, -dx * sine + dz * cosine

    def slope(self, distance_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """How a distance grows along x and along z, and the length of that vector."""
        along_z, along_x = np.gradient(distance_mm, self.step_mm)
        return along_x, along_z, np.hypot(along_x, along_z) + 1e-6

    def facing(self, distance_mm: np.ndarray) -> np.ndarray:
        """Cosine between the beam and the normal of a surface that lies where a distance is 0."""
        along_x, along_z, length = self.slope(distance_mm)
        return (along_x * self.beam_x + along_z * self.beam_z) / length

    def sample(self, field: np.ndarray, x_mm: np.ndarray, z_mm: np.ndarray) -> np.ndarray:
        """Values of a field of this grid at points; beyond the grid the border value holds."""
        columns = ((x_mm - self.left_mm) / self.step_mm).astype(np.float32)
        rows = ((z_mm - self.top_mm) / self.step_mm).astype(np.float32)
        return look_up(field, columns, rows)


def look_up(field: np.ndarray, columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Values of a field between its pixels, linear, float32."""
    whole = np.ascontiguousarray(field, dtype=np.float32)
    return cv2.remap(whole, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def draw_patient(rng: np.random.Generator) -> Patient:
    """Draw probe, body and echo levels."""
    return Patient(
        probe="linear" if rng.random() < LINEAR_SHARE else "convex",
        fat_mm=rng.gamma(2.2, 3.2) + 2.5, muscle_mm=rng.uniform(4, 10), mesentery_db=rng.uniform(-2, 2),
        muscle_db=rng.uniform(-11, -5), fat_db=rng.uniform(-10, -4),
    )  # fmt: skip


def draw_field(rng: np.random.Generator, patient: Patient) -> EchoField:
    """Draw what the probe shows of this patient."""
    return (_linear_field if patient.probe == "linear" else _convex_field)(rng, patient)


def _linear_field(rng: np.random.Generator, patient: Patient) -> EchoField:
    frequency, width, depth = rng.uniform(7, 12), rng.uniform(37, 50), rng.uniform(35, 60)
    fat = min(patient.fat_mm, 0.3 * depth) * rng.uniform(0.85, 1.1)
    muscle = min(patient.muscle_mm * rng.uniform(0.8, 1.1), 0.2 * depth)
    pixel = _draw_pixel_mm(rng, width, depth, (0.06, 0.16))
    return EchoField(
        probe="linear", frequency_mhz=frequency, depth_mm=depth, width_mm=width, radius_mm=0.0,
        half_angle_rad=0.0, fat_mm=fat, muscle_mm=muscle, pixel_mm=pixel,
        rows=int(depth / pixel), columns=int(width / pixel), left_mm=-width / 2, top_mm=0.0,
    )  # fmt: skip


def _convex_field(rng: np.random.Generator, patient: Patient) -> EchoField:
    frequency, radius = rng.uniform(3, 6), rng.uniform(40, 60)
    half, depth = np.deg2rad(rng.uniform(27, 36)), rng.uniform(60, 120)
    fat = min(patient.fat_mm * 1.2, 0.25 * depth) * rng.uniform(0.9, 1.2)
    muscle = min(patient.muscle_mm * 1.1, 0.15 * depth)
    width, sagitta = 2 * (radius + depth) * np.sin(half), radius * (1 - np.cos(half))
    height = depth + sagitta
    pixel = _draw_pixel_mm(rng, width, height, (0.12, 0.25))
    return EchoField(
        probe="convex", frequency_mhz=frequency, depth_mm=depth, width_mm=width, radius_mm=radius,
        half_angle_rad=half, fat_mm=fat, muscle_mm=muscle, pixel_mm=pixel,
        rows=int(height / pixel), columns=int(width / pixel), left_mm=-width / 2,
        top_mm=-sagitta,
    )  # fmt: skip


def _draw_pixel_mm(
    rng: np.random.Generator, width_mm: float, height_mm: float, usual_mm: tuple[float, float]
) -> float:
    low = max(usual_mm[0], width_mm / MOST_COLUMNS, height_mm / MOST_ROWS)
    high = min(usual_mm[1], width_mm / FEWEST_PIXELS, height_mm / FEWEST_PIXELS)
    return rng.uniform(low, max(low, high))


def lay_grid(field: EchoField) -> TissueGrid:
    """Lay out a grid for tissue that reaches beyond the picture on every side."""
    step, pad = (0.08, 6.0) if field.linear else (0.16, 10.0)
    left, top = field.left_mm - pad, field.top_mm - 2
    columns = int((field.width_mm + 2 * pad) / step)
    rows = int((field.rows * field.pixel_mm + 2 + pad) / step)
    x, z = np.meshgrid(
        (left + step * np.arange(columns)).astype(np.float32),
        (top + step * np.arange(rows)).astype(np.float32),
    )
    if field.linear:
        return TissueGrid(step, left, top, x, z, z, np.zeros_like(x), np.ones_like(x))
    far = np.hypot(x, z + field.radius_mm)
    skin, beam_x, beam_z = far - field.radius_mm, x / far, (z + field.radius_mm) / far
    return TissueGrid(step, left, top, x, z, skin, beam_x, beam_z)
