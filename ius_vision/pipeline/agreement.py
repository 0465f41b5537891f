"""How well measured values agree with the truth: bias, limits of agreement, ICC, weighted kappa."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Agreement:
    """Measured minus true, in the unit of the values.

    `limits_low` and `limits_high` are the 95 % limits of agreement, bias -/+ 1.96 SD of the differences;
    `icc_low` and `icc_high` are the 95 % interval of `icc`.
    """

    n: int
    bias: float
    mae: float
    limits_low: float
    limits_high: float
    icc: float
    icc_low: float
    icc_high: float


def agreement(measured: Sequence[float], true: Sequence[float]) -> Agreement:
    """Compare paired values.

    Raises
    ------
    ValueError
        The sequences differ in length or hold fewer than three pairs.

    References
    ----------
    Bland and Altman 1986, doi 10.1016/S0140-6736(86)90837-8.
    """
    first, second = np.asarray(measured, float), np.asarray(true, float)
    if first.shape != second.shape or first.size < 3:
        raise ValueError(f"three pairs or more are needed, not {first.shape} and {second.shape}")
    difference = first - second
    spread = 1.96 * difference.std(ddof=1)
    bias = float(difference.mean())
    icc_low, icc_high = icc_2_1_interval(first, second)
    return Agreement(
        n=first.size,
        bias=bias,
        mae=float(np.abs(difference).mean()),
        limits_low=float(bias - spread),
        limits_high=float(bias + spread),
        icc=icc_2_1(first, second),
        icc_low=icc_low,
        icc_high=icc_high,
    )


def icc_2_1(first: np.ndarray, second: np.ndarray) -> float:
    """Intraclass correlation, two-way random, single measures, absolute agreement.

    References
    ----------
    Shrout and Fleiss 1979, doi 10.1037/0033-2909.86.2.420, case 2.
    """
    n, k = len(first), 2
    between, raters, residual = _mean_squares(first, second)
    return float((between - residual) / (between + (k - 1) * residual + k * (raters - residual) / n))


def icc_2_1_interval(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """95 % interval of `icc_2_1`.

    References
    ----------
    Shrout and Fleiss 1979, doi 10.1037/0033-2909.86.2.420, with Satterthwaite's degrees of freedom.
    """
    from scipy.stats import f

    n, k = len(first), 2
    between, raters, residual = _mean_squares(first, second)
    icc = icc_2_1(first, second)
    by_raters, by_rest = k * icc * raters, (n * (1 + (k - 1) * icc) - k * icc) * residual
    spread = (n - 1) * by_raters**2 + by_rest**2
    if spread <= 0:
        return icc, icc
    freedom = (k - 1) * (n - 1) * (by_raters + by_rest) ** 2 / spread
    above, below = f.ppf(0.975, n - 1, freedom), f.ppf(0.975, freedom, n - 1)
    rest = k * raters + (k * n - k - n) * residual
    low = n * (between - above * residual) / (above * rest + n * between)
    high = n * (below * between - residual) / (rest + n * below * between)
    return float(low), float(high)


def _mean_squares(first: np.ndarray, second: np.ndarray) -> tuple[float, float, float]:
    """Mean squares between subjects, between raters, and of what is left."""
    table = np.column_stack([first, second])
    n, k = table.shape
    grand = table.mean()
    between = k * ((table.mean(axis=1) - grand) ** 2).sum() / (n - 1)
    raters = n * ((table.mean(axis=0) - grand) ** 2).sum() / (k - 1)
    total = ((table - grand) ** 2).sum()
    return between, raters, (total - (n - 1) * between - (k - 1) * raters) / ((n - 1) * (k - 1))


def weighted_kappa(measured: Sequence[int], true: Sequence[int], grades: int) -> float:
    """Quadratic-weighted kappa of two gradings 0..grades-1.

    References
    ----------
    Cohen 1968, doi 10.1037/h0026256.
    """
    observed = np.zeros((grades, grades))
    for one, other in zip(measured, true, strict=True):
        observed[one, other] += 1
    if not observed.sum():
        raise ValueError("no pair of grades was given")
    step = np.subtract.outer(np.arange(grades), np.arange(grades)) ** 2
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / observed.sum()
    disagreement = (step * expected).sum()
    return 1.0 if disagreement == 0 else float(1 - (step * observed).sum() / disagreement)
