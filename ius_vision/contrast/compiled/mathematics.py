"""Exponential and logarithm of doubles without branches, so that loops around them run several at a time.

Both are power series after a reduction by powers of two, to about one unit in the last place; they take
the number apart by its bits. What numba calls otherwise is the C library, one number at a time.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ius_vision.machine.jit import piece

_SHIFTER = 6755399441055744.0  # 1.5 * 2^52: what is added to it is rounded to a whole number in its last bits
_LOG2_E, _LN2_HIGH, _LN2_LOW = 1.4426950408889634, 0.693147180369123816490, 1.90821492927058770002e-10
_ROOT_TWO = 1.4142135623730951
_MANTISSA, _ONE, _TWO_52 = 0xFFFFFFFFFFFFF, 0x3FF0000000000000, 0x4330000000000000


@intrinsic
def _bits(_context, _number):
    def generate(_context, builder, _signature, arguments):
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


@intrinsic
def _double(_context, _bits):
    def generate(_context, builder, _signature, arguments):
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@piece
def exp(x):
    """e^x for -700 < x < 700."""
    shifted = x * _LOG2_E + _SHIFTER
    whole = shifted - _SHIFTER
    r = (x - whole * _LN2_HIGH) - whole * _LN2_LOW
    p = 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    return _double(_bits(p) + (_bits(shifted) << 52))


@piece
def log(y):
    """ln y for normal y > 0: 2 artanh((m - 1)/(m + 1)) of the mantissa, and its exponent."""
    bits = _bits(y)
    power = _double((bits >> 52) | _TWO_52) - 4503599627371519.0  # 2^52 + 1023
    m = _double((bits & _MANTISSA) | _ONE)
    large = m > _ROOT_TWO
    m = 0.5 * m if large else m
    power = power + 1.0 if large else power
    s = (m - 1.0) / (m + 1.0)
    q = s * s
    p = 1.0 / 21.0
    p = p * q + 1.0 / 19.0
    p = p * q + 1.0 / 17.0
    p = p * q + 1.0 / 15.0
    p = p * q + 1.0 / 13.0
    p = p * q + 1.0 / 11.0
    p = p * q + 1.0 / 9.0
    p = p * q + 1.0 / 7.0
    p = p * q + 1.0 / 5.0
    p = p * q + 1.0 / 3.0
    return power * _LN2_HIGH + (2.0 * s + (2.0 * s * q * p + power * _LN2_LOW))
