"""Rows to test with."""

from __future__ import annotations

from ius_vision.findings.rows import ClipRow, FrameRow, SegmentRow

IDS = {"exam_id": "e1", "patient_id": "p1", "study_instance_uid": "1.2"}


def clip_row(**cells) -> ClipRow:
    facts = {**IDS, "sop_instance_uid": "1.2.3", "file": "a/IM1", "status": "measured"}
    return ClipRow(**(facts | cells))


def frame_row(**cells) -> FrameRow:
    facts = {"file": "a/IM1", "frame": 1, "status": "measured", "bwt_mm": 4.0}
    return FrameRow(**(facts | cells))


def segment_row(**cells) -> SegmentRow:
    facts = {
        **IDS,
        "segment": "sigmoid_colon",
        "clips": 2,
        "bwt_mm": 5.0,
        "bwt_ci_low_mm": 4.5,
        "bwt_ci_high_mm": 5.5,
        "bws": 2,
        "ifat": 2,
        "cds": 2,
        "ibus_sas": 72.0,
        "ibus_sas_low": 70.0,
        "ibus_sas_high": 74.0,
        **{f"{item}_status": "measured" for item in ("bwt", "bws", "ifat", "cds")},
        "status": "measured",
    }
    return SegmentRow(**(facts | cells))
