"""A score developed: fitted, corrected for optimism, tested against chance, and judged."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ius_vision.response.crossing import Crossed, cross_validated
from ius_vision.response.decision import DecisionPoint, decision_curve
from ius_vision.response.judged import judged, within
from ius_vision.response.method import BOOSTING, PENALISED, Method, method_of
from ius_vision.response.performance import Z95, Interval, auroc_interval
from ius_vision.response.resampling import (
    BOOTSTRAPS,
    Bootstrap,
    Models,
    auroc_632_plus,
    bootstrap,
    permutation_p,
)
from ius_vision.response.ridge import Array, expit
from ius_vision.response.sample_size import SampleSize

SIGNIFICANT = 0.05
SUPPORTED, NO_SIGNAL, EXPLORATORY, REFUSED = "supported", "no_signal", "exploratory", "refused"
Progress = Callable[[int], None]
PLAIN = method_of(PENALISED)


@dataclass(frozen=True, slots=True)
class Development:
    """What came of developing a score.

    Attributes
    ----------
    whole : (patients,) who has every term: these the score is judged on.
    apparent, corrected : measures by name, before and after the optimism is taken off.
        Of trees, the corrected ones are those of `crossed`.
    crossed : the same by repeated cross-validation.
    stability : (terms,) share of bootstrap models in which a term moves the prediction the way it does here.
    chosen : (terms,) share of bootstrap models in which a term takes part.
    """

    x: Array
    y: Array
    whole: NDArray[np.bool_]
    method: Method
    fit: Models
    bootstrap: Bootstrap
    apparent: dict[str, Interval]
    corrected: dict[str, Interval]
    crossed: Crossed
    auroc_632: float
    permutation_p: float
    verdict: str
    stability: Array
    chosen: Array
    decision: tuple[DecisionPoint, ...]

    @property
    def linear(self) -> Array:
        """Linear predictor of the patients with every term."""
        return self.fit.linear(self.x[self.whole])[0]


def develop(
    x: Array,
    y: Array,
    size: SampleSize,
    seed: int,
    progress: Progress = lambda done: None,
    method: Method = PLAIN,
) -> Development:
    """Fit a score and find out what it does to patients it has not seen.

    Parameters
    ----------
    x : (patients, terms), NaN where missing. y : (patients,) 0 or 1.
    progress : is told how many resamples were done since it was told last, of `fits_of(method)`.
    """
    draws, shuffles, folds = (np.random.default_rng([seed, stream]) for stream in (1, 2, 4))
    whole = ~np.isnan(x).any(axis=1)
    fit = method.procedure(x, y, np.ones((1, len(y))), with_covariance=True)
    linear = fit.linear(x[whole])[0]
    apparent = judged(linear, y[whole])
    resampled = bootstrap(x, y, draws, BOOTSTRAPS, method.procedure, progress)
    cases = int(y[whole].sum())
    corrected, lowered = _corrected(apparent, resampled, cases, int(whole.sum()) - cases)
    chance = permutation_p(x, y, shuffles, method.permutations, method.procedure, progress)
    crossed = cross_validated(x, y, folds, method.procedure)
    if method.name == BOOSTING:
        # Half of a bootstrap sample's patients are drawn twice; trees know them by heart, and too little is
        # taken off.
        corrected = crossed.measures
    signs = resampled.signs
    return Development(
        x, y, whole, method, fit, resampled, apparent, corrected, crossed, lowered, chance,
        verdict(corrected["auroc"], chance, size.met), (signs == fit.signs).mean(axis=0),
        (signs != 0.0).mean(axis=0), decision_curve(expit(linear), y[whole]),
    )  # fmt: skip


def fits_of(method: Method) -> int:
    """Resamples that `develop` tells of."""
    return BOOTSTRAPS + method.permutations


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
            found[name] = within(seen.value - gap, Z95 * resampled.brier_error)
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
