"""Bolus models as one family: a peak, a width and a skewness.

Every model is written as ``f(t) = pe * h((t - ttp) / width; skew)`` where ``h`` peaks at 1 for argument
0. For all of them ``skew -> 0`` is the Gaussian curve, so peak time, width and skewness are almost
independent of each other, where the textbook parameters (onset, m, s) are almost collinear. That is what
lets a fit converge in a few steps. `textbook` and `from_textbook` translate.

| model | relative time | log h | width | skew |
|---|---|---|---|---|
| lognormal | y = x/x_mode = 1 + skew v | -(ln y)^2 / (2 skew^2) | s x_mode | s |
| gamma | y = x/x_mode = 1 + skew v | (ln y - skew v) / skew^2 | b sqrt(a) | 1/sqrt(a) |
| LDRW, FPT | u = x/m = mode + skew v | -(p/2) ln u - (u + 1/u)/(2 skew^2) + const | m/sqrt(L) | 1/sqrt(L) |

with v = (t - ttp)/width, x = t - t0, p = 1 (LDRW) or 3 (FPT).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MODELS = ("lognormal", "gamma", "ldrw", "fpt")
# Below the lower limit a curve cannot be told from a Gaussian; above the upper one h is a spike with an
# endless tail.
SKEW_LIMITS = {"lognormal": (0.02, 2.5), "gamma": (0.02, 1.5), "ldrw": (0.02, 3.0), "fpt": (0.02, 3.0)}
TEXTBOOK_NAMES = {"lognormal": ("m", "s"), "gamma": ("a", "b"), "ldrw": ("l", "m"), "fpt": ("l", "m")}
# Before onset h is e^-150 instead of 0 or a subnormal number, on which processors are slow; both vanish in
# every sum.
_FAINTEST = -150.0
_EARLIEST = 1e-12
_GIG_POWER = {"ldrw": 1.0, "fpt": 3.0}


@dataclass(frozen=True, slots=True)
class Basis:
    """A bolus of height 1 and what its derivatives are built from, each (curves, samples).

    `by_time` is -dh/dv, `by_log_width` is -v dh/dv; `by_skew` is dh/dskew at constant v.
    """

    h: Array
    by_time: Array
    by_log_width: Array
    by_skew: Array


def evaluate(model: str, v: Array, skew: Array) -> Basis:
    """Evaluate a bolus of height 1 with its analytic derivatives.

    Parameters
    ----------
    model : one of `MODELS`.
    v : (curves, samples), time from the peak in widths.
    skew : (curves, 1).
    """
    if model == "lognormal":
        return _lognormal(v, skew)
    if model == "gamma":
        return _gamma(v, skew)
    return _inverse_gaussian(_GIG_POWER[model], v, skew)


def _lognormal(v: Array, skew: Array) -> Basis:
    inverse = 1.0 / skew
    y = v * skew
    y += 1.0
    np.maximum(y, _EARLIEST, out=y)
    q = np.log(y)
    q *= inverse
    h = q * q
    h *= -0.5
    np.maximum(h, _FAINTEST, out=h)
    np.exp(h, out=h)
    hq = h * q
    np.divide(hq, y, out=y)  # -dh/dv
    by_log_width = y * v
    hq *= q
    hq -= by_log_width
    hq *= inverse
    return Basis(h, y, by_log_width, hq)


def _gamma(v: Array, skew: Array) -> Basis:
    y = v * skew
    y += 1.0
    np.maximum(y, _EARLIEST, out=y)
    phi = np.log(y)
    phi -= y
    phi += 1.0
    phi *= 1.0 / skew**2
    h = np.exp(np.maximum(phi, _FAINTEST))
    np.divide(h, y, out=y)
    begun = v > (_EARLIEST - 1.0) / skew
    y *= begun  # with a < 1 the slope at onset is without bound
    y *= v
    by_log_width = y * v
    phi *= h
    phi *= 2.0
    phi += by_log_width
    phi *= -1.0 / skew
    return Basis(h, y, by_log_width, phi)


def gig_mode(power: float, skew: Array) -> Array:
    """Mode of u = x/m for the generalised inverse Gaussian shapes (LDRW, FPT)."""
    q = 0.5 * power * skew**2
    return 1.0 / (np.sqrt(q * q + 1.0) + q)


def _inverse_gaussian(power: float, v: Array, skew: Array) -> Basis:
    mode = gig_mode(power, skew)
    half = 0.5 / skew**2
    u = v * skew
    u += mode
    np.maximum(u, 1e-3 * mode, out=u)
    inverse = 1.0 / u
    sums = u + inverse
    sums -= mode + 1.0 / mode
    log_h = np.log(u)
    log_h -= np.log(mode)
    log_h *= -0.5 * power
    log_h -= half * sums
    np.maximum(log_h, _FAINTEST, out=log_h)
    h = np.exp(log_h, out=log_h)
    slope = inverse * inverse  # d log h / du
    slope *= half
    slope -= half
    inverse *= 0.5 * power
    slope -= inverse
    mode_by_skew = -power * skew * mode / np.sqrt((0.5 * power * skew**2) ** 2 + 1.0)
    slope *= h
    by_time = slope * -skew
    slope *= v + mode_by_skew
    sums *= h
    sums *= 1.0 / skew**3
    slope += sums
    return Basis(h, by_time, by_time * v, slope)


def onset(model: str, skew: Array) -> Array:
    """Time from peak to model onset t0, in widths (negative)."""
    if model in _GIG_POWER:
        return -gig_mode(_GIG_POWER[model], skew) / skew
    return -1.0 / skew


def textbook(model: str, width: Array, skew: Array) -> tuple[Array, Array]:
    """Shape parameters of the usual formulas: (m, s), (a, b), (L, m) or (L, m); see `TEXTBOOK_NAMES`."""
    if model == "lognormal":
        return np.log(width / skew) + skew**2, skew
    if model == "gamma":
        return 1.0 / skew**2, width * skew
    return 1.0 / skew**2, width / skew


def from_textbook(model: str, first: Array, second: Array) -> tuple[Array, Array, Array]:
    """Time from onset to peak, width and skewness of a model given by its usual shape parameters."""
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if model == "lognormal":
        mode = np.exp(first - second**2)
        return mode, second * mode, second
    skew = 1.0 / np.sqrt(first)
    if model == "gamma":
        return first * second, second / skew, skew
    return second * gig_mode(_GIG_POWER[model], skew), second * skew, skew


def start_skew(model: str, width: Array, skew: Array) -> tuple[Array, Array]:
    """Width and skewness that give a model the half-width and the asymmetry of a lognormal curve."""
    if model == "lognormal":
        return width, skew
    reach = 1.1774100225154747 * skew  # sqrt(2 ln 2), the half maximum
    width = width * np.sinh(reach) / reach
    if model == "gamma":
        return width, np.clip(1.5 * skew, 0.03, 0.95)
    mode = gig_mode(_GIG_POWER[model], skew)
    bend = (1.0 - 0.5 * _GIG_POWER[model] * skew**2 * mode) / mode**3
    return width * np.sqrt(np.maximum(bend, 0.05)), skew
