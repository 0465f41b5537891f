"""Observed share of events against the predicted probability, smoothed."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ius_vision.response.ridge import Array, expit

SPAN = 0.75
BANDS = 200
"""Resamples that a band is drawn from."""
POINTS = 41


def smooth_grid(probability: Array) -> Array:
    """Probabilities at which a curve is drawn: the range of what was predicted, tails of 1 % left out."""
    low, high = np.quantile(probability, [0.01, 0.99])
    return np.linspace(low, high, POINTS)


def smoothed(probability: Array, y: Array, grid: Array) -> Array:
    """Local linear mean of y at the grid (tricube weights over the nearest 75 % of patients), 0 to 1.

    References
    ----------
    Cleveland 1979, J Am Stat Assoc 74:829, without the robust rounds, which would cut off 0s and 1s.
    """
    apart = probability[None, :] - grid[:, None]
    nearest = max(2, int(np.ceil(SPAN * len(y))))
    reach = np.partition(np.abs(apart), nearest - 1, axis=1)[:, nearest - 1 : nearest] * (1 + 1e-9) + 1e-9
    weight = (1.0 - np.minimum(np.abs(apart) / reach, 1.0) ** 3) ** 3
    total = weight.sum(axis=1)
    mean_x = (weight * apart).sum(axis=1) / total
    mean_y = (weight * y).sum(axis=1) / total
    off = apart - mean_x[:, None]
    curve = (weight * off**2).sum(axis=1)
    slope = np.where(curve > 1e-12, (weight * off * y).sum(axis=1) / np.maximum(curve, 1e-12), 0.0)
    return np.clip(mean_y - slope * mean_x, 0.0, 1.0)


def band(resampled: Iterable[tuple[Array, Array]], grid: Array) -> tuple[Array, Array]:
    """Ends of the 95 % band of a curve: quantiles of the curves of resampled patients, point by point.

    Parameters
    ----------
    resampled : linear predictors and outcomes of each resample.
    """
    curves = [
        smoothed(p, y, grid) for linear, y in resampled if len(y) > 1 and np.ptp(p := expit(linear)) > 0
    ]
    low, high = np.quantile(curves, [0.025, 0.975], axis=0)
    return low, high


def drawn_again(linear: Array, y: Array, seed: int) -> list[tuple[Array, Array]]:
    """Predictions and outcomes of patients drawn again with replacement."""
    picks = np.random.default_rng([seed, 3]).integers(0, len(y), size=(BANDS, len(y)))
    return [(linear[rows], y[rows]) for rows in picks]
