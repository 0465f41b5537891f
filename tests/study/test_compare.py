from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ius_vision.study.compare import (
    compare_numbers,
    compare_paired_shares,
    compare_pairs,
    compare_shares,
    holm,
    mean_interval,
)

BEFORE = np.array([300, 280, 260, 250, 310, 290, 240, 270.0])
AFTER = np.array([150, 200, 265, 100, 180, 290, 90, 140.0])
few = st.lists(st.integers(-5, 5), min_size=3, max_size=7)


def test_wilcoxon_and_rank_biserial_by_hand():
    """Changes -150 -80 +5 -150 -130 0 -150 -130: ranks of the seven without 0 are 6 2 1 6 3.5 6 3.5."""
    found = compare_pairs(BEFORE, AFTER)
    assert found.effect == pytest.approx((1 - 27) / 28)
    assert found.effect_low <= found.effect <= found.effect_high
    assert found.p == stats.wilcoxon(AFTER - BEFORE).pvalue


def test_everybody_falls_is_minus_one():
    found = compare_pairs(np.arange(5.0) + 10, np.arange(5.0))
    assert (found.effect, found.effect_low, found.effect_high) == (-1, -1, -1)
    assert found.p == pytest.approx(2 / 2**5)


def test_nobody_changes_has_no_p():
    found = compare_pairs(BEFORE, BEFORE)
    assert (found.p, found.effect, found.note) == (None, 0, "nobody changed: not tested")


@pytest.mark.parametrize("size", [0, 1, 2])
def test_too_few_are_not_tested(size):
    some = np.arange(float(size))
    assert compare_pairs(some, some + 1).p is None
    assert compare_numbers(some, np.arange(9.0)).note
    assert compare_shares((0, size), (3, 9)).note
    assert compare_paired_shares(0, 0, size).note


def test_mann_whitney_and_its_effect_by_hand():
    """Of 3 * 3 pairs, 7 are greater, one is equal and one is less."""
    found = compare_numbers(np.array([3.0, 5, 9]), np.array([1.0, 2, 5]))
    pairs = [np.sign(one - other) for one in (3, 5, 9) for other in (1, 2, 5)]
    assert found.effect == pytest.approx(sum(pairs) / 9)
    assert found.p == stats.mannwhitneyu([3, 5, 9], [1, 2, 5]).pvalue


def test_no_groups_are_not_compared():
    assert compare_numbers(None, None) is None
    assert compare_shares(None, None) is None
    assert compare_numbers(np.ones(4), np.ones(4)).p is None


def test_difference_of_shares_by_newcombe():
    """Newcombe 1998, table II: 56/70 - 48/80 is 0.2000, method 10 gives 0.0524 to 0.3339."""
    found = compare_shares((56, 70), (48, 80))
    assert (found.effect, found.effect_low, found.effect_high) == pytest.approx(
        (0.2, 0.0524, 0.3339), abs=5e-5
    )
    assert found.p == stats.fisher_exact([[56, 14], [48, 32]]).pvalue


def test_mcnemar_is_exact():
    found = compare_paired_shares(1, 8, 20)
    assert found.p == pytest.approx(2 * stats.binom.cdf(1, 9, 0.5))
    assert found.effect == -7 / 20
    assert found.effect_low < found.effect < found.effect_high < 0
    assert compare_paired_shares(0, 0, 20).p is None


def test_the_interval_of_a_mean():
    low, high = mean_interval(np.array([1.0, 2, 3, 4]))
    half = stats.t.ppf(0.975, 3) * np.std([1, 2, 3, 4], ddof=1) / 2
    assert (low, high) == pytest.approx((2.5 - half, 2.5 + half))
    assert mean_interval(np.ones(1)) == (None, None)


def test_holm_by_hand():
    assert holm([0.01, None, 0.04, 0.03]) == [0.03, None, 0.06, 0.06]
    assert holm([0.9, 0.8]) == [1.0, 1.0]


@settings(max_examples=20)
@given(few, few)
def test_groups_told_the_other_way_round_turn_the_effect_over(one, other):
    first, second = np.array(one, float), np.array(other, float)
    forth, back = compare_numbers(first, second), compare_numbers(second, first)
    assert forth.effect == pytest.approx(-back.effect)
    assert -1 <= forth.effect_low <= forth.effect_high <= 1


@settings(max_examples=20)
@given(few)
def test_going_back_turns_a_change_over(changes):
    start, end = np.zeros(len(changes)), np.array(changes, float)
    forth, back = compare_pairs(start, end), compare_pairs(end, start)
    assert forth.effect == pytest.approx(-back.effect)
    assert forth.p == pytest.approx(back.p) if forth.p is not None else back.p is None
