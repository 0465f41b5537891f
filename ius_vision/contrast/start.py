"""Where a bolus begins, peaks and half washes out: start values, the window to fit, and curves that hold no
bolus.

Everything here reads the curve once, smoothed; nothing is fitted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.models import Array

_HALF = np.sqrt(2.0 * np.log(2.0))
_BLOCKS = 60  # a curve is looked at in about this many blocks of samples
_RESCANS = 4
_EARLY_WASHOUT = 0.75
_VALLEY = 0.35  # of the peak: recirculation comes back with less, a second injection with more
_MIN_RISE_BLOCKS = 2
_MIN_FALL_BLOCKS = 2


@dataclass(frozen=True, slots=True)
class Start:
    """What the smoothed curve shows; (curves,) each.

    `stop` is the first sample beyond the window, `early_stop` beyond the shorter one that is used where
    blood comes back. `baseline_frames` counts the samples before arrival. `last_share` is the height of
    the last block as a share of the peak. `valley_blocks` counts the blocks that lie in a deep valley
    between two peaks, `block_noise` is the scatter of a block; `noise_low` and `noise_high` are the
    scatter from frame to frame at the foot and at the top, `level_low` and `level_high` the mean square
    bolus there, in the units of the curve (squared for the levels), NaN where no sample lies.
    """

    baseline: Array
    height: Array
    ttp_s: Array
    width_s: Array
    skew: Array
    stop: NDArray[np.intp]
    early_stop: NDArray[np.intp]
    baseline_frames: NDArray[np.intp]
    half_rise_s: Array
    half_fall_s: Array
    last_share: Array
    valley_blocks: NDArray[np.intp]
    block_noise: Array
    noise_low: Array
    noise_high: Array
    level_low: Array
    level_high: Array


def find_start(t: Array, y: Array) -> Start:
    """Find start values and window.

    Parameters
    ----------
    t, y : (curves, samples) times in seconds, increasing, and linear intensities, all finite; 3 samples or
    more.

    Notes
    -----
    Half rise, peak and half fall give onset, m and s of a lognormal in closed form; written with y =
    x/x_mode they are y = exp(-+ s sqrt(2 ln 2)). The curve is averaged in about 60 blocks and smoothed
    over three of them; the blocks are made smaller for curves whose bolus spans only a few.
    """
    size = max(1, y.shape[1] // _BLOCKS)
    calm = without_spikes(y)
    start, brief = _scan(t, y, calm, size)
    for _ in range(_RESCANS):
        rows = np.flatnonzero(brief)
        if size == 1 or rows.size == 0:
            break
        size = max(1, size // 3)
        finer, still = _scan(t[rows], y[rows], calm[rows], size)
        brief = np.zeros(len(y), dtype=bool)
        brief[rows] = still
        for name in Start.__slots__:
            getattr(start, name)[rows] = getattr(finer, name)
    return start


def without_spikes(y: Array) -> Array:
    """Median of three neighbours: one bad frame moves nothing. The ends take their neighbours' values."""
    out = y.copy()
    low, high = np.minimum(y[:, :-2], y[:, 2:]), np.maximum(y[:, :-2], y[:, 2:])
    np.maximum(y[:, 1:-1], low, out=low)
    np.minimum(low, high, out=out[:, 1:-1])
    out[:, 0], out[:, -1] = out[:, 1], out[:, -2]
    return out


def _blocks(values: Array, size: int) -> Array:
    """Means of `size` neighbours, (curves, blocks); a rest shorter than a block is left out."""
    if size == 1:
        return values
    count = values.shape[1] // size
    stop = count * size
    total = values[:, 0:stop:size] + values[:, 1:stop:size]
    for offset in range(2, size):
        total += values[:, offset:stop:size]
    total *= 1.0 / size
    return total


def _smoothed(blocks: Array) -> Array:
    """Weights 1 2 1 over neighbouring blocks; the two end blocks stay."""
    out = blocks.copy()
    inner = out[:, 1:-1]
    inner += inner
    inner += blocks[:, :-2]
    inner += blocks[:, 2:]
    inner *= 0.25
    return out


def _scan(t: Array, y: Array, calm: Array, size: int) -> tuple[Start, NDArray[np.bool_]]:
    """Start values with blocks of one size, and which curves need smaller blocks."""
    clock, smooth = _blocks(t, size), _smoothed(_blocks(calm, size))
    count = smooth.shape[1]
    index = np.arange(count)
    rows = np.arange(len(y))
    peak = np.argmax(smooth, axis=1)
    top = smooth[rows, peak]
    before = index <= peak[:, None]
    floor = _floor(smooth, before, top)
    arrival = _last((smooth < (floor + 0.1 * (top - floor))[:, None]) & before)
    frames = np.maximum(arrival, 0) * size
    baseline = _baseline(smooth, arrival, floor, top)
    height = top - baseline
    middle = baseline + 0.5 * height
    low = smooth < middle[:, None]
    left, right = _last(low & before), _first(low & ~before)
    half_rise = _crossing(clock, smooth, left, left + 1, middle)
    half_fall = _crossing(clock, smooth, right - 1, right, middle)
    ttp = _peak_time(clock, smooth, baseline, height, left, right)
    width, skew = _lognormal_start(half_rise, ttp, half_fall)
    scatter = _scatter(y, smooth - baseline[:, None], height, size)
    block_noise = np.fmax(scatter[0], 0.0) * np.sqrt(0.375 / size)
    early = _first((smooth < (baseline + _EARLY_WASHOUT * height)[:, None]) & ~before)
    stop, early_stop = (
        np.where(block == count, y.shape[1], np.minimum((block + 1) * size, y.shape[1]))
        for block in (right, early)
    )
    start = Start(
        baseline, height, ttp, width, skew, stop, early_stop, frames, half_rise, half_fall,
        (smooth[:, -1] - baseline) / np.where(height > 0, height, 1.0), _valley_blocks(smooth, height),
        block_noise, *scatter,
    )  # fmt: skip
    return start, (peak - left < _MIN_RISE_BLOCKS) | (right - peak < _MIN_FALL_BLOCKS)


