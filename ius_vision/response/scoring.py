"""What a score's file says of patients: log odds, how well they are known, and what moves them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ius_vision.response.boosting import Boosted
from ius_vision.response.model_file import ForestPart, ScoreFile
from ius_vision.response.performance import Z95
from ius_vision.response.ridge import Array


@dataclass(frozen=True, slots=True)
class Scored:
    """Log odds of patients.

    Attributes
    ----------
    linear, low, high : (patients,) and the ends of the 95 % interval: of a penalised score by the covariance
        of its coefficients, of a boosted one by what the bootstrap models say.
    moved : (patients, terms) by which each term moves a patient from the average.
    """

    linear: Array
    low: Array
    high: Array
    moved: Array


def scored(score: ScoreFile, x: Array) -> Scored:
    """Apply a score.

    Parameters
    ----------
    x : (patients, terms); a patient with a gap has NaN for an answer.
    """
    return _penalised(score, x) if score.boosted is None else _boosted(score, x)


def _penalised(score: ScoreFile, x: Array) -> Scored:
    z = np.concatenate([np.ones((len(x), 1)), x], axis=1)
    beta = np.array([score.intercept, *(term.coefficient for term in score.coefficients)])
    spread = np.sqrt(np.maximum(np.einsum("nq,qr,nr->n", z, np.array(score.covariance), z), 0.0))
    centre = np.array([term.training_mean for term in score.coefficients])
    linear = z @ beta
    return Scored(linear, linear - Z95 * spread, linear + Z95 * spread, (x - centre) * beta[1:])


def _boosted(score: ScoreFile, x: Array) -> Scored:
    gap = np.isnan(x).any(axis=1)
    safe = np.where(gap[:, None], 0.0, x)
    terms = len(score.coefficients)
    model = boosted_of((score.boosted,), terms)
    others = boosted_of(score.bootstrap_models, terms).linear(safe)
    linear = model.linear(safe)[0]
    low, high = np.quantile(others, [0.025, 0.975], axis=0)
    moved = model.contributions(safe)[0]
    found = [linear, np.minimum(low, linear), np.maximum(high, linear)]
    moved[gap] = np.nan
    for each in found:
        each[gap] = np.nan
    return Scored(*found, moved)


def boosted_of(forests: tuple[ForestPart, ...], terms: int) -> Boosted:
    """The models that a file's trees are."""

    def part(name: str) -> Array:
        return np.array([[getattr(tree, name) for tree in forest.trees] for forest in forests])

    intercepts = np.array([forest.intercept for forest in forests])
    return Boosted(intercepts, part("term"), part("threshold"), part("value"), terms)
