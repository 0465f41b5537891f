from __future__ import annotations

import pytest

from ius_vision.reasons import REASONS
from ius_vision.scores import NORMAL_WALL, ScoreInputError, cds_of_limberg, limberg, modified_limberg

from .tables import decimal, golden, name_of, whole


@pytest.mark.parametrize("row", golden("limberg"), ids=name_of)
def test_limberg_follows_from_signal_and_wall(row):
    grade = limberg(whole(row["cds"]), decimal(row["bwt_mm"]))
    assert (grade.value, grade.reason) == (whole(row["limberg"]), row["reason"] or None)
    assert grade.reason is None or grade.reason in REASONS


def test_another_normal_limit_can_be_named():
    assert limberg(1, 3.5, NORMAL_WALL["trust_uc_sigmoid"]).reason == "limberg_undefined_thin_wall"
    assert limberg(1, 2.5, NORMAL_WALL["trust_ileum"]).value == 2


def test_the_modified_grade_is_the_signal():
    assert [modified_limberg(signal) for signal in (None, 0, 1, 2, 3)] == [None, 0, 1, 2, 3]


def test_a_limberg_grade_leads_back_to_its_signal():
    assert [cds_of_limberg(grade) for grade in (None, 0, 1, 2, 3, 4)] == [None, 0, 0, 1, 2, 3]
    for signal in range(4):
        assert cds_of_limberg(limberg(signal, 5.0).value) == signal


@pytest.mark.parametrize("grade", [-1, 5, 1.0, True, "1"])
def test_what_is_no_limberg_grade_is_refused(grade):
    with pytest.raises(ScoreInputError, match="limberg"):
        cds_of_limberg(grade)


@pytest.mark.parametrize(("signal", "wall"), [(4, 5.0), (1, 0.0), (True, 5.0)])
def test_what_is_no_item_is_refused(signal, wall):
    with pytest.raises(ScoreInputError):
        limberg(signal, wall)
