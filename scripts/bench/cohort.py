"""Analyse a phantom cohort of known truth and print the error table.

    python scripts/bench/cohort.py --exams 20 --seed 501 --jobs 2

Makes the exams and runs `ius-vision` on them, in a temporary folder unless --keep is given.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from ius_vision.pipeline.agreement import agreement, weighted_kappa

GRADES = {"bws": 4, "ifat": 3, "cds": 4}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def ius_vision(*words: str) -> tuple[float, float, int]:
    """Run the command; seconds, peak resident megabytes of the largest process, exit code."""
    started = time.monotonic()
    process = psutil.Popen([sys.executable, "-m", "ius_vision.cli.main", *words])
    peak = [0]
    watcher = threading.Thread(target=_watch, args=(process, peak), daemon=True)
    watcher.start()
    code = process.wait()
    return time.monotonic() - started, peak[0] / 1e6, code


def _watch(process: psutil.Popen, peak: list[int]) -> None:
    while process.is_running():
        try:
            family = [process, *process.children(recursive=True)]
            peak[0] = max(peak[0], *(member.memory_info().rss for member in family))
        except psutil.Error:
            return
        time.sleep(0.05)


def thickness_line(name: str, rows: list[tuple[dict[str, str], dict[str, str]]]) -> str:
    pairs = [(found, true) for found, true in rows if found["bwt_mm"]]
    if len(pairs) < 3:
        return f"| {name} | {len(rows)} | {len(pairs)} | too few |"
    result = agreement([float(f["bwt_mm"]) for f, _ in pairs], [float(t["bwt_mm"]) for _, t in pairs])
    inside = sum(
        float(f["bwt_ci_low_mm"]) <= float(t["bwt_mm"]) <= float(f["bwt_ci_high_mm"]) for f, t in pairs
    )
    return (
        f"| {name} | {len(rows)} | {len(pairs)} | {result.bias:+.3f} | {result.mae:.3f} | "
        f"{result.limits_low:+.2f} to {result.limits_high:+.2f} | {result.icc:.3f} | "
        f"{100 * inside / len(pairs):.0f} % |"
    )


def grade_line(item: str, rows: list[tuple[dict[str, str], dict[str, str]]]) -> str:
    pairs = [(int(f[item]), int(t[item])) for f, t in rows if f[item] and t[item]]
    if not pairs:
        return f"| {item} | {len(rows)} | 0 | - | - |"
    equal = sum(one == other for one, other in pairs) / len(pairs)
    kappa = weighted_kappa(*zip(*pairs, strict=True), GRADES[item])
    return f"| {item} | {len(rows)} | {len(pairs)} | {100 * equal:.0f} % | {kappa:.2f} |"


def score_line(rows: list[tuple[dict[str, str], dict[str, str]]]) -> str:
    pairs = [(float(f["ibus_sas"]), float(t["ibus_sas"])) for f, t in rows if f["ibus_sas"]]
    if len(pairs) < 3:
        return f"IBUS-SAS: {len(pairs)} of {len(rows)} segments scored"
    result = agreement(*zip(*pairs, strict=True))
    return (
        f"IBUS-SAS: {len(pairs)} of {len(rows)} segments scored, bias {result.bias:+.1f}, "
        f"MAE {result.mae:.1f}, limits {result.limits_low:+.1f} to {result.limits_high:+.1f}, "
        f"ICC {result.icc:.3f}"
    )


def join(found: list[dict[str, str]], true: list[dict[str, str]], *keys: str):
    known = {tuple(row[key] for key in keys): row for row in found}
    return [(known[key], row) for row in true if (key := tuple(row[k] for k in keys)) in known]


def report(exams: Path, out: Path) -> None:
    clips_true = [row for table in exams.rglob("truth.csv") for row in read(table)]
    segments_true = [row for table in exams.rglob("truth_segments.csv") for row in read(table)]
    # A cohort may repeat its exams' tables in one table for all.
    b_mode = {row["sop_instance_uid"]: row for row in clips_true if row["mode"] == "b_mode"}
    named = {(row["study_instance_uid"], row["segment"]): row for row in segments_true}
    clips = join(read(out / "clips.csv"), list(b_mode.values()), "sop_instance_uid")
    segments = join(read(out / "segments.csv"), list(named.values()), "study_instance_uid", "segment")
    print("\n| BWT | of | measured | bias mm | MAE mm | 95 % limits | ICC | in interval |")
    print("|---|---|---|---|---|---|---|---|")
    print(thickness_line("clip", clips))
    for key in ("view", "lumen", "probe"):
        for value in sorted({true[key] for _, true in clips}):
            print(thickness_line(f"clip, {value}", [pair for pair in clips if pair[1][key] == value]))
    print(thickness_line("segment", segments))
    print("\n| grade | of | graded | equal | weighted kappa |\n|---|---|---|---|---|")
    for item in GRADES:
        print(grade_line(item, segments))
    print("\n" + score_line(segments))
    print(f"segments found: {len(segments)} of {len(named)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--exams", type=int, default=20)
    parser.add_argument("--seed", type=int, default=501)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder to keep exams and results in")
    chosen = parser.parse_args()
    work = chosen.keep or Path(tempfile.mkdtemp())
    exams, out = work / "exams", work / "results"
    jobs = ("--jobs", str(chosen.jobs))
    try:
        if not exams.exists():
            size = ("--seed", str(chosen.seed), "--exams", str(chosen.exams))
            ius_vision("phantom", "cohort", "--out", str(exams), *size, *jobs)
        seconds, megabytes, code = ius_vision("analyze", str(exams), "--out", str(out), *jobs)
        report(exams, out)
        counts = json.loads((out / "run.json").read_text(encoding="utf-8"))["counts"]
        print(f"exit {code}; {seconds / chosen.exams:.1f} s an exam with {chosen.jobs} jobs")
        print(f"largest process {megabytes:.0f} MB; {counts}")
    finally:
        if chosen.keep is None:
            shutil.rmtree(work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
