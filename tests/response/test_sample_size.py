"""The sample-size rule against the table it was published with and worked by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ius_vision.response.sample_size import (
    arithmetic,
    expected_shrinkage,
    max_cox_snell,
    patients_for_shrinkage,
    sample_size,
)

P = 0.455
N1 = {
    0.1122: (76, 151, 226, 376, 601),
    0.2244: (35, 70, 105, 175, 279),
    0.3740: (19, 38, 56, 94, 149),
    0.1569: (53, 105, 157, 262, 418),
    0.2127: (38, 75, 112, 186, 297),
    0.3148: (24, 47, 70, 117, 186),
    0.4423: (15, 30, 45, 74, 119),
}


@pytest.mark.parametrize(("r2", "wanted"), N1.items())
def test_patients_for_shrinkage_are_those_of_the_table(r2, wanted):
    # The table gives R2 to four digits; half a unit of the last moves its largest entries by one patient.
    for parameters, patients in zip((1, 2, 3, 5, 8), wanted, strict=True):
        low, high = (math.ceil(patients_for_shrinkage(parameters, r2 + d)) for d in (0.00005, -0.00005))
        assert low <= patients <= high


@pytest.mark.parametrize(
    ("share", "n1", "n2"),
    [
        (0.15, (76, 151, 226), (25, 50, 75)),
        (0.30, (35, 70, 105), (24, 47, 70)),
        (0.50, (19, 38, 56), (21, 42, 63)),
    ],
)
def test_all_three_criteria_at_the_worked_proportion(share, n1, n2):
    found = [sample_size(1000, 455, count, share) for count in (1, 2, 3)]
    assert [each.n1 for each in found] == list(n1)
    assert [each.n2 for each in found] == list(n2)
    assert {each.n3 for each in found} == {382}


def test_the_largest_r2_and_the_overall_risk_at_a_half():
    assert max_cox_snell(P) == pytest.approx(0.748, abs=5e-4)
    assert sample_size(100, 50, 1).n3 == 385


@pytest.mark.parametrize(
    ("parameters", "share", "wanted"),
    [(1, 0.15, 0.80), (1, 0.30, 0.90), (1, 0.50, 0.94), (2, 0.15, 0.68), (2, 0.30, 0.82), (2, 0.50, 0.89)],
)
def test_expected_shrinkage_with_34_patients(parameters, share, wanted):
    assert expected_shrinkage(34, parameters, share * max_cox_snell(P)) == pytest.approx(wanted, abs=0.006)


def test_34_patients_are_refused_and_carry_nothing():
    size = sample_size(34, 15, 1)
    assert not size.met
    assert (size.required, size.parameters_carried) == (math.ceil(1536.64 * 15 / 34 * 19 / 34), 0)
    assert size.risk_margin == pytest.approx(0.167, abs=5e-4)
    assert "34" in arithmetic(size)[0]
    assert str(size.required) in arithmetic(size)[-1]


def test_exactly_the_patients_that_are_needed_are_enough():
    assert sample_size(384, 180, 5).met == (sample_size(384, 180, 5).required <= 384)
    needed = sample_size(385, 192, 1).required
    assert sample_size(needed, needed // 2, 1).met


@given(st.integers(20, 3000), st.floats(0.05, 0.95), st.integers(1, 30))
def test_more_parameters_never_need_fewer_patients(n, share, parameters):
    events = min(max(round(n * share), 1), n - 1)
    fewer, more = (sample_size(n, events, count) for count in (parameters, parameters + 1))
    assert fewer.required <= more.required
    assert fewer.parameters_carried == more.parameters_carried
    assert (fewer.parameters_carried >= parameters) == fewer.met
