"""Tissue of the echo engine as maps: echo level, loss on the way through, and bright sheets.

Numbers that come from `choice` or from an angle are numpy's own and lift some maps to double precision; the
bytes of a frame rest on that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ius_vision.phantom.echo_field import EchoField, Patient, TissueGrid


@dataclass(frozen=True, slots=True, eq=False)
class Borders:
    """Depth in mm at which layers of the abdominal wall end, (rows, columns); `depth_mm` is about where."""

    skin_mm: np.ndarray
    fat_mm: np.ndarray
    muscle_mm: np.ndarray
    peritoneum_mm: np.ndarray
    depth_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """A patient under a probe."""

    patient: Patient
    field: EchoField
    grid: TissueGrid
    borders: Borders


@dataclass(frozen=True, slots=True, eq=False)
class Tissue:
    """What sound meets, each (rows, columns) of a `TissueGrid`.

    `level_db` is the echo level of scatterers, `loss_db_mm` what a mm costs (below 0 it brightens what lies
    behind), `sheet` the amplitude of surfaces that reflect as mirrors do.
    """

    level_db: np.ndarray
    loss_db_mm: np.ndarray
    sheet: np.ndarray

    def with_sheet(
        self, distance_mm: np.ndarray, half_mm: float, peak_db: float, *shares: np.ndarray
    ) -> Tissue:
        """Add a sheet where a distance is 0; `shares` (0 to 1) weaken it."""
        sheet = 10 ** (peak_db / 20) * np.exp(-((distance_mm / half_mm) ** 2))
        for share in shares:
            sheet = sheet * share
        return replace(self, sheet=np.maximum(self.sheet, sheet).astype(np.float32, copy=False))

    def filled(self, where: np.ndarray, level_db: np.ndarray | float) -> Tissue:
        """Give a place another echo level."""
        return replace(self, level_db=np.where(where, level_db, self.level_db))

    def costing(self, where: np.ndarray, loss_db_mm: np.ndarray | float) -> Tissue:
        """Give a place another loss."""
        return replace(self, loss_db_mm=np.where(where, loss_db_mm, self.loss_db_mm))

    def without_sheets(self, where: np.ndarray) -> Tissue:
        """Remove the sheets of a place."""
        return replace(self, sheet=np.where(where, np.float32(0), self.sheet))


@dataclass(frozen=True, slots=True, eq=False)
class Gas:
    """Gas on the tissue grid. What lies behind is lost by `loss_db`; `opaque` gas has a surface and dirt."""

    where: np.ndarray
    loss_db: float
    opaque: bool


@dataclass(frozen=True, slots=True)
class Ellipse:
    """A rounded shape; `wobble` is the share by which its border wanders over lengths of `wobble_mm`."""

    x_mm: float
    z_mm: float
    half_width_mm: float
    half_height_mm: float
    turn_rad: float
    wobble: float
    wobble_mm: float = 3.0


def ellipse_distance(rng: np.random.Generator, grid: TissueGrid, shape: Ellipse) -> np.ndarray:
    """Distance from the border of a shape in mm, below 0 within, (rows, columns)."""
    along, across = grid.turned(shape.x_mm, shape.z_mm, shape.turn_rad)
    ratio = np.sqrt((along / shape.half_width_mm) ** 2 + (across / shape.half_height_mm) ** 2)
    ratio = ratio * (1 + shape.wobble * grid.noise(rng, shape.wobble_mm, shape.wobble_mm))
    return (ratio - 1) * min(shape.half_width_mm, shape.half_height_mm)


def plane_distance(
    rng: np.random.Generator, grid: TissueGrid, top_mm: float, slope: float, waves_mm: float
) -> np.ndarray:
    """Depth under a sloping, wavy plane in mm, (rows, columns)."""
    return grid.z_mm - top_mm - slope * grid.x_mm - waves_mm * grid.noise(rng, 10, 14)
