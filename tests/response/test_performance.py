"""Measures against their definitions, an exact count, and cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.response.decision import decision_curve, net_benefit
from ius_vision.response.judged import judged
from ius_vision.response.performance import auroc, auroc_interval, in_the_large, recalibration
from ius_vision.response.ridge import expit
from ius_vision.response.smooth import smoothed


def counted(scores, y):
    pairs = scores[y == 1][:, None] - scores[y == 0][None, :]
    return ((pairs > 0) + 0.5 * (pairs == 0)).mean()


def test_auroc_is_the_share_of_pairs_in_order_with_ties_as_halves():
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 6, (5, 40)).astype(float)
    y = (rng.random((5, 40)) < 0.4).astype(float)
    assert auroc(scores, y) == pytest.approx([counted(s, o) for s, o in zip(scores, y, strict=True)])


def test_auroc_of_one_class_is_not_determined():
    assert np.isnan(auroc(np.ones((1, 4)), np.zeros((1, 4)))).all()


def test_the_interval_of_a_perfect_area_has_a_width_and_stays_below_one():
    low, high = auroc_interval(1.0, 10, 12)
    assert 0.7 < low < 0.95
    assert high == pytest.approx(1.0)


def test_the_interval_is_mirrored():
    low, high = auroc_interval(0.7, 15, 19)
    assert auroc_interval(0.3, 19, 15) == pytest.approx((1 - high, 1 - low), abs=1e-9)
    assert low < 0.7 < high


def test_standard_error_of_an_area_of_080_in_34_patients_is_that_of_the_reference():
    low, high = auroc_interval(0.80, 15, 19)
    assert (high - low) / 3.92 == pytest.approx(0.080, abs=0.005)


def test_recalibration_finds_the_slope_that_was_put_in():
    rng = np.random.default_rng(2)
    linear = rng.standard_normal(20_000) * 1.5
    y = (rng.random(20_000) < expit(0.4 + 0.6 * linear)).astype(float)
    slope, error = recalibration(linear[None], y[None])
    assert slope[0] == pytest.approx(0.6, abs=0.04)
    assert 0.005 < error[0] < 0.05
    assert in_the_large(linear[None], (rng.random((1, 20_000)) < expit(linear + 0.5)) * 1.0)[0][0] == (
        pytest.approx(0.5, abs=0.06)
    )


def test_where_classes_lie_apart_no_slope_is_told():
    linear = np.linspace(-1, 1, 20)
    found = judged(linear, (linear > 0).astype(float))
    assert found["calibration_slope"].value is None
    assert found["auroc"].value == 1.0


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_one_class_only_determines_neither_rank_nor_calibration(value):
    found = judged(np.linspace(-1, 1, 9), np.full(9, value))
    assert [found[name].value for name in ("auroc", "calibration_slope", "calibration_intercept")] == [
        None
    ] * 3
    assert found["brier"].value is not None


def test_a_single_patient_has_a_squared_error_and_no_interval():
    found = judged(np.array([0.0]), np.array([1.0]))
    assert (found["brier"].value, found["brier"].low) == (0.25, None)
    assert found["auroc"].value is None


def test_predictions_that_are_all_alike_have_no_slope_and_an_area_of_a_half():
    found = judged(np.zeros(30), np.r_[np.ones(12), np.zeros(18)])
    assert (found["auroc"].value, found["calibration_slope"].value) == (0.5, None)
    assert found["oe"].value == pytest.approx(12 / 15)


def test_intervals_hold_the_truth_in_about_95_of_100():
    rng, held = np.random.default_rng(3), []
    for _ in range(400):
        linear = rng.standard_normal(150)
        y = (rng.random(150) < expit(linear)).astype(float)
        found = judged(linear, y)
        right = {"calibration_slope": 1.0, "calibration_intercept": 0.0, "oe": 1.0, "auroc": 0.7397}
        held.append([found[name].low <= value <= found[name].high for name, value in right.items()])
    assert (np.mean(held, axis=0) > 0.92).all()


def test_net_benefit_of_the_worked_example():
    y = np.r_[np.ones(30), np.zeros(10), np.ones(15), np.zeros(45)]
    probability = np.r_[np.full(40, 0.5), np.full(60, 0.1)]
    assert net_benefit(probability, y, 0.30)[0] == pytest.approx(0.257143, abs=1e-6)
    share = np.r_[np.ones(455), np.zeros(545)]
    assert net_benefit(np.ones(1000), share, 0.30)[0] == pytest.approx(0.221429, abs=1e-6)


def test_the_decision_curve_has_an_interval_at_every_threshold():
    rng = np.random.default_rng(4)
    probability = rng.random(200)
    points = decision_curve(probability, (rng.random(200) < probability).astype(float))
    assert [point.threshold for point in points][:2] == [0.05, 0.1]
    assert all(point.ci_low <= point.net_benefit <= point.ci_high for point in points)


def test_the_smoothed_curve_of_right_probabilities_is_the_diagonal():
    rng = np.random.default_rng(5)
    probability = rng.uniform(0.1, 0.9, 20_000)
    grid = np.linspace(0.15, 0.85, 15)
    seen = smoothed(probability, (rng.random(20_000) < probability).astype(float), grid)
    assert seen == pytest.approx(grid, abs=0.03)
