"""`ius-vision analyze` as users run it: what it leaves, what it repeats, what it does with bad input."""

from __future__ import annotations

import argparse
import json
import shutil

import cv2
import numpy as np
import pytest

from ius_vision.cli.analyze import add_parser, measure_settings
from ius_vision.cli.main import main
from ius_vision.findings import TABLES, findings_schema, read_table
from ius_vision.pipeline.batch import analyze as analyze_here
from ius_vision.pipeline.progress import Progress
from ius_vision.pipeline.scene import evenly_spaced
from ius_vision.pipeline.settings import AnalyzeSettings

from .conftest import analyze, rows, tables

CONTRACT = {
    "clips": "exam_id patient_id study_instance_uid sop_instance_uid file mode segment segment_source view "
    "frames rows columns spacing_x_mm spacing_y_mm spacing_source status reason detail best_frame bwt_mm "
    "bwt_ci_low_mm bwt_ci_high_mm cds",
    "frames": "file frame time_s quality status reason bwt_mm bwt_max_mm wall_length_mm",
    "segments": "exam_id patient_id study_instance_uid study_date segment clips bwt_mm bwt_ci_low_mm "
    "bwt_ci_high_mm bwt_status bws bws_status ifat ifat_status cds cds_status limberg ibus_sas ibus_sas_low "
    "ibus_sas_high buss muc status reason",
    "contrast": "exam_id file segment roi model dynamic_range_db dynamic_range_source t0_s pe pe_db ttp_s "
    "rt_s ft_s mtt_s wi_auc wo_auc wiwo_auc wir wor wipi qof status reason",
}


class StopAfterFirst(Progress):
    """A user who presses Ctrl-C when the first exam is done."""

    def exam_done(self, exam_id: str, problem: str) -> None:
        raise KeyboardInterrupt


def test_every_table_of_the_contract_is_there_in_both_forms(one_run):
    done, out = one_run
    assert (done.returncode, done.stderr) == (0, "")
    for name, columns in CONTRACT.items():
        header = (out / f"{name}.csv").read_text("utf-8").splitlines()[0].split(",")
        assert set(columns.split()) <= set(header)
        assert read_table(out / f"{name}.csv", TABLES[name]) == read_table(
            out / f"{name}.parquet", TABLES[name]
        )
    assert len(rows(out, "clips")) == 10
    assert {row["segment"] for row in rows(out, "segments")} == {"sigmoid_colon"}


def test_every_measured_frame_has_its_mask_with_the_frame_s_rows_and_columns(one_run):
    _, out = one_run
    sizes = {row["file"]: (int(row["rows"]), int(row["columns"])) for row in rows(out, "clips")}
    measured = [row for row in rows(out, "frames") if row["status"] == "measured"]
    assert measured
    for row in measured:
        mask = cv2.imread(str(out / "exams" / row["exam_id"] / row["mask"]), cv2.IMREAD_UNCHANGED)
        assert mask.shape == sizes[row["file"]]
        assert set(np.unique(mask)) <= {0, 1, 2, 3}
        assert (mask == 2).any()
    assert all(not row["mask"] for row in rows(out, "frames") if row["status"] != "measured")


def test_findings_of_every_exam_obey_the_schema_and_hold_the_tables_rows(one_run):
    import jsonschema

    _, out = one_run
    for exam_id in {row["exam_id"] for row in rows(out, "clips")}:
        folder = out / "exams" / exam_id
        document = json.loads((folder / "findings.json").read_text("utf-8"))
        jsonschema.validate(document, findings_schema())
        assert len(document["clips"]) == 5
        assert {len(item["sha256"]) for item in document["inputs"]} == {64}
        assert (folder / "report.html").is_file()


def test_the_later_report_compares_with_the_earlier_exam(one_run):
    _, out = one_run
    earlier, later = sorted(rows(out, "segments"), key=lambda row: row["study_date"])
    page = (out / "exams" / later["exam_id"] / "report.html").read_text("utf-8")
    assert f"Compared with the exam of {earlier['study_date']}" in page
    page = (out / "exams" / earlier["exam_id"] / "report.html").read_text("utf-8")
    assert "No earlier exam of this patient" in page


