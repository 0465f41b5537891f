"""What the whole procedure does to patients it has not seen: bootstrap optimism and a permutation test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ius_vision.response.performance import NAMES, Measures, auroc, measures
from ius_vision.response.procedure import fit_all
from ius_vision.response.ridge import Array

BOOTSTRAPS = 500
FEWEST_OF_A_CLASS = 2
"""A bootstrap sample with fewer patients of a class is drawn again: it has no AUROC worth the name."""
CHUNK = 100


class Models(Protocol):
    """Fitted models, whatever they are made of."""

    def linear(self, x: Array) -> Array:
        """Log odds, (models, patients), of patients without a gap."""

    @property
    def signs(self) -> Array:
        """(models, terms), 0 where a term takes no part."""


Procedure = Callable[[Array, Array, Array], Models]
"""Takes x, y and weights as `fit_all` does; everything that learns from data must be inside."""


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Every bootstrap model.

    Attributes
    ----------
    picks : (samples, patients) which patients each sample holds.
    models : the models, in pieces of up to `CHUNK` in the order of the samples.
    optimism : by measure, mean of (in its own sample - on all patients).
    brier_error : standard deviation of the Brier score of the models in their own samples.
    left_out_auroc : AUROC over the pairs of patients that the samples left out.
    """

    picks: NDArray[np.intp]
    models: tuple[Models, ...]
    optimism: dict[str, float]
    brier_error: float
    left_out_auroc: float

    @property
    def signs(self) -> Array:
        """(samples, terms), as `Models.signs`."""
        return np.concatenate([each.signs for each in self.models])


def draw_patients(y: Array, samples: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Patients drawn with replacement, (samples, patients), each sample with both classes."""
    picks = rng.integers(0, len(y), size=(samples, len(y)))
    while True:
        cases = y[picks].sum(axis=1)
        poor = np.minimum(cases, len(y) - cases) < min(FEWEST_OF_A_CLASS, y.sum(), len(y) - y.sum())
        if not poor.any():
            return picks
        picks[poor] = rng.integers(0, len(y), size=(int(poor.sum()), len(y)))


def counts(picks: NDArray[np.intp]) -> Array:
    """How often each sample holds each patient."""
    samples, patients = picks.shape
    flat = picks + np.arange(samples)[:, None] * patients
    return (
        np.bincount(flat.reshape(-1), minlength=samples * patients).reshape(samples, patients).astype(float)
    )


def bootstrap(
    x: Array,
    y: Array,
    rng: np.random.Generator,
    samples: int = BOOTSTRAPS,
    procedure: Procedure = fit_all,
    progress: Callable[[int], None] = lambda done: None,
) -> Bootstrap:
    """Harrell's optimism of the whole procedure.

    Parameters
    ----------
    x : (patients, terms), NaN where missing. Patients with a gap are learnt from and not judged: the score
        gives them no prediction.
    y : (patients,) 0 or 1.
    """
    picks = draw_patients(y, samples, rng)
    whole = ~np.isnan(x).any(axis=1)
    parts, gaps = [], {name: [] for name in NAMES}
    briers, in_order, pairs = [], 0.0, 0.0
    for first in range(0, samples, CHUNK):
        chosen = picks[first : first + CHUNK]
        fits = procedure(x, y, counts(chosen))
        parts.append(fits)
        linear = fits.linear(np.where(whole[:, None], x, 0.0))
        own = _own(linear, y, chosen, whole)
        everyone = measures(linear[:, whole], np.broadcast_to(y[whole], (len(chosen), int(whole.sum()))))
        for name in NAMES:
            gaps[name].append(getattr(own, name) - getattr(everyone, name))
        briers.append(own.brier)
        ordered, all_pairs = pairs_in_order(linear[:, whole], y[whole], counts(chosen)[:, whole] == 0)
        in_order, pairs = in_order + ordered, pairs + all_pairs
        progress(len(chosen))
    optimism = {name: _mean(np.concatenate(gaps[name])) for name in NAMES}
    left_out = in_order / pairs if pairs else float("nan")
    return Bootstrap(picks, tuple(parts), optimism, float(np.nanstd(np.concatenate(briers))), left_out)


def _own(linear: Array, y: Array, picks: NDArray[np.intp], whole: NDArray[np.bool_]) -> Measures:
    """Measures of each model in the sample it was learnt from."""
    if whole.all():
        return measures(np.take_along_axis(linear, picks, axis=1), y[picks])
    found = []
    for row, chosen in zip(linear, picks, strict=True):
        kept = chosen[whole[chosen]]
        found.append(measures(row[None, kept], y[None, kept]) if len(kept) else None)
    return Measures(
        *(np.array([np.nan if one is None else getattr(one, name)[0] for one in found]) for name in NAMES)
    )


def pairs_in_order(linear: Array, y: Array, left_out: NDArray[np.bool_]) -> tuple[float, float]:
    """Pairs with and without the event among the left out, summed over models: those in order, and all."""
    from scipy.stats import rankdata

    # Patients of the sample are ranked last, so that they do not change the ranks of those left out.
    ranks = rankdata(np.where(left_out, np.round(linear, 12), np.inf), axis=1)
    cases = (left_out * y).sum(axis=1)
    others = (left_out * (1.0 - y)).sum(axis=1)
    ordered = (ranks * (left_out * y)).sum(axis=1) - cases * (cases + 1) / 2
    return float(ordered.sum()), float((cases * others).sum())


def auroc_632_plus(apparent: float, left_out: float) -> float:
    """AUROC between the apparent one and that of patients left out, by how much the procedure overfits.

    References
    ----------
    Efron and Tibshirani 1997, J Am Stat Assoc 92:548; with 0.5 as the area without information.
    """
    gap = apparent - 0.5
    overfit = 1.0 if left_out <= 0.5 or gap <= 0 else min(max((apparent - left_out) / gap, 0.0), 1.0)
    weight = 0.632 / (1.0 - 0.368 * overfit)
    return (1.0 - weight) * apparent + weight * left_out


def _mean(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) > len(values) / 2 else float("nan")


def permutation_p(
    x: Array,
    y: Array,
    rng: np.random.Generator,
    permutations: int,
    procedure: Procedure = fit_all,
    progress: Callable[[int], None] = lambda done: None,
) -> float:
    """How often outcomes shuffled over the patients let the whole procedure reach the AUROC that it reached.

    Returns
    -------
    (1 + times reached) / (1 + permutations).
    """
    whole = ~np.isnan(x).any(axis=1)

    def reached(outcomes: Array) -> Array:
        fits = procedure(x, outcomes, np.ones(outcomes.shape))
        return auroc(fits.linear(x[whole]), outcomes[:, whole])

    seen = reached(y[None])[0]
    times = 0
    for first in range(0, permutations, CHUNK):
        size = min(CHUNK, permutations - first)
        shuffled = rng.permuted(np.repeat(y[None], size, axis=0), axis=1)
        times += int((reached(shuffled) >= seen - 1e-12).sum())
        progress(size)
    return (1 + times) / (1 + permutations)
