"""Landmarks of a bolus of height 1 and width 1: where it starts, bends and ends, and how large it is.

All are functions of the skewness alone; `parameters` scales them to a fitted curve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammainc, gammaln, log_ndtr, ndtr

from ius_vision.contrast.models import _GIG_POWER, Array, evaluate, gig_mode, onset

_ROOT_TWO_PI = np.sqrt(2.0 * np.pi)


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Positions in widths from the peak, slopes in heights per width, areas in heights times widths; each
    (curves,).

    `rise_start` and `fall_end` are where the steepest tangents of wash-in and wash-out meet zero. A gamma
    curve with a < 1 (skew > 1) has no finite steepest rise: its three wash-in entries are NaN.
    """

    onset: Array
    rise_start: Array
    fall_end: Array
    mean: Array
    rise_slope: Array
    fall_slope: Array
    rise_area: Array
    fall_area: Array
    area: Array

    def stacked(self) -> Array:
        """(9, curves) in the order of the fields."""
        return np.stack([getattr(self, name) for name in self.__slots__])


def landmarks(model: str, skew: Array) -> Landmarks:
    """Landmarks from closed forms: no time grid, no numeric integration.

    Parameters
    ----------
    model : one of `models.MODELS`.
    skew : (curves,).
    """
    if model == "lognormal":
        return _lognormal(skew)
    if model == "gamma":
        return _gamma(skew)
    return _inverse_gaussian(model, skew)


def _lognormal(s: Array) -> Landmarks:
    """Inflections at ln y = -s^2/2 +- s sqrt(s^2 + 4)/2; areas from the normal integral."""
    root = 0.5 * s * np.sqrt(s * s + 4.0)
    ends, slopes = [], []
    for log_y in (-0.5 * s * s - root, -0.5 * s * s + root):
        y = np.exp(log_y)
        slopes.append(-np.exp(-0.5 * (log_y / s) ** 2) * log_y / (s * y))
        ends.append((y - 1.0) / s + s * y / log_y)
    total = _ROOT_TWO_PI * np.exp(0.5 * s * s)
    at_peak = ndtr(-s)
    before = ndtr(np.log(np.maximum(1.0 + s * ends[0], 1e-300)) / s - s)
    after = ndtr(np.log1p(s * ends[1]) / s - s)
    return Landmarks(
        onset("lognormal", s), ends[0], ends[1], np.expm1(1.5 * s * s) / s,
        slopes[0], slopes[1], total * (at_peak - before), total * (after - at_peak), total,
    )  # fmt: skip


def _gamma(s: Array) -> Landmarks:
    """Inflections one width either side of the peak; areas from the incomplete gamma function."""
    a = 1.0 / (s * s)
    total = np.exp(a + gammaln(a + 1.0) - (a + 1.0) * np.log(a)) / s
    bends = s <= 1.0
    y = np.where(bends, 1.0 - s, 1.0)
    h = np.exp(a * (np.log(np.maximum(y, 1e-300)) + 1.0 - y))
    # At a = 1 the curve leaves the onset with its steepest slope: the limit of h / y there is e.
    rise_slope = np.where(bends, np.where(y > 0, h / np.maximum(y, 1e-300), np.e), np.nan)
    rise_start = np.where(bends, s - 2.0, np.nan)
    fall_slope = -np.exp(a * (np.log1p(s) - s)) / (1.0 + s)
    below = gammainc(a + 1.0, a * np.maximum(1.0 + s * (s - 2.0), 0.0))
    at_peak, above = gammainc(a + 1.0, a), gammainc(a + 1.0, a * (1.0 + s * (s + 2.0)))
    rise_area = np.where(bends, total * (at_peak - below), np.nan)
    return Landmarks(
        onset("gamma", s), rise_start, s + 2.0, s + 0.0,
        rise_slope, fall_slope, rise_area, total * (above - at_peak), total,
    )  # fmt: skip


def _inverse_gaussian(model: str, s: Array) -> Landmarks:
    power = _GIG_POWER[model]
    mode = gig_mode(power, s)
    level = 1.0 / (s * s)
    ends, slopes = [], []
    for u in (_inflection(power, level, mode, rising=True), _inflection(power, level, mode, rising=False)):
        v = (u - mode) / s
        basis = evaluate(model, v[:, None], s[:, None])
        slopes.append(-basis.by_time[:, 0])
        ends.append(v + basis.h[:, 0] / basis.by_time[:, 0])
    peak_density = _ROOT_TWO_PI / np.sqrt(level) * mode ** (0.5 * power)
    total = peak_density * np.exp(0.5 * level * (mode + 1.0 / mode) - level) / s
    share = [_share(power, level, u) for u in (mode + s * ends[0], mode, mode + s * ends[1])]
    mean = (1.0 + s * s if model == "ldrw" else 1.0) - mode
    return Landmarks(
        onset(model, s), ends[0], ends[1], mean / s,
        slopes[0], slopes[1], total * (share[1] - share[0]), total * (share[2] - share[1]), total,
    )  # fmt: skip


def _share(power: float, level: Array, u: Array) -> Array:
    """Share of the area before u; e^(2L) Phi(.) goes through log Phi because e^(2L) overflows."""
    u = np.maximum(u, 1e-12)
    root, inverse = np.sqrt(level * u), np.sqrt(level / u)
    mirrored = np.exp(2.0 * level + log_ndtr(-root - inverse))
    return ndtr(root - inverse) + (mirrored if power == 3.0 else -mirrored)


def _inflection(power: float, level: Array, mode: Array, rising: bool) -> Array:
    """Root of (L - p u - L u^2)^2 + 2 u (p u - 2 L) on one side of the mode, by bracketed Newton."""
    if rising:
        low, high = np.zeros_like(mode), mode.copy()
    else:
        low, high = mode.copy(), mode + 2.0 * (1.0 + power + mode) / np.sqrt(level) + 20.0 / level
    u = 0.5 * (low + high)
    for _ in range(60):
        inner = level - power * u - level * u * u
        value = inner * inner + 2.0 * u * (power * u - 2.0 * level)
        slope = -2.0 * inner * (power + 2.0 * level * u) + 4.0 * (power * u - level)
        beyond = (value > 0) == rising
        low, high = np.where(beyond, u, low), np.where(beyond, high, u)
        step = u - value / np.where(slope == 0, 1.0, slope)
        following = np.where((step > low) & (step < high), step, 0.5 * (low + high))
        if np.array_equal(following, u):
            break
        u = following
    return u
