"""Logistic regression with a normal prior on the coefficients, for many resamples at once.

The prior's standard deviation tau (log odds per standard deviation of a term) is not chosen but averaged
over: every tau of a grid is weighted by its marginal likelihood (Laplace) times a half-normal prior. That is
a ridge penalty 1 / tau^2 which adapts to the data without a tuning step whose luck decides in small samples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TAUS = np.geomspace(0.05, 2.5, 9)
TAU_SCALE = 0.5
MOST_STEPS = 50
LONGEST_STEP = 2.0
SETTLED = 1e-7
MARGIN = 1e-9


@dataclass(frozen=True, slots=True)
class RidgeFits:
    """Coefficients of many fits.

    Attributes
    ----------
    coefficients : (fits, 1 + terms), the intercept first, averaged over tau.
    covariance : (fits, 1 + terms, 1 + terms), posterior, with the spread over tau; None where not asked for.
    tau_weights : (fits, len(TAUS)), sum to one.
    """

    coefficients: Array
    covariance: Array | None
    tau_weights: Array


def expit(eta: Array) -> Array:
    """1 / (1 + exp(-eta)) without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * eta))


def fit_ridge(x: Array, y: Array, weights: Array, scales: Array, with_covariance: bool = False) -> RidgeFits:
    """Fit every resample.

    Parameters
    ----------
    x : (fits or 1, patients, terms). One design for all fits is much faster than one for each.
    y : (fits or 1, patients), 0 or 1.
    weights : (fits, patients), how often a resample holds a patient.
    scales : (fits, terms), standard deviation of each term in each resample: what the prior is relative to.

    Notes
    -----
    Newton's method from the smallest tau to the largest, each starting where the last ended. The intercept
    has a flat prior and is solved once more at the end, so that predicted and observed totals agree.
    """
    design = _Design(x)
    fits, terms = weights.shape[0], x.shape[2]
    y = np.broadcast_to(y, weights.shape)
    beta = np.zeros((fits, 1 + terms))
    beta[:, 0] = _log_odds(y, weights)
    curves, evidence, covariances = [], [], []
    for tau in TAUS:
        penalty = np.concatenate([np.zeros((fits, 1)), (scales / tau) ** 2], axis=1)
        beta, hessian, eta = _newton(design, y, weights, penalty, beta)
        curves.append(beta)
        fit = (weights * (y * eta - np.logaddexp(0.0, eta))).sum(axis=1)
        shrunk = 0.5 * (penalty * beta**2).sum(axis=1)
        evidence.append(fit - shrunk - terms * np.log(tau) - 0.5 * np.linalg.slogdet(hessian)[1])
        covariances.append(np.linalg.inv(hessian) if with_covariance else None)
    log_prior = np.log(TAUS) - 0.5 * (TAUS / TAU_SCALE) ** 2
    share = np.stack(evidence, axis=1) + log_prior
    share = np.exp(share - share.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    betas = np.stack(curves, axis=1)
    mean = np.einsum("fk,fkq->fq", share, betas)
    covariance = _mixture(share, betas, mean, covariances) if with_covariance else None
    mean[:, 0] += _intercept_shift(design.linear(mean), y, weights)
    return RidgeFits(mean, covariance, share)


class _Design:
    """The terms with a leading one; sums over patients go by one matrix product where all fits share them."""

    def __init__(self, x: Array) -> None:
        self.z = np.concatenate([np.ones((*x.shape[:2], 1)), x], axis=2)
        self.shared = x.shape[0] == 1
        if self.shared:
            one = self.z[0]
            self.squares = (one[:, :, None] * one[:, None, :]).reshape(one.shape[0], -1)

    def linear(self, beta: Array) -> Array:
        return beta @ self.z[0].T if self.shared else np.matmul(self.z, beta[:, :, None])[:, :, 0]

    def sums(self, residuals: Array) -> Array:
        return residuals @ self.z[0] if self.shared else np.matmul(residuals[:, None, :], self.z)[:, 0, :]

    def curvature(self, spread: Array) -> Array:
        size = self.z.shape[2]
        if self.shared:
            return (spread @ self.squares).reshape(-1, size, size)
        return np.matmul((self.z * spread[:, :, None]).swapaxes(1, 2), self.z)


def _newton(
    design: _Design, y: Array, weights: Array, penalty: Array, beta: Array
) -> tuple[Array, Array, Array]:
    """Where the penalised likelihood is highest, its curvature and the linear predictor there."""
    diagonal = np.arange(beta.shape[1])
    for _ in range(MOST_STEPS):
        eta = design.linear(beta)
        mu = expit(eta)
        hessian = design.curvature(weights * mu * (1.0 - mu))
        hessian[:, diagonal, diagonal] += penalty + MARGIN
        gradient = design.sums(weights * (y - mu)) - penalty * beta
        step = np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
        longest = np.abs(step).max()
        if longest < SETTLED:
            return beta, hessian, eta
        step *= np.minimum(1.0, LONGEST_STEP / np.maximum(np.abs(step).max(axis=1, keepdims=True), MARGIN))
        beta = beta + step
    return beta, hessian, eta


def _log_odds(y: Array, weights: Array) -> Array:
    events, total = (weights * y).sum(axis=1), weights.sum(axis=1)
    return np.log((events + 0.5) / (total - events + 0.5))


def _mixture(share: Array, betas: Array, mean: Array, covariances: list[Array]) -> Array:
    apart = betas - mean[:, None, :]
    between = np.einsum("fk,fkq,fkr->fqr", share, apart, apart)
    return np.einsum("fk,fkqr->fqr", share, np.stack(covariances, axis=1)) + between


def _intercept_shift(eta: Array, y: Array, weights: Array) -> Array:
    """Added to every linear predictor, it makes the predicted total the observed one."""
    shift = np.zeros(eta.shape[0])
    for _ in range(MOST_STEPS):
        mu = expit(eta + shift[:, None])
        gap = (weights * (y - mu)).sum(axis=1)
        step = gap / np.maximum((weights * mu * (1.0 - mu)).sum(axis=1), MARGIN)
        shift += np.clip(step, -LONGEST_STEP, LONGEST_STEP)
        if np.abs(step).max() < SETTLED:
            break
    return shift
