"""Whether blood comes back: the data behind the window against what the fitted first pass foretells there."""

from __future__ import annotations

import math

from ius_vision.contrast.compiled.layout import (
    BASELINE,
    BEFORE,
    BY_SKEW,
    BY_TIME,
    COUNTED,
    HEIGHTS,
    PE,
    RESIDUAL,
    SCALE,
    SHIFTED,
    SKEW,
    STOP,
    TIMES,
    TTP,
    VALUES,
    WEIGHTS,
    WIDTH,
)  # fmt: skip
from ius_vision.contrast.compiled.look import look, products, robust_weights
from ius_vision.contrast.compiled.shape import height_at
from ius_vision.contrast.compiled.solve import invert
from ius_vision.machine.jit import part

_STRETCHES, _LEAST_BEHIND = 6, 12
_NOISE_SIGMAS, _DOUBT_SIGMAS = 4.0, 3.0
LEFT_SHARE = 0.01  # of the peak: what a slightly wrong model leaves behind without any recirculation


@part
def comes_back(model, scratch, count, start, fit, floor, system):
    """Whether the data behind the window lie off the fitted first pass by more than it can be wrong there.

    Notes
    -----
    The rest of the curve is cut in six stretches; the mean of each is compared with that of the fit. Few
    speckles leave the wash-out of the first pass open by several hundredths of its peak. How far is worked
    out only for curves that lie off by more than their noise, which saves the others the time.
    """
    return _lies_off(model, scratch, count, start, fit, floor) and _beyond_doubt(
        model, scratch, count, int(start[STOP]), fit, floor, system
    )


@part
def _lies_off(model, scratch, count, start, fit, floor):
    """Whether a stretch lies off the fit by more than its own noise; the fit's mean by Simpson's rule."""
    times, values = scratch[TIMES], scratch[VALUES]
    stop = int(start[STOP])
    if count - stop < _LEAST_BEHIND:
        return False
    pe, scale = fit[PE], fit[SCALE]
    allowed = LEFT_SHARE * pe + 2.0 * math.sqrt(scale / max(start[BEFORE], 5.0)) * floor
    first = stop
    begin = 0.5 * (times[stop - 1] + times[stop])
    at_begin = height_at(model, begin, fit[TTP], fit[WIDTH], fit[SKEW])
    for k in range(_STRETCHES):
        last = int(stop + (count - stop) * (k + 1) / _STRETCHES)
        end = 0.5 * (times[last - 1] + times[min(last, count - 1)])
        middle = height_at(model, 0.5 * (begin + end), fit[TTP], fit[WIDTH], fit[SKEW])
        at_end = height_at(model, end, fit[TTP], fit[WIDTH], fit[SKEW])
        total = 0.0
        for i in range(first, last):
            total += values[i]
        size = max(last - first, 1)
        h = pe * (at_begin + 4.0 * middle + at_end) / 6.0
        noise = math.sqrt(scale * (h * h + floor * floor) / size)
        if abs(total / size - h - fit[BASELINE]) > _NOISE_SIGMAS * noise + allowed:
            return True
        first, begin, at_begin = last, end, at_end
    return False


@part
def _beyond_doubt(model, scratch, count, stop, fit, floor, system):
    """Whether a stretch lies off the fit by more than its noise and the fit's own doubt behind its window."""
    pe, scale = fit[PE], fit[SCALE]
    values, shifted = scratch[VALUES], scratch[SHIFTED]
    for i in range(count):
        shifted[i] = values[i] - fit[BASELINE]
    look(model, scratch, count, floor, fit[TTP], fit[WIDTH], fit[SKEW], pe, 0.0)
    robust_weights(scratch, stop, scale)
    products(scratch, scratch[WEIGHTS], stop, fit[TTP], fit[WIDTH], system[0], system[2, 0])
    invert(system[0], system[1], system[2, 1], system[2, 2], system[3])
    columns = system[2, 3]
    first = stop
    for k in range(_STRETCHES):
        last = int(stop + (count - stop) * (k + 1) / _STRETCHES)
        size, off, noise = _summed(scratch, first, last, fit, floor, columns)
        doubt = 0.0
        for i in range(5):
            for j in range(5):
                doubt += columns[i] * system[3, i, j] * columns[j]
        if off > _DOUBT_SIGMAS * math.sqrt(scale * (noise + doubt)) + LEFT_SHARE * pe * size:
            return True
        first = last
    return False


@part
def _summed(scratch, first, last, fit, floor, columns):
    """Number of samples of a stretch, how far their sum lies off the fit's, and its variance in the scale's
    unit; fills the sums of the five columns of `products`."""
    times, counted, residual = scratch[TIMES], scratch[COUNTED], scratch[RESIDUAL]
    heights, by_time, by_skew = scratch[HEIGHTS], scratch[BY_TIME], scratch[BY_SKEW]
    rate, pe = 1.0 / fit[WIDTH], fit[PE]
    s0 = s1 = s2 = s3 = s4 = off = noise = 0.0
    for i in range(first, last):
        c, bolus = counted[i], heights[i] * pe
        s0 += c
        s1 += c * heights[i]
        s2 += c * by_time[i]
        s3 += c * by_time[i] * ((times[i] - fit[TTP]) * rate)
        s4 += c * by_skew[i]
        off += c * residual[i]
        noise += c * (bolus * bolus + floor * floor)
    columns[0], columns[1], columns[2], columns[3], columns[4] = s0, s1, s2, s3, s4
    return s0, abs(off), noise
