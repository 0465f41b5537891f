"""Fill what is missing with what the other terms foretell; the outcome takes no part."""

from __future__ import annotations

import numpy as np

from ius_vision.response.ridge import Array

MOST_ROUNDS = 50
SETTLED = 1e-4
JITTER = 1e-6


def impute(x: Array, weights: Array) -> Array:
    """Conditional means under a normal distribution whose moments are learnt in each resample alone.

    Parameters
    ----------
    x : (patients, terms), NaN where missing, columns of about unit spread; every patient has a known term.
    weights : (resamples, patients).

    Returns
    -------
    (resamples, patients, terms), or (1, patients, terms) where nothing is missing.

    Notes
    -----
    Expectation-maximisation. The outcome is left out, so that the same step can be done for a new patient and
    no resample is told the answers of those it leaves out.
    """
    missing = np.isnan(x)
    if not missing.any():
        return x[None]
    patterns, which = np.unique(missing, axis=0, return_inverse=True)
    which = which.reshape(-1)
    filled = np.repeat(np.where(missing, 0.0, x)[None], weights.shape[0], axis=0)
    mean, spread = _start(x, missing, weights)
    going = np.arange(weights.shape[0])
    for _ in range(MOST_ROUNDS):
        # Each resample stops by its own patients alone, whatever the others do.
        part, share = filled[going], weights[going]
        unsure = np.zeros_like(spread)
        for index, lacks in enumerate(patterns):
            if lacks.any():
                rows = np.flatnonzero(which == index)
                left = _fill(part, rows, lacks, mean, spread)
                unsure += left * share[:, rows].sum(axis=1)[:, None, None]
        filled[going] = part
        before = mean, spread
        mean, spread = _moments(part, share, unsure)
        moved = np.abs(mean - before[0]).max(axis=1) + np.abs(spread - before[1]).max(axis=(1, 2))
        still = moved > SETTLED * np.sqrt(np.diagonal(spread, axis1=1, axis2=2).max(axis=1))
        going, mean, spread = going[still], mean[still], spread[still]
        if not len(going):
            break
    return filled


def _moments(filled: Array, weights: Array, unsure: Array) -> tuple[Array, Array]:
    """Means and covariances of what is known and filled, with what is not known of the filled."""
    total = weights.sum(axis=1)
    mean = np.einsum("bn,bnp->bp", weights, filled) / total[:, None]
    apart = filled - mean[:, None, :]
    spread = np.matmul((apart * weights[:, :, None]).swapaxes(1, 2), apart)
    spread = (spread + unsure) / total[:, None, None]
    return mean, spread + _jitter(np.diagonal(spread, axis1=1, axis2=2))


def _jitter(variance: Array) -> Array:
    """A little on the diagonal, so that columns that say the same can be solved for."""
    return (JITTER * variance + 1e-12)[:, :, None] * np.eye(variance.shape[1])


def _start(x: Array, missing: np.ndarray, weights: Array) -> tuple[Array, Array]:
    """Means and variances of what is known; a term unknown to a resample starts at 0 and 1."""
    known = weights @ ~missing
    safe = np.maximum(known, 1.0)
    zeroed = np.where(missing, 0.0, x)
    mean = weights @ zeroed / safe
    variance = np.maximum(weights @ zeroed**2 / safe - mean**2, 0.0)
    variance = np.where(known > 0, variance, 1.0)
    return mean, variance[:, :, None] * np.eye(x.shape[1]) + _jitter(variance)


def _fill(filled: Array, rows: np.ndarray, lacks: np.ndarray, mean: Array, spread: Array) -> Array:
    """Fill these patients in place; returns the covariance that is left in what was filled."""
    known = ~lacks
    between = spread[:, known][:, :, lacks]
    slopes = np.linalg.solve(spread[:, known][:, :, known], between)
    apart = filled[:, rows][:, :, known] - mean[:, None, known]
    filled[:, rows[:, None], np.flatnonzero(lacks)] = mean[:, None, lacks] + np.matmul(apart, slopes)
    left = np.zeros_like(spread)
    at = np.flatnonzero(lacks)
    left[:, at[:, None], at] = spread[:, lacks][:, :, lacks] - np.matmul(between.swapaxes(1, 2), slopes)
    return left
