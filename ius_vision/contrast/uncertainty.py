"""Intervals of all parameters, from the two covariances of a fit."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit

from ius_vision.contrast.models import Array
from ius_vision.contrast.parameters import Gradient

# What a drift moved is told by few samples before arrival, and is as often more as less.
_DRIFT_DOUBT = 3.0


def half_width(
    gradients: dict[str, Gradient], covariances: tuple[Array, Array], frames_used: Array, level: float = 0.95
) -> dict[str, Array]:
    """Half the width of the interval of every parameter, by the delta method, (curves,) each.

    Parameters
    ----------
    covariances : (15, curves) each, rows of the lower triangle, of (pe, baseline, ttp, log width, skew): from
        the residuals as they are, and from the noise model. The larger variance counts: that of the residuals
        errs low where few frames decide.
    """
    freedom = np.maximum(frames_used - 5.0, 1.0)
    few, place = np.unique(freedom, return_inverse=True)
    # The sandwich of the covariance lacks the usual correction for the five fitted parameters.
    reach = stdtrit(few, 0.5 + 0.5 * level)[place] * np.sqrt(frames_used / freedom)
    return {name: reach * np.sqrt(_larger(covariances, gradient)) for name, gradient in gradients.items()}


def with_drift(half: Array, gradient: Gradient, shift: Array) -> Array:
    """A half-width with what a drift of the baseline may have moved the parameter by.

    Parameters
    ----------
    shift : (5, curves), of (pe, baseline, ttp, log width, skew).
    """
    moved = sum(entry * part for entry, part in zip(gradient, shift, strict=True) if entry is not None)
    return np.sqrt(half * half + (_DRIFT_DOUBT * moved) ** 2)


def _larger(covariances: tuple[Array, Array], gradient: Gradient) -> Array:
    seen, expected = (_quadratic(each, gradient) for each in covariances)
    return np.maximum(np.maximum(seen, expected), 0.0)


def _quadratic(triangle: Array, vector: Gradient) -> Array:
    """Vector matrix vector; None in the vector stands for zeros."""
    there = [i for i, entry in enumerate(vector) if entry is not None]
    return sum(
        (2.0 if j < i else 1.0) * vector[i] * vector[j] * triangle[i * (i + 1) // 2 + j]
        for i in there
        for j in there
        if j <= i
    )
