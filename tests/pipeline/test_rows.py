"""From looks to rows: statuses, reader items, and words for what has no value."""

from __future__ import annotations

from pathlib import Path

import pytest

from ius_vision.dicom.clip import ExamFiles, Unread
from ius_vision.dicom.manifest import ManifestRow
from ius_vision.outcomes import Abstained, Entered, Failed, Measured, Skipped
from ius_vision.pipeline.rows import (
    ClipLook,
    clip_row,
    failed_rows,
    iso_date,
    unread_row,
    with_reader_items,
)
from ius_vision.vocabulary import Mode

from .conftest import NO_SCALE

MEASURED = {"bwt": Measured(4.0, 3.2, 4.8), "bws": Measured(0), "ifat": Measured(1)}


def test_a_measured_clip_carries_its_interval_and_scale(make_clip):
    row = clip_row("E1", ClipLook(make_clip(), "bwt", MEASURED, best_frame=2))
    assert (row.status, row.bwt_mm, row.bwt_ci_low_mm, row.bwt_ci_high_mm) == ("measured", 4.0, 3.2, 4.8)
    assert (row.spacing_x_mm, row.spacing_source, row.best_frame) == (0.2, "dicom_region", 3)
    assert row.study_date == "2024-01-31"
    assert row.cds_status is None


def test_a_reader_s_value_overrules_a_measured_one_and_the_row_says_so(make_clip):
    look = with_reader_items(
        ClipLook(make_clip(), "bwt", MEASURED), ManifestRow(file="a/IM0001.dcm", bwt_mm=5.5, cds=2)
    )
    row = clip_row("E1", look)
    assert (row.status, row.bwt_mm, row.bwt_status) == ("entered", 5.5, "entered")
    assert row.bwt_ci_low_mm is None
    assert (row.cds, row.cds_status) == (2, "entered")
    assert row.overruled == "bwt_mm: measured 4, the manifest 5.5"


def test_a_reader_s_value_counts_where_nothing_could_be_measured(make_clip):
    look = ClipLook(make_clip(scale=NO_SCALE), "bwt", {"bwt": NO_SCALE})
    row = clip_row("E1", with_reader_items(look, ManifestRow(file="x", ifat=2)))
    assert (row.status, row.bwt_status, row.ifat) == ("entered", "abstained", 2)
    assert row.overruled is None


def test_no_manifest_row_changes_nothing(make_clip):
    look = ClipLook(make_clip(), "bwt", MEASURED)
    assert with_reader_items(look, None).items == look.items
    assert with_reader_items(look, ManifestRow(file="x")).items == look.items


def test_an_abstained_clip_says_why_and_in_which_file(make_clip):
    row = clip_row("E1", ClipLook(make_clip(scale=NO_SCALE), "bwt", {"bwt": NO_SCALE}))
    assert (row.status, row.reason) == ("abstained", "no_spacing")
    assert "a/IM0001.dcm" in row.detail
    assert row.spacing_x_mm is None


def test_a_clip_of_a_mode_that_is_not_measured_has_no_item_status(make_clip):
    why = Abstained("mode_not_measured", "Nothing is measured in M-mode clips.")
    row = clip_row("E1", ClipLook(make_clip(mode=Mode.M_MODE), outcome=why))
    assert (row.status, row.bwt_status, row.cds_status) == ("abstained", None, None)


def test_the_view_of_the_wall_s_shape_stands_in_where_no_word_names_one(make_clip):
    named = clip_row("E1", ClipLook(make_clip(), "bwt", MEASURED, seen_view="cross_section"))
    assert (named.view, named.view_source) == ("longitudinal", "dicom:SeriesDescription")
    seen = clip_row("E1", ClipLook(make_clip(view="unknown"), "bwt", MEASURED, seen_view="cross_section"))
    assert (seen.view, seen.view_source) == ("cross_section", "pixels")


def test_an_unread_file_keeps_its_reason():
    unread = Unread(Path("/x/y"), "y", Skipped("not_dicom", "The file does not begin as DICOM does."))
    row = unread_row("", unread)
    assert (row.status, row.reason, row.mode) == ("skipped", "not_dicom", None)
    assert row.detail == "The file does not begin as DICOM does. File: y."


def test_a_failed_exam_has_a_row_for_each_of_its_files():
    report = Unread(Path("s"), "s", Skipped("not_an_image", "A report, s."))
    exam = ExamFiles("E1", "1.2.3", "P1", "20240131", ((Path("a"), "a"), (Path("b"), "b")), (report,))
    rows = failed_rows(exam, Failed("worker_died", "The process ended with signal 9."))
    assert [(row.file, row.status) for row in rows] == [("a", "failed"), ("b", "failed"), ("s", "skipped")]
    assert {row.study_instance_uid for row in rows[:2]} == {"1.2.3"}


@pytest.mark.parametrize(
    ("text", "expected"), [("20240131", "2024-01-31"), ("", None), ("unknown", None), ("20241331", None)]
)
def test_only_dates_become_dates(text, expected):
    assert iso_date(text) == expected


def test_an_entered_item_is_a_value_like_any_other(make_clip):
    row = clip_row("E1", ClipLook(make_clip(), "bwt", {"bwt": Entered(3.0)}))
    assert row.reason is None
