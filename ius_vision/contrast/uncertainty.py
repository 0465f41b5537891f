"""How good a settled fit is: covariance, quality of fit, and a figure to compare models by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from ius_vision.contrast.fit import Batch, Look, look
from ius_vision.contrast.models import SKEW_LIMITS, Array
from ius_vision.contrast.parameters import Gradient
from ius_vision.contrast.small_systems import Lower, inverse, quadratic, sandwich

_STRETCHES, _LEAST_STRETCH, _SIGMAS = 12, 4.0, 3.0


@dataclass(frozen=True, slots=True)
class Quality:
    """(curves,) each; both covariances as rows, of (pe, baseline, ttp, log width, skew).

    `covariance` comes from the residuals as they are, `model_covariance` from the noise model. `misfit` is
    how far the data leave the curve over stretches of the window, beyond their noise, as a share of the peak.
    """

    qof: Array
    residual_sd: Array
    aicc: Array
    frames_used: Array
    misfit: Array
    covariance: Lower
    model_covariance: Lower


def assess(model: str, batch: Batch) -> Quality:
    """Judge settled fits over every used frame of the window.

    Returns
    -------
    `qof` is the unweighted R^2 on the linear scale with the baseline included, also over frames that the
    robust loss played down. The covariance is the sandwich of an M-estimator, right also where the
    weights do not match the noise. `aicc` is the corrected Akaike figure for normal noise with variance ~
    bolus^2 + floor^2.

    Notes
    -----
    Frames are taken as independent, as speckle is. A skewness held at its limit counts as known.
    """
    seen = look(model, batch, refresh=False)
    count = batch.used.sum(axis=1)
    squared = seen.residual * seen.residual
    squared *= batch.used
    rss = squared.sum(axis=1)
    away = batch.y - (np.vecdot(batch.y, batch.used) / count)[:, None]
    away *= batch.used
    total = np.vecdot(away, away)
    freedom = np.maximum(count - 5.0, 1.0)
    return Quality(
        1.0 - rss / np.maximum(total, 1e-300), np.sqrt(rss / freedom),
        _aicc(seen.plain, seen.squares, batch.used, count),
        count, _misfit(seen, batch), *_covariances(model, batch, seen),
    )  # fmt: skip


def _misfit(seen: Look, batch: Batch) -> Array:
    """Root mean square of the residual's means over up to 12 stretches, less what noise alone would give.

    R^2 hardly sees a plateau or a second hump under a good first guess; their residuals keep one sign for
    long. The noise of a stretch is taken from its successive differences, so slow departures are no noise.
    """
    residual = seen.residual
    used = (batch.used > 0) & (seen.kept > 0)  # frames that breathing spoiled are no misfit
    number = np.cumsum(used, axis=1) - 1
    count = number[:, -1] + 1
    stretches = np.clip(count // _LEAST_STRETCH, 1, _STRETCHES)
    last = number[:, -1:]
    kept = np.where(used, residual, 0.0)
    total = np.zeros((len(kept), kept.shape[1] + 1))
    np.cumsum(kept, axis=1, out=total[:, 1:])
    jumps = np.zeros_like(total)
    both = used[:, 1:] & used[:, :-1]
    step = np.where(both, residual[:, 1:] - residual[:, :-1], 0.0)
    np.cumsum(step * step, axis=1, out=jumps[:, 2:])
    pairs = np.zeros_like(total)
    np.cumsum(both, axis=1, out=pairs[:, 2:])
    rows = np.arange(len(kept))
    excess, noise = np.zeros(len(kept)), np.zeros(len(kept))
    edges = [
        np.count_nonzero(number < np.ceil(k * (last + 1) / stretches[:, None]), axis=1)
        for k in range(_STRETCHES + 1)
    ]
    for k in range(_STRETCHES):
        there = k < stretches
        first, end = edges[k], np.where(there, edges[k + 1], edges[k])
        size = np.maximum(np.where(there, (last[:, 0] + 1) / stretches, 1.0), 1.0)
        mean = (total[rows, end] - total[rows, first]) / size
        couples = np.maximum(pairs[rows, end] - pairs[rows, np.minimum(first + 1, end)], 1.0)
        variance = (jumps[rows, end] - jumps[rows, np.minimum(first + 1, end)]) / (2.0 * couples) / size
        excess += np.where(there, mean * mean - variance, 0.0) / stretches
        noise += np.where(there, variance, 0.0) / stretches
    beyond = excess - _SIGMAS * np.sqrt(2.0 / stretches) * noise
    return np.sqrt(np.maximum(beyond, 0.0)) / np.abs(batch.pe)


def half_width(gradients: dict[str, Gradient], quality: Quality, level: float = 0.95) -> dict[str, Array]:
    """Half the width of the interval of every parameter, by the delta method, (curves,) each."""
    freedom = np.maximum(quality.frames_used - 5.0, 1.0)
    # The sandwich of the covariance lacks the usual correction for the five fitted parameters.
    reach = stdtrit(freedom, 0.5 + 0.5 * level) * np.sqrt(quality.frames_used / freedom)
    return {name: reach * np.sqrt(_larger(quality, gradient)) for name, gradient in gradients.items()}


def _larger(quality: Quality, gradient: Gradient) -> Array:
    """The larger of two variances: that of the residuals errs low where few frames decide."""
    seen, expected = (quadratic(each, gradient) for each in (quality.covariance, quality.model_covariance))
    return np.maximum(np.maximum(seen, expected), 0.0)


def _aicc(plain: Array, squares: Array, used: Array, count: Array) -> Array:
    parameters = 6.0  # five of the curve and the noise
    log_variance = -np.log(np.where(used > 0, plain, 1.0)).sum(axis=1)
    fit = count * np.log(np.maximum(squares.sum(axis=1), 1e-300) / count) + log_variance
    return fit + 2.0 * parameters * count / np.maximum(count - parameters - 1.0, 1.0)


def _covariances(model: str, batch: Batch, seen: Look) -> tuple[Lower, Lower]:
    basis, pe = seen.basis, batch.pe
    # Bisquare: psi = r k^2 and psi' = k (5 k - 4), with k the square root of its weight. Below 0, in the
    # tails, a handful of samples could make the matrix indefinite: they count as nothing.
    bread_weights = seen.kept * np.maximum(5.0 * seen.kept - 4.0, 0.0) * seen.plain
    meat_weights = seen.kept * seen.kept
    meat_weights *= meat_weights
    meat_weights *= seen.squares
    meat_weights *= seen.plain
    columns = [basis.h, None, basis.by_time, basis.by_log_width, basis.by_skew]
    scale = [np.ones_like(pe), np.ones_like(pe), pe * np.exp(-batch.log_width), pe, pe]
    bread, meat = _sums(columns, bread_weights, scale), _sums(columns, meat_weights, scale)
    low, high = SKEW_LIMITS[model]
    pinned = (batch.skew <= low) | (batch.skew >= high)
    bread[4][4] = np.where(pinned, bread[4][4] * 1e12, bread[4][4])
    outer = inverse(bread)
    kept = seen.kept * seen.kept
    kept *= batch.used
    variance = np.vecdot(kept, seen.squares) / np.maximum(kept.sum(axis=1), 1.0)
    return sandwich(outer, meat), [[variance * entry for entry in row] for row in outer]


def _sums(columns: list[Array | None], weights: Array, scale: list[Array]) -> Lower:
    """Lower triangle of the weighted products of the columns; None stands for a column of ones."""
    ones = np.ones(weights.shape[1])
    out: Lower = []
    for i, column in enumerate(columns):
        weighted = weights if column is None else weights * column
        row = [np.vecdot(weighted, ones if other is None else other) for other in columns[: i + 1]]
        out.append([entry * scale[i] * scale[j] for j, entry in enumerate(row)])
    return out
