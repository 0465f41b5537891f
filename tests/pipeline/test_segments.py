"""Clips put together by segment, and the scores of each segment."""

from __future__ import annotations

import pytest

from ius_vision.dicom.clip import ExamFiles
from ius_vision.measurement.bwt_error import BwtErrorModel
from ius_vision.outcomes import Abstained, Entered, Failed, Measured
from ius_vision.pipeline.rows import ClipLook
from ius_vision.pipeline.segments import segment_rows
from ius_vision.vocabulary import Mode

EXAM = ExamFiles("E1", "1.2.3", "P1", "20240131", ())


@pytest.fixture
def b_mode(make_clip):
    def build(bwt=4.0, bws=0, ifat=0, **facts) -> ClipLook:
        items = {"bwt": Measured(bwt, bwt - 0.8, bwt + 0.8), "bws": Measured(bws), "ifat": Measured(ifat)}
        return ClipLook(make_clip(**facts), "bwt", items)

    return build


@pytest.fixture
def doppler(make_clip):
    def build(cds=1, **facts) -> ClipLook:
        return ClipLook(make_clip(mode=Mode.COLOR_DOPPLER, **facts), "cds", {"cds": Measured(cds)})

    return build


def rows(*looks: ClipLook) -> list:
    return list(segment_rows(EXAM, looks, BwtErrorModel()))


def test_a_segment_with_all_items_has_its_scores(b_mode, doppler):
    (row,) = rows(b_mode(4.0), b_mode(5.0, view="cross_section"), doppler(2))
    assert row.bwt_mm == pytest.approx(4.5)
    assert row.ibus_sas == pytest.approx(4 * 4.5 + 7 * 2)
    assert row.ibus_sas_low == pytest.approx(4 * row.bwt_ci_low_mm + 14)
    assert (row.limberg, row.clips, row.bwt_readings) == (3, 3, 2)
    assert row.buss == pytest.approx(0.75 * 4.5 + 1.65)
    assert (row.status, row.study_date) == ("measured", "2024-01-31")


def test_a_missing_item_leaves_a_range_and_no_score(b_mode):
    (row,) = rows(b_mode(4.0))
    assert row.ibus_sas is None
    assert (row.ibus_sas_low, row.ibus_sas_high) == (16.0, 37.0)
    assert (row.cds_status, row.cds_reason) == ("abstained", "not_recorded")
    assert row.limberg_reason == "limberg_needs_doppler"


def test_without_a_thickness_there_is_no_score_at_all(doppler):
    (row,) = rows(doppler(2))
    assert (row.ibus_sas, row.ibus_sas_low, row.ibus_sas_high, row.buss) == (None,) * 4
    assert (row.status, row.cds, row.limberg_reason) == ("abstained", 2, "limberg_needs_thickness")


def test_segments_stand_in_the_order_of_the_bowel(b_mode):
    names = [row.segment for row in rows(b_mode(segment="rectum"), b_mode(segment="terminal_ileum"))]
    assert names == ["terminal_ileum", "rectum"]


def test_clips_of_unknown_segments_are_never_put_together(b_mode):
    (row,) = rows(b_mode(3.0, segment="unknown", file="a"), b_mode(9.0, segment="unknown", file="b"))
    assert (row.segment, row.status, row.reason) == ("unknown", "abstained", "segment_unknown")
    assert (row.bwt_mm, row.bws_reason, row.cds_reason) == (None, "segment_unknown", "not_recorded")


def test_a_single_clip_of_an_unknown_segment_keeps_its_value(b_mode):
    (row,) = rows(b_mode(3.0, segment="unknown"))
    assert (row.segment, row.bwt_mm) == ("unknown", 3.0)


def test_unknown_clips_that_are_not_measured_make_no_row(make_clip):
    why = Abstained("mode_not_measured", "Nothing is measured in M-mode clips.")
    assert rows(ClipLook(make_clip(mode=Mode.M_MODE, segment="unknown"), outcome=why)) == []


def test_a_segment_with_a_contrast_clip_only_is_listed(make_clip):
    why = Abstained("no_bolus", "Listed.")
    (row,) = rows(ClipLook(make_clip(mode=Mode.CONTRAST), outcome=why))
    assert (row.clips, row.bwt_status, row.bwt_reason) == (1, "abstained", "not_recorded")


def test_a_reader_s_thickness_stands_for_the_segment(b_mode, make_clip):
    entered = ClipLook(make_clip(), "bwt", {"bwt": Entered(7.0), "bws": Measured(1), "ifat": Measured(2)})
    (row,) = rows(b_mode(4.0), entered)
    assert (row.bwt_mm, row.bwt_status, row.status) == (7.0, "entered", "entered")
    assert row.bwt_ci_low_mm is None
    assert (row.bws, row.ifat) == (1, 2)


def test_a_failed_clip_says_in_which_file(make_clip):
    failed = Failed("pixel_data_corrupt", "Frame 3 cannot be decoded.")
    (row,) = rows(ClipLook(make_clip(), "bwt", {"bwt": failed}, failed))
    assert (row.status, row.reason) == ("failed", "pixel_data_corrupt")
    assert "a/IM0001.dcm" in row.detail


def test_a_thin_wall_with_a_wide_interval_still_has_a_score(make_clip, doppler):
    items = {"bwt": Measured(0.9, 0.0, 2.0), "bws": Measured(0), "ifat": Measured(0)}
    (row,) = rows(ClipLook(make_clip(), "bwt", items), doppler(0))
    assert row.ibus_sas == pytest.approx(3.6)
    assert 0 <= row.ibus_sas_low < 3.6


def test_the_reason_told_is_that_of_a_clip_which_shows_the_wall(make_clip):
    nothing = Abstained("no_wall_found", "No wall.")
    too_thin = Abstained("layer_resolution", "Too thin for its layers.")
    blind = ClipLook(make_clip(file="a"), "bwt", {"bwt": nothing, "bws": nothing, "ifat": nothing})
    seeing = ClipLook(
        make_clip(file="b"), "bwt", {"bwt": Measured(2.0, 1.5, 2.5), "bws": too_thin, "ifat": Measured(0)}
    )
    (row,) = rows(blind, seeing)
    assert (row.bws_reason, row.status) == ("layer_resolution", "measured")
