"""Dual-panel contrast screens with a known bolus, as arrays: a wall across the panel, tissue that moves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ius_vision.geometry import Box, Spacing
from ius_vision.phantom.perfusion import Bolus, contrast_panel, tint

ROWS, COLUMNS, GAP, TOP, LEFT = 178, 190, 12, 20, 16
SPACING = Spacing(0.2, 0.2)
BOLUS = Bolus(area=1.0, m=2.6, s=0.5, t0_s=6.0, baseline=2e-4)
FLAT = Bolus(area=0.0, m=2.6, s=0.5, t0_s=6.0, baseline=2e-4)


@dataclass(frozen=True)
class Recording:
    """How a clip is made. `shifts` are rows and columns a frame, `away` the frames of another plane."""

    bolus: Bolus = BOLUS
    frames: int = 180
    rate_hz: float = 3.0
    range_db: float = 50.0
    contrast_left: bool = False
    tinted: bool = False
    shifts: tuple[tuple[int, int], ...] = ()
    away: tuple[int, ...] = ()
    gain_db: float = 0.0

    @property
    def times_s(self) -> np.ndarray:
        return np.arange(self.frames) / self.rate_hz


def box(left: bool) -> Box:
    """Where a panel lies on the screen."""
    column = LEFT if left else LEFT + COLUMNS + GAP
    return Box(TOP, column, TOP + ROWS, column + COLUMNS)


def wall_mask() -> np.ndarray:
    """The wall of the panel, (ROWS, COLUMNS) bool: 6 mm above and 6 mm below a lumen."""
    mask = np.zeros((ROWS, COLUMNS), bool)
    mask[30:60] = mask[75:105] = True
    return mask


def lumen_mask() -> np.ndarray:
    mask = np.zeros((ROWS, COLUMNS), bool)
    mask[60:75] = True
    return mask


def tissue_picture(seed: int) -> np.ndarray:
    """B-mode tissue with speckle and layers, larger than a panel by a margin for motion."""
    noise = np.random.default_rng(seed).standard_normal((ROWS + 40, COLUMNS + 40)).astype(np.float32)
    grain = cv2.GaussianBlur(noise, (0, 0), 1.5)
    grain /= grain.std()
    mean = np.full(grain.shape, 130.0)
    mean[20 + 30 : 20 + 60] = mean[20 + 75 : 20 + 105] = 70.0
    mean[20 + 60 : 20 + 75] = 20.0
    return (mean * (1.0 + 0.3 * grain)).clip(0, 255).astype(np.uint8)


def screens(recording: Recording, seed: int = 0) -> np.ndarray:
    """(frames, rows, columns, 3) uint8 RGB."""
    rng = np.random.default_rng([seed, 1])
    tissue, other = tissue_picture(1), tissue_picture(2)
    screen = (TOP + ROWS + 20, 2 * LEFT + 2 * COLUMNS + GAP, 3)
    out = np.zeros((recording.frames, *screen), np.uint8)
    for index, time_s in enumerate(recording.times_s):
        down, right = recording.shifts[index % len(recording.shifts)] if recording.shifts else (0, 0)
        away = index in recording.away
        view = (other if away else tissue)[20 - down : 20 - down + ROWS, 20 - right : 20 - right + COLUMNS]
        wall = np.roll(wall_mask(), (down, right), (0, 1))
        around = recording.bolus.baseline + 0.05 * (recording.bolus(time_s) - recording.bolus.baseline)
        power = np.where(wall & (not away), recording.bolus(time_s), around) * 10 ** (recording.gain_db / 10)
        panel = contrast_panel(power, 1.0, recording.range_db, rng)
        noisy = np.clip(view + rng.normal(0, 4, view.shape), 0, 255).astype(np.uint8)
        shown = tint(panel) if recording.tinted else np.repeat(panel[..., None], 3, axis=2)
        out[index][box(recording.contrast_left).slices] = shown
        out[index][box(not recording.contrast_left).slices] = noisy[..., None]
    return out


def later(recording: Recording, **changes) -> Recording:
    """Another recording that differs in some things."""
    return replace(recording, **changes)
