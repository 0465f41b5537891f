"""The bowel loop of the echo engine as tissue: creeping fat, layers of the wall, serosa and what it holds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ius_vision.phantom.echo_loop import Loop, draw_loop
from ius_vision.phantom.echo_lumen import fill_lumen
from ius_vision.phantom.echo_noise import ridges, soft_step
from ius_vision.phantom.echo_tissue import Body, Gas, Tissue
from ius_vision.vocabulary import View

THINNEST_FAT_MM = 1.5


@dataclass(frozen=True, slots=True)
class Layers:
    """Layers of a wall: where they end as shares of its thickness, and echo levels in dB.

    `kept` is how much of the layers is left, from 0 (one dark band of `lost_db`) to 1.
    """

    kept: float
    interface_end: float
    mucosa_end: float
    submucosa_end: float
    blur: float
    mucosa_db: float
    submucosa_db: float
    muscularis_db: float
    lost_db: float


@dataclass(frozen=True, slots=True, eq=False)
class Bowel:
    """A loop, where inflamed fat lies beside it, (rows, columns) bool, and its gas or None."""

    loop: Loop
    fat: np.ndarray
    gas: Gas | None


def add_bowel(rng: np.random.Generator, body: Body, tissue: Tissue, view: View) -> tuple[Tissue, Bowel]:
    """Put a loop into the mesentery."""
    loop = draw_loop(rng, body, view)
    tissue = tissue.without_sheets(loop.beyond_mm < 0.3)
    fat = np.zeros(loop.outside_mm.shape, bool)
    if rng.random() < (0.52 if loop.plan.inflamed else 0.14):
        tissue, fat = _add_fat(rng, body, tissue, loop)
    layers, wobble = _draw_layers(rng, body, loop)
    tissue = _add_wall(rng, body, tissue, loop, _wall_level(rng, body, loop, layers, wobble))
    tissue = _add_serosa(rng, body, tissue, loop, layers.kept)
    tissue, gas = fill_lumen(rng, body, tissue, loop)
    if not loop.plan.along:
        tissue = _add_edge_shadow(rng, tissue, loop)
    return tissue, Bowel(loop, fat, gas)


def _add_fat(rng: np.random.Generator, body: Body, tissue: Tissue, loop: Loop) -> tuple[Tissue, np.ndarray]:
    """Bright fat on one side of the loop."""
    grid, beyond = body.grid, loop.beyond_mm
    reach = rng.uniform(4, 11) * body.field.coarser(1.2)
    side = rng.choice([np.pi / 2, np.pi / 2, 0, np.pi, -np.pi / 2]) + rng.normal(0, 0.4)
    if loop.plan.along:
        side = rng.choice([1, 1, 1, -1]) * np.pi / 2
    towards = loop.normal_x * np.cos(side) + loop.normal_z * np.sin(side)
    towards = cv2.GaussianBlur(towards, (0, 0), 0.8 * grid.per_mm)
    wide = soft_step((towards - rng.uniform(-0.3, 0.35)) * 7)
    thickness = reach * wide * (1 + 0.25 * grid.noise(rng, 5, 6))
    fat = (beyond > 0) & (beyond < thickness) & (thickness > THINNEST_FAT_MM) & loop.in_cavity
    share = soft_step((thickness - beyond) / 0.5) * (beyond > 0) * (thickness > 1.2)
    level = (
        body.patient.mesentery_db * 0.5
        + rng.uniform(5.5, 10)
        + grid.noise(rng, 3, 4)
        + 0.8 * grid.noise(rng, 0.8, 1.2)
    )
    if rng.random() < 0.3:
        level = level - 6 * ridges(grid.turned_noise(rng, 0.8, 3, rng.uniform(-60, 60)), 0.15)
    return Tissue(
        tissue.level_db * (1 - share) + share * level,
        tissue.loss_db_mm + share * rng.uniform(0.05, 0.25),
        (tissue.sheet * (1 - share * 0.9)).astype(np.float32),
    ), fat


def _draw_layers(rng: np.random.Generator, body: Body, loop: Loop) -> tuple[Layers, np.ndarray]:
    """Layers, and by how much their borders wander, as shares of the thickness (rows, columns)."""
    inflamed, thickness, grid = loop.plan.inflamed, loop.plan.thickness_mm, body.grid
    kept = rng.uniform(0.8, 1) if not inflamed else _draw_kept(rng)
    submucosa = rng.uniform(0.25, 0.5 if inflamed else 0.36)
    interface = min(0.12, 0.35 / thickness)
    muscularis = rng.uniform(0.18, 0.35) if inflamed else rng.uniform(0.24, 0.36)
    mucosa = max(0.12, 1 - interface - submucosa - muscularis)
    total = interface + mucosa + submucosa + muscularis
    interface_end = interface / total
    mucosa_end = interface_end + mucosa / total
    wobble = 0.04 * grid.noise(rng, 1.5, 2.5) if inflamed else 0.02 * grid.noise(rng, 2, 3)
    return Layers(
        kept, interface_end, mucosa_end, mucosa_end + submucosa / total, max(0.02, 0.10 / thickness),
        mucosa_db=rng.uniform(-15, -10), submucosa_db=rng.uniform(0, 5), muscularis_db=rng.uniform(-18, -12),
        lost_db=rng.uniform(-14, -8),
    ), wobble  # fmt: skip


def _draw_kept(rng: np.random.Generator) -> float:
    """Most inflamed walls keep some of their layers."""
    grades = [rng.uniform(0.75, 1), rng.uniform(0.2, 0.7), rng.uniform(0, 0.2)]
    return rng.choice(grades, p=[0.35, 0.35, 0.3])


def _wall_level(
    rng: np.random.Generator, body: Body, loop: Loop, layers: Layers, wobble: np.ndarray
) -> np.ndarray:
    """Echo level of the wall, dB, (rows, columns)."""
    grid = body.grid
    share = np.clip(loop.outside_mm / loop.thickness_mm, -0.2, 1.2)
    in_mucosa, in_submucosa, in_muscularis = (
        soft_step((share + wobble - end) / layers.blur)
        for end in (layers.interface_end, layers.mucosa_end, layers.submucosa_end)
    )
    layered = (
        3 * (1 - in_mucosa)
        + layers.mucosa_db * (in_mucosa - in_submucosa)
        + layers.submucosa_db * (in_submucosa - in_muscularis)
        + layers.muscularis_db * in_muscularis
    )
    uneven = (0.25 if loop.plan.inflamed else 0.06) * grid.noise(rng, 4, 5)
    kept = np.clip(layers.kept + uneven, 0, 1)
    lost = layers.lost_db + 4 * (share < 0.5 * layers.interface_end)
    level = layered * kept + (1 - kept) * lost
    level = level + 1.3 * grid.noise(rng, 0.7, 1.4) + 1.2 * grid.noise(rng, 3, 3)
    return level + rng.uniform(0, 3) * (np.abs(loop.facing) - 0.7)


def _add_wall(
    rng: np.random.Generator, body: Body, tissue: Tissue, loop: Loop, level_db: np.ndarray
) -> Tissue:
    wall = (loop.outside_mm >= 0) & (loop.beyond_mm < 0) & loop.in_cavity
    return tissue.filled(wall, level_db).costing(wall, 0.05 if loop.plan.inflamed else 0.02)


def _add_serosa(rng: np.random.Generator, body: Body, tissue: Tissue, loop: Loop, kept: float) -> Tissue:
    """The bright line around a wall, with gaps; faint where a wall has lost its layers."""
    grid, beyond = body.grid, loop.beyond_mm
    peak_db = rng.uniform(3, 9) - (3 if loop.plan.inflamed and kept < 0.3 else 0)
    halo = np.where(loop.in_cavity, rng.uniform(1, 4) * ridges(beyond - 0.25, 0.3), 0)
    tissue = replace(tissue, level_db=tissue.level_db + halo)
    whole = soft_step(1.5 * grid.noise(rng, 3, 4) + 1.2)
    return tissue.with_sheet(
        beyond - 0.12, body.field.sheet_mm, peak_db, np.abs(loop.facing) ** 3, whole * loop.in_cavity
    )


def _add_edge_shadow(rng: np.random.Generator, tissue: Tissue, loop: Loop) -> Tissue:
    """Where beams graze the side of a ring, refraction takes sound away."""
    loss = rng.uniform(0.3, 1.2) * ridges(loop.beyond_mm, 0.6) * (np.abs(loop.facing) < 0.3)
    return replace(tissue, loss_db_mm=tissue.loss_db_mm + loss)