def _floor(smooth: Array, before: NDArray[np.bool_], top: Array) -> Array:
    """Lowest block before the peak; of the whole curve where it starts half enhanced already."""
    lowest = np.min(smooth, axis=1)
    early = np.min(np.where(before, smooth, np.inf), axis=1)
    return np.where(early - lowest > 0.5 * (top - lowest), lowest, early)


def _baseline(smooth: Array, arrival: NDArray[np.intp], floor: Array, top: Array) -> Array:
    """Mean of the blocks before arrival, never the minimum; the lowest where arrival is the first one."""
    early = (np.arange(smooth.shape[1]) < arrival[:, None]).astype(float)
    mean = np.vecdot(smooth, early) / np.maximum(arrival, 1)
    return np.where(arrival > 0, np.minimum(mean, floor + 0.2 * (top - floor)), floor)


def _scatter(y: Array, bolus: Array, height: Array, size: int) -> tuple[Array, Array, Array, Array]:
    """Frame-to-frame scatter from second differences, and mean square bolus, at the foot and at the top."""
    jumps = np.zeros_like(y)
    np.add(y[:, :-2], y[:, 2:], out=jumps[:, 1:-1])
    jumps[:, 1:-1] -= 2.0 * y[:, 1:-1]
    np.abs(jumps, out=jumps)
    jumps = _blocks(jumps, size)
    squares = bolus * bolus
    parts: list[Array] = []
    for chosen in (bolus < 0.25 * height[:, None], bolus > 0.5 * height[:, None]):
        share = chosen.astype(float)
        number = share.sum(axis=1)
        number[number == 0] = np.nan
        parts.append(np.vecdot(jumps, share) / number * (np.sqrt(0.5 * np.pi) / np.sqrt(6.0)))
        parts.append(np.vecdot(squares, share) / number)
    return parts[0], parts[2], parts[1], parts[3]


def _last(flags: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Index of the last true entry of each row, -1 where there is none."""
    backwards = np.argmax(flags[:, ::-1], axis=1)
    last = flags.shape[1] - 1 - backwards
    return np.where(flags[np.arange(len(flags)), last], last, -1)


def _first(flags: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Index of the first true entry of each row, the number of entries where there is none."""
    first = np.argmax(flags, axis=1)
    return np.where(flags[np.arange(len(flags)), first], first, flags.shape[1])


def _crossing(
    clock: Array, smooth: Array, low: NDArray[np.intp], high: NDArray[np.intp], level: Array
) -> Array:
    """Time at which a straight line between two blocks passes the level; NaN where a block is missing."""
    rows = np.arange(len(low))
    known = (low >= 0) & (high < clock.shape[1])
    low, high = np.maximum(low, 0), np.minimum(high, clock.shape[1] - 1)
    y0, y1, t0, t1 = smooth[rows, low], smooth[rows, high], clock[rows, low], clock[rows, high]
    share = np.clip((level - y0) / np.where(y1 == y0, 1.0, y1 - y0), 0.0, 1.0)
    return np.where(known, t0 + share * (t1 - t0), np.nan)


def _peak_time(
    clock: Array,
    smooth: Array,
    baseline: Array,
    height: Array,
    left: NDArray[np.intp],
    right: NDArray[np.intp],
) -> Array:
    """Centre of what rises above 90 % of the peak: steadier than the highest block."""
    index = np.arange(clock.shape[1])
    above = smooth - (baseline + 0.9 * height)[:, None]
    np.maximum(above, 0.0, out=above)
    above *= (index > left[:, None]) & (index < right[:, None])
    return np.vecdot(above, clock) / np.maximum(above.sum(axis=1), 1e-300)


def _lognormal_start(half_rise: Array, ttp: Array, half_fall: Array) -> tuple[Array, Array]:
    """Width and skewness from three times; a usual skewness where the half fall was not seen."""
    rise = np.maximum(ttp - half_rise, 1e-9)
    ratio = np.where(np.isfinite(half_fall), (half_fall - ttp) / rise, 1.8)
    skew = np.clip(np.log(np.maximum(ratio, 1.05)) / _HALF, 0.05, 1.5)
    return rise * skew / -np.expm1(-skew * _HALF), skew


def _valley_blocks(smooth: Array, height: Array) -> NDArray[np.intp]:
    """Number of blocks far below both the highest block before and the highest after them."""
    calm = without_spikes(smooth)
    past = np.maximum.accumulate(calm, axis=1)
    future = np.maximum.accumulate(calm[:, ::-1], axis=1)[:, ::-1]
    np.minimum(past, future, out=past)
    past -= calm
    return np.count_nonzero(past > (_VALLEY * height)[:, None], axis=1)
