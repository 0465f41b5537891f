"""One curve from its samples to its fit: verdict, start, windows, blood that comes back."""

from __future__ import annotations

import math

import numpy as np

from ius_vision.contrast.compiled.descent import NEARLY_AT, SETTLED_AT, descend
from ius_vision.contrast.compiled.layout import (
    BASELINE,
    BEFORE,
    BEGIN_BASELINE,
    BEGIN_HEIGHT,
    BEGIN_SKEW,
    BEGIN_TTP,
    BEGIN_WIDTH,
    BLOCK_NOISE,
    COUNTED,
    EARLY_STOP,
    FIT,
    HALF_FALL,
    LEVEL_HIGH,
    LEVEL_LOW,
    MISFIT,
    NO_BASELINE,
    NOISE_HIGH,
    NOISE_LOW,
    PE,
    PLAUSIBLE,
    RETURNS,
    SCALE,
    SETTLED,
    SHIFTED,
    SKEW,
    STOP,
    TIMES,
    TRUNCATED,
    TTP,
    VALUES,
    VERDICT,
    WIDTH,
    WINDOW_END,
    WINDOW_FRAMES,
)  # fmt: skip
from ius_vision.contrast.compiled.quality import judge
from ius_vision.contrast.compiled.refusal import prepared, refused
from ius_vision.contrast.compiled.returning import LEFT_SHARE, comes_back
from ius_vision.contrast.compiled.scan import find_start
from ius_vision.contrast.compiled.shape import start_shape
from ius_vision.machine.jit import part

_FLOOR_SHARES = (0.03, 4.0)  # of the peak; at the upper one all samples weigh alike
_USUAL_RATIO, _LARGEST_RATIO = 0.04, 0.98
_MIN_BASELINE_FRAMES = 5
_WORSE = 2.0  # times the residual variance of the window, and off it: the rest of the curve is something else
_PEAK_LIMITS = (0.8, 1.25)  # times the height of the smoothed curve
_FADED = math.sqrt(2.0 * math.log(20.0))


@part
def fit_curve(model, times, values, good, returns, stop, scratch, system, fits, told):
    """Fit one curve.

    Parameters
    ----------
    times, values, good : its samples, and which of them count.
    returns, stop : whether blood comes back and the first sample beyond the window, found before by other
        models; `stop` is -1 where they are to be found here.
    scratch, system, start : memory to work in.
    fits : (2, FIT) answer; the second is the longer window's where blood comes back.
    told : (TOLD,) answer, `layout`.
    """
    count = len(values)
    start, first = scratch[-1], scratch[-2]
    verdict = prepared(times, values, good, scratch, told)
    if verdict == 0:
        find_start(scratch, count, start)
        verdict = refused(scratch, good, count, start)
    told[VERDICT] = verdict
    if verdict != 0:
        return
    floor = _noise_floor(start)
    first[BASELINE], first[PE], first[TTP] = start[BEGIN_BASELINE], start[BEGIN_HEIGHT], start[BEGIN_TTP]
    first[WIDTH], first[SKEW] = start_shape(model, start[BEGIN_WIDTH], start[BEGIN_SKEW])
    window = int(start[STOP])
    _fit_window(model, scratch, window, floor, NEARLY_AT, first, first, system)
    if stop < 0:
        returns = comes_back(model, scratch, count, start, first, floor, system)
        stop = max(_faded(scratch[TIMES], count, first), window)
    settled = first[SETTLED] > 0.0
    returns = returns and settled
    told[RETURNS] = 1.0 if returns else 0.0
    _fit_chosen(model, scratch, (window, stop, int(start[EARLY_STOP])), returns, floor, first, fits, system)
    told[TRUNCATED] = 1.0 if math.isnan(start[HALF_FALL]) else 0.0
    told[NO_BASELINE] = 1.0 if start[BEFORE] < _MIN_BASELINE_FRAMES else 0.0
    told[PLAUSIBLE] = 1.0 if _plausible(fits[0], scratch[TIMES][count - 1], start) else 0.0


