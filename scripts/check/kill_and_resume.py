"""Kill `analyze` at random moments, resume it, and compare everything it leaves with an undisturbed run.

    python scripts/check/kill_and_resume.py --kills 20 --seed 1

By turns the run itself or one of its workers is killed (SIGKILL). Small phantoms, in a temporary folder. With
--dask the workers are those of a local Dask cluster.
Ends with 1 where a file other than run.json differs, a process outlives the run, or half-written work stays.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from ius_vision.phantom.exam import write_exam
from ius_vision.phantom.plan import ExamOrder
from ius_vision.vocabulary import Segment

COMMAND = (sys.executable, "-m", "ius_vision.cli.main", "analyze")
CLUSTER: list[str] = []
SECONDS_TO_END = 20
PARENT, WORKER = "run", "worker"


def make_exams(folder: Path, patients: int) -> None:
    """Two visits a patient, one segment, two frames a cine."""
    for number in range(patients):
        write_exam(
            folder / str(number),
            ExamOrder(
                key=(31, number), patient=f"PHANTOM-{number}", segments=(Segment.SIGMOID_COLON,), frames=2,
                visits=("baseline", "week12"), contrast=False, small=True,
            ),
        )  # fmt: skip


def start(exams: Path, out: Path) -> subprocess.Popen:
    words = [*COMMAND, str(exams), "--out", str(out), "--jobs", "2", *CLUSTER]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def finish(exams: Path, out: Path) -> tuple[int, float]:
    """Run to the end; exit code and seconds."""
    began = time.monotonic()
    process = start(exams, out)
    said = process.communicate()[1]
    if process.returncode:
        print(said, file=sys.stderr)
    return process.returncode, time.monotonic() - began


def left_by(out: Path) -> dict[str, bytes]:
    """Every file but run.json, which holds the times."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != "run.json"
    }


def kill(process: subprocess.Popen, victim: str) -> tuple[str, int]:
    """Kill the run or one of its workers; what was killed, and how many processes are left."""
    try:
        family = psutil.Process(process.pid)
        workers = [one for one in family.children() if "spawn_main" in " ".join(one.cmdline())]
    except psutil.Error:
        return "nothing, it had ended", 0
    if victim == WORKER and workers:
        workers[0].kill()
    else:
        victim = PARENT
        process.kill()
    process.wait()
    return victim, len(psutil.wait_procs(workers, timeout=SECONDS_TO_END)[1])


def disturb(exams: Path, out: Path, moment: float, victim: str) -> tuple[str, bool]:
    """Run, kill, and finish in a second run; what was done, and whether all was in order."""
    process = start(exams, out)
    time.sleep(moment)
    complete = len(list(out.glob("exams/*/complete.json")))
    killed, left = kill(process, victim)
    process.communicate()
    code, _ = finish(exams, out)
    said = f"killed {killed}, {complete} exams on disk, {left} processes left, then exit {code}"
    return said, (left, code) == (0, 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patients", type=int, default=2)
    parser.add_argument("--dask", action="store_true", help="with the workers of a local Dask cluster")
    chosen = parser.parse_args()
    CLUSTER.extend(["--dask", "local"] if chosen.dask else [])
    rng, wrong = random.Random(chosen.seed), 0
    with tempfile.TemporaryDirectory() as work:
        exams = Path(work, "exams")
        make_exams(exams, chosen.patients)
        code, seconds = finish(exams, Path(work, "undisturbed"))
        expected = left_by(Path(work, "undisturbed"))
        print(f"undisturbed: exit {code}, {len(expected)} files, {seconds:.1f} s")
        for number in range(1, chosen.kills + 1):
            out, moment = Path(work, str(number)), rng.uniform(0, seconds)
            said, tidy = disturb(exams, out, moment, WORKER if number % 2 else PARENT)
            equal = left_by(out) == expected
            wrong += not (equal and tidy)
            verdict = "equal" if equal else "DIFFERENT"
            print(f"{number:3}: after {moment:5.1f} s {said}: {verdict}", flush=True)
    print(f"{chosen.kills - wrong} of {chosen.kills} disturbed runs end as the undisturbed one")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
