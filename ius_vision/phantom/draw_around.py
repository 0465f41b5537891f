"""Random surroundings: abdominal wall, mesentery, muscles, vessels, neighbouring loops, bone and fluid."""

from __future__ import annotations

import math

import numpy as np

from ius_vision.phantom.draw_wall import ripple
from ius_vision.phantom.parts import Background, BodyLayer, Bowel, Line, Ripple, Scanner, Vessel
from ius_vision.phantom.scene import Wishes
from ius_vision.vocabulary import View


def draw_abdominal_wall(rng: np.random.Generator, scanner: Scanner, wishes: Wishes) -> tuple[BodyLayer, ...]:
    """Skin, fat, fascia and muscle; sometimes none, as in plain phantoms."""
    if not wishes.faithful and rng.random() < 0.12:
        return ()
    scale = 1.0 if scanner.probe == "linear" else 1.5
    thickest = 0.3 * scanner.depth_mm
    fat = float(np.clip(rng.uniform(2, 14) * scale, 1.5, thickest))
    muscle = float(np.clip(rng.uniform(3, 9) * scale, 2.0, 0.6 * thickest))
    skin = float(rng.uniform(0.8, 2.2))
    slope = float(rng.normal(0, 0.03))
    layers = [_layer(rng, "skin", skin, 0.0, float(rng.uniform(0, 8)), None)]
    bottom = skin + fat
    layers.append(_layer(rng, "fat", bottom, slope, float(rng.uniform(-10, 0)), float(rng.uniform(6, 16))))
    bottom += muscle
    muscle_db = float(rng.uniform(-14, -5))
    layers.append(_layer(rng, "muscle", bottom, slope, muscle_db, float(rng.uniform(6, 17))))
    if rng.random() < 0.35:
        bottom += float(rng.uniform(2, 5))
        second_db = muscle_db + float(rng.normal(0, 2))
        layers.append(_layer(rng, "muscle", bottom, slope, second_db, float(rng.uniform(6, 15))))
    if rng.random() < 0.5:
        bottom += float(rng.uniform(0.8, 4))
        layers.append(_layer(rng, "fat", bottom, slope, float(rng.uniform(-6, 2)), float(rng.uniform(4, 12))))
    return tuple(layers)


def _layer(rng, kind: str, bottom: float, slope: float, level: float, line_db: float | None) -> BodyLayer:
    wave = Ripple() if kind == "skin" else ripple(rng, rng.uniform(0.0, 0.7), 1 / rng.uniform(18, 60), 2)
    texture = {"skin": 1.0, "fat": rng.uniform(0, 3), "muscle": rng.uniform(1, 4)}[kind]
    return BodyLayer(kind, bottom, slope, wave, level, float(texture), line_db, float(rng.uniform(0.3, 0.9)))


def draw_background(rng, scanner: Scanner, bowel: Bowel | None, belly: float, wishes: Wishes) -> Background:
    """Mesentery with streaks and sheets, perhaps deep muscle, fluid, bone or gas of a neighbour."""
    empty = bowel is None
    lines = [_sheet(rng, scanner, belly) for _ in range(rng.poisson(4.0 if empty else 1.5))]
    if rng.random() < (0.5 if empty else 0.25):
        lines.append(_caster(rng, scanner, bowel, belly))
    deep = None
    if rng.random() < (0.6 if empty else 0.35):
        deep = rng.uniform(belly + 4, scanner.depth_mm) if empty else _below(bowel) + rng.uniform(3, 20)
    pools = []
    if rng.random() < (0.3 if empty else 0.08):
        pools.append(_pool(rng, scanner, bowel, belly))
    level = 0.0 if wishes.faithful else float(np.clip(rng.normal(-1.5, 3.0), -9.0, 3.0))
    return Background(
        level_db=level,
        patch_db=float(rng.uniform(0.5, 3.0)), patch_mm=float(rng.uniform(4, 14)),
        streak_db=float(rng.uniform(0.0, 4.0)), lines=tuple(lines),
        deep_muscle_mm=None if deep is None else float(deep), deep_muscle_db=float(rng.uniform(-14, -5)),
        pools=tuple(pools),
    )  # fmt: skip


