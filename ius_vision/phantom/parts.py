"""What a phantom scene is made of: plain numbers, in mm and dB, hashable and comparable."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ius_vision.geometry import Spacing
from ius_vision.vocabulary import View

LUMENS = ("collapsed", "gas", "fluid", "contents")
PROBES = ("linear", "convex")
FULL_TURN = 2 * math.pi


@dataclass(frozen=True, slots=True)
class Ripple:
    """A smooth random line: a sum of sines, each `(amplitude, cycles per unit, phase)`."""

    terms: tuple[tuple[float, float, float], ...] = ()

    def __call__(self, parameter: np.ndarray) -> np.ndarray:
        total = np.zeros_like(parameter, dtype=np.float64)
        for amplitude, cycles, phase in self.terms:
            total += amplitude * np.sin(FULL_TURN * cycles * parameter + phase)
        return total


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the wall: centre and half length along the curve's parameter (mm, or radians on a ring).

    `side` is `near`, `far` or `both`; a ring has only one side. `strength` runs from 0 to 1.
    """

    centre: float
    half: float
    soft: float
    side: str = "both"
    strength: float = 1.0

    def weight(self, parameter: np.ndarray, side: str) -> np.ndarray:
        """0 outside, `strength` inside, one half of it exactly at the ends."""
        if self.side not in ("both", side):
            return np.zeros_like(parameter)
        away = parameter - self.centre
        if side == "ring":
            away = (away + math.pi) % FULL_TURN - math.pi
        ramp = (self.half - np.abs(away)) / max(self.soft, 1e-6) + 0.5
        return self.strength * np.clip(ramp, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class WallLayers:
    """Layers of the bowel wall: shares of the thickness, and echo levels in dB above mesenteric fat.

    `seen` is false for a wall that shows no layers because of the picture, not because of disease.
    """

    interface_mm: float
    mucosa_share: float
    submucosa_share: float
    serosa_mm: float
    interface_db: float
    mucosa_db: float
    submucosa_db: float
    muscularis_db: float
    serosa_db: float
    lost_db: float
    seen: bool = True


@dataclass(frozen=True, slots=True)
class Lumen:
    """What the bowel holds. `gas` lists the covered ranges of x in mm, empty for other contents."""

    kind: str
    level_db: float
    gas: tuple[tuple[float, float], ...] = ()
    ring_mm: float = 2.0


@dataclass(frozen=True, slots=True)
class Bowel:
    """One bowel loop; x runs along the probe, z into depth, both in mm.

    Longitudinal: the lumen's mid-line is `z_mm + tan(tilt) x + bend x^2 / 2 + wave(x)`, its half width
    `half_lumen_mm + lumen_wave(x)`. Cross-section: the lumen is an ellipse of `radii_mm`, turned by the tilt,
    with `wave` as its relative radius over the angle and `bend` turning a slit into a crescent.
    The wall lies outside the lumen and is `thickness_mm * (1 + thickness_wave)` thick along its normal.
    """

    view: View
    x_mm: float
    z_mm: float
    tilt_deg: float
    bend_per_mm: float
    wave: Ripple
    half_lumen_mm: float
    lumen_wave: Ripple
    radii_mm: tuple[float, float]
    thickness_mm: float
    thickness_wave: Ripple
    layers: WallLayers
    lumen: Lumen
    bws: int | None = 0
    lost: Stretch | None = None
    ifat: int = 0
    fat: Stretch | None = None
    fat_mm: float = 0.0
    fat_db: float = 0.0
    extent_mm: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class BodyLayer:
    """A layer between probe and belly: its lower border, level, texture and the bright line below it."""

    kind: str
    bottom_mm: float
    slope: float
    wave: Ripple
    level_db: float
    texture_db: float
    line_db: float | None
    line_mm: float


@dataclass(frozen=True, slots=True)
class Vessel:
    """A round or oval vessel seen in grey: dark inside, bright rim."""

    x_mm: float
    z_mm: float
    radius_mm: float
    flatten: float
    turn_deg: float
    level_db: float
    rim_db: float


@dataclass(frozen=True, slots=True)
class Line:
    """A bright sheet: fascia, or with `shadow_db` above 0 bone or the gas of a neighbouring loop."""

    x_mm: float
    z_mm: float
    length_mm: float
    slope: float
    bend_per_mm: float
    width_mm: float
    level_db: float
    shadow_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Background:
    """Everything around the loop: level, heterogeneity, streaks, sheets, deep muscle and fluid."""

    level_db: float
    patch_db: float
    patch_mm: float
    streak_db: float
    lines: tuple[Line, ...] = ()
    deep_muscle_mm: float | None = None
    deep_muscle_db: float = -10.0
    pools: tuple[Vessel, ...] = ()


@dataclass(frozen=True, slots=True)
class Motion:
    """Slow motion of everything below the abdominal wall: drift, breathing and a small rocking."""

    drift_mm: tuple[float, float] = (0.0, 0.0)
    breathing_mm: tuple[float, float] = (0.0, 0.0)
    period_s: float = 4.0
    rocking_deg: float = 0.0
    phase: float = 0.0

    def at(self, time_s: float) -> tuple[float, float, float]:
        """Shift in x and z (mm) and turn (radians) at a time; drift is per second."""
        swing = math.sin(FULL_TURN * time_s / self.period_s + self.phase) - math.sin(self.phase)
        dx = self.drift_mm[0] * time_s + self.breathing_mm[0] * swing
        dz = self.drift_mm[1] * time_s + self.breathing_mm[1] * swing
        return dx, dz, math.radians(self.rocking_deg) * swing


@dataclass(frozen=True, slots=True)
class Scanner:
    """Probe, beam and processing. `radius_mm` and `half_angle_rad` are those of a convex probe, else 0.

    `reference` is the grey share (0 to 1) at which mesenteric fat is shown.
    """

    probe: str
    depth_mm: float
    width_mm: float
    radius_mm: float
    half_angle_rad: float
    spacing: Spacing
    axial_mm: float
    lateral_mm: float
    focus_mm: float
    focus_reach_mm: float
    dynamic_range_db: float
    reference: float
    tgc_db: tuple[float, ...]
    attenuation_db_mm: float
    noise_db: float
    gamma: float
    smoothing_px: float
    sharpening: float
    jpeg_quality: int | None

    @property
    def top_mm(self) -> float:
        """Depth of the first row; below 0 for a convex probe, whose face is curved."""
        return self.radius_mm * (math.cos(self.half_angle_rad) - 1.0)

    def width_at(self, z_mm: float) -> float:
        """Width of the field at a depth on the middle beam, mm."""
        if self.probe == "linear":
            return self.width_mm
        return 2 * (self.radius_mm + z_mm) * math.tan(self.half_angle_rad)

    def sees(self, x_mm: np.ndarray, z_mm: np.ndarray) -> np.ndarray:
        """Whether points lie in the field."""
        if self.probe == "linear":
            return (np.abs(x_mm) < self.width_mm / 2) & (z_mm > 0) & (z_mm < self.depth_mm)
        away = np.hypot(x_mm, z_mm + self.radius_mm) - self.radius_mm
        inside = np.abs(np.arctan2(x_mm, z_mm + self.radius_mm)) < self.half_angle_rad
        return inside & (away > 0) & (away < self.depth_mm)

    @property
    def rows(self) -> int:
        return round((self.depth_mm - self.top_mm) / self.spacing.row_mm)

    @property
    def columns(self) -> int:
        return round(self.width_mm / self.spacing.column_mm)


@dataclass(frozen=True, slots=True)
class Look:
    """How faithful the picture is.

    `style` is `scanner`; `smooth`, with little speckle; `grainy`, each pixel's own Rayleigh speckle; or
    `noisy`, even noise on flat grey levels.

    `contrast` multiplies all differences of echo level; `angle_power` is how fast sheets fade when tilted.
    """

    style: str = "scanner"
    contrast: float = 1.0
    angle_power: float = 4.0
    sheets: bool = True
    contacts: tuple[tuple[float, float, float], ...] = ()
    grain: float = 1.0
