from __future__ import annotations

import json

import jsonschema
import pytest

from ius_vision.errors import IusError
from ius_vision.findings.exam import ExamFacts, ExamFindings, InputFile, ModelUsed
from ius_vision.findings.rows import ContrastRow
from ius_vision.findings.schema import SCHEMA_FILE, findings_schema, schema_text

from .make import IDS, clip_row, frame_row, segment_row

WHY = {"status": "abstained", "reason": "no_spacing", "detail": "No scale was found."}


def findings(**parts) -> ExamFindings:
    facts = {
        "exam": ExamFacts(**IDS, study_date="2026-01-02"),
        "clips": (clip_row(warnings="größer"), clip_row(file="b", **WHY)),
        "frames": (frame_row(), frame_row(frame=2, bwt_mm=None, **WHY)),
        "segments": (segment_row(),),
        "contrast": (ContrastRow(exam_id="e1", file="c", **WHY),),
        "inputs": (InputFile("a/IM1", "0" * 64), InputFile("b", "")),
        "model": ModelUsed("bowel_wall", "0.1.0", "f" * 64),
        "versions": {"ius_vision": "0.1.0"},
        "settings": {"fresh": False, "limits": {"bwt": 3.0}},
    }
    return ExamFindings(**(facts | parts))


def test_findings_survive_json():
    assert ExamFindings.from_json(findings().to_json()) == findings()


def test_findings_without_a_model_survive_json():
    assert ExamFindings.from_json(findings(model=None).to_json()).model is None


def test_equal_findings_give_equal_text():
    turned = findings(settings={"limits": {"bwt": 3.0}, "fresh": False})
    assert turned.to_json() == findings().to_json()


def test_missing_is_null_and_letters_stay_letters():
    document = json.loads(findings().to_json())
    assert document["frames"][1]["bwt_mm"] is None
    assert "größer" in findings().to_json()


@pytest.mark.parametrize("table", ["clips", "segments", "contrast"])
def test_rows_of_another_exam_are_refused(table):
    made = {
        "clips": clip_row(exam_id="e2"),
        "segments": segment_row(exam_id="e2"),
        "contrast": ContrastRow(exam_id="e2", file="c", **WHY),
    }
    with pytest.raises(ValueError, match="rows of e2 in the findings of e1"):
        findings(**{table: (made[table],)}, frames=())


def test_frames_of_no_clip_are_refused():
    with pytest.raises(ValueError, match="frames of files that are no clip of the exam: x"):
        findings(frames=(frame_row(file="x"),))


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        findings().to_json().replace('"schema_version": 2', '"schema_version": 1'),
        findings().to_json().replace('"bwt_mm": 4.0', '"bwt_mm": "thick"'),
        findings().to_json().replace('"sop_instance_uid"', '"uid"'),
        findings().to_json().replace('"study_date": "2026-01-02"\n', '"when": 1\n'),
    ],
)
def test_a_document_of_something_else_is_refused_with_its_name(text):
    with pytest.raises(IusError, match=r"e1/findings\.json") as caught:
        ExamFindings.from_json(text, "e1/findings.json")
    assert caught.value.reason == "findings_unreadable"


def test_the_schema_accepts_findings():
    jsonschema.Draft202012Validator.check_schema(findings_schema())
    jsonschema.validate(json.loads(findings().to_json()), findings_schema())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"status": "measured"', '"status": "good"'),
        ('"bwt_mm": 4.0', '"bwt_mm": "4.0"'),
        ('"cds": 2', '"cds": 4'),
        ('"sigmoid_colon"', '"colon"'),
        ('"frame": 1,', '"frame": 0,'),
        ('"schema_version": 2', '"schema_version": 1'),
        ('"fresh"', '"fresh": 1}, "more": {"fresh"'),
    ],
)
def test_the_schema_refuses_what_the_contract_does_not_allow(old, new):
    text = findings().to_json()
    assert old in text
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(text.replace(old, new)), findings_schema())


def test_the_shipped_schema_is_the_one_the_rows_give():
    assert SCHEMA_FILE.read_text("utf-8") == schema_text(), "run scripts/write_reference_pages.py"
