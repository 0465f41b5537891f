"""Which of many terms a resample keeps, by its own patients alone."""

from __future__ import annotations

import numpy as np

from ius_vision.response.ridge import Array


def best_terms(filled: Array, y: Array, weights: Array, keep: int) -> Array:
    """The terms that go best with the outcome by themselves, (fits, keep), in the order of the table.

    Parameters
    ----------
    filled : (fits or 1, patients, terms) without gaps; y : (fits or 1, patients), 0 or 1.
    weights : (fits, patients), how often a resample holds a patient.

    Notes
    -----
    By the absolute correlation with the outcome in the resample; of equal ones, the first in the table.
    """
    fits = weights.shape[0]
    y = np.broadcast_to(y, weights.shape)
    share = weights / weights.sum(axis=1, keepdims=True)
    centred = share * (y - (share * y).sum(axis=1, keepdims=True))
    together = np.matmul(centred[:, None, :], filled)[:, 0, :]
    mean = np.matmul(share[:, None, :], filled)[:, 0, :]
    variance = np.matmul(share[:, None, :], filled**2)[:, 0, :] - mean**2
    strength = np.abs(together) / np.sqrt(np.maximum(variance, 1e-12))
    strength[variance < 1e-12] = 0.0
    best = np.argsort(-np.round(strength, 12), axis=1, kind="stable")[:, :keep]
    return np.sort(best, axis=1).reshape(fits, keep)
