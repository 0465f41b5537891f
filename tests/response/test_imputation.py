"""Filling gaps: the conditional mean, learnt without the outcome and without who is left out."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.response.imputation import impute


def gaps(n, rng, share=0.3):
    x = rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], n)
    holes = rng.random(n) < share
    seen = x.copy()
    seen[holes, 1] = np.nan
    return x, seen, holes


def test_without_gaps_all_resamples_share_the_table():
    x = np.arange(6.0).reshape(3, 2)
    assert impute(x, np.ones((5, 3))).shape == (1, 3, 2)


def test_a_gap_is_filled_by_the_regression_on_what_is_known():
    rng = np.random.default_rng(1)
    x, seen, holes = gaps(4000, rng)
    filled = impute(seen, np.ones((1, 4000)))[0]
    assert np.array_equal(filled[~holes], x[~holes])
    assert filled[holes, 1] == pytest.approx(0.8 * x[holes, 0], abs=0.12)


def test_who_is_left_out_has_no_influence():
    rng = np.random.default_rng(2)
    _, seen, _ = gaps(60, rng)
    weights = np.r_[np.ones(40), np.zeros(20)][None]
    other = seen.copy()
    other[40:, 0] += 100.0
    one, two = (impute(each, weights)[0, :40] for each in (seen, other))
    assert one == pytest.approx(two, abs=1e-9)


def test_one_term_alone_is_filled_with_its_mean():
    x = np.array([[1.0], [3.0], [np.nan]])
    assert impute(x, np.ones((1, 3)))[0, 2, 0] == pytest.approx(2.0, abs=1e-3)


def test_a_term_that_a_resample_does_not_know_stays_finite():
    x = np.array([[1.0, np.nan], [2.0, np.nan], [3.0, 5.0]])
    assert np.isfinite(impute(x, np.array([[1.0, 1.0, 0.0]]))).all()
