"""What a bowel loop of the echo engine holds: fluid, gas, contents, or nothing."""

from __future__ import annotations

import numpy as np

from ius_vision.phantom.echo_loop import Loop
from ius_vision.phantom.echo_noise import ridges, soft_step
from ius_vision.phantom.echo_tissue import Body, Gas, Tissue

GAS_DB = 45
FLUID_GAIN_DB_MM = -0.18


def fill_lumen(rng: np.random.Generator, body: Body, tissue: Tissue, loop: Loop) -> tuple[Tissue, Gas | None]:
    """Fill the lumen with what the loop's plan says."""
    fill = {"fluid": _fluid, "collapsed": _nothing, "contents": _contents, "gas": _gas}[loop.plan.lumen]
    return fill(rng, body, tissue, loop)


def _fluid(rng: np.random.Generator, body: Body, tissue: Tissue, loop: Loop) -> tuple[Tissue, None]:
    """Fluid with a few bright particles, now and then with folds."""
    grid = body.grid
    level = rng.choice([-44, -36, -24], p=[0.5, 0.3, 0.2]) + rng.uniform(0.5, 2.5) * grid.noise(rng, 1, 2)
    level = np.where(grid.noise(rng, 0.35, 0.5) > 2.7, -8, level)
    if rng.random() < 0.15 and loop.plan.along:
        level = np.where(_folds(rng, body, loop) > 0.4, -4, level)
    tissue = tissue.filled(loop.lumen, level).costing(loop.lumen, FLUID_GAIN_DB_MM)
    peak_db, seen = rng.uniform(3, 9), soft_step(1.5 * grid.noise(rng, 3, 4) + 1.5)
    facing = np.abs(loop.facing) ** 3
    sheet_mm = body.field.sheet_mm
    return tissue.with_sheet(loop.outside_mm, sheet_mm, peak_db, facing, seen * loop.in_cavity), None


def _folds(rng: np.random.Generator, body: Body, loop: Loop) -> np.ndarray:
    """Folds of the mucosa that stand into the lumen."""
    grid, period = body.grid, rng.uniform(3, 6)
    wave = np.sin(np.pi * (grid.x_mm + 0.7 * grid.noise(rng, 3, 4)) / period) * period / np.pi
    height = min(3.5, 0.6 * loop.plan.half_lumen_mm)
    return ridges(wave, 0.35) * (loop.outside_mm > -height * (1 + 0.3 * grid.noise(rng, 3, 3)))


def _nothing(rng: np.random.Generator, body: Body, tissue: Tissue, loop: Loop) -> tuple[Tissue, Gas | None]:
    """Mucosa on mucosa, a bright line with gaps; perhaps bubbles between."""
    grid = body.grid
    tissue = tissue.filled(loop.lumen, rng.uniform(2, 7) + 2 * grid.noise(rng, 0.5, 1.5))
    peak_db = rng.uniform(4, 11)
    seen = np.clip(soft_step(2 * grid.noise(rng, 1, 3) + 1.0), 0.1, 1) * loop.in_cavity
    line = np.maximum(loop.outside_mm, 0)
    tissue = tissue.with_sheet(line, body.field.sheet_mm, peak_db, np.abs(loop.facing) ** 0.5, seen)
    if rng.random() >= 0.4:
        return tissue, None
    bubbles = (grid.noise(rng, 0.5, 1.2) > 1.5) & loop.lumen
    return tissue, Gas(bubbles, rng.uniform(3, 10), opaque=False)


def _contents(rng: np.random.Generator, body: Body, tissue: Tissue, loop: Loop) -> tuple[Tissue, Gas]:
    """Stool: coarse, costly to pass, with small gas in it and a bright front."""
    grid = body.grid
    level = rng.uniform(-4, 3) + 4 * grid.noise(rng, 0.8, 1.2) + 3 * grid.noise(rng, 2.5, 3)
    tissue = tissue.filled(loop.lumen, level)
    loss = rng.uniform(0.4, 1.6) * (1 + 0.5 * grid.noise(rng, 3, 3)).clip(0.2, 3)
    tissue = tissue.costing(loop.lumen, loss)
    peak_db, seen = rng.uniform(6, 13), soft_step(2 * grid.noise(rng, 0.8, 1.5) + 0.5)
    front = seen * (loop.normal_z < 0) * loop.in_cavity
    facing = np.abs(loop.facing) ** 1.5
    tissue = tissue.with_sheet(loop.outside_mm + 0.2, body.field.sheet_mm * 1.5, peak_db, facing, front)
    bubbles = (grid.noise(rng, 0.35, 0.8) > 1.5) & loop.lumen
    return tissue, Gas(bubbles, rng.uniform(2, 7), opaque=False)


def _gas(rng: np.random.Generator, body: Body, tissue: Tissue, loop: Loop) -> tuple[Tissue, Gas]:
    """Gas over all of the lumen or over stretches of it."""
    tissue = tissue.filled(loop.lumen, rng.uniform(-8, 0) + 3 * body.grid.noise(rng, 1, 1.5))
    stretches = body.grid.line_noise(rng, 4 if loop.plan.along else 7)
    least = rng.choice([-9, -1.2, -0.5], p=[0.5, 0.3, 0.2])
    where = loop.lumen & (stretches > least)
    return tissue.costing(loop.lumen, 0.2), Gas(where, GAS_DB, opaque=True)
