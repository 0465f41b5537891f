"""Pictures of the echo engine without bowel: muscle, vessels, a solid organ, fluid or mesentery alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ius_vision.phantom.echo_noise import ridges, soft_step
from ius_vision.phantom.echo_tissue import Body, Ellipse, Tissue, ellipse_distance, plane_distance


def add_other_organs(rng: np.random.Generator, body: Body, tissue: Tissue) -> Tissue:
    """Put what a picture shows that shows no bowel into the mesentery."""
    if rng.random() < 0.7:
        tissue = replace(tissue, sheet=tissue.sheet * 0.3)
    return ORGANS[rng.choice(len(ORGANS), p=ORGAN_SHARES)](rng, body, tissue)


def _add_muscles(rng: np.random.Generator, body: Body, tissue: Tissue) -> Tissue:
    """Muscles below one another, each with a bright sheet in front."""
    grid = body.grid
    top, slope = body.borders.depth_mm + rng.uniform(2, 8), rng.uniform(-0.25, 0.25)
    for _ in range(rng.integers(2, 5)):
        below = plane_distance(rng, grid, top, slope, 1.0)
        fibres = grid.turned_noise(rng, 0.3, 7, np.rad2deg(np.arctan(slope)) + rng.uniform(-8, 8))
        level = rng.uniform(-12, -7) + 1.5 * grid.noise(rng, 3, 6) + 9 * ridges(fibres, 0.15)
        peak_db, seen = rng.uniform(6, 13), soft_step(2 * grid.noise(rng, 6, 8) + 1)
        tissue = tissue.filled(below > 0, level)
        tissue = tissue.with_sheet(below, body.field.sheet_mm * 1.2, peak_db, seen)
        top += rng.uniform(6, 16)
        slope += rng.uniform(-0.1, 0.1)
    return tissue


def _add_large_vessels(rng: np.random.Generator, body: Body, tissue: Tissue) -> Tissue:
    """One or two vessels with a wall of two bright lines; what lies behind is brighter."""
    grid, field, near = body.grid, body.field, body.borders.depth_mm
    for _ in range(rng.integers(1, 3)):
        radius = rng.uniform(2.5, 7)
        longer = rng.choice([1, 1.1, 8])
        x = rng.uniform(-0.3, 0.3) * field.width_mm
        z = near + radius + rng.uniform(3, 0.6 * (field.depth_mm - near))
        shape = Ellipse(x, z, radius * longer, radius, rng.uniform(-0.3, 0.3), 0.03, 8)
        away = ellipse_distance(rng, grid, shape)
        wall = rng.uniform(0.5, 1.1)
        tissue = tissue.filled(away < wall, rng.uniform(-9, -3)).filled(away < 0, rng.uniform(-38, -26))
        facing = np.abs(grid.facing(away)) ** 4
        tissue = tissue.without_sheets(away < wall).with_sheet(away, field.sheet_mm, 10, facing)
        tissue = tissue.with_sheet(away - wall, field.sheet_mm, 9, facing).costing(away < 0, -0.12)
    return tissue


def _add_solid_organ(rng: np.random.Generator, body: Body, tissue: Tissue) -> Tissue:
    """An even organ with vessels, some of them with a bright wall, and now and then a round mass."""
    grid, field = body.grid, body.field
    top, slope = body.borders.depth_mm + rng.uniform(1, 6), rng.uniform(-0.15, 0.15)
    below = plane_distance(rng, grid, top, slope, 0.8)
    level = rng.uniform(-7, 2) + 0.7 * grid.noise(rng, 5, 5)
    for _ in range(rng.integers(2, 7)):
        radius = rng.uniform(1, 4)
        shape = Ellipse(
            rng.uniform(-0.5, 0.5) * field.width_mm, rng.uniform(top + 4, field.depth_mm),
            radius * rng.choice([1, 3, 6]), radius, rng.uniform(-1.2, 1.2), 0.08,
        )  # fmt: skip
        away = ellipse_distance(rng, grid, shape)
        level = np.where(away < 0, -30, level)
        if rng.random() < 0.5:
            level = np.where(np.abs(away - 0.4) < 0.4, 5, level)
    if rng.random() < 0.3:
        highest = top + 8
        lowest = max(highest, field.depth_mm * 0.8)  # under a thick abdominal wall there is no room
        x, z = rng.uniform(-0.3, 0.3) * field.width_mm, rng.uniform(highest, lowest)
        mass = Ellipse(x, z, rng.uniform(4, 10), rng.uniform(3, 8), 0, 0.1)
        away = ellipse_distance(rng, grid, mass)
        level = np.where(away < 0, level + rng.choice([-8, 7]), level)
    inside = below > 0
    seen = soft_step(2 * grid.noise(rng, 6, 8) + 1)
    tissue = tissue.without_sheets(inside).filled(inside, level)
    return tissue.with_sheet(below, field.sheet_mm, 9, seen).costing(inside, 0.04)


def _add_fluid(rng: np.random.Generator, body: Body, tissue: Tissue) -> Tissue:
    """A bladder or free fluid, clear or with debris, perhaps with sediment and a wall."""
    grid, field, near = body.grid, body.field, body.borders.depth_mm
    width = rng.uniform(8, 0.45 * field.width_mm)
    height = min(rng.uniform(5, 18), 0.4 * (field.depth_mm - near))
    x = rng.uniform(-0.2, 0.2) * field.width_mm
    z = near + height + rng.uniform(1, 8)
    shape = Ellipse(x, z, width, height, rng.uniform(-0.3, 0.3), rng.choice([0.03, 0.15]), rng.uniform(3, 6))
    away = ellipse_distance(rng, grid, shape)
    level = rng.choice([-42, -30, -20]) + rng.uniform(1, 4) * grid.noise(rng, 1.5, 3)
    if rng.random() < 0.4:
        sediment = (grid.z_mm - z - 0.4 * height + grid.noise(rng, 2, 5)) * 2
        level = level + 14 * soft_step(sediment)
    rim = rng.choice([0.0, 1.5, 3.0])
    if rim:
        reach = rim * (1 + 0.4 * grid.noise(rng, 4, 4))
        tissue = tissue.filled(away < reach, -8 + 2 * grid.noise(rng, 1, 1))
    inside = away < 0
    tissue = tissue.filled(inside, level).costing(inside, -0.2).without_sheets(inside)
    return tissue.with_sheet(away, field.sheet_mm, 8, np.abs(grid.facing(away)) ** 4)


def _add_nothing(rng: np.random.Generator, body: Body, tissue: Tissue) -> Tissue:
    return tissue


ORGANS = (_add_muscles, _add_large_vessels, _add_solid_organ, _add_fluid, _add_nothing)
ORGAN_SHARES = (0.2, 0.25, 0.22, 0.23, 0.1)
