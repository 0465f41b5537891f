"""Walk a simulated cohort from DICOM exams to a validated score, and print the time of every stage.

    python scripts/bench/study.py --patients 40 --jobs 2 --keep study_bench

Every stage is an `ius-vision` command of its own. New patients, to validate and predict on, are a table only.
With --keep, exams and results that are already there are not made again. Ends with 1 where a stage ends
otherwise than it should: a fit of so few patients must be refused, and go through only with --exploratory.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

OUTCOME = ("--outcome", "clinical_remission", "--week", "12")
NEW_PATIENTS = 400


@dataclass(frozen=True, slots=True)
class Stage:
    """A command, and the exit code it has to end with."""

    name: str
    words: tuple[str, ...]
    code: int = 0


def stages(work: Path, chosen: argparse.Namespace) -> list[Stage]:
    """The whole way; each command reads what the ones before it left."""
    sim, exams, new = work / "sim", work / "results", work / "new"
    cohort, seed = str(sim / "cohort.csv"), str(chosen.seed)
    jobs, joined = ("--jobs", str(chosen.jobs)), ("--exams", str(exams))
    size = ("--exams", str(chosen.patients), "--frames", str(chosen.frames), "--segments", chosen.segments)
    visits, later = ("--visit", "baseline,week12"), str(new / "cohort.csv")
    model, fit = str(work / "score"), ("response", "fit", cohort, *joined, *OUTCOME, "--features", "baseline")
    return [
        Stage(
            "phantom cohort",
            ("phantom", "cohort", "--out", str(sim), "--seed", seed, *size, *visits, *jobs),
        ),
        Stage("analyze", ("analyze", str(sim), "--out", str(exams), *jobs)),
        Stage("study eligibility", ("study", "eligibility", cohort, "--out", str(work / "eligibility"))),
        Stage("study endpoints", ("study", "endpoints", cohort, *joined, "--out", str(work / "endpoints"))),
        Stage(
            "study table",
            ("study", "table", cohort, *joined, "--by", OUTCOME[1], "--out", str(work / "tables")),
        ),
        Stage("response fit, refused", (*fit, "--out", str(work / "refused")), code=2),
        Stage("response fit --exploratory", (*fit, "--out", model, "--exploratory")),
        Stage(
            "phantom cohort, new patients",
            (
                "phantom", "cohort", "--out", str(new), "--seed", str(chosen.seed + 1), "--exams",
                str(NEW_PATIENTS), *visits, "--table-only",
            ),
        ),
        Stage("response validate", ("response", "validate", model, later, "--out", str(work / "validation"))),
        Stage("response predict", ("response", "predict", model, later, "--out", str(work / "new.csv"))),
    ]  # fmt: skip


def run(stage: Stage) -> bool:
    """Run one stage and print its line; whether it ended as it should."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "ius_vision.cli.main", *stage.words], capture_output=True, text=True
    )
    after, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - began
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    load = os.getloadavg()[0]
    print(f"| {stage.name} | {done.returncode} | {seconds:.1f} | {used:.1f} | {load:.1f} |", flush=True)
    if done.returncode != stage.code:
        print(done.stdout[-2000:] + done.stderr[-2000:], file=sys.stderr)
    return done.returncode == stage.code


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def told(work: Path) -> None:
    """What came of it, in figures."""
    clips = Counter(row["status"] for row in read(work / "results" / "clips.csv"))
    walls = Counter(row["bwt_status"] for row in read(work / "results" / "segments.csv"))
    print(f"\nfiles: {dict(clips)}; walls of segments: {dict(walls)}")
    print(
        f"eligibility: {dict(Counter(r['status'] for r in read(work / 'eligibility' / 'eligibility.csv')))}"
    )
    for row in read(work / "endpoints" / "endpoint_rates.csv"):
        if row["visit"] == "week_12" and int(row["assessed"]):
            print(f"  {row['endpoint']} ({row['definition']}): {row['yes']}/{row['assessed']}")
    performance = json.loads((work / "score" / "performance.json").read_text("utf-8"))
    corrected = performance["corrected"]
    print(
        f"score: {performance['n']} patients, {performance['events']} events, "
        f"verdict {performance['verdict']}, corrected AUROC {corrected['auroc']:.3f} {corrected['auroc_ci']}"
    )
    found = json.loads((work / "validation" / "validation.json").read_text("utf-8"))
    print(f"{found['n']} new patients: AUROC {found['auroc']:.3f} {found['auroc_ci']}")
    print(f"predictions: {dict(Counter(row['status'] for row in read(work / 'new.csv')))}")


def walk(work: Path, chosen: argparse.Namespace) -> int:
    print("| stage | exit code | s | processor s | load |\n|---|---|---|---|---|")
    began = time.monotonic()
    for stage in stages(work, chosen):
        made = stage.name == "phantom cohort" and (work / "sim" / "cohort.csv").exists()
        if not made and not run(stage):
            return 1
    print(f"\n{time.monotonic() - began:.0f} s in all, {chosen.jobs} jobs, {os.cpu_count()} processors")
    told(work)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=40)
    parser.add_argument("--seed", type=int, default=601)
    parser.add_argument("--frames", type=int, default=12, help="of a cine")
    parser.add_argument("--segments", default="terminal_ileum,ascending_colon,sigmoid_colon")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder to keep everything in")
    chosen = parser.parse_args()
    if chosen.keep is not None:
        chosen.keep.mkdir(parents=True, exist_ok=True)
        return walk(chosen.keep, chosen)
    with tempfile.TemporaryDirectory() as folder:
        return walk(Path(folder), chosen)


if __name__ == "__main__":
    sys.exit(main())
