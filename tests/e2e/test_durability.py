"""Runs that are killed, starved or robbed of their input: nothing is lost, and the next run completes."""

from __future__ import annotations

import json
import resource
import shutil
import signal
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from ius_vision.pipeline import batch
from ius_vision.pipeline.batch import analyze as analyze_here
from ius_vision.pipeline.progress import Progress
from ius_vision.pipeline.settings import AnalyzeSettings

from .conftest import ANALYZE, analyze, rows, tables

SMALLEST_WORK = 3  # masks of an exam after which a run is disturbed


@pytest.fixture
def working_run(patient, tmp_path):
    """A run in the middle of its first exams; the process and its output folder."""
    out = tmp_path / "out"
    command = [*ANALYZE, str(patient), "--out", str(out), "--jobs", "2"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, preexec_fn=hear_ctrl_c, **pipes) as process:
        until(lambda: len(list(out.glob("exams/.part-*/masks/*.png"))) >= SMALLEST_WORK)
        yield process, out
        if process.poll() is None:
            process.kill()


def hear_ctrl_c() -> None:
    """A shell starts what runs in its background deaf to Ctrl-C; here it has to be heard."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def until(reached, seconds: float = 120) -> None:
    """Wait for something to come true."""
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def workers_of(process: subprocess.Popen) -> list[psutil.Process]:
    """Its worker processes, without the one that multiprocessing keeps for itself."""
    children = psutil.Process(process.pid).children()
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


def test_a_run_that_is_killed_is_made_whole_by_the_next(working_run, patient, one_run):
    process, out = working_run
    workers = workers_of(process)
    process.kill()
    process.wait()
    assert psutil.wait_procs(workers, timeout=20)[1] == []
    done = analyze(patient, "--out", out, "--jobs", "2")
    assert (done.returncode, done.stderr) == (0, "")
    assert tables(out) == tables(one_run[1])


def test_a_worker_that_is_killed_costs_its_exam_until_the_next_run(working_run, patient, one_run):
    process, out = working_run
    workers_of(process)[0].kill()
    said = process.communicate(timeout=120)[1]
    assert process.returncode == 1
    assert "worker_died" in said
    assert len(said.splitlines()) <= 2
    assert {row["reason"] for row in rows(out, "clips") if row["status"] == "failed"} == {"worker_died"}
    assert analyze(patient, "--out", out, "--jobs", "2").returncode == 0
    assert tables(out) == tables(one_run[1])


def test_a_worker_killed_over_a_clip_costs_its_exam_until_the_next_run(patient, tmp_path, one_run):
    out = tmp_path / "out"
    words = [*ANALYZE, str(patient), "--out", str(out), "--jobs", "3"]  # more than exams: clips are shared
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        until(lambda: list(out.glob("exams/.part-*/masks/*.png")))
        workers_of(process)[0].kill()
        said = process.communicate(timeout=120)[1]
    assert process.returncode == 1
    assert "worker_died" in said
    assert list(out.rglob(".*")) == []
    assert analyze(patient, "--out", out, "--jobs", "3").returncode == 0
    assert tables(out) == tables(one_run[1])


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_told_to_stop_leaves_things_tidy(working_run, told):
    process, out = working_run
    process.send_signal(told)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert said == "ius-vision: stopped; what was finished is on disk.\n"
    assert json.loads((out / "run.json").read_text("utf-8"))["interrupted"] is True
    assert list(out.rglob(".*")) == []


def test_a_second_run_is_refused_while_the_first_works(working_run, patient):
    process, out = working_run
    process.send_signal(signal.SIGSTOP)  # or it may have ended before the second has begun
    second = analyze(patient, "--out", out)
    assert second.returncode == 2
    assert "out_in_use" in second.stderr
    assert process.poll() is None


def test_a_disk_that_takes_no_more_fails_the_exam_and_the_next_run_completes(one_clip, tmp_path):
    out = tmp_path / "out"
    command = [*ANALYZE, str(one_clip), "--out", str(out)]

    def starve() -> None:  # no file may grow: what a full disk does, without being root
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))

    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=starve, check=False)
    assert done.returncode == 1
    assert "results_not_written" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(out.rglob(".*")) == []
    assert list((out / "exams").iterdir()) == []
    assert analyze(one_clip, "--out", out).returncode == 0
    assert tables(out) == whole(one_clip, tmp_path)


def test_memory_that_ends_in_the_worker_fails_the_exam_and_the_next_run_completes(one_clip, tmp_path):
    out = tmp_path / "out"
    out.mkdir()  # for a folder that is there no worker begins before it has an exam
    command = [*ANALYZE, str(one_clip), "--out", str(out)]
    ample = resource.getrlimit(resource.RLIMIT_AS)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        until(lambda: workers_of(process))
        # Room for Python, none for the network: what the system says of a worker that is too big.
        resource.prlimit(workers_of(process)[0].pid, resource.RLIMIT_AS, (300_000_000, ample[1]))
        said = process.communicate(timeout=120)[1]
    assert process.returncode == 1
    assert "Traceback" not in said
    (row,) = rows(out, "clips")
    assert (row["status"], row["bwt_mm"]) == ("failed", "")
    assert row["reason"] in ("out_of_memory", "worker_died", "analysis_failed")
    assert analyze(one_clip, "--out", out).returncode == 0
    assert tables(out) == whole(one_clip, tmp_path)


def whole(given: Path, tmp_path: Path) -> dict[str, bytes]:
    """What an undisturbed run leaves."""
    analyze_here(AnalyzeSettings((given,), tmp_path / "undisturbed"))
    return tables(tmp_path / "undisturbed")


def test_a_dask_cluster_leaves_the_same_bytes(one_clip, tmp_path):
    pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    out = tmp_path / "out"
    done = analyze(one_clip, "--out", out, "--dask", "local")
    assert (done.returncode, done.stderr) == (0, "")
    assert tables(out) == whole(one_clip, tmp_path)


class TakeAway(Progress):
    """The input folder is unplugged when the exams are known."""

    def __init__(self, given: Path) -> None:
        self.given = given

    def planned(self, *_: int) -> None:
        self.given.rename(self.given.with_name("unplugged"))


def test_an_input_that_vanishes_fails_its_exams_and_leaves_earlier_results_alone(one_clip, tmp_path):
    out = tmp_path / "out"
    analyze_here(AnalyzeSettings((one_clip,), out))
    before = tables(out)
    summary = analyze_here(AnalyzeSettings((one_clip,), out, fresh=True), TakeAway(one_clip))
    assert (summary.exit_code, summary.exams) == (1, {"failed": 1})
    assert [(row["status"], row["reason"]) for row in rows(out, "clips")] == [("failed", "unreadable_file")]
    one_clip.with_name("unplugged").rename(one_clip)
    assert analyze_here(AnalyzeSettings((one_clip,), out)).exams == {"unchanged": 1}
    assert tables(out) == before


def test_a_clock_that_jumps_changes_no_result(one_clip, tmp_path, monkeypatch):
    class Ahead(datetime):
        @classmethod
        def now(cls, zone=None):
            return datetime(2099, 1, 1, tzinfo=zone or UTC)

    undisturbed = whole(one_clip, tmp_path)
    monkeypatch.setattr(batch, "datetime", Ahead)
    out = tmp_path / "out"
    analyze_here(AnalyzeSettings((one_clip,), out))
    run = json.loads((out / "run.json").read_text("utf-8"))
    assert run["started"] > run["finished"]
    assert all(seconds >= 0 for seconds in run["seconds"].values())
    shutil.copystat(__file__, one_clip / "IM0001.dcm")  # another date of the file is no other file
    assert analyze_here(AnalyzeSettings((one_clip,), out)).exams == {"unchanged": 1}
    assert tables(out) == undisturbed
