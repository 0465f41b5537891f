"""How good a settled fit is: covariances, quality of fit, and a figure to compare models by."""

from __future__ import annotations

import math

from ius_vision.contrast.compiled.drift import drift_shift
from ius_vision.contrast.compiled.layout import (
    AICC,
    BASELINE,
    CALM,
    COUNTED,
    DRIFT_SHIFT,
    FRAMES_USED,
    MISFIT,
    NOISE_COVARIANCE,
    PE,
    PLAIN,
    QOF,
    RESIDUAL,
    RESIDUAL_SD,
    SCALE,
    SEEN_COVARIANCE,
    SHIFTED,
    SKEW,
    TTP,
    WEIGHTS,
    WIDTH,
)  # fmt: skip
from ius_vision.contrast.compiled.look import covariance_weights, look, products, robust_weights
from ius_vision.contrast.compiled.mathematics import log
from ius_vision.contrast.compiled.shape import skew_limits
from ius_vision.contrast.compiled.solve import invert
from ius_vision.machine.jit import part

_STRETCHES, _LEAST_STRETCH, _SIGMAS = 12, 4, 3.0
_PARAMETERS = 6.0  # five of the curve and the noise


@part
def judge(model, scratch, count, used, floor, fit, system):
    """Fill the figures and covariances of `fit` over every used frame of the window.

    Notes
    -----
    `QOF` is the unweighted R^2 on the linear scale with the baseline included, also over frames that the
    robust loss played down. The first covariance is the sandwich of an M-estimator, right also where the
    weights do not match the noise. Frames are taken as independent, as speckle is. A skewness held at its
    limit counts as known. `AICC` is the corrected Akaike figure for normal noise with variance ~ bolus^2 +
    floor^2.
    """
    look(
        model, scratch, count, floor, fit[TTP], fit[WIDTH], fit[SKEW], fit[PE], fit[BASELINE]
    )  # fmt: skip
    rss = _sums(scratch, count, used, fit)
    freedom = max(used - 5.0, 1.0)
    fit[RESIDUAL_SD] = math.sqrt(rss / freedom)
    fit[FRAMES_USED] = used
    robust_weights(scratch, count, fit[SCALE])
    fit[MISFIT] = _misfit(scratch, count, fit[PE])
    _covariances(model, scratch, count, fit, system)


@part
def _sums(scratch, count, used, fit):
    """Fill R^2 and AICc; returns the sum of squared residuals."""
    values, counted, residual, plain = scratch[SHIFTED], scratch[COUNTED], scratch[RESIDUAL], scratch[PLAIN]
    total = rss = squares = log_variance = 0.0
    for i in range(count):
        total += values[i] * counted[i]
    mean = total / used
    spread = 0.0
    for i in range(count):
        away = (values[i] - mean) * counted[i]
        square = residual[i] * residual[i]
        spread += away * away
        rss += square * counted[i]
        squares += square * plain[i]
        log_variance -= log(plain[i] if plain[i] > 0.0 else 1.0)
    fit[QOF] = 1.0 - rss / max(spread, 1e-300)
    likelihood = used * math.log(max(squares, 1e-300) / used) + log_variance
    fit[AICC] = likelihood + 2.0 * _PARAMETERS * used / max(used - _PARAMETERS - 1.0, 1.0)
    return rss


@part
def _misfit(scratch, count, pe):
    """Root mean square of the residual's means over up to 12 stretches, less what noise alone would give.

    R^2 hardly sees a plateau or a second hump under a good first guess; their residuals keep one sign for
    long. The noise of a stretch is taken from its successive differences, so slow departures are no noise.
    Frames that breathing spoiled are no misfit.
    """
    residual, weights = scratch[RESIDUAL], scratch[WEIGHTS]
    number = 0
    for i in range(count):
        if weights[i] > 0.0:
            number += 1
    stretches = min(max(number // _LEAST_STRETCH, 1), _STRETCHES)
    size = max(number / stretches, 1.0)
    excess = noise = 0.0
    i = seen = 0
    for k in range(stretches):
        end = math.ceil((k + 1) * number / stretches)
        total = jumps = couples = 0.0
        pair = False
        while i < count and (seen < end or not weights[i] > 0.0):
            if weights[i] > 0.0:
                total += residual[i]
                seen += 1
                if pair:
                    jump = residual[i] - residual[i - 1]
                    jumps += jump * jump
                    couples += 1.0
                pair = True
            else:
                pair = False
            i += 1
        mean = total / size
        variance = jumps / (2.0 * max(couples, 1.0)) / size
        excess += (mean * mean - variance) / stretches
        noise += variance / stretches
    beyond = excess - _SIGMAS * math.sqrt(2.0 / stretches) * noise
    return math.sqrt(max(beyond, 0.0)) / abs(pe)


@part
def _covariances(model, scratch, count, fit, system):
    """Both covariances, of (pe, baseline, ttp, log width, skew), as rows of their lower triangles."""
    matrix, lower, outer, right, pivots, z = (
        system[0], system[1], system[3], system[2, 0], system[2, 1], system[2, 2],
    )  # fmt: skip
    variance = _variance(scratch, count)
    covariance_weights(scratch, count, fit[SCALE])
    products(scratch, scratch[WEIGHTS], count, fit[TTP], fit[WIDTH], matrix, right)
    low, high = skew_limits(model)
    if fit[SKEW] <= low or fit[SKEW] >= high:
        matrix[4, 4] *= 1e12
    invert(matrix, lower, pivots, z, outer)
    drift_shift(scratch, count, fit, outer, right, variance)
    fit[DRIFT_SHIFT], fit[DRIFT_SHIFT + 1] = fit[DRIFT_SHIFT + 1], fit[DRIFT_SHIFT]
    for i in range(5):
        fit[DRIFT_SHIFT + i] *= _unit(fit, i)
    products(scratch, scratch[CALM], count, fit[TTP], fit[WIDTH], matrix, right)
    for i in range(5):
        for j in range(i):
            matrix[j, i] = matrix[i, j]
    for i in range(5):
        for j in range(5):
            total = 0.0
            for k in range(5):
                total += outer[i, k] * matrix[k, j]
            lower[i, j] = total
    at = 0
    for i in range(5):
        for j in range(i + 1):
            # Columns are 1, h, ... while the parameters begin with the height; those of the shape are in
            # units of pe, peak time in widths.
            first, second = (1 - i if i < 2 else i), (1 - j if j < 2 else j)
            scale = _unit(fit, i) * _unit(fit, j)
            total = 0.0
            for k in range(5):
                total += lower[first, k] * outer[k, second]
            fit[SEEN_COVARIANCE + at] = total * scale
            fit[NOISE_COVARIANCE + at] = outer[first, second] * scale * variance
            at += 1


@part
def _unit(fit, i):
    """What one unit of a column's coefficient is in a parameter's own unit."""
    if i < 2:
        return 1.0
    return (fit[WIDTH] if i == 2 else 1.0) / fit[PE]


@part
def _variance(scratch, count):
    """Variance of the weighted residuals that counted; WEIGHTS hold the robust ones."""
    residual, plain, weights = scratch[RESIDUAL], scratch[PLAIN], scratch[WEIGHTS]
    total = number = 0.0
    for i in range(count):
        kept = weights[i] / plain[i] if plain[i] > 0.0 else 0.0
        total += kept * residual[i] * residual[i] * plain[i]
        number += kept
    return total / max(number, 1.0)