def test_an_interrupted_run_keeps_what_is_finished_and_the_next_one_makes_it_whole(
    patient, one_run, tmp_path
):
    out = tmp_path / "out"
    settings = AnalyzeSettings((patient,), out)
    with pytest.raises(KeyboardInterrupt):
        analyze_here(settings, StopAfterFirst())
    (finished,) = (out / "exams").iterdir()
    assert {row["exam_id"] for row in rows(out, "clips")} == {finished.name}
    assert json.loads((out / "run.json").read_text("utf-8"))["interrupted"] is True

    summary = analyze_here(settings)
    assert summary.exams == {"analysed": 1, "unchanged": 1}
    assert tables(out) == tables(one_run[1])


def test_only_what_changed_is_done_again(patient, tmp_path):
    given, out = tmp_path / "given", tmp_path / "out"
    for index, path in enumerate(sorted(patient.rglob("IM0001.dcm"))):
        (given / str(index)).mkdir(parents=True)
        shutil.copy(path, given / str(index))
    analyze_here(AnalyzeSettings((given,), out))
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("file,bwt_mm\n1/IM0001.dcm,6.5\n", encoding="utf-8")
    summary = analyze_here(AnalyzeSettings((given,), out, manifest=manifest))
    assert summary.exams == {"analysed": 1, "unchanged": 1}
    entered = [row for row in rows(out, "clips") if row["bwt_status"] == "entered"]
    assert [(row["file"], row["bwt_mm"]) for row in entered] == [("1/IM0001.dcm", "6.5")]
    assert [row["status"] for row in rows(out, "segments")].count("entered") == 1


