"""The model at the present parameters: residuals, weights and the sums over them."""

from __future__ import annotations

from ius_vision.contrast.compiled.layout import (
    BY_SKEW,
    BY_TIME,
    CALM,
    COUNTED,
    HEIGHTS,
    PLAIN,
    RESIDUAL,
    SHIFTED,
    TIMES,
    WEIGHTS,
)  # fmt: skip
from ius_vision.contrast.compiled.shape import fill_basis
from ius_vision.machine.jit import part
from ius_vision.machine.order import smallest

_REJECTED_AT = 6.0  # residuals this many standard deviations away weigh nothing
_ROUNDING = 1e-20  # a residual variance below this is rounding, not noise
_NORMAL_MEDIAN = 0.4549364231195728  # median of a squared standard normal
_SEEN_AT = 0.05  # shares of the peak that the scale is taken from


@part
def look(model, scratch, count, floor, ttp, width, skew, pe, base):
    """Fill HEIGHTS, BY_TIME, BY_SKEW, RESIDUAL and PLAIN.

    PLAIN is the weight for speckle, whose scatter grows with the signal: ``1 / (bolus^2 + floor^2)``, 0 where
    a sample does not count.
    """
    heights = scratch[HEIGHTS]
    fill_basis(model, scratch[TIMES], count, ttp, width, skew, heights, scratch[BY_TIME], scratch[BY_SKEW])
    _residuals(
        heights, scratch[SHIFTED], scratch[COUNTED], count, pe, base, floor * floor,
        scratch[RESIDUAL], scratch[PLAIN],
    )  # fmt: skip


@part
def _residuals(heights, values, counted, count, pe, base, floor2, residual, plain):
    for i in range(count):
        bolus = heights[i] * pe
        residual[i] = values[i] - bolus - base
        plain[i] = counted[i] / (bolus * bolus + floor2)


@part
def robust_scale(scratch, count):
    """Variance of the weighted residuals from the median of their squares over the bolus."""
    heights, residual, plain, squares = scratch[HEIGHTS], scratch[RESIDUAL], scratch[PLAIN], scratch[CALM]
    number = 0
    for i in range(count):
        if heights[i] > _SEEN_AT and plain[i] > 0.0:
            squares[number] = residual[i] * residual[i] * plain[i]
            number += 1
    if number == 0:
        return _ROUNDING
    return max(smallest(squares, number, number // 2) / _NORMAL_MEDIAN, _ROUNDING)


@part
def robust_weights(scratch, count, scale):
    """Fill WEIGHTS with the speckle weight times Tukey's bisquare."""
    residual, plain, weights = scratch[RESIDUAL], scratch[PLAIN], scratch[WEIGHTS]
    limit = 1.0 / (_REJECTED_AT * _REJECTED_AT * scale)
    for i in range(count):
        kept = 1.0 - residual[i] * residual[i] * plain[i] * limit
        kept = kept if kept > 0.0 else 0.0
        weights[i] = kept * kept * plain[i]


@part
def covariance_weights(scratch, count, scale):
    """Fill WEIGHTS and CALM for the outer and the inner matrix of the sandwich.

    Notes
    -----
    With k the square root of the bisquare weight, psi = r k^2 and psi' = k (5 k - 4). Below 0, in the tails,
    a handful of samples could make the outer matrix indefinite: they count as nothing.
    """
    residual, plain, outer, inner = scratch[RESIDUAL], scratch[PLAIN], scratch[WEIGHTS], scratch[CALM]
    limit = 1.0 / (_REJECTED_AT * _REJECTED_AT * scale)
    for i in range(count):
        square = residual[i] * residual[i] * plain[i]
        kept = 1.0 - square * limit
        kept = kept if kept > 0.0 else 0.0
        steep = 5.0 * kept - 4.0
        outer[i] = kept * (steep if steep > 0.0 else 0.0) * plain[i]
        inner[i] = kept * kept * kept * kept * square * plain[i]


@part
def products(scratch, weights, count, ttp, width, matrix, right):
    """Weighted sums over the columns 1, h, -dh/dv, -v dh/dv, dh/dskew and the residual; returns chi^2."""
    t, residual = scratch[TIMES], scratch[RESIDUAL]
    heights, by_time, by_skew = scratch[HEIGHTS], scratch[BY_TIME], scratch[BY_SKEW]
    rate = 1.0 / width
    s00 = s10 = s11 = s20 = s21 = s22 = s30 = s31 = s32 = s33 = s40 = s41 = s42 = s43 = s44 = 0.0
    r0 = r1 = r2 = r3 = r4 = chi2 = 0.0
    for i in range(count):
        w, r, c1, c2, c4 = weights[i], residual[i], heights[i], by_time[i], by_skew[i]
        c3 = c2 * ((t[i] - ttp) * rate)
        w1, w2, w3, w4, wr = w * c1, w * c2, w * c3, w * c4, w * r
        s00 += w
        s10 += w1
        s11 += w1 * c1
        s20 += w2
        s21 += w2 * c1
        s22 += w2 * c2
        s30 += w3
        s31 += w3 * c1
        s32 += w3 * c2
        s33 += w3 * c3
        s40 += w4
        s41 += w4 * c1
        s42 += w4 * c2
        s43 += w4 * c3
        s44 += w4 * c4
        r0 += wr
        r1 += wr * c1
        r2 += wr * c2
        r3 += wr * c3
        r4 += wr * c4
        chi2 += wr * r
    matrix[0, 0] = s00
    matrix[1, 0], matrix[1, 1] = s10, s11
    matrix[2, 0], matrix[2, 1], matrix[2, 2] = s20, s21, s22
    matrix[3, 0], matrix[3, 1], matrix[3, 2], matrix[3, 3] = s30, s31, s32, s33
    matrix[4, 0], matrix[4, 1], matrix[4, 2], matrix[4, 3], matrix[4, 4] = s40, s41, s42, s43, s44
    right[0], right[1], right[2], right[3], right[4] = r0, r1, r2, r3, r4
    return chi2
