from __future__ import annotations

import json

import numpy as np
import pytest

from ius_vision.cli.main import main
from tests.dicom.build import picture, write


@pytest.fixture
def exam(tmp_path):
    folder = tmp_path / "exam"
    write(folder / "IM1", picture(3, 48, 64), SeriesDescription="TI long")
    write(folder / "sub" / "sigma_quer.dcm", picture(1, 48, 64, 3), "RGB", SOPInstanceUID="1.2.3.4")
    (folder / "notes.txt").write_text("nothing")
    return folder


def run(capsys, *words) -> tuple[int, str, str]:
    code = main(["inspect", *map(str, words)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_table_shows_every_file_with_its_evidence(exam, capsys):
    code, out, _ = run(capsys, exam)
    assert code == 0
    lines = out.splitlines()
    first = next(line for line in lines if "IM1" in line)
    assert "terminal_ileum (dicom:SeriesDescription)" in first
    assert "longitudinal" in first
    assert "64x48" in first
    second = next(line for line in lines if "sigma_quer" in line)
    assert "sigmoid_colon (file_name)" in second
    assert "cross_section (file_name)" in second
    assert any("notes.txt" in line and "skipped: not_dicom" in line for line in lines)
    assert any(line.strip().startswith("scale: no_spacing") for line in lines)


def test_json_is_one_document_with_the_same_facts(exam, capsys):
    code, out, _ = run(capsys, exam, "--json")
    assert code == 0
    document = json.loads(out)
    (found,) = document["exams"]
    clip = next(clip for clip in found["clips"] if clip["sop_instance_uid"] == "1.2.3.4")
    assert (clip["segment"], clip["segment_source"]) == ("sigmoid_colon", "file_name")
    assert (clip["rows"], clip["columns"], clip["frames"]) == (48, 64, 1)
    assert clip["spacing_x_mm"] is None
    assert clip["spacing_source"] == "none"
    assert clip["decoder"]
    assert len(clip["sha256"]) == 64
    assert [item["status"] for item in document["unread"]] == ["skipped"]


def test_one_bad_file_is_a_row_and_exit_code_one(exam, capsys):
    whole = (exam / "IM1").read_bytes()
    (exam / "broken.dcm").write_bytes(whole[: len(whole) - 3000].replace(b"IM1", b"IM2"))
    code, out, _ = run(capsys, exam)
    assert code == 1
    assert "failed: " in next(line for line in out.splitlines() if "broken.dcm" in line)
    assert "sigma_quer" in out


def test_a_folder_without_ultrasound_is_exit_code_two(tmp_path, capsys):
    (tmp_path / "readme.dcm").write_text("text named dcm")
    code, out, err = run(capsys, tmp_path)
    assert code == 2
    assert "nothing_readable" in err
    assert "readme.dcm" in out


def test_a_path_that_is_not_there_is_exit_code_two_without_a_traceback(tmp_path, capsys):
    code, _, err = run(capsys, tmp_path / "gone")
    assert code == 2
    assert "Traceback" not in err
    assert len(err.splitlines()) <= 2


def test_control_characters_of_a_header_do_not_reach_the_terminal(tmp_path, capsys):
    write(tmp_path / "a", picture(1, 48, 64), PatientID="\x1b[31m=cmd()", SeriesDescription="TI\x1b[2J")
    _, out, _ = run(capsys, tmp_path)
    assert "\x1b" not in out


def test_an_empty_picture_is_shown_without_an_error(tmp_path, capsys):
    write(tmp_path / "a", np.zeros((1, 48, 64), np.uint8))
    code, out, _ = run(capsys, tmp_path)
    assert code == 0
    assert "No ultrasound picture" in out