def test_a_broken_file_is_a_failed_row_and_the_others_are_complete(one_clip, tmp_path):
    whole = (one_clip / "IM0001.dcm").read_bytes()
    (one_clip / "IM0002.dcm").write_bytes(whole[: len(whole) // 2])
    (one_clip / "notes.dcm").write_text("not an image")
    done = analyze(one_clip, "--out", tmp_path / "out")
    assert done.returncode == 1
    found = {row["file"]: row for row in rows(tmp_path / "out", "clips")}
    assert found["IM0002.dcm"]["status"] == "failed"
    assert found["notes.dcm"]["status"] == "skipped"
    assert found["IM0001.dcm"]["status"] in ("measured", "abstained")
    assert all(
        row["reason"] and row["file"] in row["detail"] for row in found.values() if row["status"] == "failed"
    )
    assert "IM0002.dcm" in done.stderr
    assert "Traceback" not in done.stderr


def test_hostile_identifiers_neither_leave_the_folder_nor_become_formulas_or_markup(
    one_clip, tmp_path, edit_tags
):
    evil = "=cmd()<script>alert(1)</script>"
    edit_tags(
        one_clip / "IM0001.dcm", PatientID="../../x", StudyInstanceUID="../../../y", SeriesDescription=evil
    )
    shutil.copy(one_clip / "IM0001.dcm", one_clip / "IM0002.dcm")
    edit_tags(one_clip / "IM0002.dcm", PatientID=evil, StudyInstanceUID="1.2.3", SOPInstanceUID="1.2.3.4")
    out = one_clip / "out"
    before = {path for path in tmp_path.rglob("*") if out not in path.parents and path != out}
    assert analyze(one_clip, "--out", out).returncode == 0
    assert {path for path in tmp_path.rglob("*") if out not in path.parents and path != out} == before
    assert {row["patient_id"] for row in rows(out, "clips")} == {"../../x", f"'{evil}"}
    for page in out.rglob("report.html"):
        assert "<script" not in page.read_text("utf-8")
    # The output folder lies inside the input: a second run must not take it for input.
    assert analyze(one_clip, "--out", out).returncode == 0
    assert len(rows(out, "clips")) == 2


def test_a_manifest_naming_an_absent_file_gives_a_row(one_clip, tmp_path):
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("file,segment\nIM0001.dcm,rectum\nIM0099.dcm,rectum\n", encoding="utf-8")
    done = analyze(one_clip, "--out", tmp_path / "out", "--manifest", manifest)
    assert done.returncode == 1
    found = {row["file"]: row for row in rows(tmp_path / "out", "clips")}
    assert found["IM0099.dcm"]["reason"] == "manifest_file_absent"
    assert (found["IM0001.dcm"]["segment"], found["IM0001.dcm"]["segment_source"]) == ("rectum", "manifest")


@pytest.fixture
def bad_usage(capsys):
    """Run the command with words it must refuse; gives what it says."""

    def run(*words: object) -> str:
        assert main(["analyze", *map(str, words)]) == 2
        said = capsys.readouterr().err
        assert "Traceback" not in said
        assert 1 <= len(said.strip().splitlines()) <= 2
        return said

    return run


def test_a_manifest_with_a_segment_that_does_not_exist_is_refused(one_clip, tmp_path, bad_usage):
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("file,segment\nIM0001.dcm,elbow\n", encoding="utf-8")
    assert "elbow" in bad_usage(one_clip, "--out", tmp_path / "out", "--manifest", manifest)
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_is_wrong_usage(tmp_path, bad_usage):
    (tmp_path / "given").mkdir()
    assert "nothing_readable" in bad_usage(tmp_path / "given", "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_of_other_files_is_wrong_usage_and_the_table_says_why(tmp_path, bad_usage):
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "a.txt").write_text("hello")
    assert "a.txt" in bad_usage(tmp_path / "given", "--out", tmp_path / "out")
    assert [row["reason"] for row in rows(tmp_path / "out", "clips")] == ["not_dicom"]


def test_a_path_that_does_not_exist_is_wrong_usage(tmp_path, bad_usage):
    assert "path_not_found" in bad_usage(tmp_path / "nowhere", "--out", tmp_path / "out")


def test_an_output_folder_that_cannot_be_made_is_wrong_usage(one_clip, tmp_path, bad_usage):
    (tmp_path / "file").write_text("in the way")
    assert "out_not_writable" in bad_usage(one_clip, "--out", tmp_path / "file" / "out")
    assert "out_not_writable" in bad_usage(one_clip, "--out", tmp_path / ("n" * 300))


def test_a_model_that_is_not_there_is_wrong_usage(one_clip, tmp_path, bad_usage):
    said = bad_usage(one_clip, "--out", tmp_path / "out", "--model", tmp_path / "no_model")
    assert "model_missing" in said


def test_more_processes_than_exams_share_the_clips_and_leave_the_same_bytes(one_clip, patient, tmp_path):
    for number, path in enumerate(sorted(patient.rglob("baseline/*.dcm"))[1:5:3], start=2):
        shutil.copy(path, one_clip / f"IM000{number}.dcm")
    shutil.copy(one_clip / "IM0001.dcm", one_clip / "IM0000.dcm")  # the same image twice
    (one_clip / "IM0004.dcm").write_bytes((one_clip / "IM0001.dcm").read_bytes()[:-2000])
    one, many = (analyze(one_clip, "--out", tmp_path / jobs, "--jobs", jobs) for jobs in ("1", "3"))
    assert (one.returncode, one.stderr) == (many.returncode, many.stderr) == (1, one.stderr)
    assert {row["status"] for row in rows(tmp_path / "3", "clips")} >= {"measured", "skipped", "failed"}
    assert tables(tmp_path / "3") == tables(tmp_path / "1")
    done = json.loads((tmp_path / "3" / "run.json").read_text("utf-8"))
    assert done["exams"][0]["seconds"].keys() == {"load", "measure", "write", "all", "processor"}


def test_every_frame_is_looked_at_when_asked():
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    usual, every = (
        measure_settings(parser.parse_args(["analyze", "a", "--out", "b", *more]))
        for more in ([], ["--all-frames"])
    )
    assert evenly_spaced(500, usual.b_mode_frames) != list(range(500))
    assert evenly_spaced(500, every.b_mode_frames) == evenly_spaced(500, every.doppler_frames)
    assert evenly_spaced(500, every.b_mode_frames) == list(range(500))
