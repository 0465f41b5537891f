"""Calibration and decision curve with the optimism of bootstrap models taken off, point by point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ius_vision.response.decision import THRESHOLDS, net_benefit
from ius_vision.response.development import Development
from ius_vision.response.method import BOOSTING
from ius_vision.response.ridge import Array, expit
from ius_vision.response.smooth import BANDS, band, smooth_grid, smoothed

SAMPLES = 200
"""Bootstrap models that a curve's optimism is averaged over."""


@dataclass(frozen=True, slots=True)
class Curves:
    """The curves of a developed score.

    Attributes
    ----------
    predicted, observed, corrected : (points,) of the smoothed calibration curve; empty where all
        probabilities are alike. NaN in `corrected` where few bootstrap models give such a probability.
    low, high : (points,) ends of the 95 % band of `observed`.
    net_benefit : (thresholds,) corrected, at `THRESHOLDS`.
    """

    predicted: Array
    observed: Array
    corrected: Array
    low: Array
    high: Array
    net_benefit: Array


def corrected_curves(done: Development) -> Curves:
    """Harrell's correction of each point: apparent - mean of (model in its own sample - on all patients).

    Of trees, the curves of models that did not see the patient, from cross-validation.
    """
    if done.method.name == BOOSTING:
        return _crossed_curves(done)
    y, whole = done.y, done.whole
    probability = expit(done.linear)
    grid = smooth_grid(probability)
    flat = not grid[-1] > grid[0]
    gaps, gains = [], []
    for linear, rows in _models(done):
        p = expit(linear)
        own = rows[whole[rows]]
        gains.append(_benefits(p[own], y[own]) - _benefits(p[whole], y[whole]))
        if flat or not np.ptp(p[own]) > 0 or not np.ptp(p[whole]) > 0:
            continue
        gap = smoothed(p[own], y[own], grid) - smoothed(p[whole], y[whole], grid)
        gap[(grid < p[own].min()) | (grid > p[own].max())] = np.nan
        gaps.append(gap)
    benefit = _benefits(probability, y[whole]) - np.mean(gains, axis=0)
    if flat:
        return Curves(*[np.empty(0)] * 5, benefit)
    seen = smoothed(probability, y[whole], grid)
    corrected = np.clip(seen - _means(gaps, len(grid)), 0.0, 1.0)
    return Curves(grid, seen, corrected, *band(own_resamples(done), grid), benefit)


def own_resamples(done: Development) -> list[tuple[Array, Array]]:
    """The score's own predictions in bootstrap samples of the judged patients."""
    linear, y = done.fit.linear(np.where(done.whole[:, None], done.x, 0.0))[0], done.y
    kept = (rows[done.whole[rows]] for rows in done.bootstrap.picks[:BANDS])
    return [(linear[rows], y[rows]) for rows in kept]


def _crossed_curves(done: Development) -> Curves:
    y, seen = done.y[done.whole], expit(done.linear)
    unseen = expit(done.crossed.linear[done.whole])
    grid, benefit = smooth_grid(seen), _benefits(unseen, y)
    if not grid[-1] > grid[0] or not np.ptp(unseen) > 0:
        return Curves(*[np.empty(0)] * 5, benefit)
    curve = smoothed(unseen, y, grid)
    curve[(grid < unseen.min()) | (grid > unseen.max())] = np.nan
    return Curves(grid, smoothed(seen, y, grid), curve, *band(own_resamples(done), grid), benefit)


def _models(done: Development):
    """Log odds of all patients by each bootstrap model, and whom it was learnt from."""
    safe = np.where(done.whole[:, None], done.x, 0.0)
    first = 0
    for piece in done.bootstrap.models:
        linear = piece.linear(safe)
        for row in linear[: max(0, SAMPLES - first)]:
            yield row, done.bootstrap.picks[first]
            first += 1


def _benefits(probability: Array, y: Array) -> Array:
    if not len(y):
        return np.zeros(len(THRESHOLDS))
    return np.array([net_benefit(probability, y, threshold)[0] for threshold in THRESHOLDS])


def _means(gaps: list[Array], points: int) -> Array:
    """Mean by point, NaN where fewer than half of the models reach it."""
    if not gaps:
        return np.full(points, np.nan)
    stacked = np.stack(gaps)
    known = np.isfinite(stacked)
    counts = known.sum(axis=0)
    sums = np.where(known, stacked, 0.0).sum(axis=0)
    return np.where(2 * counts >= SAMPLES, sums / np.maximum(counts, 1), np.nan)
