"""The penalised fit against the likelihood it maximises, and where a plain fit has no answer."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from ius_vision.response import ridge
from ius_vision.response.procedure import fit_all
from ius_vision.response.ridge import TAU_SCALE, TAUS, fit_ridge

from .make import draw


def by_hand(x, y, sd):
    """The same average over tau, with a general optimiser and an explicit evidence."""
    betas, scores = [], []
    z = np.c_[np.ones(len(y)), x]
    for tau in TAUS:
        penalty = np.r_[0.0, (sd / tau) ** 2]

        def loss(b, penalty=penalty):
            return np.logaddexp(0.0, z @ b).sum() - y @ (z @ b) + 0.5 * penalty @ b**2

        best = minimize(loss, np.zeros(z.shape[1]), method="BFGS", options={"gtol": 1e-9}).x
        mu = 1 / (1 + np.exp(-(z @ best)))
        hessian = (z * (mu * (1 - mu))[:, None]).T @ z + np.diag(penalty)
        score = -loss(best) - x.shape[1] * np.log(tau) - 0.5 * np.linalg.slogdet(hessian)[1]
        betas.append(best)
        scores.append(score + np.log(tau) - 0.5 * (tau / TAU_SCALE) ** 2)
    share = np.exp(np.array(scores) - max(scores))
    return share / share.sum(), np.array(betas)


@pytest.mark.filterwarnings("ignore:Desired error not necessarily achieved")
def test_the_fit_is_the_average_over_penalties_worked_by_hand():
    x, y = draw(80, [0.8, 0.2], np.random.default_rng(1))
    fits = fit_ridge(x[None], y[None], np.ones((1, 80)), x.std(axis=0)[None])
    share, betas = by_hand(x, y, x.std(axis=0))
    assert fits.tau_weights[0] == pytest.approx(share, abs=1e-5)
    assert fits.coefficients[0, 1:] == pytest.approx((share @ betas)[1:], abs=1e-5)


def test_predicted_and_observed_totals_agree():
    x, y = draw(60, [1.5, 0.0], np.random.default_rng(2))
    linear = fit_all(x, y, np.ones((1, 60))).linear(x)[0]
    assert ridge.expit(linear).sum() == pytest.approx(y.sum(), abs=1e-6)


def test_one_shared_design_and_one_for_each_resample_agree():
    x, y = draw(50, [0.5, -0.5], np.random.default_rng(3))
    weights = np.random.default_rng(4).integers(0, 3, (7, 50)).astype(float)
    scales = np.ones((7, 2))
    shared = fit_ridge(x[None], y[None], weights, scales, True)
    apart = fit_ridge(np.repeat(x[None], 7, axis=0), np.repeat(y[None], 7, axis=0), weights, scales, True)
    assert shared.coefficients == pytest.approx(apart.coefficients, abs=1e-9)
    assert shared.covariance == pytest.approx(apart.covariance, abs=1e-9)


def test_weights_count_patients_as_rows_do():
    x, y = draw(40, [1.0], np.random.default_rng(5))
    weights = np.random.default_rng(6).integers(0, 4, 40).astype(float)
    rows = np.repeat(np.arange(40), weights.astype(int))
    once = fit_all(x[rows], y[rows], np.ones((1, len(rows))))
    assert fit_all(x, y, weights[None]).coefficients == pytest.approx(once.coefficients, abs=1e-6)


def test_perfect_separation_has_finite_coefficients():
    x = np.linspace(-1, 1, 30)[:, None]
    fit = fit_all(x, (x[:, 0] > 0).astype(float), np.ones((1, 30)), True)
    assert np.isfinite(fit.coefficients).all()
    assert 0.5 < fit.coefficients[0, 1] * x.std() < 5
    assert np.isfinite(fit.covariance).all()


def test_a_constant_column_gets_no_coefficient_and_changes_nothing():
    x, y = draw(60, [1.0], np.random.default_rng(7))
    more = np.c_[x, np.full(60, 7.5)]
    alone, both = (fit_all(each, y, np.ones((1, 60))).coefficients[0] for each in (x, more))
    assert both[2] == pytest.approx(0.0, abs=1e-6)
    assert both[0] + both[2] * 7.5 + both[1] * 0.3 == pytest.approx(alone[0] + alone[1] * 0.3, abs=0.12)


def test_a_column_given_twice_shares_its_coefficient():
    x, y = draw(200, [0.8], np.random.default_rng(8))
    fit = fit_all(np.c_[x, x], y, np.ones((1, 200))).coefficients[0]
    assert fit[1] == pytest.approx(fit[2], abs=1e-6)


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_units_change_no_prediction(factor):
    x, y = draw(70, [0.7, 0.1], np.random.default_rng(9))
    plain, scaled = (fit_all(each, y, np.ones((1, 70))).linear(each)[0] for each in (x, x * factor + factor))
    assert scaled == pytest.approx(plain, abs=1e-5)


def test_the_interval_of_a_probability_holds_the_true_one():
    rng, held = np.random.default_rng(10), []
    z = np.c_[np.ones(200), rng.standard_normal((200, 2))]
    for _ in range(60):
        x, y = draw(150, [0.7, 0.3], rng)
        fit = fit_all(x, y, np.ones((1, 150)), True)
        error = np.sqrt(np.einsum("nq,qr,nr->n", z, fit.covariance[0], z))
        held.append(np.mean(np.abs(z @ fit.coefficients[0] - z[:, 1:] @ [0.7, 0.3]) < 1.96 * error))
    assert 0.90 < np.mean(held) < 0.99


def test_inputs_are_not_written_to():
    x, y = draw(30, [1.0, 0.0], np.random.default_rng(11))
    x[3, 1] = np.nan
    before = x.copy(), y.copy()
    fit_all(x, y, np.ones((2, 30)))
    assert np.array_equal(x, before[0], equal_nan=True)
    assert np.array_equal(y, before[1])
