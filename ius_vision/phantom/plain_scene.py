"""Random scenes of the plain engine: every level, share and shape over a wide range, seen by no machine.

Where `drawing` keeps to what a scanner might show, this keeps only to what makes the truth visible: the
inner and the outer edge of the wall each carry a step of echo level or a bright line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ius_vision.geometry import Spacing
from ius_vision.phantom.draw_wall import draw_fat
from ius_vision.phantom.drawing import even_thickness_mm, long_shape, ring_shape
from ius_vision.phantom.parts import Bowel, Line, Lumen, Ripple, Scanner, Vessel, WallLayers
from ius_vision.phantom.scene import Wishes

VISIBLE_STEP_DB = 4.0
LEAST_MUSCULARIS_SHARE = 0.15
CLEAR_DB = -45.0
DEEPEST_MM = 140.0
THINNEST_MM = 1.0
# Half a lumen of this width leaves only one wall in any picture.
OPEN_MM = 2 * DEEPEST_MM
MOST_PIXELS = 420_000


@dataclass(frozen=True, slots=True)
class Band:
    """A layer of the surroundings from its upper border down, with a bright line on the border or none."""

    top_mm: float
    slope: float
    bend_per_mm: float
    level_db: float
    fibres_db: float
    line_db: float | None
    line_mm: float


@dataclass(frozen=True, slots=True)
class Speckle:
    """How grain comes about.

    `kind` is `field`, complex scatterers under a Gaussian point spread; `multiplied`, blurred Rayleigh noise
    on blurred levels; or `added`, blurred even noise on levels. `looks` pictures are averaged.
    """

    kind: str
    axial_mm: float
    lateral_mm: float
    looks: int
    strength: float


@dataclass(frozen=True, slots=True)
class PlainScene:
    """One picture of the plain engine. Levels are dB above the surroundings' usual level."""

    scanner: Scanner
    bowel: Bowel | None
    bands: tuple[Band, ...]
    vessels: tuple[Vessel, ...]
    lines: tuple[Line, ...]
    patch_db: float
    patch_mm: float
    speckle: Speckle
    facing_power: float
    dirt_db: float
    dirt_slope_db_mm: float
    display_power: float | None
    seed: int


def draw_plain_scene(rng: np.random.Generator, bowel: bool = True) -> PlainScene:
    """Draw a scene; `bowel` says whether it shows a loop."""
    scanner = _draw_scanner(rng)
    belly = float(rng.uniform(0.0, 0.45) * scanner.depth_mm) if rng.random() < 0.75 else 0.0
    loop = _draw_loop(rng, scanner, belly) if bowel else None
    around = 0.0 if loop is None or rng.random() > 0.08 else float(rng.uniform(-40, -22))
    if loop is not None:
        scanner = _deep_enough(scanner, loop, float(rng.uniform(-3.0, 25.0)))
        loop = replace(_draw_levels(rng, loop, around), fat_db=loop.fat_db + around)
    return PlainScene(
        scanner=scanner, bowel=loop,
        bands=_draw_bands(rng, scanner, belly, around, loop is None),
        vessels=_draw_vessels(rng, scanner, loop),
        lines=_draw_lines(rng, scanner, loop is None),
        patch_db=float(rng.choice([0.0, rng.uniform(0.5, 4.0)])), patch_mm=float(rng.uniform(2, 14)),
        speckle=_draw_speckle(rng, scanner),
        facing_power=float(rng.choice([0.0, rng.uniform(0.5, 6.0)])),
        dirt_db=float(rng.uniform(-25, 4)), dirt_slope_db_mm=float(rng.uniform(0.3, 6.0)),
        display_power=float(rng.uniform(0.4, 1.1)) if rng.random() < 0.2 else None,
        seed=int(rng.integers(2**31)),
    )  # fmt: skip


def _draw_scanner(rng: np.random.Generator) -> Scanner:
    """Field, pixels and display; a convex field is a fan cut out of the same straight grid."""
    convex = rng.random() < 0.25
    depth = float(rng.uniform(60, 130) if convex else rng.uniform(25, 75))
    radius, half = (float(rng.uniform(35, 70)), math.radians(rng.uniform(22, 38))) if convex else (0.0, 0.0)
    width = 2 * (radius + depth) * math.sin(half) if convex else float(rng.uniform(28, 70))
    row = float(math.exp(rng.uniform(math.log(0.05), math.log(0.24))))
    column = row * float(rng.uniform(0.7, 1.5)) if rng.random() < 0.2 else row
    return Scanner(
        probe="convex" if convex else "linear", depth_mm=depth, width_mm=width, radius_mm=radius,
        half_angle_rad=half, spacing=_affordable(Spacing(row, column), depth, width),
        axial_mm=0.0, lateral_mm=0.0, focus_mm=depth / 2, focus_reach_mm=depth,
        dynamic_range_db=float(rng.uniform(34, 85)), reference=float(rng.uniform(0.22, 0.75)),
        tgc_db=(0.0, 0.0), attenuation_db_mm=0.0, noise_db=float(rng.uniform(-60, -18)),
        gamma=float(np.exp(rng.normal(0, 0.3))),
        smoothing_px=float(rng.choice([0.0, 0.7, 1.4], p=[0.6, 0.25, 0.15])),
        sharpening=float(rng.choice([0.0, 0.6], p=[0.85, 0.15])),
        jpeg_quality=int(rng.integers(40, 96)) if rng.random() < 0.35 else None,
    )  # fmt: skip


