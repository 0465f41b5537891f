"""Weights for speckle, whose scatter grows with the signal, and for frames that breathing spoiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.models import Array
from ius_vision.contrast.start import Start

_FLOOR_LIMITS = (0.03, 4.0)  # shares of the peak; at the upper one all samples weigh alike
_REJECTED_AT = 6.0  # residuals this many standard deviations away weigh nothing
_ROUNDING = 1e-20  # a residual variance below this is rounding, not noise
_NORMAL_MEDIAN = 0.4549364231195728  # median of a squared standard normal


def noise_floor(start: Start) -> Array:
    """Floor of the variance model ``variance ~ bolus^2 + floor^2``, in the units of the curve, (curves,).

    Solves the two equations that the scatter at the foot and at the top of the curve give. Where the
    scatter is as large at the foot as at the top, the floor is high and the samples weigh alike.
    """
    ratio = (start.noise_low / np.maximum(start.noise_high, 1e-300)) ** 2
    ratio = np.where(np.isfinite(ratio), ratio, 0.04)
    ratio = np.clip(ratio, 0.0, 0.98)
    low = np.where(np.isfinite(start.level_low), start.level_low, 0.0)
    floor2 = (ratio * start.level_high - low) / (1.0 - ratio)
    smallest, largest = (limit * start.height for limit in _FLOOR_LIMITS)
    return np.clip(np.sqrt(np.maximum(floor2, 0.0)), smallest, largest)


def speckle_weights(bolus: Array, floor: Array, used: Array) -> Array:
    """Weights ``1 / (bolus^2 + floor^2)``, 0 where a sample is not used, (curves, samples)."""
    weights = bolus * bolus
    weights += (floor * floor)[:, None]
    np.divide(used, weights, out=weights)
    return weights


def robust_scale(squares: Array, counted: NDArray[np.bool_]) -> Array:
    """Variance of weighted residuals from the median of their squares over the counted samples, (curves,).

    The other samples become zeros and infinities in turn, which leaves the median where it is: one
    partition of a full rectangle instead of a loop over curves.
    """
    neutral = np.where(np.arange(squares.shape[1]) % 2 == 0, 0.0, np.inf)
    middle = squares.shape[1] // 2
    kept = np.where(counted, squares, neutral)
    kept.partition(middle, axis=1)
    return np.maximum(kept[:, middle] / _NORMAL_MEDIAN, _ROUNDING)


def rejection(squares: Array, scale: Array) -> Array:
    """Square root of the bisquare weight of each sample, in 0..1.

    Parameters
    ----------
    squares : (curves, samples) weighted squared residuals.
    scale : (curves,) their variance, not 0.
    """
    share = squares * (-1.0 / (_REJECTED_AT**2 * scale))[:, None]
    share += 1.0
    np.maximum(share, 0.0, out=share)
    return share
