"""A whole exam into a folder, and what its key depends on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ius_vision.dicom.clip import ExamFiles, Unread
from ius_vision.dicom.manifest import ManifestRow
from ius_vision.errors import IusError
from ius_vision.findings import ExamFindings, findings_schema
from ius_vision.findings.exam import InputFile
from ius_vision.outcomes import Failed, Skipped
from ius_vision.pipeline import ledger, loaded
from ius_vision.pipeline.exam import analyze_exam
from ius_vision.pipeline.ledger import KeyMaker
from ius_vision.pipeline.settings import MeasureSettings
from ius_vision.pipeline.summary import with_previous
from ius_vision.vocabulary import Mode

FILES = ("a/IM0001.dcm", "a/IM0002.dcm", "a/IM0003.dcm", "a/IM0004.dcm")


@pytest.fixture
def analysed(tmp_path, monkeypatch, make_clip, tools):
    """An exam of a B-mode, a Doppler, a contrast clip and a broken file, analysed; folder, ledger, steps."""
    exam = ExamFiles(
        "E1", "1.2.3", "P1", "20240131", tuple((tmp_path / file, file) for file in FILES),
        (Unread(Path("r"), "r.dcm", Skipped("not_an_image", "A report.")),),
    )  # fmt: skip
    clips = [
        make_clip(FILES[0]),
        make_clip(FILES[2], mode=Mode.COLOR_DOPPLER),
        make_clip(FILES[3], mode=Mode.CONTRAST),
    ]
    broken = Unread(Path("b"), FILES[1], Failed("unreadable_file", "The file breaks off."))
    monkeypatch.setattr(loaded, "load_exam", lambda *_: (clips, [broken]))
    rows = {FILES[3]: ManifestRow(file=FILES[3], dynamic_range_db=60)}
    steps: list[str] = []
    folder = tmp_path / "E1"
    folder.mkdir()
    ledger, seconds = analyze_exam(exam, replace(tools, manifest=rows), folder, steps.append)
    return folder, ledger, steps, seconds


def test_an_exam_leaves_findings_page_masks_and_pictures(analysed):
    folder, ledger, steps, seconds = analysed
    names = {path.name for path in folder.iterdir()}
    assert names == {"findings.json", "evidence.json", "report.html", "masks", "pictures"}
    assert steps == [FILES[0], FILES[2], FILES[3]]
    assert set(seconds) == {"load", "measure", "write"}
    assert len(ledger["sop_instance_uids"]) == 3


def test_every_file_of_the_exam_has_a_row_in_the_order_given(analysed):
    folder, *_ = analysed
    findings = ExamFindings.from_json((folder / "findings.json").read_text("utf-8"))
    assert [row.file for row in findings.clips] == [*FILES, "r.dcm"]
    assert [row.status for row in findings.clips] == [
        "measured", "failed", findings.clips[2].status, "abstained", "skipped",
    ]  # fmt: skip
    assert {row.exam_id for row in findings.frames} == {"E1"}
    (contrast,) = findings.contrast
    assert (contrast.dynamic_range_db, contrast.dynamic_range_source) == (60, "manifest")
    assert (contrast.status, contrast.reason) == ("abstained", "too_short")


def test_findings_obey_the_schema_that_is_shipped(analysed):
    import jsonschema

    folder, *_ = analysed
    document = json.loads((folder / "findings.json").read_text("utf-8"))
    jsonschema.validate(document, findings_schema())
    assert document["settings"]["measure"]["b_mode_frames"] == MeasureSettings().b_mode_frames
    assert document["model"]["sha256"] == "a" * 64


def exam_with_one_file(tmp_path) -> ExamFiles:
    path = tmp_path / "IM0001.dcm"
    path.write_bytes(b"as it was")
    return ExamFiles("E1", "1.2.3", "P1", "20240131", ((path, "IM0001.dcm"),))


def test_a_file_that_changes_meanwhile_fails_the_exam(tmp_path, monkeypatch, make_clip, tools):
    exam = exam_with_one_file(tmp_path)
    monkeypatch.setattr(loaded, "load_exam", lambda *_: ([make_clip("IM0001.dcm")], []))
    (tmp_path / "E1").mkdir()
    with pytest.raises(IusError) as caught:
        analyze_exam(exam, tools, tmp_path / "E1", lambda _: exam.files[0][0].write_bytes(b"as it is"))
    assert caught.value.reason == "input_changed"
    assert "IM0001.dcm" in caught.value.detail


@pytest.mark.parametrize(
    ("reason", "again"), [("out_of_memory", True), ("analysis_failed", True), ("pixel_data_corrupt", False)]
)
def test_only_what_may_go_better_next_time_is_done_again(tmp_path, monkeypatch, tools, reason, again):
    exam = exam_with_one_file(tmp_path)
    lost = Unread(exam.files[0][0], "IM0001.dcm", Failed(reason, "It went wrong."))
    monkeypatch.setattr(loaded, "load_exam", lambda *_: ([], [lost]))
    (tmp_path / "E1").mkdir()
    ledger, _ = analyze_exam(exam, tools, tmp_path / "E1", lambda _: None)
    assert (ledger["key"] == "") is again


@pytest.fixture
def key():
    """The key of a small exam, with changes."""

    def make(inputs="0" * 64, uids=("1.2",), unread=(), model="m", settings=None, manifest=None, card=None):
        exam = ExamFiles("E1", "1.2.3", "P1", "20240131", ((Path("a"), "a"),), unread)
        keys = KeyMaker(model, settings or MeasureSettings(), manifest or {}, card or {})
        return keys.key(exam, [InputFile("a", inputs)], uids)

    return make


def test_the_key_follows_everything_a_result_depends_on(key):
    skipped = Unread(Path("r"), "r", Skipped("not_an_image", "A report."))
    keys = {
        key(),
        key(inputs="1" * 64),
        key(unread=(skipped,)),
        key(model="other"),
        key(card={"bwt_error": {"sd": 0.5}}),
        key(settings=MeasureSettings(b_mode_frames=7)),
        key(manifest={"a": ManifestRow(file="a", bwt_mm=3)}),
        key(manifest={"1.2": ManifestRow(file="1.2", bwt_mm=4)}),
    }
    assert len(keys) == 8


def test_the_key_follows_the_columns_that_tables_have(key, monkeypatch):
    before = key()
    monkeypatch.setattr(ledger, "TABLES", {**ledger.TABLES, "more": ledger.TABLES["clips"]})
    assert key() != before


def test_rows_of_the_manifest_about_other_files_leave_the_key_alone(key):
    assert key() == key(manifest={"b": ManifestRow(file="b", bwt_mm=3)})


def exam_of(exam_id: str, patient: str, date: str) -> ExamFiles:
    return ExamFiles(exam_id, exam_id, patient, date, ())


def test_the_previous_exam_is_the_last_one_before_of_the_same_patient():
    exams = [
        exam_of("3", "P1", "20240301"), exam_of("1", "P1", "20240101"), exam_of("2", "P1", "20240201"),
        exam_of("2b", "P1", "20240201"), exam_of("9", "P2", "20230101"),
    ]  # fmt: skip
    found = {exam.exam_id: before and before.exam_id for exam, before in with_previous(exams)}
    assert found == {"1": None, "2": "1", "2b": "1", "3": "2b", "9": None}


def test_exams_without_patient_or_date_have_no_previous_one():
    exams = [
        exam_of("1", "", "20240101"),
        exam_of("2", "", "20240201"),
        exam_of("3", "P", "?"),
        exam_of("4", "P", ""),
    ]
    assert {before for _, before in with_previous(exams)} == {None}
