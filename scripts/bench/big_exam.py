"""One large exam: 12 B-mode and 6 Doppler cines of 60 frames, one contrast cine of 600, 1024 x 768.

    python scripts/bench/big_exam.py [--jobs 2] [--keep FOLDER] [--contrast-only] [--profile]

Six segments, two B-mode views and one Doppler cine each, all JPEG baseline; made once below --keep. Prints
wall and processor seconds by stage, and what of the exam was measured. --contrast-only leaves the contrast
cine alone. --profile does it in this process and prints where the time goes.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from ius_vision.phantom import exam as phantom
from ius_vision.phantom.plan import CinePlan, ExamOrder, Visit, plan_cines, plan_visits
from ius_vision.phantom.storage import Storage
from ius_vision.pipeline.settings import AnalyzeSettings
from ius_vision.vocabulary import Mode, Segment

COMMAND = (sys.executable, "-m", "ius_vision.cli.main")
SIZE = (768, 1024)
FRAMES, CONTRAST_FRAMES, CONTRAST_HZ = 60, 600, 10.0
SEGMENTS = tuple(Segment)[:1] + tuple(Segment)[2:7]
VIEWS = 2


def cines(order: ExamOrder, visit: Visit) -> list[CinePlan]:
    """The exam's cines: the first two B-mode views and the Doppler cine a segment, and the contrast cine."""
    kept: list[CinePlan] = []
    seen: Counter = Counter()
    for plan in plan_cines(order, visit):
        seen[plan.state.segment, plan.mode] += 1
        if plan.mode == Mode.CONTRAST:
            times = tuple(np.round(np.arange(CONTRAST_FRAMES) / CONTRAST_HZ, 4).tolist())
            kept.append(replace(plan, times_s=times))
        elif seen[plan.state.segment, plan.mode] <= VIEWS:
            kept.append(plan)
    return kept


def make(folder: Path, modes: frozenset[Mode]) -> None:
    """Write the exam, every cine as JPEG baseline in colour."""
    order = ExamOrder(key=(61, 1), patient="PHANTOM-61", segments=SEGMENTS, frames=FRAMES)
    (visit,) = plan_visits(order)
    visit = replace(visit, size=SIZE)
    stored = phantom.draw_storage
    phantom.draw_storage = lambda rng, mode, small: replace(
        Storage(stored(rng, Mode.COLOR_DOPPLER, small).syntax, "YBR_FULL_422"), quality=85
    )
    for plan in (plan for plan in cines(order, visit) if plan.mode in modes):
        phantom._write_cine(folder, order, visit, plan)
        print(f"{plan.mode} {plan.state.segment}: {len(plan.times_s)} frames", file=sys.stderr, flush=True)


def processor_seconds() -> float:
    """Of this process and of its children that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def measure(exam: Path, out: Path, jobs: int) -> None:
    """Analyse by the command and print what it took."""
    before, began = processor_seconds(), time.perf_counter()
    words = ["analyze", str(exam), "--out", str(out), "--jobs", str(jobs)]
    code = subprocess.run([*COMMAND, *words], stdout=subprocess.DEVNULL, check=False).returncode
    wall, spent = time.perf_counter() - began, processor_seconds() - before
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    print(f"jobs {jobs}: exit {code}, {wall:.1f} s, processor {spent:.1f} s, load {os.getloadavg()[0]:.1f}")
    print("stages, s:", {name: round(value, 1) for name, value in run["exams"][0]["seconds"].items()})
    print("files:", run["counts"]["clips"], "peak MB:", round(run["exams"][0]["worker_peak_memory_mb"]))


def profile(exam: Path, out: Path) -> None:
    """Where one process spends the exam's time."""
    from ius_vision.dicom.scan import scan
    from ius_vision.pipeline.pool import THREAD_VARIABLES
    from ius_vision.pipeline.work import WorkOrder, prepare
    from ius_vision.segmentation.bundle import SHIPPED

    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    (out / "exams").mkdir(parents=True)
    work = prepare(WorkOrder(out, "profile", SHIPPED, AnalyzeSettings((exam,), out).measure, {}))
    watch = cProfile.Profile(time.process_time)
    watch.runcall(work, scan([exam]).exams[0], lambda _: None)
    pstats.Stats(watch).sort_stats("cumulative").print_stats(70)
    pstats.Stats(watch).sort_stats("tottime").print_stats(40)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder of the exam, made if it is not there")
    parser.add_argument("--contrast-only", action="store_true")
    parser.add_argument("--profile", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        exam = chosen.keep or Path(work, "exam")
        if not exam.exists():
            made = exam.with_name(f"{exam.name}.part")
            make(made, frozenset({Mode.CONTRAST} if chosen.contrast_only else Mode))
            made.rename(exam)
        (profile if chosen.profile else measure)(
            exam, Path(work, "out"), *([] if chosen.profile else [chosen.jobs])
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
