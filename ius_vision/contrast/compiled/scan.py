"""Where a bolus begins, peaks and half washes out: start values, the window to fit, the scatter of frames.

Everything here reads the curve once, smoothed; nothing is fitted.
"""

from __future__ import annotations

import math

import numpy as np

from ius_vision.contrast.compiled.layout import (
    BEFORE,
    BEGIN_BASELINE,
    BEGIN_HEIGHT,
    BEGIN_SKEW,
    BEGIN_TTP,
    BEGIN_WIDTH,
    BLOCK_NOISE,
    CALM,
    CLOCK,
    EARLY_STOP,
    HALF_FALL,
    HALF_RISE,
    JUMPS,
    LAST_SHARE,
    LEVEL_HIGH,
    LEVEL_LOW,
    NOISE_HIGH,
    NOISE_LOW,
    PAST,
    SMOOTH,
    STOP,
    TIMES,
    VALLEY,
    VALUES,
)  # fmt: skip
from ius_vision.machine.jit import part

_HALF = math.sqrt(2.0 * math.log(2.0))
_BLOCKS = 60  # a curve is looked at in about this many blocks of samples
_RESCANS = 4
_EARLY_WASHOUT = 0.75
_VALLEY = 0.35  # of the peak: recirculation comes back with less, a second injection with more
_FEWEST_BLOCKS = 2
_TO_SIGMA = math.sqrt(0.5 * math.pi) / math.sqrt(6.0)  # of the mean absolute second difference


