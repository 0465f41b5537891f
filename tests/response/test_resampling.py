"""What resampling promises: nobody left out takes part, leaks are seen, chance is called chance."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.response.development import NO_SIGNAL, SUPPORTED, develop, verdict
from ius_vision.response.judged import judged
from ius_vision.response.performance import Interval
from ius_vision.response.procedure import Fits, fit_all
from ius_vision.response.resampling import (
    auroc_632_plus,
    bootstrap,
    counts,
    draw_patients,
    permutation_p,
)
from ius_vision.response.sample_size import sample_size

from .make import draw

LEFT_OUT = 25


def influence_of_left_out(procedure, rng) -> float:
    """By how much a model changes when features and outcomes of patients it leaves out are changed."""
    x, y = draw(100, [0.8, 0.3, 0.0], rng)
    x[rng.random(x.shape) < 0.15] = np.nan
    x[np.isnan(x).all(axis=1)] = 0.0
    weights = np.r_[np.ones(100 - LEFT_OUT), np.zeros(LEFT_OUT)][None]
    other_x, other_y = x.copy(), y.copy()
    other_x[-LEFT_OUT:] += 2.0 * rng.standard_normal((LEFT_OUT, 3))
    other_y[-LEFT_OUT:] = 1.0 - y[-LEFT_OUT:]
    one, two = (procedure(*given, weights).coefficients for given in ((x, y), (other_x, other_y)))
    return float(np.abs(one - two).max())


def best_of(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The two terms that go best with the outcome in each resample."""
    mean = weights @ x / weights.sum(axis=1, keepdims=True)
    together = np.abs((weights * (y - 0.5)) @ x - (weights * (y - 0.5)).sum(axis=1, keepdims=True) * mean)
    return np.argsort(-together, axis=1)[:, :2]


def selecting(x, y, weights) -> Fits:
    """Selection inside: each resample chooses its own terms."""
    y = np.broadcast_to(np.atleast_2d(y), weights.shape)
    coefficients = np.zeros((len(weights), 1 + x.shape[1]))
    for row, chosen in enumerate(best_of(x, y, weights)):
        fit = fit_all(x[:, chosen], y[row], weights[row][None])
        coefficients[row, np.r_[0, 1 + chosen]] = fit.coefficients[0]
    return Fits(coefficients, None, np.ones((len(weights), x.shape[1])))


def leaking_selection(x, y, weights) -> Fits:
    """The planted fault: terms are chosen with everybody's outcome before the resample is drawn."""
    y = np.broadcast_to(np.atleast_2d(y), weights.shape)
    filled = np.nan_to_num(x)
    chosen = best_of(filled, y[:1], np.ones((1, len(x))))[0]
    fits = fit_all(filled[:, chosen], y, weights)
    coefficients = np.zeros((len(weights), 1 + x.shape[1]))
    coefficients[:, np.r_[0, 1 + chosen]] = fits.coefficients
    return Fits(coefficients, None, np.ones((len(weights), x.shape[1])))


def leaking_scaling(x, y, weights) -> Fits:
    """The planted fault: terms are moved by the mean outcome of everybody who has them."""
    filled = np.nan_to_num(x) + 0.5 * np.atleast_2d(y)[0][:, None]
    return fit_all(filled - filled.mean(axis=0), y, weights)


def test_who_is_left_out_of_a_resample_has_no_influence_on_its_model():
    assert influence_of_left_out(fit_all, np.random.default_rng(1)) < 1e-5


@pytest.mark.parametrize("fault", [leaking_selection, leaking_scaling])
def test_a_planted_step_that_looks_at_the_left_out_is_caught(fault):
    assert influence_of_left_out(fault, np.random.default_rng(1)) > 1e-2


