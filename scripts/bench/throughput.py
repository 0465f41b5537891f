"""Exams a minute, memory and time per exam as their number grows, what a second worker brings, start-up time.

    python scripts/bench/throughput.py --sizes 10,100,1000 [--jobs 1,2] [--frames 2] [--files 1] [--turns 5]

Exams are copies of one small phantom under other identifiers. Wall time and processor time are both printed:
on a machine that others use, the second tells more. A machine whose speed drifts is asked by turns: with
--turns the numbers of processes follow each other that many times (1, 2, 1, 2, ...), and wall times are
compared as medians and in each turn. `own` is the time of the exams alone, without starting
the command and its processes, finding files and writing tables. Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pydicom

from ius_vision.phantom.exam import write_exam
from ius_vision.phantom.plan import ExamOrder
from ius_vision.vocabulary import Segment

NAMES = (
    "exams", "jobs", "wall_s", "wall_each", "processor_each", "own_each", "tables_s", "parent_mb",
    "worker_mb",
)  # fmt: skip
COMMAND = (sys.executable, "-m", "ius_vision.cli.main")
STARTS = 7
TENTHS = 10


def start_up_seconds() -> float:
    """Median seconds of `ius-vision --help`."""
    seconds = []
    for _ in range(STARTS):
        began = time.perf_counter()
        subprocess.run([*COMMAND, "--help"], stdout=subprocess.DEVNULL, check=True)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def make_exams(folder: Path, count: int, frames: int, files: int) -> None:
    """The first files of one phantom exam, under `count` studies."""
    with tempfile.TemporaryDirectory() as work:
        order = ExamOrder(
            key=(52, 1), patient="PHANTOM-52", segments=(Segment.SIGMOID_COLON,), frames=frames,
            contrast=False, small=True,
        )  # fmt: skip
        write_exam(Path(work), order)
        originals = [pydicom.dcmread(path) for path in sorted(Path(work).rglob("*.dcm"))[:files]]
    for number in range(count):
        (folder / f"{number:05d}").mkdir(parents=True)
        for place, dataset in enumerate(originals):
            dataset.StudyInstanceUID, dataset.PatientID = f"2.25.7{number:06d}", f"PHANTOM-{number}"
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = (
                f"2.25.8{number:06d}{place}"
            )
            dataset.save_as(folder / f"{number:05d}" / f"IM{place}.dcm")


def measure(exams: Path, jobs: int) -> dict[str, float]:
    """One run; wall and processor seconds, largest memory of parent and workers, MB."""
    out = exams.with_name(f"{exams.name}-out-{jobs}")
    before, began = os.times(), time.perf_counter()
    subprocess.run(
        [*COMMAND, "analyze", str(exams), "--out", str(out), "--jobs", str(jobs)],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    wall, after = time.perf_counter() - began, os.times()
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    shutil.rmtree(out)
    if jobs == 1 and len(run["exams"]) >= TENTHS:
        print(f"\n{drift(run['exams'])}", flush=True)
    return {
        "wall": wall,
        "processor": after.children_user
        + after.children_system
        - before.children_user
        - before.children_system,
        "parent_mb": run["peak_memory_mb"],
        "worker_mb": max(exam["worker_peak_memory_mb"] for exam in run["exams"]),
        "own": statistics.mean(exam["seconds"]["all"] for exam in run["exams"]),
        "tables": run["seconds"]["tables"] + run["seconds"]["pages"],
    }


def drift(exams: list[dict]) -> str:
    """What changes in one process from the second tenth of its exams to the last: memory and time."""
    tenth = len(exams) // TENTHS
    early, late = exams[tenth : 2 * tenth], exams[-tenth:]
    spent = [statistics.median(exam["seconds"]["processor"] for exam in part) for part in (early, late)]
    peaks = [exams[place - 1]["worker_peak_memory_mb"] for place in (TENTHS, len(exams))]
    return (
        f"{len(exams)} exams, one process: largest memory {peaks[0]:.0f} MB after {TENTHS} exams, "
        f"{peaks[1]:.0f} MB at the end, ratio {peaks[1] / peaks[0]:.3f}; processor s an exam "
        f"{spent[0]:.3f} in the second tenth, {spent[1]:.3f} in the last, ratio {spent[1] / spent[0]:.3f}"
    )


def by_turns(exams: Path, size: int, jobs: list[int], turns: int) -> list[dict[int, float]]:
    """Run each number of processes once a turn, and print a row each; wall seconds by turn."""
    walls: list[dict[int, float]] = []
    for _ in range(turns):
        walls.append({})
        for number in jobs:
            found = measure(exams, number)
            walls[-1][number] = found["wall"]
            print(
                f"| {size} | {number} | {found['wall']:.1f} | {found['wall'] / size:.3f} | "
                f"{found['processor'] / size:.3f} | {found['own']:.3f} | {found['tables']:.1f} | "
                f"{found['parent_mb']:.0f} | {found['worker_mb']:.0f} |",
                flush=True,
            )
    return walls


def speed_up(walls: list[dict[int, float]], few: int, many: int) -> str:
    """How many times as fast more processes are: medians over the turns, and each turn by itself."""
    medians = [statistics.median(turn[number] for turn in walls) for number in (few, many)]
    each = [turn[few] / turn[many] for turn in walls]
    return (
        f"{many} processes against {few}, {len(walls)} turns: medians {medians[0]:.1f} s and "
        f"{medians[1]:.1f} s, ratio {medians[0] / medians[1]:.2f}; turn by turn "
        f"{', '.join(f'{ratio:.2f}' for ratio in each)}, median {statistics.median(each):.2f}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="10,100", help="numbers of exams")
    parser.add_argument("--frames", type=int, default=2, help="frames a cine")
    parser.add_argument("--files", type=int, default=5, help="clips an exam")
    parser.add_argument("--jobs", default="1,2", help="numbers of processes")
    parser.add_argument("--turns", type=int, default=1, help="how often each number of processes is run")
    chosen = parser.parse_args()
    jobs = [int(part) for part in chosen.jobs.split(",")]
    print(f"ius-vision --help: {start_up_seconds():.2f} s")
    print(f"| {' | '.join(NAMES)} |")
    print(f"|{'---|' * len(NAMES)}")
    with tempfile.TemporaryDirectory() as work:
        for size in (int(part) for part in chosen.sizes.split(",")):
            exams = Path(work, f"exams-{size}")
            make_exams(exams, size, chosen.frames, chosen.files)
            walls = by_turns(exams, size, jobs, chosen.turns)
            print("".join(f"{speed_up(walls, jobs[0], other)}\n" for other in jobs[1:]), end="", flush=True)
            shutil.rmtree(exams)
    return 0


if __name__ == "__main__":
    sys.exit(main())