def _affordable(spacing: Spacing, depth_mm: float, width_mm: float) -> Spacing:
    pixels = depth_mm / spacing.row_mm * width_mm / spacing.column_mm
    factor = max(1.0, math.sqrt(pixels / MOST_PIXELS))
    return Spacing(spacing.row_mm * factor, spacing.column_mm * factor)


def _deep_enough(scanner: Scanner, loop: Bowel, below_mm: float) -> Scanner:
    """Show the wall; the far one may be cut by the picture's end, or lie beyond it (an open lumen)."""
    near, far = loop.z_mm - loop.half_lumen_mm, loop.z_mm + loop.half_lumen_mm
    low = near + 2.0 if far > OPEN_MM else far + loop.thickness_mm
    depth = max(scanner.depth_mm, min(low + below_mm, DEEPEST_MM))
    wide = 2 * (scanner.radius_mm + depth) * math.sin(scanner.half_angle_rad) or scanner.width_mm
    spacing = _affordable(scanner.spacing, depth, wide)
    return replace(scanner, depth_mm=depth, width_mm=wide, spacing=spacing)


def _draw_loop(rng: np.random.Generator, scanner: Scanner, belly: float) -> Bowel:
    thickness = even_thickness_mm(rng, THINNEST_MM)
    kind = ("collapsed", "gas", "fluid", "contents")[rng.choice(4, p=(0.3, 0.2, 0.25, 0.25))]
    half = float(rng.uniform(0.15, 0.8) if kind == "collapsed" else rng.uniform(1.0, 12.0))
    ring = rng.random() < 0.5
    shape = ring_shape if ring else long_shape
    loop = shape(rng, scanner, belly, thickness, half, kind)
    if rng.random() < 0.35:
        loop = replace(loop, wave=Ripple(), thickness_wave=Ripple(), lumen_wave=Ripple(), bend_per_mm=0.0)
        loop = replace(loop, tilt_deg=loop.tilt_deg if ring else loop.tilt_deg * int(rng.integers(2)))
    if ring and rng.random() < 0.3 and kind != "collapsed":
        loop = replace(loop, radii_mm=(half, half))
    level = {"fluid": (CLEAR_DB, -22), "gas": (0, 10), "contents": (-16, 8), "collapsed": (-20, 9)}[kind]
    gas = ((-1e3, 1e3),) if kind == "gas" else ()
    loop = replace(loop, lumen=Lumen(kind, float(rng.uniform(*level)), gas, float(rng.uniform(0.6, 2.5))))
    if not ring and kind != "collapsed" and rng.random() < 0.35:
        loop = _one_wall(rng, loop, belly)
    return draw_fat(rng, loop, scanner, Wishes())


def _one_wall(rng: np.random.Generator, loop: Bowel, belly: float) -> Bowel:
    """Open the lumen to the picture's lower end, or now and then to its upper end."""
    near, far = loop.z_mm - loop.half_lumen_mm, loop.z_mm + loop.half_lumen_mm
    if loop.lumen_wave.terms or loop.lumen.gas or rng.random() < 0.7:
        return replace(loop, half_lumen_mm=OPEN_MM, z_mm=near + OPEN_MM)
    return replace(loop, half_lumen_mm=OPEN_MM, z_mm=max(far, belly + 3.0) - OPEN_MM)


def _draw_levels(rng: np.random.Generator, loop: Bowel, around_db: float) -> Bowel:
    """Levels and shares of the layers, drawn again until both edges of the wall can be seen."""
    while True:
        layers = _draw_layers(rng, loop.thickness_mm, around_db)
        inner = layers.interface_db - layers.mucosa_db if layers.interface_mm else 0.0
        outer = layers.serosa_db - layers.muscularis_db if layers.serosa_mm else 0.0
        contrast = abs(layers.mucosa_db - loop.lumen.level_db)
        inner_seen = max(inner, contrast) >= VISIBLE_STEP_DB
        outer_seen = max(outer, abs(layers.muscularis_db - around_db)) >= VISIBLE_STEP_DB
        if inner_seen and outer_seen:
            return replace(loop, layers=layers)


