"""Findings of a small exam, made of rows, with a picture."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ius_vision.findings import ClipRow, ContrastRow, ExamFacts, ExamFindings, FrameRow, ModelUsed, SegmentRow
from ius_vision.report.evidence import ClipEvidence, Line

WHOSE = {"exam_id": "E1", "patient_id": "P1", "study_instance_uid": "1.2.3", "study_date": "2024-01-31"}
JPEG = b"\xff\xd8 not really a picture \xff\xd9"


def item(name: str, value=None) -> dict[str, object]:
    """Cells of an item: measured, or abstained without a value."""
    cell = "bwt_mm" if name == "bwt" else name
    if value is not None:
        return {cell: value, f"{name}_status": "measured"}
    why = {f"{name}_reason": "not_recorded", f"{name}_detail": f"No clip shows {name}."}
    return {f"{name}_status": "abstained", **why}


@pytest.fixture
def segment() -> Callable[..., SegmentRow]:
    """A segment's row with the given items."""

    def build(bwt=4.0, bws=0, ifat=0, cds=1, name="sigmoid_colon", **more) -> SegmentRow:
        values = {"bwt": bwt, "bws": bws, "ifat": ifat, "cds": cds}
        cells = {key: part for each, value in values.items() for key, part in item(each, value).items()}
        if bwt is not None:
            known = None not in (bws, ifat, cds)
            score = 4 * bwt + 4 * (bws or 0) + 15 * (ifat or 0) + 7 * (cds or 0)
            high = score + 4 if known else score + 30
            cells |= {
                "bwt_ci_low_mm": bwt - 0.8,
                "bwt_ci_high_mm": bwt + 0.8,
                "limberg": 2 if bwt > 3 else None,
            }
            cells |= {
                "ibus_sas": score if known else None,
                "ibus_sas_low": score - 3.2,
                "ibus_sas_high": high,
            }
            cells |= {"status": "measured"}
        else:
            cells |= {"status": "abstained", "reason": "not_recorded", "detail": "No clip shows bwt."}
        return SegmentRow(**{**WHOSE, "segment": name, "clips": 2, **cells, **more})

    return build


@pytest.fixture
def clip() -> Callable[..., ClipRow]:
    """A measured B-mode clip's row."""

    def build(file="a/IM1.dcm", **more) -> ClipRow:
        facts = {
            "sop_instance_uid": "1.2.3.4", "mode": "b_mode", "segment": "sigmoid_colon",
            "segment_source": "manifest", "view": "longitudinal", "frames": 3, "rows": 100, "columns": 200,
            "spacing_x_mm": 0.2, "spacing_y_mm": 0.1,
            "spacing_source": "dicom_region", "calibration_evidence": "Region 1 says so.", "best_frame": 2,
            "frames_looked_at": 3, "frames_measured": 2, "decoder": "simplejpeg", "decoder_version": "1.9",
            "sha256": "c" * 64, "mode_evidence": "2D and no colour", "status": "measured",
            "bwt_ci_low_mm": 3.2, "bwt_ci_high_mm": 4.8,
        }  # fmt: skip
        measured = item("bwt", 4.0) | item("bws", 0) | item("ifat")
        return ClipRow(**{**WHOSE, "file": file, **facts, **measured, **more})

    return build


@pytest.fixture
def findings(segment, clip) -> Callable[..., ExamFindings]:
    """An exam's findings; parts may be replaced."""

    def build(**parts) -> ExamFindings:
        lost = {"status": "abstained", "reason": "no_wall_found", "detail": "None."}
        frames = [
            FrameRow(file="a/IM1.dcm", frame=1, time_s=0.0, status="measured", bwt_mm=3.9),
            FrameRow(file="a/IM1.dcm", frame=2, time_s=0.04, status="measured", bwt_mm=4.1),
            FrameRow(file="a/IM1.dcm", frame=3, time_s=0.08, **lost),
        ]
        usual = {
            "exam": ExamFacts("E1", "P1", "1.2.3", "2024-01-31"), "clips": (clip(),), "frames": tuple(frames),
            "segments": (segment(),), "model": ModelUsed("bowel_wall", "0.1", "d" * 64),
            "versions": {"ius-vision": "0.1.0"}, "settings": {"measure": {"b_mode_frames": 30}},
        }  # fmt: skip
        return ExamFindings(**usual | parts)

    return build


@pytest.fixture
def evidence() -> dict[str, ClipEvidence]:
    """The key frame of the clip."""
    lines = (
        Line("inner", ((30.0, 20.0), (31.0, 120.0))),
        Line("outer", ((70.0, 20.0), (71.0, 120.0))),
        Line("caliper", ((30.0, 60.0), (70.0, 60.0))),
    )
    return {
        "a/IM1.dcm": ClipEvidence("a/IM1.dcm", "pictures/1.jpg", 2, (0, 0, 100, 200), (0.1, 0.2), lines, 4.0)
    }


@pytest.fixture
def contrast_row() -> ContrastRow:
    return ContrastRow(
        exam_id="E1", file="a/IM1.dcm", dynamic_range_db=60.0, dynamic_range_source="manifest",
        status="abstained", reason="no_bolus", detail="Listed.",
    )  # fmt: skip
