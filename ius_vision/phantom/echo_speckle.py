"""Speckle of the echo engine: complex scatterers and coherent surfaces under a point spread that grows."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ius_vision.phantom.echo_beams import EchoBeams
from ius_vision.phantom.echo_sound import Echoes

ZONES = 6
ZONE_MARGIN = 20
SHARPEST_PX = 0.35
FULL_WIDTH_PER_SIGMA = 2.355
COMPLEX_HALF = np.float32(0.7071)
SIDE_LOBE_WIDTH, SIDE_LOBE_LENGTH = 6, 1.5


@dataclass(frozen=True, slots=True, eq=False)
class _Zone:
    """A range of depths with one point spread; zones overlap, and `weight` (depth,) blends them."""

    rows: slice
    padded: slice
    weight: np.ndarray
    lateral_px: float
    axial_px: float

    def blurred(self, field: np.ndarray, wider: float, longer: float) -> np.ndarray:
        return cv2.GaussianBlur(field, (0, 0), sigmaX=self.lateral_px * wider, sigmaY=self.axial_px * longer)


def draw_envelope(rng: np.random.Generator, beams: EchoBeams, echoes: Echoes) -> np.ndarray:
    """Draw what the receiver sees: amplitude, (depth, beam) float64, averaged over 1 to 3 looks."""
    zones = _draw_zones(rng, beams)
    looks = int(rng.choice([1, 2, 3], p=[0.4, 0.4, 0.2]))
    phase = beams.noise(rng, 1.2, 5) * 1.4
    side_lobes = 10 ** (rng.uniform(-34, -24) / 20)
    surface = np.stack([echoes.surface * np.cos(phase), echoes.surface * np.sin(phase)], -1)
    surface = surface.astype(np.float32)
    floor = _draw_noise_floor(rng, beams)
    spread = np.sqrt(echoes.scatter**2 + echoes.dirt**2)[..., None]
    power = np.zeros(beams.shape, np.float32)
    for _ in range(looks):
        scatterers = rng.standard_normal((*beams.shape, 2), dtype=np.float32) * COMPLEX_HALF
        field = _spread_out(scatterers * spread, surface, zones, side_lobes)
        field += rng.standard_normal((*beams.shape, 2), dtype=np.float32) * floor[:, None, None]
        power += (field**2).sum(-1)
    return np.sqrt(power.astype(np.float64) / looks)


def _draw_noise_floor(rng: np.random.Generator, beams: EchoBeams) -> np.ndarray:
    """Amplitude of the receiver's noise, which its gain lifts with depth, (depth,)."""
    level_db = rng.uniform(-46, -34) + rng.uniform(0, 10) * beams.depth_mm / beams.field.depth_mm
    return 0.7071 * 10 ** (level_db / 20)


def _draw_zones(rng: np.random.Generator, beams: EchoBeams) -> list[_Zone]:
    """Draw a focus, and with it how wide and long the point spread is in each depth."""
    field, depth, total = beams.field, beams.depth_mm, beams.field.depth_mm
    aperture = rng.uniform(2.2, 4.2 if field.linear else 4.0)
    focus, reach = total * rng.uniform(0.3, 0.65), total * rng.uniform(0.45, 0.9)
    width_mm = 1.1 * field.wave_mm * aperture * np.sqrt(1 + ((depth - focus) / reach) ** 2)
    width_mm = width_mm * (1 + 0.45 * np.maximum(depth - focus, 0) / total)
    lateral = width_mm / FULL_WIDTH_PER_SIGMA / beams.pitch_mm
    axial = beams.axial_mm / FULL_WIDTH_PER_SIGMA / beams.step_mm * (1 + 0.35 * depth / total)
    count = len(depth)
    centres = np.linspace(0, count - 1, ZONES)
    apart = centres[1] - centres[0]
    zones = []
    for centre in centres:
        first, last = max(0, int(centre - apart)), min(count, int(centre + apart) + 1)
        weight = np.clip(1 - np.abs(np.arange(count) - centre) / apart, 0, 1).astype(np.float32)
        zones.append(
            _Zone(
                slice(first, last), slice(max(0, first - ZONE_MARGIN), min(count, last + ZONE_MARGIN)),
                weight, max(lateral[int(centre)], SHARPEST_PX), max(axial[int(centre)], SHARPEST_PX),
            )
        )  # fmt: skip
    return zones


def _spread_out(
    scatterers: np.ndarray, surface: np.ndarray, zones: list[_Zone], side_lobes: float
) -> np.ndarray:
    """Put the point spread, with its side lobes, on scatterers and surfaces, each (depth, beam, 2)."""
    field = np.zeros_like(scatterers)
    for zone in zones:
        # A blur takes power from scatterers of random phase; this gives it back.
        power_kept = np.float32(np.sqrt(4 * np.pi * zone.lateral_px * zone.axial_px))
        sources = scatterers[zone.padded] * power_kept + surface[zone.padded]
        seen = zone.blurred(sources, 1, 1) + zone.blurred(
            sources, SIDE_LOBE_WIDTH, SIDE_LOBE_LENGTH
        ) * np.float32(side_lobes * SIDE_LOBE_WIDTH)
        begin = zone.rows.start - zone.padded.start
        inner = seen[begin : begin + zone.rows.stop - zone.rows.start]
        field[zone.rows] += inner * zone.weight[zone.rows, None, None]
    return field
