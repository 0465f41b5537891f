"""Repeated cross-validation by patient, everything that learns anew in the training folds: nested."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ius_vision.response.judged import judged
from ius_vision.response.performance import NAMES, Interval, auroc_interval
from ius_vision.response.resampling import Procedure, pairs_in_order
from ius_vision.response.ridge import Array

FOLDS, REPEATS = 5, 20


@dataclass(frozen=True, slots=True)
class Crossed:
    """What came of cross-validation.

    Attributes
    ----------
    measures : mean over repeats of each figure and of the ends of its 95 % interval. The AUROC compares
        patients of one fold only: across folds the intercepts of different models would push it below 0.5
        where there is no signal.
    linear : (patients,) log odds by models that did not see the patient, mean over repeats; of no meaning for
        patients with a gap.
    """

    measures: dict[str, Interval]
    linear: Array


def fold_of(y: Array, folds: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Each patient's fold, with as equal a share of events in each as can be."""
    found = np.empty(len(y), dtype=np.intp)
    for value in (0.0, 1.0):
        mine = np.flatnonzero(y == value)
        # Where a class does not divide by the folds, its extra patients fall into other folds each time.
        found[rng.permutation(mine)] = (np.arange(len(mine)) + rng.integers(folds)) % folds
    return found


def cross_validated(
    x: Array,
    y: Array,
    rng: np.random.Generator,
    procedure: Procedure,
    folds: int = FOLDS,
    repeats: int = REPEATS,
) -> Crossed:
    """What the whole procedure does to the patients of a fold it has not seen.

    Parameters
    ----------
    x : (patients, terms), NaN where missing; a patient with a gap is learnt from and not judged.
    """
    whole = ~np.isnan(x).any(axis=1)
    safe = np.where(whole[:, None], x, 0.0)
    cases, others = int(y[whole].sum()), int(whole.sum() - y[whole].sum())
    areas, together, seen = [], np.zeros(len(y)), {name: [] for name in NAMES}
    for _ in range(repeats):
        fold = fold_of(y, folds, rng)
        out = np.arange(folds)[:, None] == fold[None, :]
        linear = procedure(x, y, (~out).astype(float)).linear(safe)
        ordered, pairs = pairs_in_order(linear[:, whole], y[whole], out[:, whole])
        areas.append(ordered / pairs if pairs else np.nan)
        unseen = linear[fold, np.arange(len(y))]
        together += unseen / repeats
        pooled = judged(unseen[whole], y[whole])
        for name in NAMES:
            seen[name].append(pooled[name])
    found = {name: _mean(each) for name, each in seen.items()}
    area = float(np.nanmean(areas)) if np.isfinite(areas).any() else None
    ends = (None, None) if area is None else auroc_interval(area, cases, others)
    return Crossed(found | {"auroc": Interval(area, *ends)}, together)


def _mean(repeats: list[Interval]) -> Interval:
    """Mean of those that are determined; not determined where fewer than half of the repeats are."""
    known = [each for each in repeats if each.value is not None and each.low is not None]
    if len(known) * 2 < len(repeats):
        return Interval(None, None, None)
    return Interval(
        *(float(np.mean([getattr(each, name) for each in known])) for name in ("value", "low", "high"))
    )
