"""Random scanners and looks, from faithful to deliberately crude."""

from __future__ import annotations

import math

import numpy as np

from ius_vision.geometry import Spacing
from ius_vision.phantom.parts import Look, Scanner

STYLES = ("scanner", "smooth", "grainy", "noisy")
STYLE_SHARES = (0.66, 0.14, 0.12, 0.08)
SMALLEST_PIXEL_MM, LARGEST_PIXEL_MM = 0.04, 0.25


def draw_scanner(rng: np.random.Generator, probe: str | None = None) -> Scanner:
    """Draw a probe and its settings; four of five are linear."""
    probe = probe or ("linear" if rng.random() < 0.8 else "convex")
    depth, width, radius, half = _field(rng, probe)
    most_rows = 760 if probe == "linear" else 560
    rows = math.exp(rng.uniform(math.log(260), math.log(most_rows)))
    row = float(np.clip(depth / rows, SMALLEST_PIXEL_MM, LARGEST_PIXEL_MM))
    aspect = float(rng.uniform(0.75, 1.35)) if rng.random() < 0.15 else 1.0
    column = float(np.clip(row * aspect, SMALLEST_PIXEL_MM, LARGEST_PIXEL_MM))
    fine = probe == "linear"
    return Scanner(
        probe=probe, depth_mm=depth, width_mm=width, radius_mm=radius, half_angle_rad=half,
        spacing=Spacing(row, column),
        axial_mm=float(rng.uniform(0.12, 0.36) if fine else rng.uniform(0.3, 0.6)),
        lateral_mm=float(rng.uniform(0.25, 0.9) if fine else rng.uniform(0.6, 1.5)),
        focus_mm=float(rng.uniform(0.3, 0.8) * depth), focus_reach_mm=float(rng.uniform(0.4, 1.2) * depth),
        dynamic_range_db=float(rng.uniform(42, 78)), reference=float(rng.uniform(0.25, 0.62)),
        tgc_db=tuple(float(v) for v in rng.normal(0, 2.5, 6)),
        attenuation_db_mm=float(rng.uniform(-0.05, 0.22) if fine else rng.uniform(-0.03, 0.08)),
        noise_db=float(rng.uniform(-42, -20)), gamma=float(np.exp(rng.normal(0, 0.22))),
        smoothing_px=float(rng.choice([0.0, 0.5, 0.8, 1.2], p=[0.45, 0.25, 0.2, 0.1])),
        sharpening=float(rng.choice([0.0, 0.4, 0.9], p=[0.6, 0.25, 0.15])),
        jpeg_quality=int(rng.integers(55, 96)) if rng.random() < 0.5 else None,
    )  # fmt: skip


def _field(rng: np.random.Generator, probe: str) -> tuple[float, float, float, float]:
    if probe == "linear":
        depth = rng.uniform(35, 60) if rng.random() < 0.8 else rng.uniform(28, 90)
        return float(depth), float(rng.uniform(34, 52)), 0.0, 0.0
    depth, radius = float(rng.uniform(60, 140)), float(rng.uniform(40, 65))
    half = float(np.radians(rng.uniform(24, 36)))
    return depth, 2 * (radius + depth) * math.sin(half), radius, half


def draw_look(rng: np.random.Generator, faithful: bool) -> Look:
    """Draw how faithful the picture is; two of three come from the beam model as it is."""
    power = float(rng.uniform(1.0, 9.0))
    if faithful:
        return Look("scanner", float(rng.uniform(0.9, 1.15)), power, True, (), float(rng.uniform(0.75, 1.0)))
    style = STYLES[rng.choice(len(STYLES), p=STYLE_SHARES)]
    grain = {"scanner": (0.65, 1.0), "smooth": (0.08, 0.5), "grainy": (0.35, 1.0), "noisy": (0.1, 1.0)}[style]
    sheets = bool(rng.random() < (0.3 if style in ("grainy", "noisy") else 0.9))
    contrast = float(np.exp(rng.normal(0, 0.28)))
    return Look(style, contrast, power, sheets, _contacts(rng), float(rng.uniform(*grain)))


def _contacts(rng: np.random.Generator) -> tuple[tuple[float, float, float], ...]:
    """Poor contact: at an edge of the probe, or a narrow partial shadow anywhere."""
    found = []
    if rng.random() < 0.15:
        edge = float(rng.choice([0.0, 1.0]))
        found.append((edge, float(rng.uniform(0.05, 0.25)), float(rng.uniform(6, 45))))
    if rng.random() < 0.2:
        centre, half = float(rng.uniform(0.1, 0.9)), float(rng.uniform(0.01, 0.06))
        found.append((centre, half, float(rng.uniform(3, 25))))
    return tuple(found)
