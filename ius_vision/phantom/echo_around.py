"""Surroundings of the echo engine: mesentery, psoas, vessels, nodes, gas of other loops, abdominal wall."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ius_vision.phantom.echo_field import EchoField, Patient, TissueGrid
from ius_vision.phantom.echo_noise import ridges, soft_step
from ius_vision.phantom.echo_tissue import (
    Body,
    Borders,
    Ellipse,
    Gas,
    Tissue,
    ellipse_distance,
    plane_distance,
)

PSOAS_ROOM_MM = 22
DEEP_GAS_DB = 40


def draw_mesentery(rng: np.random.Generator, grid: TissueGrid, patient: Patient) -> Tissue:
    """Draw fat with lobules and strands, and nothing else."""
    level = patient.mesentery_db * 0.5 + 1.8 * grid.noise(rng, 5, 8) + 1.6 * grid.noise(rng, 1.2, 2.2)
    strands = grid.turned_noise(rng, 0.5, 5, rng.uniform(-25, 25))
    level = level + rng.uniform(2, 6) * ridges(strands, 0.12) * soft_step(2 * grid.noise(rng, 4, 6))
    lobules = grid.noise(rng, 3, 6) + 0.35 * grid.noise(rng, 1, 1.5)
    level = (
        level
        + rng.uniform(1.5, 5.5) * (soft_step(lobules * 6) - 0.5)
        + rng.uniform(1, 6) * ridges(lobules, 0.10) * soft_step(2 * grid.noise(rng, 3, 5))
    )
    fine = grid.turned_noise(rng, 0.25, 2.5, rng.uniform(-40, 40))
    level = level + rng.uniform(0, 4) * (ridges(fine, 0.3) - 0.4)
    return Tissue(level, np.zeros_like(grid.x_mm), np.zeros_like(grid.x_mm))


def draw_unevenness(rng: np.random.Generator, grid: TissueGrid) -> np.ndarray:
    """Draw what all tissue shares, dB: slow changes of gain, and scatterers in clumps."""
    return 2.0 * grid.noise(rng, 7, 9) + rng.uniform(0.8, 2.0) * grid.noise(rng, 0.3, 0.45)


def draw_borders(rng: np.random.Generator, field: EchoField, grid: TissueGrid) -> Borders:
    """Draw where skin, fat, muscle and peritoneum lie."""
    # A draw that nothing uses any more: without it every frame of a seed would be another one.
    rng.random()
    skin_mm = rng.uniform(1.0, 2.0)
    skin = skin_mm + 0.1 * grid.noise(rng, 8, 10)
    fat = skin_mm + field.fat_mm + 0.5 * grid.noise(rng, 20, 12)
    muscle = fat + field.muscle_mm + 0.4 * grid.noise(rng, 20, 12)
    peritoneum = muscle + rng.uniform(0.5, 2.5) + 0.3 * grid.noise(rng, 20, 10)
    return Borders(skin, fat, muscle, peritoneum, skin_mm + field.fat_mm + field.muscle_mm + 1.5)


def add_neighbours(rng: np.random.Generator, body: Body, tissue: Tissue) -> Tissue:
    """Add the psoas, vessels and a lymph node, each by chance."""
    if rng.random() < 0.5 and body.field.depth_mm - body.borders.depth_mm > PSOAS_ROOM_MM:
        tissue = _add_psoas(rng, body, tissue)
    for _ in range(rng.poisson(1.6)):
        tissue = _add_vessel(rng, body, tissue)
    return _add_node(rng, body, tissue) if rng.random() < 0.15 else tissue


def _add_psoas(rng: np.random.Generator, body: Body, tissue: Tissue) -> Tissue:
    grid, near = body.grid, body.borders.depth_mm
    top, slope = near + (body.field.depth_mm - near) * rng.uniform(0.62, 0.85), rng.uniform(-0.3, 0.3)
    below = plane_distance(rng, grid, top, slope, 1.5)
    fibres = grid.turned_noise(rng, 0.35, 7, np.rad2deg(np.arctan(slope)) + rng.uniform(-6, 6))
    tissue = tissue.filled(below > 0, -9 + 1.5 * grid.noise(rng, 4, 7) + 7 * ridges(fibres, 0.18))
    seen_db, seen = rng.uniform(4, 10), soft_step(2 * grid.noise(rng, 6, 6) + 0.5)
    return tissue.with_sheet(below, body.field.sheet_mm, seen_db, seen)


def _add_vessel(rng: np.random.Generator, body: Body, tissue: Tissue) -> Tissue:
    """A vessel of the mesentery, cut across or along."""
    grid, field = body.grid, body.field
    width = rng.uniform(0.8, 3.5) * field.coarser(1.5)
    height = width * rng.uniform(0.5, 1)
    x = rng.uniform(-0.45, 0.45) * field.width_mm
    z = rng.uniform(body.borders.depth_mm + 5, field.depth_mm)
    if rng.random() < 0.6:
        shape = Ellipse(x, z, width, height, rng.uniform(-0.6, 0.6), 0.10, 2)
        away = ellipse_distance(rng, grid, shape)
    else:
        away = _tube_distance(rng, grid, x, z, 0.6 * height)
    inside = soft_step(-away / 0.12)
    level = tissue.level_db * (1 - inside) + inside * rng.uniform(-32, -16)
    seen_db, seen = rng.uniform(2, 9), soft_step(1.5 * grid.noise(rng, 2, 2) + 1)
    facing = np.abs(grid.facing(away)) ** 2.5
    return replace(tissue, level_db=level).with_sheet(away, field.sheet_mm * 0.9, seen_db, facing, seen)


def _tube_distance(
    rng: np.random.Generator, grid: TissueGrid, x_mm: float, z_mm: float, radius_mm: float
) -> np.ndarray:
    along, across = grid.turned(x_mm, z_mm, rng.uniform(-0.7, 0.7))
    half_length = rng.uniform(5, 18)
    across = across - rng.normal(0, 0.02) * along * along - 0.5 * grid.noise(rng, 4, 6)
    beyond = np.maximum(np.abs(along) - half_length, 0)
    return np.hypot(beyond, across) - radius_mm * (1 + 0.2 * grid.noise(rng, 3, 6))


def _add_node(rng: np.random.Generator, body: Body, tissue: Tissue) -> Tissue:
    field = body.field
    shape = Ellipse(
        rng.uniform(-0.4, 0.4) * field.width_mm,
        rng.uniform(body.borders.depth_mm + 6, field.depth_mm * 0.9),
        rng.uniform(3, 8), rng.uniform(2, 4), rng.uniform(-0.5, 0.5), 0.06,
    )  # fmt: skip
    away = ellipse_distance(rng, body.grid, shape)
    hilum = (away < -1.6) & (rng.random() < 0.35)
    return tissue.filled(away < 0, np.where(hilum, -5.0, -11.0))


def add_deep_gas(
    rng: np.random.Generator, body: Body, tissue: Tissue, beyond_wall_mm: np.ndarray | None
) -> tuple[Tissue, Gas | None]:
    """Add the gas of a deep loop that is not labelled; it stays clear of the labelled one.

    Parameters
    ----------
    beyond_wall_mm : distance from the labelled loop's outer border, (rows, columns); None without a loop.
    """
    grid, field = body.grid, body.field
    z, x = field.depth_mm * rng.uniform(0.75, 0.95), rng.uniform(-0.4, 0.4) * field.width_mm
    width = rng.uniform(3, 9)
    shape = Ellipse(x, z, width, width * 0.35, rng.uniform(-0.2, 0.2), 0.12)
    away = ellipse_distance(rng, grid, shape)
    inside = away < 0
    if beyond_wall_mm is not None and beyond_wall_mm[inside].min(initial=9) <= 1:
        return tissue, None
    front = (away < 0.5) * (grid.z_mm < z) * soft_step(2 * grid.noise(rng, 0.8, 1.2) + 0.5)
    tissue = tissue.with_sheet(np.abs(away), field.sheet_mm * 1.6, 15, front)
    return tissue, Gas(inside, DEEP_GAS_DB, opaque=True)


def cover_with_abdominal_wall(rng: np.random.Generator, body: Body, tissue: Tissue) -> Tissue:
    """Lay skin, fat, muscle and peritoneum over whatever lies there."""
    grid, borders, skin = body.grid, body.borders, body.grid.skin_mm
    fat = _draw_fat(rng, body)
    fibres = grid.turned_noise(rng, 0.3, 6, rng.uniform(-5, 5))
    muscle = (
        body.patient.muscle_db
        + grid.noise(rng, 3, 6)
        + rng.uniform(4, 10) * ridges(fibres, 0.16) * soft_step(grid.noise(rng, 2, 4))
    )
    above = skin < borders.peritoneum_mm
    tissue = tissue.filled(above, 0.5 + 1.5 * grid.noise(rng, 1, 2))
    tissue = tissue.filled(skin < borders.muscle_mm, muscle).filled(skin < borders.fat_mm, fat)
    tissue = tissue.filled(skin < borders.skin_mm, 6 + grid.noise(rng, 0.3, 3))
    return _add_fasciae(rng, body, tissue.costing(above, 0.0).without_sheets(above))


def _draw_fat(rng: np.random.Generator, body: Body) -> np.ndarray:
    """Echo level of fat under the skin, with long and short septa."""
    grid = body.grid
    long = grid.turned_noise(rng, 0.45, 6, rng.uniform(-8, 8))
    short = grid.turned_noise(rng, 0.8, 2, rng.uniform(-30, 30))
    return (
        body.patient.fat_db
        + 1.2 * grid.noise(rng, 2, 4)
        + rng.uniform(5, 11) * ridges(long, 0.13) * soft_step(2.5 * grid.noise(rng, 1.2, 4))
        + rng.uniform(0, 6) * ridges(short, 0.1) * soft_step(2 * grid.noise(rng, 2, 3))
    )


def _add_fasciae(rng: np.random.Generator, body: Body, tissue: Tissue) -> Tissue:
    """Bright sheets before and behind the muscle, at the peritoneum and under the skin."""
    grid, borders, half = body.grid, body.borders, body.field.sheet_mm
    under_fat = grid.skin_mm - borders.fat_mm
    tissue = tissue.with_sheet(
        under_fat, half * rng.uniform(1.2, 3.5), rng.uniform(6, 15),
        soft_step(2.5 * grid.noise(rng, 0.8, 6) + 1.0),
    )  # fmt: skip
    second = under_fat - rng.uniform(0.6, 1.3) - 0.3 * grid.noise(rng, 8, 8)
    tissue = tissue.with_sheet(second, half * 1.3, rng.uniform(0, 11), soft_step(2 * grid.noise(rng, 1, 5)))
    tissue = tissue.with_sheet(
        grid.skin_mm - borders.muscle_mm, half * rng.uniform(1.2, 3), rng.uniform(6, 14),
        soft_step(2.5 * grid.noise(rng, 0.8, 6) + 1.0),
    )  # fmt: skip
    tissue = tissue.with_sheet(
        grid.skin_mm - borders.peritoneum_mm, half * 1.1, rng.uniform(2, 10),
        soft_step(1.5 * grid.noise(rng, 2, 6) + 0.8),
    )  # fmt: skip
    return tissue.with_sheet(grid.skin_mm - borders.skin_mm, half, rng.uniform(4, 9))
