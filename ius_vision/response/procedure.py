"""The whole way from a table with gaps to coefficients, done anew in every resample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ius_vision.response.imputation import impute
from ius_vision.response.ridge import Array, fit_ridge
from ius_vision.response.selection import best_terms

NUMBERS_AT_ONCE = 4_000_000
"""Resamples are taken in chunks whose designs hold about this many numbers."""


@dataclass(frozen=True, slots=True)
class Fits:
    """Fitted models, coefficients in the units of the table.

    Attributes
    ----------
    coefficients : (fits, 1 + terms), intercept first.
    covariance : (fits, 1 + terms, 1 + terms) or None.
    scales : (fits, terms) standard deviation of each term, 0 where it does not vary.
    """

    coefficients: Array
    covariance: Array | None
    scales: Array

    def linear(self, x: Array) -> Array:
        """Linear predictors, (fits, patients); NaN for a patient with a missing term."""
        return self.coefficients[:, :1] + self.coefficients[:, 1:] @ x.T

    @property
    def signs(self) -> Array:
        """(fits, terms), -1 or 1 as a term moves the prediction, 0 where it takes no part."""
        return np.sign(self.coefficients[:, 1:])


def fit_all(
    x: Array, y: Array, weights: Array, with_covariance: bool = False, select: int | None = None
) -> Fits:
    """Impute, select, scale, average over the penalty and fit, in each resample by itself.

    Parameters
    ----------
    x : (patients, terms), NaN where missing.
    y : (patients,) or (fits, patients), 0 or 1.
    weights : (fits, patients), how often each resample holds each patient; those at 0 have no influence.
    select : keep this many terms, those that each resample by itself finds best; None keeps all.
    """
    y = np.atleast_2d(y)
    size = max(1, NUMBERS_AT_ONCE // max(1, x.size))
    parts = []
    for first in range(0, weights.shape[0], size):
        here = slice(first, first + size)
        outcome = y if y.shape[0] == 1 else y[here]
        parts.append(_fit_chunk(x, outcome, weights[here], with_covariance, select))
    return Fits(
        np.concatenate([part.coefficients for part in parts]),
        np.concatenate([part.covariance for part in parts]) if with_covariance else None,
        np.concatenate([part.scales for part in parts]),
    )


def _fit_chunk(x: Array, y: Array, weights: Array, with_covariance: bool, select: int | None) -> Fits:
    filled, centre, size = filled_in(x, weights)
    terms = x.shape[1]
    if select is not None and select < terms:
        chosen = best_terms(filled, y, weights, select)
        filled = np.take_along_axis(filled, chosen[:, None, :], axis=2)
    else:
        chosen = np.broadcast_to(np.arange(terms), (weights.shape[0], terms))
    total = weights.sum(axis=1)[:, None]
    every = np.broadcast_to(filled, (weights.shape[0], *filled.shape[1:]))
    mean = np.einsum("bn,bnp->bp", weights, every) / total
    square = np.einsum("bn,bnp->bp", weights, every**2) / total
    spread = np.sqrt(np.maximum(square - mean**2, 0.0))
    spread[spread < 1e-6] = 0.0
    fits = fit_ridge(filled, y, weights, np.where(spread > 0.0, spread, 1.0), with_covariance)
    # Terms that were not chosen have no weight, and nothing is left open about that.
    places = np.concatenate([np.zeros_like(chosen[:, :1]), 1 + chosen], axis=1)
    coefficients = np.zeros((weights.shape[0], 1 + terms))
    np.put_along_axis(coefficients, places, fits.coefficients, axis=1)
    scales = np.zeros((weights.shape[0], terms))
    np.put_along_axis(scales, chosen, spread, axis=1)
    # Back to the table's units: x' = (x - centre) / size.
    back = np.eye(1 + terms)
    back[0, 1:] = -centre / size
    back[1:, 1:] = np.diag(1.0 / size)
    covariance = None
    if fits.covariance is not None:
        covariance = np.zeros((weights.shape[0], 1 + terms, 1 + terms))
        rows = np.arange(weights.shape[0])[:, None, None]
        covariance[rows, places[:, :, None], places[:, None, :]] = fits.covariance
        covariance = back @ covariance @ back.T
    return Fits(coefficients @ back.T, covariance, scales * size)


def filled_in(x: Array, weights: Array) -> tuple[Array, Array, Array]:
    """The terms without gaps, (fits or 1, patients, terms), as (x - centre) / size, with centre and size.

    Numbers of very different size are brought near 1 first; this changes no result but its last digits.
    """
    centre, size = _unit(x)
    return impute((x - centre) / size, weights), centre, size


def _unit(x: Array) -> tuple[Array, Array]:
    centre = np.nanmean(x, axis=0)
    size = np.nanstd(x, axis=0)
    return centre, np.where(size > 0.0, size, np.maximum(np.abs(centre), 1.0))
