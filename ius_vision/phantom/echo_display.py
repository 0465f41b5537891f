"""From the envelope to the picture in the echo engine: haze, log compression, scan conversion, finishing."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ius_vision.phantom.echo_beams import EchoBeams

SILENCE = 1e-6
BRIGHTEST_CLUTTER = 3


@dataclass(frozen=True, slots=True)
class Display:
    """How echoes become grey: `middle` is the share of white that 0 dB gets, `finish` a filter or none."""

    dynamic_range_db: float
    middle: float
    gamma: float
    curved: bool
    finish: str
    cubic: bool
    jpeg_quality: int | None


def add_haze(rng: np.random.Generator, beams: EchoBeams, envelope: np.ndarray, skin_mm: float) -> np.ndarray:
    """Add what is no echo of its place: haze near the probe, the wall's reverberation, clutter.

    Parameters
    ----------
    envelope : (depth, beam) amplitude.
    skin_mm : thickness of the abdominal wall, which reverberates.
    """
    peak = 10 ** (rng.uniform(-8, 8) / 20)
    fade_mm = rng.uniform(1.5, 6 if beams.field.linear else 12)
    near = peak * np.exp(-beams.depth_mm / fade_mm)[:, None]
    envelope = envelope + near * (0.6 + 0.4 * np.abs(beams.noise(rng, 0.35, 10)))
    rows = int(skin_mm / beams.step_mm)
    if rng.random() < 0.5 and rows * 2 < len(envelope):
        again = np.zeros_like(envelope)
        again[rows : 2 * rows] = envelope[:rows]
        envelope = envelope + again * 10 ** (rng.uniform(-30, -17) / 20)
    clutter = cv2.GaussianBlur(
        np.minimum(envelope, BRIGHTEST_CLUTTER), (0, 0),
        sigmaX=3 / beams.mean_pitch_mm, sigmaY=3 / beams.step_mm,
    )  # fmt: skip
    return envelope + clutter * 10 ** (rng.uniform(-36, -20) / 20)


def draw_display(rng: np.random.Generator) -> Display:
    """Draw a scanner's settings and processing."""
    return Display(
        dynamic_range_db=rng.uniform(50, 70), middle=rng.uniform(85, 140) / 255,
        gamma=rng.uniform(0.85, 1.25), curved=rng.random() < 0.6,
        finish=_finish(rng.random()), cubic=rng.random() >= 0.7,
        jpeg_quality=int(rng.integers(70, 96)) if rng.random() < 0.3 else None,
    )  # fmt: skip


def _finish(chance: float) -> str:
    for limit, name in ((0.25, "smoothed"), (0.4, "despeckled"), (0.55, "sharpened")):
        if chance < limit:
            return name
    return "none"


def to_picture(envelope: np.ndarray, gain_db: np.ndarray, beams: EchoBeams, display: Display) -> np.ndarray:
    """Compress and convert to pixels, (rows, columns) uint8, black outside of the area."""
    shades = _compressed(envelope, gain_db, display)
    how = cv2.INTER_CUBIC if display.cubic else cv2.INTER_LINEAR
    shades = cv2.remap(shades, beams.pixel_beam, beams.pixel_sample, how, borderMode=cv2.BORDER_REPLICATE)
    grey = _finished(np.clip(shades * 255, 0, 255).astype(np.uint8), display)
    grey[~beams.area] = 0
    return grey


def _compressed(envelope: np.ndarray, gain_db: np.ndarray, display: Display) -> np.ndarray:
    """Shares of white, (depth, beam) float32."""
    level_db = 20 * np.log10(envelope + SILENCE) + gain_db
    shades = np.clip(display.middle + level_db / display.dynamic_range_db, 0, 1) ** display.gamma
    if display.curved:
        shades = shades * shades * (3 - 2 * shades) * 0.7 + shades * 0.3
    return shades.astype(np.float32)


def _finished(grey: np.ndarray, display: Display) -> np.ndarray:
    if display.finish == "smoothed":
        grey = cv2.bilateralFilter(grey, 5, 35, 2)
    elif display.finish == "despeckled":
        grey = cv2.medianBlur(grey, 3)
    elif display.finish == "sharpened":
        grey = cv2.addWeighted(grey, 1.5, cv2.GaussianBlur(grey, (0, 0), 2), -0.5, 0)
    if display.jpeg_quality is not None:
        _, packed = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, display.jpeg_quality])
        grey = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    return grey
