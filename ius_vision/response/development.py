"""A score developed: fitted, corrected for optimism, tested against chance, and judged."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ius_vision.response.decision import DecisionPoint, decision_curve
from ius_vision.response.performance import (
    NAMES,
    Z95,
    Interval,
    auroc_interval,
    measures,
    standard_errors,
)
from ius_vision.response.procedure import Fits, fit_all
from ius_vision.response.resampling import (
    BOOTSTRAPS,
    PERMUTATIONS,
    Bootstrap,
    auroc_632_plus,
    bootstrap,
    permutation_p,
)
from ius_vision.response.ridge import Array, expit
from ius_vision.response.sample_size import SampleSize

SIGNIFICANT = 0.05
SUPPORTED, NO_SIGNAL, EXPLORATORY, REFUSED = "supported", "no_signal", "exploratory", "refused"
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Development:
    """What came of developing a score.

    Attributes
    ----------
    whole : (patients,) who has every term: these the score is judged on.
    apparent, corrected : measures by name, before and after the optimism is taken off.
    stability : (terms,) share of bootstrap models in which the coefficient has the sign of the score's.
    """

    x: Array
    y: Array
    whole: NDArray[np.bool_]
    fit: Fits
    bootstrap: Bootstrap
    apparent: dict[str, Interval]
    corrected: dict[str, Interval]
    auroc_632: float
    permutation_p: float
    verdict: str
    stability: Array
    decision: tuple[DecisionPoint, ...]

    @property
    def linear(self) -> Array:
        """Linear predictor of the patients with every term."""
        return self.fit.linear(self.x[self.whole])[0]


def develop(
    x: Array, y: Array, size: SampleSize, seed: int, progress: Progress = lambda done: None
) -> Development:
    """Fit a score and find out what it does to patients it has not seen.

    Parameters
    ----------
    x : (patients, terms), NaN where missing. y : (patients,) 0 or 1.
    progress : is told how many resamples were done since it was told last, of `BOOTSTRAPS + PERMUTATIONS`.
    """
    draws, shuffles = (np.random.default_rng([seed, stream]) for stream in (1, 2))
    whole = ~np.isnan(x).any(axis=1)
    fit = fit_all(x, y, np.ones((1, len(y))), with_covariance=True)
    linear = fit.linear(x[whole])[0]
    apparent = judged(linear, y[whole])
    resampled = bootstrap(x, y, draws, BOOTSTRAPS, progress=progress)
    cases = int(y[whole].sum())
    corrected, lowered = _corrected(apparent, resampled, cases, int(whole.sum()) - cases)
    chance = permutation_p(x, y, shuffles, PERMUTATIONS, progress=progress)
    same = np.sign(resampled.fits.coefficients[:, 1:]) == np.sign(fit.coefficients[:, 1:])
    return Development(
        x, y, whole, fit, resampled, apparent, corrected, lowered, chance,
        verdict(corrected["auroc"], chance, size.met), same.mean(axis=0),
        decision_curve(expit(linear), y[whole]),
    )  # fmt: skip


def judged(linear: Array, y: Array) -> dict[str, Interval]:
    """Measures of one set of predictions with 95 % intervals; what is not determined is empty.

    Notes
    -----
    AUROC: score interval. Slope and intercept: Wald. O/E: Wilson on the observed share. Brier: normal.
    """
    found = measures(linear[None], y[None])
    errors = standard_errors(linear, y)
    cases, count = int(y.sum()), len(y)
    figures = {}
    for name in NAMES:
        value = float(getattr(found, name)[0])
        if not math.isfinite(value):
            figures[name] = Interval(None, None, None)
        elif name == "auroc":
            figures[name] = Interval(value, *auroc_interval(value, cases, count - cases))
        elif name == "oe":
            figures[name] = Interval(value, *_oe_interval(cases, float(expit(linear).sum()), count))
        else:
            figures[name] = _within(value, Z95 * errors[name])
    return figures


def _within(value: float, half: float) -> Interval:
    return Interval(value, value - half, value + half) if math.isfinite(half) else Interval(value, None, None)


def _oe_interval(cases: int, expected: float, count: int) -> tuple[float, float]:
    """Wilson's interval of the observed share over the expected share."""
    share = cases / count
    centre = (share + Z95**2 / (2 * count)) / (1 + Z95**2 / count)
    half = Z95 / (1 + Z95**2 / count) * math.sqrt(share * (1 - share) / count + Z95**2 / (4 * count**2))
    return min(centre - half, share) * count / expected, max(centre + half, share) * count / expected


def _corrected(
    apparent: dict[str, Interval], resampled: Bootstrap, cases: int, others: int
) -> tuple[dict[str, Interval], float]:
    """Apparent less optimism; intervals move with their figures, but for two of them.

    The AUROC's goes from the lower one of the ends around Harrell's and the .632+ figure to the upper end of
    the apparent one: Harrell's figure is too high without a signal, and too low where the sample shows little
    of one. The Brier score's is as wide as its spread over bootstrap samples with a model of their own.
    `docs/response.md` has the shares of intervals that held the truth.
    """
    found = {}
    for name, seen in apparent.items():
        gap = resampled.optimism[name]
        if seen.value is None or not math.isfinite(gap):
            found[name] = Interval(None, None, None)
        elif name == "auroc":
            lowered = auroc_632_plus(seen.value, resampled.left_out_auroc)
            value = min(max(seen.value - gap, 0.0), 1.0)
            ends = [auroc_interval(each, cases, others) for each in (value, lowered, seen.value)]
            found[name] = Interval(value, min(low for low, _ in ends), max(high for _, high in ends))
        elif name == "brier":
            found[name] = _within(seen.value - gap, Z95 * resampled.brier_error)
        else:
            low, high = (None if end is None else end - gap for end in (seen.low, seen.high))
            found[name] = Interval(seen.value - gap, low, high)
    return found, lowered


def verdict(auroc: Interval, chance: float, enough: bool) -> str:
    """Whether the data support the score.

    `no_signal` where shuffled outcomes do as well (p >= 0.05) or the corrected interval reaches 0.5, with any
    number of patients; else `supported` where the sample-size rule is met, and `exploratory` where it is not.
    """
    if auroc.low is None or auroc.low <= 0.5 or chance >= SIGNIFICANT:
        return NO_SIGNAL
    return SUPPORTED if enough else EXPLORATORY