def test_selection_inside_is_corrected_and_selection_outside_shows_skill_that_is_not_there():
    rng, inside, outside = np.random.default_rng(2), [], []
    for _ in range(6):
        x, y = rng.standard_normal((60, 60)), (rng.random(60) < 0.5).astype(float)
        for procedure, found in ((selecting, inside), (leaking_selection, outside)):
            fit = procedure(x, y, np.ones((1, 60)))
            seen = judged(fit.linear(x)[0], y)["auroc"].value
            resampled = bootstrap(x, y, np.random.default_rng(3), 60, procedure)
            found.append(auroc_632_plus(seen, resampled.left_out_auroc))
    assert np.mean(inside) < 0.58
    assert np.mean(outside) > 0.70


def test_a_permutation_test_that_repeats_selection_finds_no_signal_in_noise():
    rng = np.random.default_rng(4)
    x, y = rng.standard_normal((50, 30)), (rng.random(50) < 0.5).astype(float)
    assert permutation_p(x, y, np.random.default_rng(5), 60, selecting) > 0.05


def test_counts_are_how_often_patients_are_drawn():
    assert counts(np.array([[0, 0, 2], [1, 1, 1]])).tolist() == [[2, 0, 1], [0, 3, 0]]


def test_every_bootstrap_sample_has_both_classes():
    y = np.r_[np.ones(3), np.zeros(40)]
    cases = y[draw_patients(y, 400, np.random.default_rng(6))].sum(axis=1)
    assert cases.min() >= 2


def test_the_632_plus_figure_of_no_overfit_and_of_nothing_but_overfit():
    assert auroc_632_plus(0.8, 0.8) == pytest.approx(0.8)
    assert auroc_632_plus(0.8, 0.5) == pytest.approx(0.5)
    assert 0.7 < auroc_632_plus(0.8, 0.7) < 0.75


def test_a_verdict_needs_a_signal_first_and_then_patients():
    clear, reaches = Interval(0.7, 0.6, 0.8), Interval(0.55, 0.5, 0.6)
    assert verdict(clear, 0.001, True) == SUPPORTED
    assert verdict(clear, 0.001, False) == "exploratory"
    assert verdict(clear, 0.05, True) == verdict(reaches, 0.001, True) == NO_SIGNAL
    assert verdict(Interval(None, None, None), 0.001, False) == NO_SIGNAL


def test_the_same_seed_gives_the_same_development_and_another_one_does_not():
    x, y = draw(80, [0.7], np.random.default_rng(7))
    size = sample_size(80, int(y.sum()), 1)
    one, two, other = (develop(x, y, size, seed) for seed in (1, 1, 2))
    assert one.corrected == two.corrected
    assert one.permutation_p == two.permutation_p
    assert one.corrected != other.corrected


def test_without_an_effect_the_verdict_is_no_signal_and_the_interval_holds_a_half():
    rng, held, quiet = np.random.default_rng(8), 0, 0
    for run in range(30):
        x, y = draw(120, [0.0, 0.0], rng)
        done = develop(x, y, sample_size(120, int(y.sum()), 2), run)
        held += done.corrected["auroc"].low <= 0.5 <= done.corrected["auroc"].high
        quiet += done.verdict == NO_SIGNAL
    # 28 or 29 of 30 are expected; fewer than 25 come by chance in less than 1 of 300.
    assert held >= 25
    assert quiet >= 25


def test_with_an_effect_the_corrected_figures_are_those_of_new_patients():
    rng = np.random.default_rng(9)
    new_x, new_y = draw(20_000, [0.5, 0.5, 0.2], rng)
    gaps, slopes = [], []
    for run in range(8):
        x, y = draw(1000, [0.5, 0.5, 0.2], rng)
        resampled = bootstrap(x, y, np.random.default_rng(run), 100)
        fit = fit_all(x, y, np.ones((1, 1000)))
        outside = judged(fit.linear(new_x)[0], new_y)
        inside = judged(fit.linear(x)[0], y)
        gaps.append(inside["auroc"].value - resampled.optimism["auroc"] - outside["auroc"].value)
        slopes.append(outside["calibration_slope"].value)
    assert abs(np.mean(gaps)) < 0.02
    assert 0.9 < np.mean(slopes) < 1.1
