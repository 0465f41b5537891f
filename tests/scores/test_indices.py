from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ius_vision.scores import ScoreInputError, buss, muc, simple_us, sus_cd, uc_ius

from .tables import TRUTHS, golden, name_of


def index(row):
    wall = float(row["bwt_mm"])
    if row["index"] == "uc_ius":
        return uc_ius(wall, int(row["second"]), TRUTHS[row["third"]], TRUTHS[row["fourth"]])
    if row["index"] == "sus_cd":
        return sus_cd(wall, float(row["second"]))
    return simple_us(wall, int(row["second"]))


@pytest.mark.parametrize("row", golden("index_bands"), ids=name_of)
def test_bands_end_where_they_are_said_to(row):
    assert index(row).value == float(row["value"])


@pytest.mark.parametrize(("score", "width"), [(buss, 1.65), (muc, 2.0), (simple_us, 3.0)])
def test_a_missing_doppler_grade_opens_the_weight_of_flow(score, width):
    opened = score(4.0, None)
    assert opened.value is None
    assert opened.missing == ("cds",)
    assert opened.high - opened.low == pytest.approx(width)


@pytest.mark.parametrize(
    "score", [buss, muc, simple_us, sus_cd, lambda wall, cds: uc_ius(wall, cds, True, True)]
)
def test_without_a_thickness_there_is_no_index(score):
    nothing = score(None, 2)
    assert (nothing.value, nothing.low, nothing.high) == (None, None, None)


def test_missing_signs_of_uc_ius_open_their_points():
    score = uc_ius(3.5, None, None, None)
    assert (score.value, score.low, score.high) == (None, 2.0, 6.0)
    assert score.missing == ("cds", "haustra_lost", "fat_wrapping")


def test_a_missing_vessel_count_opens_two_points():
    score = sus_cd(3.5, None)
    assert (score.value, score.low, score.high) == (None, 1.0, 3.0)


@pytest.mark.parametrize("density", [-1, math.nan, math.inf, True, "3"])
def test_what_is_no_vessel_count_is_refused(density):
    with pytest.raises(ScoreInputError, match="vessels_per_cm2"):
        sus_cd(3.5, density)


@pytest.mark.parametrize("sign", [0, 1, "yes"])
def test_what_is_no_sign_is_refused(sign):
    with pytest.raises(ScoreInputError, match="haustra_lost"):
        uc_ius(3.5, 1, sign, True)


@settings(deadline=None)
@given(st.floats(0.1, 20), st.none() | st.integers(0, 3))
def test_an_open_index_holds_every_answer(wall, signal):
    for score in (buss, muc, simple_us):
        known, opened = score(wall, signal), score(wall, None)
        assert opened.low <= known.low <= known.high <= opened.high