@part
def find_start(scratch, count, start):
    """Fill `start` (`layout`) from TIMES and VALUES of `count` samples, three or more, all finite.

    Notes
    -----
    Half rise, peak and half fall give onset, m and s of a lognormal in closed form; written with y =
    x/x_mode they are y = exp(-+ s sqrt(2 ln 2)). The curve is averaged in about 60 blocks and smoothed
    over three of them; the blocks are made smaller for curves whose bolus spans only a few.
    """
    values, calm, jumps = scratch[VALUES], scratch[CALM], scratch[JUMPS]
    _without_spikes(values, count, calm)
    jumps[0] = jumps[count - 1] = 0.0
    for i in range(1, count - 1):
        jumps[i] = abs(values[i - 1] + values[i + 1] - 2.0 * values[i])
    size = max(1, count // _BLOCKS)
    for _ in range(_RESCANS + 1):
        brief = _scan(scratch, count, size, start)
        if size == 1 or not brief:
            break
        size = max(1, size // 3)


@part
def _without_spikes(y, count, out):
    """Median of three neighbours: one bad frame moves nothing. The ends take their neighbours' values."""
    for i in range(1, count - 1):
        low = y[i - 1] if y[i - 1] < y[i + 1] else y[i + 1]
        high = y[i + 1] if y[i - 1] < y[i + 1] else y[i - 1]
        middle = y[i] if y[i] > low else low
        out[i] = middle if middle < high else high
    out[0], out[count - 1] = out[1], out[count - 2]


@part
def _mean(values, first, size):
    total = 0.0
    for i in range(first, first + size):
        total += values[i]
    return total / size


@part
def _smoothed_blocks(scratch, blocks, size):
    """Mean time of every block, and mean value with weights 1 2 1 over neighbours; both ends stay."""
    times, calm, clock, smooth, plain = (
        scratch[TIMES], scratch[CALM], scratch[CLOCK], scratch[SMOOTH], scratch[PAST],
    )  # fmt: skip
    for k in range(blocks):
        clock[k] = _mean(times, k * size, size)
        plain[k] = _mean(calm, k * size, size)
    smooth[0], smooth[blocks - 1] = plain[0], plain[blocks - 1]
    for k in range(1, blocks - 1):
        smooth[k] = 0.25 * (plain[k - 1] + 2.0 * plain[k] + plain[k + 1])


@part
def _scan(scratch, count, size, start):
    """Start values with blocks of one size; whether the curve needs smaller blocks."""
    blocks = count // size
    _smoothed_blocks(scratch, blocks, size)
    clock, smooth = scratch[CLOCK], scratch[SMOOTH]
    peak, lowest, floor = 0, smooth[0], smooth[0]
    for k in range(1, blocks):
        lowest = min(lowest, smooth[k])
        if smooth[k] > smooth[peak]:
            peak, floor = k, lowest
    top = smooth[peak]
    if floor - lowest > 0.5 * (top - lowest):  # the curve starts half enhanced already
        floor = lowest
    arrival = _last_below(smooth, peak, floor + 0.1 * (top - floor))
    # The mean before arrival, never the minimum; the lowest block where arrival is the first one.
    baseline = floor
    if arrival > 0:
        baseline = min(_mean(smooth, 0, arrival), floor + 0.2 * (top - floor))
    height = top - baseline
    middle = baseline + 0.5 * height
    left, right = _last_below(smooth, peak, middle), _first_below(smooth, peak, blocks, middle)
    start[BEGIN_BASELINE], start[BEGIN_HEIGHT] = baseline, height
    start[BEFORE] = max(arrival, 0) * size
    start[HALF_RISE] = _crossing(clock, smooth, left, left + 1, blocks, middle)
    start[HALF_FALL] = _crossing(clock, smooth, right - 1, right, blocks, middle)
    start[BEGIN_TTP] = _peak_time(clock, smooth, baseline + 0.9 * height, left, right)
    _lognormal_start(start)
    _scatter(scratch, blocks, size, start)
    early = _first_below(smooth, peak, blocks, baseline + _EARLY_WASHOUT * height)
    start[STOP] = count if right == blocks else min((right + 1) * size, count)
    start[EARLY_STOP] = count if early == blocks else min((early + 1) * size, count)
    start[LAST_SHARE] = (smooth[blocks - 1] - baseline) / (height if height > 0 else 1.0)
    start[VALLEY] = _valley_blocks(scratch, blocks, height)
    return peak - left < _FEWEST_BLOCKS or right - peak < _FEWEST_BLOCKS


@part
def _last_below(smooth, peak, level):
    """Last block up to the peak that is below a level, -1 where there is none."""
    k = peak
    while k >= 0 and not smooth[k] < level:
        k -= 1
    return k


@part
def _first_below(smooth, peak, blocks, level):
    """First block after the peak that is below a level, the number of blocks where there is none."""
    k = peak + 1
    while k < blocks and not smooth[k] < level:
        k += 1
    return min(k, blocks)


@part
def _crossing(clock, smooth, low, high, blocks, level):
    """Time at which a straight line between two blocks passes the level; NaN where a block is missing."""
    if low < 0 or high >= blocks:
        return np.nan
    rise = smooth[high] - smooth[low]
    share = (level - smooth[low]) / (rise if rise != 0.0 else 1.0)
    return clock[low] + min(max(share, 0.0), 1.0) * (clock[high] - clock[low])


@part
def _peak_time(clock, smooth, level, left, right):
    """Centre of what rises above a level between two blocks: steadier than the highest block."""
    total, weight = 0.0, 0.0
    for k in range(left + 1, right):
        above = max(smooth[k] - level, 0.0)
        total += above * clock[k]
        weight += above
    return total / max(weight, 1e-300)


@part
def _lognormal_start(start):
    """Width and skewness from three times; a usual skewness where the half fall was not seen."""
    ttp = start[BEGIN_TTP]
    rise = max(ttp - start[HALF_RISE], 1e-9)
    ratio = 1.8 if math.isnan(start[HALF_FALL]) else (start[HALF_FALL] - ttp) / rise
    skew = min(max(math.log(max(ratio, 1.05)) / _HALF, 0.05), 1.5)
    start[BEGIN_WIDTH], start[BEGIN_SKEW] = rise * skew / -math.expm1(-skew * _HALF), skew


@part
def _scatter(scratch, blocks, size, start):
    """Frame-to-frame scatter from second differences, and mean square bolus, at the foot and at the top."""
    smooth, jumps = scratch[SMOOTH], scratch[JUMPS]
    baseline, height = start[BEGIN_BASELINE], start[BEGIN_HEIGHT]
    low_jumps = low_squares = high_jumps = high_squares = low = high = 0.0
    for k in range(blocks):
        bolus, jump = smooth[k] - baseline, _mean(jumps, k * size, size)
        if bolus < 0.25 * height:
            low_jumps, low_squares, low = low_jumps + jump, low_squares + bolus * bolus, low + 1.0
        elif bolus > 0.5 * height:
            high_jumps, high_squares, high = high_jumps + jump, high_squares + bolus * bolus, high + 1.0
    start[NOISE_LOW], start[LEVEL_LOW] = low_jumps / low * _TO_SIGMA, low_squares / low
    start[NOISE_HIGH], start[LEVEL_HIGH] = high_jumps / high * _TO_SIGMA, high_squares / high
    start[BLOCK_NOISE] = 0.0
    if low > 0.0:
        start[BLOCK_NOISE] = start[NOISE_LOW] * math.sqrt(0.375 / size)


@part
def _valley_blocks(scratch, blocks, height):
    """Number of blocks far below both the highest block before and the highest after them."""
    smooth, calm, past = scratch[SMOOTH], scratch[CLOCK], scratch[PAST]
    _without_spikes(smooth, blocks, calm)
    highest = calm[0]
    for k in range(blocks):
        highest = max(highest, calm[k])
        past[k] = highest
    found, highest = 0, calm[blocks - 1]
    for k in range(blocks - 1, -1, -1):
        highest = max(highest, calm[k])
        if min(past[k], highest) - calm[k] > _VALLEY * height:
            found += 1
    return found