def _below(bowel: Bowel) -> float:
    half = max(bowel.half_lumen_mm, bowel.radii_mm[0] * abs(math.sin(math.radians(bowel.tilt_deg))))
    slope = abs(math.tan(math.radians(bowel.tilt_deg))) if bowel.view == View.LONGITUDINAL else 0.0
    return bowel.z_mm + half + bowel.thickness_mm + 15 * slope


def _sheet(rng, scanner: Scanner, belly: float) -> Line:
    return Line(
        float(rng.uniform(-0.5, 0.5) * scanner.width_mm), float(rng.uniform(belly, scanner.depth_mm)),
        float(rng.uniform(6, 60)), float(rng.normal(0, 0.15)), float(rng.normal(0, 0.006)),
        float(rng.uniform(0.25, 0.8)), float(rng.uniform(2, 14)),
    )  # fmt: skip


def _caster(rng, scanner: Scanner, bowel: Bowel | None, belly: float) -> Line:
    """Gas in a neighbouring loop, or bone: a bright curved line with a shadow, beside or below the loop."""
    half = scanner.width_mm / 2
    length = float(rng.uniform(8, 25))
    if bowel is None:
        x, z = rng.uniform(-half, half), rng.uniform(belly + 2, scanner.depth_mm)
    elif bowel.view == View.CROSS_SECTION:
        side = -1.0 if bowel.x_mm > 0 else 1.0
        x = bowel.x_mm + side * (bowel.radii_mm[0] + bowel.thickness_mm + length / 2 + rng.uniform(2, 6))
        z = rng.uniform(belly + 2, scanner.depth_mm)
    else:
        x, z = rng.uniform(-half, half), _below(bowel) + rng.uniform(4, 15)
    bone = rng.random() < 0.35
    return Line(
        float(x), float(z), length, float(rng.normal(0, 0.1)), float(rng.uniform(0.0, 0.05)),
        float(rng.uniform(0.5, 1.1)), float(rng.uniform(12, 20)), 50.0 if bone else 20.0,
    )  # fmt: skip


def _pool(rng, scanner: Scanner, bowel: Bowel | None, belly: float) -> Vessel:
    """Bladder or free fluid."""
    radius = float(rng.uniform(6, 18))
    if bowel is None:
        z = float(rng.uniform(belly + radius, scanner.depth_mm + radius))
    else:
        z = _below(bowel) + 3 + radius * 1.4
    return Vessel(
        float(rng.uniform(-0.4, 0.4) * scanner.width_mm), z, radius, float(rng.uniform(0.7, 1.2)),
        float(rng.uniform(-20, 20)), -45.0, float(rng.uniform(4, 12)),
    )  # fmt: skip


def draw_vessels(rng, scanner: Scanner, bowel: Bowel | None, belly: float) -> tuple[Vessel, ...]:
    """Mesenteric vessels away from the wall."""
    vessels = []
    for _ in range(rng.poisson(2.0 if bowel is None else 0.7)):
        radius = float(rng.uniform(0.8, 4.5 if bowel is None else 2.5))
        x = float(rng.uniform(-0.45, 0.45) * scanner.width_mm)
        if bowel is None:
            z = float(rng.uniform(belly + radius + 1, max(scanner.depth_mm, belly + radius + 2)))
        else:
            z = _below(bowel) + bowel.fat_mm + radius + float(rng.uniform(2, 12))
        shape = float(rng.uniform(0.7, 1.3)), float(rng.uniform(-40, 40))
        vessels.append(Vessel(x, z, radius, *shape, float(rng.uniform(-40, -20)), float(rng.uniform(2, 12))))
    return tuple(vessels)
