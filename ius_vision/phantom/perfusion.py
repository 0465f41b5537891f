"""Contrast clips: a lognormal time-intensity curve per tissue, its exact parameters, and the tinted panel."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.special import ndtr

from ius_vision.vocabulary import Label

DARKEST = 1e-9
# Gold tint whose luminance equals the stored value until red saturates.
TINT = np.array([1.2, 1.0, 0.46])


@dataclass(frozen=True, slots=True)
class Bolus:
    """I(t) = baseline + area * lognormal(t - t0; m, s), linear echo power relative to peak white."""

    area: float
    m: float
    s: float
    t0_s: float
    baseline: float

    def __call__(self, time_s: float) -> float:
        x = time_s - self.t0_s
        if x <= 0:
            return self.baseline
        height = math.exp(-((math.log(x) - self.m) ** 2) / (2 * self.s**2))
        return self.baseline + self.area * height / (math.sqrt(2 * math.pi) * self.s * x)

    def parameters(self) -> dict[str, float]:
        """The contract's curve parameters, exact.

        Notes
        -----
        Closed forms of the lognormal: inflections at ln x = m - 1.5 s^2 -+ s sqrt(s^2 + 4) / 2; tangents
        there give onset TI and end TO; areas from the normal distribution. `mtt_s` is the mean minus TI.
        """
        m, s, area = self.m, self.s, self.area
        spread = s * math.sqrt(s * s + 4) / 2
        tangents = []
        for u in (m - 1.5 * s * s - spread, m - 1.5 * s * s + spread):
            x, z = math.exp(u), (u - m) / s**2
            height = self(self.t0_s + x) - self.baseline
            tangents.append((x * (2 + z) / (1 + z), -height * (1 + z) / x))
        (ti, wir), (to, wor) = tangents
        peak = area * math.exp(-m + s * s / 2) / (s * math.sqrt(2 * math.pi))
        mode = math.exp(m - s * s)
        below = [area * float(ndtr((math.log(x) - m) / s)) for x in (ti, mode, to)]
        wi_auc, wo_auc = below[1] - below[0], below[2] - below[1]
        return {
            "t0_s": self.t0_s, "baseline": self.baseline, "pe": peak, "ttp_s": self.t0_s + mode,
            "rt_s": mode - ti, "ft_s": to - mode, "mtt_s": math.exp(m + s * s / 2) - ti,
            "wi_auc": wi_auc, "wo_auc": wo_auc, "wiwo_auc": wi_auc + wo_auc, "wir": wir, "wor": wor,
            "wipi": wi_auc / (mode - ti),
        }  # fmt: skip


def draw_bolus(rng: np.random.Generator, activity: float) -> Bolus:
    """A wall's curve; `activity` from 0 to 1 raises its height."""
    s = float(rng.uniform(0.4, 0.6))
    peak_s = float(rng.uniform(9.0, 14.0))
    m = math.log(peak_s) + s * s
    peak_db = -20.0 + 9.0 * activity + rng.uniform(-1, 1)
    area = 10 ** (peak_db / 10) * s * math.sqrt(2 * math.pi) / math.exp(-m + s * s / 2)
    return Bolus(area, m, s, float(rng.uniform(4.0, 8.0)), 10 ** (-3.7))


def contrast_power(labels: np.ndarray, bolus: Bolus, time_s: float) -> np.ndarray:
    """Mean echo power of every pixel at a time, (rows, columns): the surroundings fill later and less."""
    wall = bolus(time_s)
    around = bolus.baseline + 0.07 * (bolus(time_s - 3.0) - bolus.baseline)
    power = np.full(labels.shape, around, np.float32)
    power[labels == Label.WALL] = wall
    power[labels == Label.LUMEN] = 0.3 * bolus.baseline
    power[labels == Label.INFLAMED_FAT] = bolus.baseline + 0.5 * (around - bolus.baseline)
    return power


def contrast_panel(
    power: np.ndarray, grain_px: float, range_db: float, rng: np.random.Generator
) -> np.ndarray:
    """Log-compressed contrast picture, (rows, columns) uint8: 255 is power 1, 0 is `range_db` below.

    Notes
    -----
    Speckle is exponential in power with mean 1, and new in every frame, as bubbles move.
    """
    noise = rng.standard_normal((*power.shape, 2), dtype=np.float32)
    field = cv2.GaussianBlur(noise, (0, 0), grain_px)
    # A Gaussian kernel of standard deviation g leaves 1 / (4 pi g^2) of the power of white noise.
    speckle = np.sum(field**2, axis=2) * (2 * math.pi * grain_px**2)
    level_db = 10 * np.log10(np.maximum(power * speckle, DARKEST))
    return np.clip(np.rint(255 * (1 + level_db / range_db)), 0, 255).astype(np.uint8)


def tint(values: np.ndarray) -> np.ndarray:
    """Gold colours, (..., 3) uint8, with the luminance of the values."""
    return np.clip(np.rint(values[..., None] * TINT), 0, 255).astype(np.uint8)


def tint_colours() -> np.ndarray:
    """The tint as a map of 256 colours."""
    return tint(np.arange(256, dtype=np.uint8))
