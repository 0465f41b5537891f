"""How good predicted probabilities are: rank, calibration, squared error. One set, or many at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ius_vision.response.ridge import Array, expit

Z95 = 1.959963984540054
MOST_STEPS = 60
STEEPEST = 50.0
SETTLED = 1e-8


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval; all None where the patients do not determine it."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures of one set of predictions, or of many: each (sets,), NaN where not determined.

    Attributes
    ----------
    auroc : share of pairs with and without the event that the prediction puts in order; ties count half.
    calibration_slope : b of logit(y) ~ a + b LP; 1 is right, below 1 means predictions too extreme.
    calibration_intercept : a of logit(y) ~ a + LP: calibration in the large; 0 is right.
    oe : observed events / expected events.
    brier : mean squared error of the probability.
    """

    auroc: Array
    calibration_slope: Array
    calibration_intercept: Array
    oe: Array
    brier: Array


NAMES = ("auroc", "calibration_slope", "calibration_intercept", "oe", "brier")


def measures(linear: Array, y: Array) -> Measures:
    """All measures of many sets at once.

    Parameters
    ----------
    linear, y : (sets, patients) linear predictors and outcomes (0 or 1), without gaps.
    """
    probability = expit(linear)
    observed, expected = y.sum(axis=1), probability.sum(axis=1)
    return Measures(
        auroc=auroc(linear, y),
        calibration_slope=recalibration(linear, y)[0],
        calibration_intercept=in_the_large(linear, y)[0],
        oe=observed / expected,
        brier=((y - probability) ** 2).mean(axis=1),
    )


def auroc(scores: Array, y: Array) -> Array:
    """Area under the ROC curve of each set by ranks; NaN where a class is missing."""
    from scipy.stats import rankdata

    ranks = rankdata(np.round(scores, 12), axis=1)
    cases = y.sum(axis=1)
    others = y.shape[1] - cases
    with np.errstate(invalid="ignore", divide="ignore"):
        return ((ranks * y).sum(axis=1) - cases * (cases + 1) / 2) / (cases * others)


def auroc_interval(area: float, cases: int, others: int) -> tuple[float, float]:
    """95 % score interval of an AUROC.

    The ends are the areas that differ from the one seen by 1.96 of their own standard errors, so they stay
    within 0 and 1 and are apart also where every pair is in order.

    References
    ----------
    Newcombe 2006, Stat Med 25:559, method 5, with the variance of Hanley and McNeil 1982.
    """

    def error(theta: float) -> float:
        pairs = (cases + others) / 2 - 1
        spread = 1 + pairs * ((1 - theta) / (2 - theta) + theta / (1 + theta))
        return math.sqrt(theta * (1 - theta) * spread / (cases * others))

    def end(low: float, high: float, sign: float) -> float:
        """Where area - theta = sign 1.96 SE(theta)."""
        for _ in range(100):
            middle = (low + high) / 2
            outside = sign * (area - middle) > Z95 * error(middle)
            low, high = (middle, high) if outside == (sign > 0) else (low, middle)
        return (low + high) / 2

    area = min(max(area, 0.0), 1.0)
    return end(0.0, area, 1.0), end(area, 1.0, -1.0)


def recalibration(linear: Array, y: Array) -> tuple[Array, Array]:
    """Slope of logit(y) ~ a + b LP and its standard error, (sets,); NaN where it is not determined."""
    centre = linear.mean(axis=1, keepdims=True)
    size = linear.std(axis=1, keepdims=True)
    flat = (size[:, 0] <= 1e-9) | (y.min(axis=1) == y.max(axis=1))
    z = (linear - centre) / np.where(size > 1e-9, size, 1.0)
    beta = np.zeros((2, len(z)))
    settled = np.zeros(len(z), dtype=bool)
    for _ in range(MOST_STEPS):
        mu = expit(beta[0][:, None] + beta[1][:, None] * z)
        curve = mu * (1 - mu)
        h00, h01, h11 = curve.sum(axis=1), (curve * z).sum(axis=1), (curve * z * z).sum(axis=1)
        rest = y - mu
        g0, g1 = rest.sum(axis=1), (rest * z).sum(axis=1)
        determinant = np.maximum(h00 * h11 - h01**2, 1e-300)
        steps = np.stack([(h11 * g0 - h01 * g1), (h00 * g1 - h01 * g0)]) / determinant
        steps = np.clip(steps, -2.0, 2.0)
        beta = np.where(settled, beta, beta + steps)
        settled |= np.abs(steps).max(axis=0) < SETTLED
        if settled.all():
            break
    # Steeper than this, no slope fits: cases and others lie apart and the likelihood has no top.
    lost = ~settled | (np.abs(beta[1]) > STEEPEST) | flat
    error = np.sqrt(h00 / determinant) / np.where(flat, 1.0, size[:, 0])
    return (
        np.where(lost, np.nan, beta[1] / np.where(flat, 1.0, size[:, 0])),
        np.where(lost, np.nan, error),
    )


def in_the_large(linear: Array, y: Array) -> tuple[Array, Array]:
    """Intercept of logit(y) ~ a + LP and its standard error, (sets,); NaN where one class is missing."""
    shift = np.zeros(len(linear))
    for _ in range(MOST_STEPS):
        mu = expit(linear + shift[:, None])
        curve = np.maximum((mu * (1 - mu)).sum(axis=1), 1e-300)
        step = np.clip((y - mu).sum(axis=1) / curve, -2.0, 2.0)
        shift += step
        if np.abs(step).max() < SETTLED:
            break
    one_class = (y.min(axis=1) == y.max(axis=1)) | (np.abs(step) > 1e-4)
    return np.where(one_class, np.nan, shift), np.where(one_class, np.nan, 1 / np.sqrt(curve))


def standard_errors(linear: Array, y: Array) -> dict[str, float]:
    """Standard errors of one set's measures; the AUROC has an interval of its own."""
    probability = expit(linear)
    count, expected = len(y), probability.sum()
    return {
        "calibration_slope": float(recalibration(linear[None], y[None])[1][0]),
        "calibration_intercept": float(in_the_large(linear[None], y[None])[1][0]),
        "oe": math.sqrt(float((probability * (1 - probability)).sum())) / float(expected),
        "brier": float(((y - probability) ** 2).std(ddof=1)) / math.sqrt(count) if count > 1 else math.nan,
    }
