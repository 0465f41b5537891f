"""Random scenes of the SIMUS engine: a real array in front of tissue as the other engines lay it out."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ius_vision.geometry import Spacing
from ius_vision.phantom.drawing import even_thickness_mm, random_scene
from ius_vision.phantom.parts import Scanner
from ius_vision.phantom.scene import Scene, Wishes
from ius_vision.phantom.simus_echo import Array

CONVEX = 0.35
# A wall that a wave is too long to show has no truth in the picture.
THINNEST_MM = {"linear": 1.0, "convex": 2.0}
AXIAL_WAVES = 0.9


@dataclass(frozen=True, slots=True)
class SimusScene:
    """One picture: the array that takes it, and the scene in front.

    `mixed` says how the waves are put together: `coherent`, all at once, or `spatial`, as pictures of three
    directions whose envelopes are averaged.
    """

    array: Array
    scene: Scene
    mixed: str

    @property
    def scanner(self) -> Scanner:
        return self.scene.scanner


def draw_simus_scene(rng: np.random.Generator, bowel: bool = True) -> SimusScene:
    """Draw a scene; `bowel` says whether it shows a loop."""
    array = _draw_array(rng, convex=bool(rng.random() < CONVEX))
    scanner = _draw_scanner(rng, array)
    thickness = even_thickness_mm(rng, THINNEST_MM[scanner.probe])
    wishes = Wishes(bowel=bowel, bwt_mm=thickness, scanner=scanner, faithful=True, below_mm=2.0)
    scene = random_scene(rng, None, wishes)
    lines = tuple(line for line in scene.background.lines if line.shadow_db == 0)
    scene = replace(scene, background=replace(scene.background, lines=lines))
    return SimusScene(array, scene, ("coherent", "spatial")[rng.integers(2)])


def _draw_array(rng: np.random.Generator, convex: bool) -> Array:
    if convex:
        frequency, elements, pitch = float(rng.uniform(3.5, 6.0)), 96, float(rng.uniform(0.44, 0.52))
        radius, tilts = float(rng.uniform(45, 58)), 3
    else:
        frequency, elements, pitch = float(rng.uniform(5.0, 8.5)), 104, float(rng.uniform(0.3, 0.36))
        radius, tilts = 0.0, 4
    most = math.radians(rng.uniform(7, 11))
    return Array(
        frequency_mhz=frequency, elements=elements, pitch_mm=pitch, radius_mm=radius,
        bandwidth_percent=float(rng.uniform(60, 85)),
        steering_rad=tuple(float(tilt) for tilt in np.linspace(-most, most, tilts)),
        f_number=float(rng.uniform(1.1, 1.6)), attenuation_db_cm_mhz=float(rng.uniform(0.3, 0.6)),
    )  # fmt: skip


def _draw_scanner(rng: np.random.Generator, array: Array) -> Scanner:
    """Field and display of the array; resolution only sets how densely its beams are sampled."""
    depth = float(rng.uniform(50, 75) if array.radius_mm else rng.uniform(30, 45))
    half = 0.5 * array.elements * array.pitch_mm / array.radius_mm if array.radius_mm else 0.0
    wide = 2 * (array.radius_mm + depth) * math.sin(half) or array.elements * array.pitch_mm
    pixel = depth / float(rng.uniform(320, 500))
    return Scanner(
        probe="convex" if array.radius_mm else "linear", depth_mm=depth, width_mm=wide,
        radius_mm=array.radius_mm, half_angle_rad=half, spacing=Spacing(pixel, pixel),
        axial_mm=AXIAL_WAVES * array.wave_mm, lateral_mm=array.wave_mm * array.f_number,
        focus_mm=depth / 2, focus_reach_mm=depth,
        dynamic_range_db=float(rng.uniform(45, 75)), reference=float(rng.uniform(0.4, 0.62)),
        tgc_db=tuple(float(error) for error in rng.normal(0, 1.5, 6)), attenuation_db_mm=0.0,
        noise_db=float(rng.uniform(-42, -26)), gamma=float(np.exp(rng.normal(0, 0.12))),
        smoothing_px=float(rng.choice([0.0, 0.7, 1.1], p=[0.4, 0.35, 0.25])),
        sharpening=float(rng.choice([0.0, 0.4, 0.8], p=[0.5, 0.3, 0.2])),
        jpeg_quality=int(rng.integers(70, 96)) if rng.random() < 0.3 else None,
    )  # fmt: skip