@part
def _fit_chosen(model, scratch, stops, returns, floor, first, fits, system):
    """Fit the window that the curve allows.

    What lies behind the window may be something else altogether: then the window stays as it was. Where
    blood comes back, the shorter window's fit is the answer if it settles.
    """
    window, opened, early = stops
    main, other = fits[0], fits[1]
    again = True
    if not returns and first[SETTLED] > 0.0 and opened > window:
        _fit_window(model, scratch, opened, floor, SETTLED_AT, first, main, system)
        alike = main[SCALE] < _WORSE * first[SCALE] or main[MISFIT] <= LEFT_SHARE
        again = not (alike and main[SETTLED] > 0.0)
    if again:
        _fit_window(model, scratch, window, floor, SETTLED_AT, first, main, system)
    if returns:
        for i in range(FIT):
            other[i] = main[i]
        _fit_window(model, scratch, early, floor, SETTLED_AT, first, main, system)
        if not main[SETTLED] > 0.0:
            for i in range(FIT):
                main[i] = other[i]
            other[SETTLED] = 0.0


@part
def _fit_window(model, scratch, stop, floor, tolerance, begin, fit, system):
    """Fit up to a sample, from a state, and judge what is more than a start; `begin` may be `fit`."""
    # Less the baseline, a small bolus on a bright background keeps its digits.
    level = begin[BASELINE]
    values, shifted, counted = scratch[VALUES], scratch[SHIFTED], scratch[COUNTED]
    used = 0.0
    for i in range(stop):
        shifted[i] = values[i] - level
        used += counted[i]
    fit[PE], fit[TTP], fit[WIDTH], fit[SKEW] = begin[PE], begin[TTP], begin[WIDTH], begin[SKEW]
    fit[BASELINE] = 0.0
    descend(model, scratch, stop, used, floor, tolerance, fit, system)
    if tolerance < NEARLY_AT:
        judge(model, scratch, stop, used, floor, fit, system)
    fit[BASELINE] += level
    fit[WINDOW_FRAMES] = stop
    fit[WINDOW_END] = scratch[TIMES][stop - 1]


@part
def _noise_floor(start):
    """Floor of the variance model ``variance ~ bolus^2 + floor^2``, in the units of the curve.

    Solves the two equations that the scatter at the foot and at the top of the curve give. Where the
    scatter is as large at the foot as at the top, the floor is high and the samples weigh alike.
    """
    ratio = start[NOISE_LOW] / max(start[NOISE_HIGH], 1e-300)
    ratio = ratio * ratio
    if not ratio < np.inf:
        ratio = _USUAL_RATIO
    ratio = min(max(ratio, 0.0), _LARGEST_RATIO)
    low = 0.0 if math.isnan(start[LEVEL_LOW]) else start[LEVEL_LOW]
    floor2 = max((ratio * start[LEVEL_HIGH] - low) / (1.0 - ratio), 0.0)
    height = start[BEGIN_HEIGHT]
    return min(max(math.sqrt(floor2), _FLOOR_SHARES[0] * height), _FLOOR_SHARES[1] * height)


@part
def _faded(times, count, fit):
    """First sample after the bolus has fallen to a twentieth of its peak, seen as a lognormal."""
    end = fit[TTP] + fit[WIDTH] * math.expm1(fit[SKEW] * _FADED) / fit[SKEW]
    stop = 0
    while stop < count and times[stop] <= end:
        stop += 1
    return stop


@part
def _plausible(fit, end, start):
    """Whether the peak lies inside the clip and is about as high as the smoothed curve."""
    noise = 4.0 * start[BLOCK_NOISE]
    low, high = _PEAK_LIMITS[0] * start[BEGIN_HEIGHT] - noise, _PEAK_LIMITS[1] * start[BEGIN_HEIGHT] + noise
    return low < fit[PE] < high and 0.0 <= fit[TTP] <= end