def _draw_layers(rng: np.random.Generator, thickness_mm: float, around_db: float) -> WallLayers:
    kind = ("five", "even", "two", "free")[rng.choice(4, p=(0.5, 0.25, 0.1, 0.15))]
    mucosa = float(rng.uniform(-22, -3))
    submucosa, muscularis = float(rng.uniform(-3, 9)), float(rng.uniform(-24, -5))
    if kind == "even":
        submucosa = muscularis = mucosa
    elif kind == "two":
        mucosa = submucosa
    elif kind == "free":
        mucosa, submucosa, muscularis = (float(level) for level in rng.uniform(-24, 6, 3))
    first, second = (float(share) for share in rng.uniform(0.12, 0.5, 2))
    total = max(1.0, (first + second) / (1.0 - LEAST_MUSCULARIS_SHARE))
    lift = max(0.0, around_db + 15.0 - min(mucosa, muscularis)) if around_db < -10 else 0.0
    has_interface, has_serosa = rng.random() < 0.65, rng.random() < 0.55
    return WallLayers(
        interface_mm=float(min(rng.uniform(0.15, 0.5), 0.16 * thickness_mm)) if has_interface else 0.0,
        mucosa_share=first / total, submucosa_share=second / total,
        serosa_mm=float(rng.uniform(0.2, 0.9)) if has_serosa else 0.0,
        interface_db=float(rng.uniform(0, 14)), mucosa_db=mucosa + lift, submucosa_db=submucosa + lift,
        muscularis_db=muscularis + lift, serosa_db=float(rng.uniform(0, 13)), lost_db=mucosa + lift,
        seen=kind != "even",
    )  # fmt: skip


def _draw_bands(rng, scanner: Scanner, belly: float, around: float, empty: bool) -> tuple[Band, ...]:
    """An abdominal wall of a few layers, then the surroundings, perhaps layered too."""
    tops = sorted(rng.uniform(0, belly, int(rng.integers(1, 5)))) if belly > 0 else []
    bands = [_band(rng, float(top), float(rng.uniform(-16, 8))) for top in tops]
    bands.append(replace(_band(rng, belly, around), fibres_db=0.0, slope=0.0))
    if rng.random() < (0.7 if empty else 0.3):
        for top in sorted(rng.uniform(belly, scanner.depth_mm, int(rng.integers(1, 6 if empty else 3)))):
            bands.append(_band(rng, float(top), around + float(rng.uniform(-16, 6))))
    return (replace(bands[0], top_mm=-math.inf, line_db=None), *bands[1:])


def _band(rng, top: float, level: float) -> Band:
    return Band(
        top, float(rng.normal(0, 0.08)), float(rng.normal(0, 0.003)), level,
        float(rng.choice([0.0, rng.uniform(1, 5)])),
        float(rng.uniform(2, 16)) if rng.random() < 0.6 else None, float(rng.uniform(0.2, 1.2)),
    )  # fmt: skip


def _draw_vessels(rng, scanner: Scanner, loop: Bowel | None) -> tuple[Vessel, ...]:
    """Vessels, and where no bowel is seen a bladder or cysts: dark, round, with a thin bright rim or none."""
    found = []
    for _ in range(rng.poisson(1.5 if loop is None else 0.5)):
        radius = float(rng.uniform(0.8, 14.0 if loop is None else 3.0))
        place = rng.uniform(-0.5, 0.5) * scanner.width_mm, rng.uniform(2, scanner.depth_mm)
        shape = float(rng.uniform(0.7, 1.3)), float(rng.uniform(-40, 40))
        rim = float(rng.uniform(0, 10))
        level = float(rng.uniform(CLEAR_DB, -10))
        found.append(Vessel(float(place[0]), float(place[1]), radius, *shape, level, rim))
    return tuple(found)


def _draw_lines(rng, scanner: Scanner, empty: bool) -> tuple[Line, ...]:
    return tuple(
        Line(
            float(rng.uniform(-0.5, 0.5) * scanner.width_mm), float(rng.uniform(1, scanner.depth_mm)),
            float(rng.uniform(5, 80)), float(rng.normal(0, 0.2)), float(rng.normal(0, 0.01)),
            float(rng.uniform(0.2, 1.0)), float(rng.uniform(2, 14)),
        )
        for _ in range(rng.poisson(4.0 if empty else 1.0))
    )  # fmt: skip


def _draw_speckle(rng: np.random.Generator, scanner: Scanner) -> Speckle:
    kind = ("field", "multiplied", "added")[rng.choice(3, p=(0.55, 0.25, 0.2))]
    coarse = 1.8 if scanner.probe == "convex" else 1.0
    axial = 0.0 if rng.random() < 0.15 else coarse * float(np.exp(rng.uniform(np.log(0.03), np.log(0.28))))
    lateral = axial * float(rng.uniform(0.8, 4.0))
    looks = int(rng.choice([1, 2, 4], p=[0.65, 0.2, 0.15]))
    return Speckle(kind, axial, lateral, looks, float(rng.uniform(0.2, 1.0)))
