"""A run over many exams where one of them, or the disk, lets it down."""

from __future__ import annotations

import csv
import json
import os
import sys
from pathlib import Path

import pytest

from ius_vision.dicom.clip import ExamFiles, Scan, Unread
from ius_vision.errors import IusError
from ius_vision.outcomes import Failed, Skipped
from ius_vision.pipeline import batch, summary
from ius_vision.pipeline.batch import analyze
from ius_vision.pipeline.pool import Died, Done
from ius_vision.pipeline.progress import Progress
from ius_vision.pipeline.settings import AnalyzeSettings
from ius_vision.pipeline.work import ExamOutcome
from ius_vision.segmentation.bundle import Bundle

EXAM = ExamFiles("E1", "1.2.3", "P1", "20240131", ((Path("a"), "a"), (Path("b"), "b")))


class Heard(Progress):
    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def exam_done(self, exam_id: str, problem: str) -> None:
        self.said.append((exam_id, problem))


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Analyse `EXAM` with workers that answer what they are told to."""

    def start(event, unread=(), out=tmp_path / "out"):
        monkeypatch.setattr(batch, "scan", lambda *_: Scan((EXAM,), unread))
        monkeypatch.setattr(batch, "read_bundle", lambda path: Bundle(path, {}, None, "0" * 64))
        monkeypatch.setattr(batch, "run_tasks", lambda *_: iter([event]))
        heard = Heard()
        return analyze(AnalyzeSettings((tmp_path,), out), heard), heard

    return start


def clips(out: Path) -> list[dict[str, str]]:
    with (out / "clips.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_killed_worker_is_its_exam_s_failure(run, tmp_path):
    result, heard = run(Died(EXAM, -9, "a"))
    assert result.exit_code == 1
    assert result.exams == {"failed": 1}
    assert {(row["file"], row["status"], row["reason"]) for row in clips(tmp_path / "out")} == {
        ("a", "failed", "worker_died"),
        ("b", "failed", "worker_died"),
    }
    assert "signal 9 after a" in heard.said[0][1]
    record = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))
    assert record["exams"][0]["reason"] == "worker_died"
    assert list((tmp_path / "out" / "exams").iterdir()) == []


def test_what_an_earlier_run_wrote_is_no_input(run, tmp_path):
    own = [tmp_path / "out" / name for name in ("clips.csv", "exams/E1/masks/x.png", "run.json")]
    other = tmp_path / "letter.txt"
    unread = tuple(Unread(path, path.name, Skipped("not_dicom", "Not DICOM.")) for path in (*own, other))
    run(Died(EXAM, 1), unread)
    assert {row["file"] for row in clips(tmp_path / "out")} == {"a", "b", "letter.txt"}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names themselves")
def test_a_link_in_a_circle_among_the_input_and_a_path_that_is_no_text_end_no_run(run, tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    out = Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xff"))
    run(Died(EXAM, 1), (Unread(tmp_path / "loop", "loop", Failed("unreadable_file", "In a circle.")),), out)
    assert {row["file"] for row in clips(out)} == {"a", "b", "loop"}
    record = json.loads((out / "run.json").read_text("utf-8"))
    assert record["settings"]["out"].endswith(r"/b\xff")


def test_a_full_disk_at_the_end_is_a_clear_error(run, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(summary, "write_table", full)
    with pytest.raises(IusError) as caught:
        run(Died(EXAM, 1))
    assert caught.value.reason == "results_not_written"


def test_a_finished_exam_whose_findings_are_gone_is_a_clear_error(run):
    with pytest.raises(IusError) as caught:
        run(Done(EXAM, ExamOutcome("E1", None, {}, None)))
    assert caught.value.reason == "findings_unreadable"
