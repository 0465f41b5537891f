"""Boluses of height 1 in compiled loops; `contrast.models` writes the same down as arrays and explains it."""

from __future__ import annotations

import math

from ius_vision.contrast.compiled.mathematics import exp, log
from ius_vision.machine.jit import part, piece

LOGNORMAL, GAMMA, LDRW, FPT = range(4)
_FAINTEST = -150.0
_EARLIEST = 1e-12


@piece
def _power(model):
    """Exponent of the generalised inverse Gaussian shapes."""
    return 1.0 if model == LDRW else 3.0


@piece
def mode_of(power, skew):
    """Mode of u = x/m."""
    q = 0.5 * power * skew * skew
    return 1.0 / (math.sqrt(q * q + 1.0) + q)


@part
def fill_basis(model, t, count, ttp, width, skew, h, by_time, by_skew):
    """Write h, -dh/dv and dh/dskew at constant v = (t - ttp)/width, for `count` samples."""
    if model == LOGNORMAL:
        _lognormal(t, count, ttp, 1.0 / width, skew, h, by_time, by_skew)
    elif model == GAMMA:
        _gamma(t, count, ttp, 1.0 / width, skew, h, by_time, by_skew)
    else:
        _inverse_gaussian(_power(model), t, count, ttp, 1.0 / width, skew, h, by_time, by_skew)


@part
def _lognormal(t, count, ttp, rate, skew, h, by_time, by_skew):
    inverse = 1.0 / skew
    for i in range(count):
        v = (t[i] - ttp) * rate
        y = v * skew + 1.0
        y = y if y > _EARLIEST else _EARLIEST
        q = log(y) * inverse
        exponent = -0.5 * q * q
        height = exp(exponent if exponent > _FAINTEST else _FAINTEST)
        slope = height * q / y
        h[i] = height
        by_time[i] = slope
        by_skew[i] = (height * q * q - slope * v) * inverse


@part
def _gamma(t, count, ttp, rate, skew, h, by_time, by_skew):
    inverse = 1.0 / skew
    onset = (_EARLIEST - 1.0) * inverse
    for i in range(count):
        v = (t[i] - ttp) * rate
        y = v * skew + 1.0
        y = y if y > _EARLIEST else _EARLIEST
        phi = (log(y) - y + 1.0) * inverse * inverse
        height = exp(phi if phi > _FAINTEST else _FAINTEST)
        # With a < 1 the slope at onset is without bound.
        slope = height / y * v if v > onset else 0.0
        h[i] = height
        by_time[i] = slope
        by_skew[i] = -inverse * (2.0 * phi * height + slope * v)


@part
def _inverse_gaussian(power, t, count, ttp, rate, skew, h, by_time, by_skew):
    mode = mode_of(power, skew)
    half = 0.5 / (skew * skew)
    log_mode, sum_at_mode, least = math.log(mode), mode + 1.0 / mode, 1e-3 * mode
    q = 0.5 * power * skew * skew
    mode_by_skew = -power * skew * mode / math.sqrt(q * q + 1.0)
    cubed = 2.0 * half / skew
    for i in range(count):
        v = (t[i] - ttp) * rate
        u = v * skew + mode
        u = u if u > least else least
        inverse = 1.0 / u
        sums = u + inverse - sum_at_mode
        log_h = -0.5 * power * (log(u) - log_mode) - half * sums
        height = exp(log_h if log_h > _FAINTEST else _FAINTEST)
        slope = (half * inverse * inverse - half - 0.5 * power * inverse) * height
        h[i] = height
        by_time[i] = -skew * slope
        by_skew[i] = slope * (v + mode_by_skew) + sums * height * cubed


@part
def height_at(model, time, ttp, width, skew):
    """h at one time."""
    v = (time - ttp) / width
    if model == LOGNORMAL:
        q = math.log(max(v * skew + 1.0, _EARLIEST)) / skew
        exponent = -0.5 * q * q
    elif model == GAMMA:
        y = max(v * skew + 1.0, _EARLIEST)
        exponent = (math.log(y) - y + 1.0) / (skew * skew)
    else:
        power = _power(model)
        mode = mode_of(power, skew)
        u = max(v * skew + mode, 1e-3 * mode)
        sums = u + 1.0 / u - mode - 1.0 / mode
        exponent = -0.5 * power * math.log(u / mode) - 0.5 / (skew * skew) * sums
    return math.exp(max(exponent, _FAINTEST))


@part
def skew_limits(model):
    """Below the lower limit a curve cannot be told from a Gaussian; above the upper h is a spike with a
    tail."""
    if model == LOGNORMAL:
        return 0.02, 2.5
    if model == GAMMA:
        return 0.02, 1.5
    return 0.02, 3.0


@part
def start_shape(model, width, skew):
    """Width and skewness that give a model the half-width and the asymmetry of a lognormal curve."""
    if model == LOGNORMAL:
        return width, skew
    reach = 1.1774100225154747 * skew  # sqrt(2 ln 2), the half maximum
    width = width * math.sinh(reach) / reach
    if model == GAMMA:
        return width, min(max(1.5 * skew, 0.03), 0.95)
    mode = mode_of(_power(model), skew)
    bend = (1.0 - 0.5 * _power(model) * skew * skew * mode) / mode**3
    return width * math.sqrt(max(bend, 0.05)), skew
