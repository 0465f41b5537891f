"""Agreement figures against hand-worked and published cases."""

import numpy as np
import pytest

from ius_vision.pipeline.agreement import agreement, icc_2_1, icc_2_1_interval, weighted_kappa


def test_bias_and_limits_of_a_hand_worked_case():
    result = agreement([1.0, 2.0, 3.0, 4.0], [1.0, 1.0, 3.0, 3.0])
    assert result.bias == pytest.approx(0.5)
    assert result.mae == pytest.approx(0.5)
    assert result.limits_high - result.bias == pytest.approx(1.96 * np.sqrt(1 / 3))


def test_icc_counts_a_constant_offset_against_agreement():
    true = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    assert icc_2_1(true, true) == pytest.approx(1.0)
    # MS between 5, raters 2.5, residual 0: 5 / (5 + 2 * 2.5 / 5)
    assert icc_2_1(true + 1, true) == pytest.approx(5 / 6)


def test_the_interval_of_the_icc_holds_the_true_one_as_often_as_it_says():
    rng = np.random.default_rng(3)
    # Variance 4 between subjects and 1 of error in each of two readings: ICC 0.8.
    held = []
    for _ in range(400):
        true = rng.normal(0, 2, 25)
        low, high = icc_2_1_interval(true + rng.normal(0, 1, 25), true + rng.normal(0, 1, 25))
        held.append(low <= 0.8 <= high)
    assert 0.92 <= np.mean(held) <= 0.98


def test_the_interval_of_the_icc_is_around_it_and_closes_where_all_agree():
    true = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    read = true + np.array([0.3, -0.2, 0.1, 0.4, -0.1])
    low, high = icc_2_1_interval(read, true)
    assert low < icc_2_1(read, true) < high <= 1
    assert icc_2_1_interval(true, true) == pytest.approx((1.0, 1.0))


def test_weighted_kappa_of_a_hand_worked_table():
    # Observed disagreement 1; by chance 0.25 + 2 + 0.5 + 1 + 1 + 0.25 = 5.
    assert weighted_kappa([0, 1, 2, 1], [0, 1, 2, 2], 3) == pytest.approx(0.8)
    assert weighted_kappa([0, 0], [0, 0], 3) == 1.0


def test_too_few_pairs_are_refused():
    with pytest.raises(ValueError, match="three pairs"):
        agreement([1.0], [1.0])
