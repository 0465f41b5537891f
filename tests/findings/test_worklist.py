"""The order in which exams need a person."""

from __future__ import annotations

from dataclasses import replace

from ius_vision.findings.rows import ClipRow, SegmentRow
from ius_vision.findings.worklist import count_reasons, worklist


def clip(exam: str, status: str = "measured", reason: str | None = None, **cells) -> ClipRow:
    cells = {"segment": "sigmoid_colon"} | cells
    detail = "It says why." if reason else None
    return ClipRow(
        exam_id=exam, patient_id="P", study_instance_uid="1.2", sop_instance_uid="1.3", file="a",
        status=status, reason=reason, detail=detail, **cells,
    )  # fmt: skip


def segment(exam: str, **cells) -> SegmentRow:
    why = {f"{item}_{part}": text for item in ("bws", "ifat", "cds")
           for part, text in (("reason", "not_recorded"), ("detail", "No clip."))}  # fmt: skip
    row = SegmentRow(
        exam_id=exam, patient_id="P", study_instance_uid="1.2", segment="sigmoid_colon", clips=1,
        bwt_mm=4.0, bwt_status="measured", bws_status="abstained", ifat_status="abstained",
        cds_status="abstained", ibus_sas_low=16.0, ibus_sas_high=60.0, status="measured", **why,
    )  # fmt: skip
    return replace(row, **cells)


def test_a_failed_file_comes_before_open_items_and_those_before_nothing_to_do():
    clips = [clip("fine"), clip("open"), clip("broken", "failed", "unreadable_file", segment=None)]
    rows = worklist(clips, [segment("open")])
    assert [row.exam_id for row in rows] == ["broken", "open", "fine"]
    assert [row.need for row in rows] == [20, 8, 0]
    assert rows[0].why == "unreadable_file 1"
    assert (rows[1].open_items, rows[1].scores_open, rows[1].why) == (3, 1, "not_recorded 3")


def test_clips_of_no_known_segment_need_a_name():
    (row,) = worklist([clip("one", segment="unknown")], [])
    assert (row.unnamed_clips, row.need) == (1, 10)


def test_files_of_no_exam_are_on_nobody_s_list():
    assert worklist([clip("", "skipped", "not_dicom", segment=None)], []) == []


def test_equal_needs_stand_in_the_order_of_their_names():
    assert [row.exam_id for row in worklist([clip("b"), clip("a")], [])] == ["a", "b"]


def test_reasons_are_counted_most_frequent_first():
    counts = count_reasons([clip("a", "failed", "not_dicom", segment=None)], [segment("a")])
    assert list(counts.items()) == [("not_recorded", 3), ("not_dicom", 1)]
