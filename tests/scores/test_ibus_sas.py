from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ius_vision.scores import ScoreInputError, buss, ibus_sas, muc

from .tables import golden, name_of

WALLS = st.floats(0.1, 20)
GRADES = {"ifat": 2, "cds": 3, "bws": 3}
ITEMS = st.fixed_dictionaries({name: st.none() | st.integers(0, top) for name, top in GRADES.items()})


@pytest.mark.parametrize("row", golden("score_vectors"), ids=name_of)
def test_the_published_formulas_are_exact_in_decimals(row):
    wall, fat, signal, layers = float(row["bwt_mm"]), *(int(row[name]) for name in ("ifat", "cds", "bws"))
    assert ibus_sas(wall, fat, signal, layers).value == float(row["ibus_sas"])
    assert buss(wall, signal).value == float(row["buss"])
    assert muc(wall, signal).value == float(row["muc"])


def test_missing_items_run_from_nothing_to_their_maximum():
    score = ibus_sas(5.0, None, 2, None)
    assert (score.value, score.low, score.high, score.missing) == (None, 34.0, 76.0, ("ifat", "bws"))


@pytest.mark.parametrize(("missing", "width"), [("ifat", 30), ("cds", 21), ("bws", 12)])
def test_each_missing_item_opens_its_own_width(missing, width):
    items = {"ifat": 1, "cds": 1, "bws": 1} | {missing: None}
    score = ibus_sas(5.0, **items)
    assert score.high - score.low == width
    assert score.value is None


def test_all_items_missing_open_63_points():
    score = ibus_sas(5.0, None, None, None)
    assert (score.low, score.high) == (20.0, 83.0)


def test_without_a_thickness_there_is_nothing():
    score = ibus_sas(None, 2, 3, 3)
    assert (score.value, score.low, score.high, score.missing) == (None, None, None, ("bwt_mm",))
    assert ibus_sas(None, None, 3, 3).missing == ("bwt_mm", "ifat")


def test_with_every_item_the_ends_are_those_of_the_thickness():
    score = ibus_sas(5.0, 2, 2, 2, (4.5, 5.75))
    assert (score.low, score.value, score.high) == (70.0, 72.0, 75.0)


def test_without_an_interval_the_ends_are_the_value():
    score = ibus_sas(5.0, 2, 2, 2)
    assert score.low == score.value == score.high == 72.0


def test_with_an_item_missing_the_ends_are_those_of_the_item():
    assert ibus_sas(5.0, 2, None, 2, (1.0, 9.0)).low == 58.0


@pytest.mark.parametrize("interval", [(5.1, 6.0), (4.0, 4.9), (-1.0, 6.0), (4.0, math.inf), (math.nan, 6.0)])
def test_an_interval_that_does_not_hold_the_thickness_is_refused(interval):
    with pytest.raises(ScoreInputError, match="does not hold"):
        ibus_sas(5.0, 0, 0, 0, interval)


def test_nothing_is_capped_at_100_but_said():
    assert ibus_sas(9.25, 2, 3, 3).warnings == ()
    score = ibus_sas(12.0, 2, 3, 3)
    assert score.value == 111.0
    assert "is above 100" in score.warnings[0]


def test_a_range_that_reaches_above_100_is_said():
    assert "can be above 100" in ibus_sas(12.0, None, 3, 3).warnings[0]
    assert "can be above 100" in ibus_sas(9.25, 2, 3, 3, (9.0, 9.5)).warnings[0]


@pytest.mark.parametrize(("wall", "said"), [(15.0, False), (15.01, True)])
def test_a_wall_above_15_mm_is_said(wall, said):
    assert bool(ibus_sas(wall, 0, 0, 0).warnings) == said


@pytest.mark.parametrize(("wall", "said"), [(1.0, False), (0.52, True)])
def test_a_wall_that_may_be_in_cm_is_said(wall, said):
    assert ["not in cm" in each for each in ibus_sas(wall, 0, 0, 0).warnings] == [True] * said


@pytest.mark.parametrize(
    "wall", ["2.0 mm", "2.0", True, math.nan, math.inf, -math.inf, 0, 0.0, -1.0, [5], 5j]
)
def test_what_is_no_thickness_is_refused(wall):
    with pytest.raises(ScoreInputError, match="bwt_mm"):
        ibus_sas(wall, 0, 0, 0)


@pytest.mark.parametrize("name", GRADES)
@pytest.mark.parametrize("value", [1.5, 1.0, "1", "2.0 mm", True, False, math.nan, -1, 4])
def test_what_is_no_grade_is_refused(name, value):
    with pytest.raises(ScoreInputError, match=name):
        ibus_sas(5.0, **({"ifat": 0, "cds": 0, "bws": 0} | {name: value}))


def test_fat_has_no_third_grade():
    with pytest.raises(ScoreInputError, match="ifat must be 0 to 2, not 3"):
        ibus_sas(5.0, 3, 0, 0)


def test_numbers_of_arrays_are_numbers():
    assert ibus_sas(np.float64(5.0), np.int64(2), np.uint8(2), np.int32(2)).value == 72.0
    assert ibus_sas(5, 2, 2, 2).value == 72.0


@settings(deadline=None)
@given(WALLS, ITEMS)
def test_low_value_and_high_are_in_order(wall, items):
    score = ibus_sas(wall, **items)
    assert 0 < score.low <= score.high
    assert score.value is None or score.low == score.value == score.high
    assert (score.value is None) == (None in items.values())


@settings(deadline=None)
@given(WALLS, ITEMS, st.sampled_from(list(GRADES)), st.data())
def test_every_answer_lies_inside_the_open_range(wall, items, name, data):
    opened = ibus_sas(wall, **(items | {name: None}))
    answered = ibus_sas(wall, **(items | {name: data.draw(st.integers(0, GRADES[name]))}))
    assert opened.low <= answered.low <= answered.high <= opened.high


@settings(deadline=None)
@given(WALLS, ITEMS, st.sampled_from(list(GRADES)))
def test_the_score_rises_with_every_grade(wall, items, name):
    scores = [ibus_sas(wall, **(items | {name: value})) for value in range(GRADES[name] + 1)]
    lows, highs = [each.low for each in scores], [each.high for each in scores]
    assert lows == sorted(set(lows))
    assert highs == sorted(set(highs))


@settings(deadline=None)
@given(WALLS, st.floats(0.001, 5), ITEMS)
def test_the_score_rises_with_thickness(wall, more, items):
    assert ibus_sas(wall, **items).low < ibus_sas(wall + more, **items).low
