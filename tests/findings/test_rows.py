from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from ius_vision.findings.column import columns_of
from ius_vision.findings.rows import TABLES
from ius_vision.vocabulary import Mode, Segment

from .make import clip_row, frame_row, segment_row

CONTRACT = {
    "clips": "exam_id, patient_id, study_instance_uid, sop_instance_uid, file, mode, segment, "
    "segment_source, view, frames, rows, columns, spacing_x_mm, spacing_y_mm, spacing_source, status, "
    "reason, detail, best_frame, bwt_mm, bwt_ci_low_mm, bwt_ci_high_mm, cds",
    "frames": "file, frame, time_s, quality, status, reason, bwt_mm, bwt_max_mm, wall_length_mm",
    "segments": "exam_id, patient_id, study_instance_uid, study_date, segment, clips, bwt_mm, bwt_ci_low_mm, "
    "bwt_ci_high_mm, bwt_status, bws, bws_status, ifat, ifat_status, cds, cds_status, limberg, ibus_sas, "
    "ibus_sas_low, ibus_sas_high, buss, muc, status, reason",
    "contrast": "exam_id, file, segment, roi, model, dynamic_range_db, dynamic_range_source, t0_s, pe, "
    "pe_db, ttp_s, rt_s, ft_s, mtt_s, wi_auc, wo_auc, wiwo_auc, wir, wor, wipi, qof, status, reason",
}
MISSING = {"status": "abstained", "reason": "no_spacing", "detail": "No scale was found; give mm_per_pixel."}


@pytest.mark.parametrize("table", CONTRACT)
def test_the_contracts_columns_come_first_and_in_its_order(table):
    wanted = CONTRACT[table].split(", ")
    assert [each.name for each in columns_of(TABLES[table])][: len(wanted)] == wanted


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_described(table):
    assert all(len(each.description) > 5 for each in columns_of(TABLES[table]))


def test_a_row_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        frame_row().bwt_mm = 1.0


def test_words_of_the_vocabulary_become_plain_text():
    row = clip_row(mode=Mode.B_MODE, segment=Segment.RECTUM)
    assert (type(row.mode), row.mode, row.segment) == (str, "b_mode", "rectum")


def test_array_numbers_become_plain_numbers():
    row = frame_row(frame=np.int64(3), bwt_mm=np.float32(4.5))
    assert (type(row.frame), type(row.bwt_mm), row.bwt_mm) == (int, float, 4.5)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (4.0, 4.0),
        (0.1 + 0.2, 0.3),
        (4.187345123456, 4.18734512),
        (123456.789012345, 123456.789012),
        (1.23456789012e-5, 1.23456789e-5),
        (0.0, 0.0),
    ],
)
def test_floats_keep_six_decimals_or_nine_digits(given, kept):
    assert frame_row(bwt_mm=given).bwt_mm == kept


def test_negative_zero_becomes_zero():
    assert math.copysign(1, frame_row(time_s=-0.0).time_s) == 1


def test_times_keep_nanoseconds():
    assert frame_row(time_s=1234.567890123).time_s == 1234.567890123


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"bwt_mm": math.nan}, "a missing value is None"),
        ({"bwt_mm": math.inf}, "a missing value is None"),
        ({"bwt_mm": "4.0"}, "must be a number"),
        ({"bwt_mm": True}, "must be a number"),
        ({"bwt_mm": -1.0}, "allowed are 0"),
        ({"frame": 1.0}, "must be a whole number"),
        ({"frame": True}, "must be a whole number"),
        ({"frame": 0}, "allowed are 1"),
        ({"frame": None}, "frame must be given"),
        ({"file": 3}, "must be text"),
        ({"status": "good"}, "allowed are measured"),
        ({"quality": 1.2}, "allowed are 0 to 1"),
        ({"reason": "because"}, "not listed"),
        ({"bwt_mm": None}, "status is measured but bwt_mm is None"),
        ({"status": "abstained", "bwt_mm": None}, "must say why"),
        ({"status": "abstained", "bwt_mm": None, "reason": "no_spacing"}, "must say why"),
        (MISSING, "status is abstained but bwt_mm is 4.0"),
    ],
)
def test_a_frame_that_contradicts_itself_is_refused(cells, message):
    with pytest.raises(ValueError, match=message):
        frame_row(**cells)


@pytest.mark.parametrize("grade", [-1, 4, 1.0, True, "1"])
def test_a_grade_that_does_not_exist_is_refused(grade):
    with pytest.raises(ValueError, match="cds"):
        clip_row(cds=grade, cds_status="measured")


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"bws": None, "ibus_sas": None}, "bws_status is measured but its value is None"),
        ({"bws_status": "abstained"}, "bws_reason and bws_detail must say why"),
        ({"ibus_sas": None}, "exactly where all four items"),
        ({"ibus_sas": 75.0}, "outside its interval"),
        ({"bwt_ci_low_mm": 5.1}, "outside its interval"),
        ({"bwt_ci_low_mm": None}, "needs both ends"),
        ({"ibus_sas": None, "ibus_sas_low": None, "ibus_sas_high": None}, "exactly where all four items"),
        ({"status": "failed"}, "must say why"),
        ({"ibus_sas_low": None, "ibus_sas_high": None}, "exactly where bwt_mm is"),
    ],
)
def test_a_segment_that_contradicts_itself_is_refused(cells, message):
    with pytest.raises(ValueError, match=message):
        segment_row(**cells)


def test_a_missing_item_with_its_reason_is_accepted():
    missing = {f"bws_{part}": text for part, text in MISSING.items()}
    row = segment_row(bws=None, ibus_sas=None, ibus_sas_low=62.0, ibus_sas_high=78.0, **missing)
    assert (row.bws, row.bws_reason, row.ibus_sas) == (None, "no_spacing", None)


def test_a_reason_without_a_status_is_refused():
    with pytest.raises(ValueError, match="cds_reason is given without cds_status"):
        clip_row(cds_reason="no_spacing", cds_detail="x")


def test_line_breaks_and_broken_letters_do_not_reach_the_tables():
    row = clip_row(file="a\nb\tc\x00d\x85e\u2028f\udce9g", patient_id="\udcc3\udca9")
    assert row.file == "a b c d e f�g"
    assert row.patient_id == "é"


def test_an_empty_text_is_a_missing_text():
    assert clip_row(view_source="").view_source is None
    assert clip_row(patient_id="").patient_id == ""
