"""Curves made ready to be looked at, and those without a bolus, by number of `verdicts.VERDICTS`."""

from __future__ import annotations

import math

from ius_vision.contrast import verdicts
from ius_vision.contrast.compiled.layout import (
    BEGIN_HEIGHT,
    BLOCK_NOISE,
    COUNTED,
    EXPONENT,
    HALF_FALL,
    HALF_RISE,
    LAST_SHARE,
    TIMES,
    VALLEY,
    VALUES,
)  # fmt: skip
from ius_vision.machine.jit import part

_NON_FINITE, _TOO_SHORT, _NO_BOLUS, _NO_ARRIVAL, _SECOND_BOLUS = (
    verdicts.code(name) for name in ("non_finite", "too_short", "no_bolus", "no_arrival", "second_bolus")
)
_MIN_FRAMES, _MIN_USABLE = verdicts.MIN_FRAMES, verdicts.MIN_USABLE_SHARE
_LARGEST_GAP = 0.5  # of the time between half rise and half fall
_MIN_BOLUS_FRAMES = 6
_BOLUS_OVER_NOISE = 7.0
_STILL_UP = 0.9
_VALLEY_BLOCKS = 4
_USUAL_EXPONENT = 100
_ROUNDING = 1e-9


@part
def prepared(times, values, good, scratch, told):
    """Fill TIMES, VALUES and COUNTED: times from the first sample, unused samples bridged; returns a verdict.

    Notes
    -----
    Many digits before the point of a time would cost digits behind it. Values whose squares would leave
    the range of numbers are brought near 1 by a power of two, which is exact.
    """
    count = len(values)
    if count < _MIN_FRAMES:
        return _TOO_SHORT
    t, y, counted = scratch[TIMES], scratch[VALUES], scratch[COUNTED]
    largest, usable, finite = 0.0, 0, 0
    for i in range(count):
        t[i] = times[i] - times[0]
        y[i] = values[i]
        counted[i] = 1.0 if good[i] else 0.0
        if abs(values[i]) < math.inf:
            finite += 1
        if good[i]:
            usable += 1
            largest = max(largest, abs(values[i]))
    _, exponent = math.frexp(largest)
    told[EXPONENT] = exponent if abs(exponent) > _USUAL_EXPONENT else 0
    if usable < count and finite < _MIN_USABLE * count:
        return _NON_FINITE
    if usable < _MIN_FRAMES:
        return _TOO_SHORT
    if told[EXPONENT] != 0:
        for i in range(count):
            y[i] = math.ldexp(y[i], -exponent)
    if usable < count:
        _bridge(t, y, good, count)
    return 0


@part
def _bridge(t, y, good, count):
    """Straight lines over samples that must not count; level at the ends."""
    before = -1
    for i in range(count):
        if not good[i]:
            continue
        for k in range(before + 1, i):
            if before < 0:
                y[k] = y[i]
            else:
                y[k] = y[before] + (y[i] - y[before]) * (t[k] - t[before]) / (t[i] - t[before])
        before = i
    for k in range(before + 1, count):
        y[k] = y[before]


@part
def refused(scratch, good, count, start):
    """Judge a curve by what the smoothed curve shows; the later reasons go before the earlier ones."""
    t, y = scratch[TIMES], scratch[VALUES]
    rise = start[HALF_RISE]
    end = t[count - 1] if math.isnan(start[HALF_FALL]) else start[HALF_FALL]
    largest = 0.0
    inside = 0
    for i in range(count):
        largest = max(largest, abs(y[i]))
        if rise <= t[i] <= end:
            inside += 1
    height = start[BEGIN_HEIGHT]
    if height <= _BOLUS_OVER_NOISE * start[BLOCK_NOISE] or height <= _ROUNDING * largest:
        return _NO_BOLUS
    if start[VALLEY] >= _VALLEY_BLOCKS:
        return _SECOND_BOLUS
    if math.isnan(rise):
        return _NO_ARRIVAL
    if start[LAST_SHARE] > _STILL_UP or inside < _MIN_BOLUS_FRAMES:
        return _TOO_SHORT
    return _TOO_SHORT if _gap(t, good, count, rise, end) else 0


@part
def _gap(t, good, count, rise, fall):
    """Whether more than half of the time between half rise and half fall was not recorded in one stretch."""
    least = _LARGEST_GAP * (fall - rise)
    last = -1
    for i in range(count):
        if good[i]:
            if last >= 0 and min(t[i], fall) - max(t[last], rise) > least:
                return True
            last = i
    return False
