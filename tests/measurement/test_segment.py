"""Clips of a segment together."""

from __future__ import annotations

import pytest

from ius_vision.measurement.bwt_error import BwtErrorModel
from ius_vision.measurement.fat import FatEvidence
from ius_vision.measurement.segment import ClipItems, combine_views
from ius_vision.outcomes import Abstained, Entered, Measured
from ius_vision.vocabulary import View

ERROR = BwtErrorModel(absolute_mm=0.3, relative=0.0, shared=0.5)
LONG, CROSS = View.LONGITUDINAL, View.CROSS_SECTION
NOTHING = Abstained("no_wall_found", "None.")


def reading(value: float, view: View) -> ClipItems:
    return ClipItems(view, bwt=Measured(value, value - 0.6, value + 0.6))


def test_thickness_is_the_mean_over_views_of_each_views_mean():
    items = combine_views(
        [reading(4.0, LONG), reading(5.0, LONG), reading(5.0, LONG), reading(6.0, CROSS)], ERROR
    )
    assert items.bwt.value == pytest.approx((14 / 3 + 6.0) / 2)
    assert (items.longitudinal, items.cross_section) == (3, 1)


def test_four_readings_lack_nothing_and_fewer_say_what_is_missing():
    four = [reading(4.0, LONG), reading(4.0, LONG), reading(4.0, CROSS), reading(4.0, CROSS)]
    assert combine_views(four, ERROR).shortfall == ""
    assert "1 in longitudinal view and 2 in cross-section" in combine_views(four[:1], ERROR).shortfall


def test_more_readings_shrink_the_interval_but_not_below_the_shared_error():
    one, four = (combine_views([reading(4.0, LONG)] * count, ERROR).bwt for count in (1, 4))
    assert one.high - one.low == pytest.approx(1.2)
    assert 2 * 1.96 * 0.3 * 0.5**0.5 < four.high - four.low < one.high - one.low


def test_readings_that_scatter_widen_the_interval():
    close = combine_views([reading(4.0, LONG), reading(4.1, LONG)], ERROR).bwt
    apart = combine_views([reading(2.5, LONG), reading(5.6, LONG)], ERROR).bwt
    assert apart.high - apart.low > 2 * (close.high - close.low)


def test_readings_that_no_one_stretch_of_bowel_shows_have_no_mean():
    for apart in ([2.0, 9.0], [2.0, 2.0, 2.0, 20.0]):
        found = combine_views([reading(value, LONG) for value in apart], ERROR).bwt
        assert found.reason == "clips_disagree"
        assert f"from 2.0 to {apart[-1]} mm" in found.detail
    assert isinstance(combine_views([reading(0.6, LONG)], ERROR).bwt, Measured)


def test_an_entered_thickness_overrules_measured_ones():
    items = combine_views([reading(4.0, LONG), ClipItems(CROSS, bwt=Entered(5.5))], ERROR)
    assert items.bwt == Entered(5.5)
    assert (items.longitudinal, items.cross_section) == (0, 1)


def test_entered_thicknesses_that_no_one_stretch_of_bowel_has_are_not_averaged():
    def entered(*values: float):
        return combine_views([ClipItems(LONG, bwt=Entered(value)) for value in values], ERROR).bwt

    assert entered(2.0, 9.0).reason == "clips_disagree"
    assert "from 2.0 to 9.0 mm" in entered(2.0, 9.0).detail
    assert entered(4.0, 7.0) == Entered(5.5)


def test_a_grade_is_the_highest_of_its_clips():
    clips = [
        ClipItems(LONG, bws=Measured(0), ifat=Measured(1)),
        ClipItems(CROSS, bws=Measured(2), ifat=NOTHING),
    ]
    items = combine_views(clips, ERROR)
    assert items.bws == Measured(2)
    assert items.ifat == Measured(1)


def fat(burden: float) -> ClipItems:
    evidence = FatEvidence(40.0, 4 * burden, 6.0, 2.0, burden / 6.0, burden, burden / 14, 4.5 * burden)
    return ClipItems(CROSS, ifat=Measured(0), fat=evidence)


@pytest.mark.parametrize(
    ("burdens", "grade"),
    [
        ((20.0, 0.0, 0.1, 0.2), 1),
        ((3.0, 0.1, 0.1, 0.0), 0),
        ((20.0, 14.0, 0.1, 0.0), 2),
        ((10.0, 10.0, 0.0), 2),
        ((6.5,), 2),
    ],
)
def test_one_bright_clip_of_several_does_not_make_inflamed_fat(burdens, grade):
    assert combine_views([fat(burden) for burden in burdens], ERROR).ifat == Measured(grade)


def test_a_readers_grade_of_fat_overrules_the_evidence():
    assert combine_views([fat(2.0), fat(2.0), ClipItems(LONG, ifat=Entered(0))], ERROR).ifat == Entered(0)


def test_an_entered_grade_overrules_even_a_higher_measured_one():
    clips = [ClipItems(LONG, cds=Measured(3)), ClipItems(LONG, cds=Entered(1))]
    assert combine_views(clips, ERROR).cds == Entered(1)


def test_missing_items_keep_their_reason_and_never_become_zero():
    items = combine_views([ClipItems(LONG, bwt=NOTHING, bws=NOTHING)], ERROR)
    assert items.bwt == NOTHING
    assert items.bws == NOTHING
    assert items.cds.reason == "not_recorded"
    assert combine_views([], ERROR).bwt.reason == "not_recorded"
