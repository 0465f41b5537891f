"""Random scenes: the parts drawn together so that the loop lies in the field and below the abdominal wall."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ius_vision.phantom.draw_around import draw_abdominal_wall, draw_background, draw_vessels
from ius_vision.phantom.draw_scanner import draw_look, draw_scanner
from ius_vision.phantom.draw_wall import draw_fat, draw_layers, draw_loss, draw_lumen, ripple
from ius_vision.phantom.parts import Bowel, Look, Motion, Scanner
from ius_vision.phantom.scene import Scene, Wishes
from ius_vision.vocabulary import View

HALF_LUMEN_MM = {"collapsed": (0.1, 0.6), "gas": (2.0, 9.0), "fluid": (1.5, 9.0), "contents": (1.5, 9.0)}
THICKNESS_STEPS_MM = (0.0, 2.0, 3.0, 4.5, 6.5, 9.0, 14.0)
THINNEST_MM = {"linear": 1.2, "convex": 1.8}
DEEPEST_MM = {"linear": 90.0, "convex": 145.0}


def random_scene(rng: np.random.Generator, view: View | None = None, wishes: Wishes | None = None) -> Scene:
    """Draw a scene whose looks vary more than real pictures do.

    Parameters
    ----------
    view : longitudinal or cross-section; None draws one.
    wishes : what is fixed beforehand.
    """
    wishes = wishes or Wishes()
    scanner = wishes.scanner or draw_scanner(rng, wishes.probe)
    look = draw_look(rng, wishes.faithful)
    layers = draw_abdominal_wall(rng, scanner, wishes)
    belly = layers[-1].bottom_mm if layers else rng.uniform(1.0, 8.0)
    bowel = None
    if wishes.bowel:
        chosen = view or (View.LONGITUDINAL, View.CROSS_SECTION)[rng.integers(2)]
        bowel = _draw_bowel(rng, scanner, chosen, belly, wishes, look)
        scanner = _deep_enough(scanner, bowel, wishes.below_mm)
        bowel = _end_in_field(rng, bowel, scanner, wishes)
    background = draw_background(rng, scanner, bowel, belly, wishes)
    if bowel is not None:
        # Inflamed fat is brighter than the fat around it, whatever that shows.
        bowel = replace(bowel, fat_db=bowel.fat_db + background.level_db)
    vessels = draw_vessels(rng, scanner, bowel, belly)
    return Scene(
        scanner=scanner,
        look=look,
        abdominal_wall=layers,
        bowel=bowel,
        vessels=vessels,
        background=background,
        motion=_draw_motion(rng),
        gas_db=float(rng.uniform(-8.0, 6.0)),
        seed=int(rng.integers(2**31)),
    )


def _draw_bowel(rng, scanner: Scanner, view: View, belly: float, wishes: Wishes, look: Look) -> Bowel:
    thickness = wishes.bwt_mm or even_thickness_mm(rng, THINNEST_MM[scanner.probe])
    kinds = ("collapsed", "gas", "fluid", "contents")
    kind = wishes.lumen or kinds[rng.choice(4, p=(0.45, 0.25, 0.15, 0.15))]
    half_lumen = float(rng.uniform(*HALF_LUMEN_MM[kind]))
    layers = draw_layers(rng, thickness, wishes, look)
    shape = ring_shape if view == View.CROSS_SECTION else long_shape
    bowel = shape(rng, scanner, belly, thickness, half_lumen, kind)
    lumen = draw_lumen(rng, kind, scanner, bowel, wishes.faithful)
    bowel = replace(bowel, layers=layers, lumen=lumen)
    bowel = draw_loss(rng, bowel, scanner, wishes)
    return draw_fat(rng, bowel, scanner, wishes)


def even_thickness_mm(rng: np.random.Generator, thinnest_mm: float) -> float:
    """A wall thickness, mm, every step of `THICKNESS_STEPS_MM` as likely as another."""
    steps = np.maximum(THICKNESS_STEPS_MM, thinnest_mm)
    step = int(rng.integers(len(steps) - 1))
    return float(rng.uniform(steps[step], steps[step + 1]))


def long_shape(rng, scanner: Scanner, belly: float, thickness: float, half_lumen: float, kind: str) -> Bowel:
    limit = 20.0 if scanner.probe == "linear" else 14.0
    tilt = float(np.clip(rng.normal(0, 8), -limit, limit))
    span = min(scanner.width_mm, 60.0) / 2
    # The rising end must stay below the abdominal wall.
    room = abs(math.tan(math.radians(tilt))) * span
    bend = float(rng.normal(0, 1 / 250))
    sag = 0.5 * abs(bend) * span**2
    depth = belly + rng.uniform(1.0, 6.0) + thickness * 1.05 + half_lumen + 0.9 * room + sag
    wave_cycles = 1 / rng.uniform(25.0, 60.0)
    wave = ripple(rng, rng.uniform(0.0, 0.9), wave_cycles, 2)
    rough = 0.5 * half_lumen if kind == "collapsed" else min(0.25 * half_lumen, 1.0)
    cycles = 1 / rng.uniform(12.0, 40.0)
    # Keep the lumen's border flatter than the wall is thick, or its normals would cross.
    rough = min(rough, 0.4 / (thickness * (2 * math.pi * cycles) ** 2))
    waviness = ripple(rng, rng.uniform(0.0, 0.06), 1 / rng.uniform(10, 40), 2)
    return _plain_bowel(
        view=View.LONGITUDINAL, x_mm=0.0, z_mm=float(depth), tilt_deg=tilt, bend_per_mm=bend, wave=wave,
        half_lumen_mm=half_lumen, lumen_wave=ripple(rng, rough, cycles, 2), radii_mm=(0.0, 0.0),
        thickness_mm=thickness, thickness_wave=waviness,
    )  # fmt: skip


def ring_shape(rng, scanner: Scanner, belly: float, thickness: float, half_lumen: float, kind: str) -> Bowel:
    high = max(half_lumen, 0.25)
    wide = float(rng.uniform(3.0, 9.0)) if kind == "collapsed" else high * float(rng.uniform(0.9, 1.9))
    wide = max(wide, high)
    turn = float(np.clip(rng.normal(0, 15), -40, 40))
    up = math.hypot(high * math.cos(math.radians(turn)), wide * math.sin(math.radians(turn)))
    depth = belly + rng.uniform(0.8, 6.0) + thickness * 1.05 + up
    reach = max(0.0, min(scanner.width_mm / 2, 40.0) - wide - thickness - 2)
    bend = float(rng.normal(0, 0.25 / max(thickness, 2.0) / 2)) if kind == "collapsed" else 0.0
    turns = 1 / (2 * math.pi)
    wave = ripple(rng, rng.uniform(0.0, 0.09) * min(1.0, 3 / thickness), 2 * turns, 2, whole=True)
    waviness = ripple(rng, rng.uniform(0.0, 0.06), turns, 2, whole=True)
    return _plain_bowel(
        view=View.CROSS_SECTION, x_mm=float(rng.uniform(-reach, reach)) * 0.8, z_mm=float(depth),
        tilt_deg=turn, bend_per_mm=bend, wave=wave, half_lumen_mm=high, lumen_wave=ripple(rng, 0.0, 1.0, 1),
        radii_mm=(wide, high), thickness_mm=thickness, thickness_wave=waviness,
    )  # fmt: skip


def _plain_bowel(**shape) -> Bowel:
    # Layers and lumen follow at once, when the shape is known.
    return Bowel(layers=None, lumen=None, **shape)


def _deep_enough(scanner: Scanner, bowel: Bowel, below_mm: float) -> Scanner:
    """Show the far wall too, unless gas hides it anyway."""
    below = 0.0 if bowel.lumen.kind == "gas" else bowel.half_lumen_mm + bowel.thickness_mm + below_mm
    if bowel.view == View.CROSS_SECTION:
        wide = bowel.radii_mm[0] * abs(math.sin(math.radians(bowel.tilt_deg)))
        below += wide
    needed = min(bowel.z_mm + max(below, 4.0), DEEPEST_MM[scanner.probe])
    if needed <= scanner.depth_mm:
        return scanner
    scale = needed / scanner.depth_mm
    spacing = replace(scanner.spacing, row_mm=scanner.spacing.row_mm * scale)
    spacing = replace(spacing, column_mm=scanner.spacing.column_mm * scale)
    if scanner.probe == "linear":
        return replace(scanner, depth_mm=needed, spacing=spacing)
    half = scanner.half_angle_rad
    width = 2 * (scanner.radius_mm + needed) * math.sin(half)
    return replace(scanner, depth_mm=needed, spacing=spacing, width_mm=width)


def _end_in_field(rng, bowel: Bowel, scanner: Scanner, wishes: Wishes) -> Bowel:
    """Now and then a longitudinal loop leaves the scan plane inside the picture."""
    if bowel.view != View.LONGITUDINAL or wishes.faithful or rng.random() > 0.25:
        return bowel
    half = scanner.width_mm / 2
    left = -half - 20 if rng.random() < 0.5 else -half + rng.uniform(0.05, 0.3) * scanner.width_mm
    right = half + 20 if left > -half else half - rng.uniform(0.05, 0.3) * scanner.width_mm
    return replace(bowel, extent_mm=(float(left), float(right)))


def _draw_motion(rng: np.random.Generator) -> Motion:
    return Motion(
        drift_mm=(float(rng.normal(0, 0.5)), 0.0),
        breathing_mm=(float(rng.normal(0, 0.7)), float(rng.normal(0, 0.7))),
        period_s=float(rng.uniform(3.0, 5.0)),
        rocking_deg=float(rng.normal(0, 0.8)),
        phase=float(rng.uniform(0, 2 * math.pi)),
    )
