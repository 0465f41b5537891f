"""Contrast clips of phantom exams: errors of every region against the truth, and whether intervals held it.

    python scripts/bench/contrast_clips.py --seeds 601-605 [--fault swapped_grey] [--keep FOLDER]

One exam a seed, its contrast clip alone (300 frames, JPEG). Prints, a region a line, the error of every
figure in %, `!` behind one whose 95 % interval missed the truth, and the share of the region's mask that lies
beside the true wall. `unlit` is the share that the program itself finds to take no contrast, `pe_lit` the
error of `pe` without it.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

from ius_vision.phantom import exam as phantom
from ius_vision.phantom.cine import build_cine
from ius_vision.phantom.files import write_csv
from ius_vision.phantom.order import exam_order
from ius_vision.phantom.plan import CONTRAST_FAULTS, CinePlan, ExamOrder, Visit, plan_cines, plan_visits
from ius_vision.phantom.render import render_frame
from ius_vision.phantom.truth import CLIP_COLUMNS
from ius_vision.pipeline.contrast_evidence import REGION_BITS
from ius_vision.vocabulary import Label, Mode, interval_names

COMMAND = (sys.executable, "-m", "ius_vision.cli.main")
SHOWN = ("pe", "wi_auc", "wiwo_auc", "ttp_s", "rt_s", "mtt_s", "wir")
REGIONS = ("wall", "inner_half", "outer_half", "most_enhanced")


def planned(seed: int, fault: str) -> tuple[ExamOrder, Visit, CinePlan]:
    """The contrast clip of the exam that `phantom exam --seed` makes."""
    order = exam_order(seed, None, 24, "baseline", False, fault)
    (visit,) = plan_visits(order)
    return order, visit, next(plan for plan in plan_cines(order, visit) if plan.mode == Mode.CONTRAST)


def make(folder: Path, seed: int, fault: str) -> None:
    """Write the clip with its truth; whole or not at all."""
    if folder.exists():
        return
    part = folder.with_name(f"{folder.name}.part")
    row = phantom._write_cine(part, *planned(seed, fault))
    write_csv(part / "truth.csv", CLIP_COLUMNS, [row])
    part.rename(folder)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def beside(seed: int, fault: str, out: Path, roi: str) -> float:
    """Share of a region's mask that shows no wall in the reference frame."""
    _, visit, plan = planned(seed, fault)
    cine = build_cine(plan, visit)
    planes, mask = (next(out.glob(f"exams/*/{name}")) for name in ("contrast/*_regions.png", "masks/*.png"))
    region = cv2.imread(str(planes), cv2.IMREAD_UNCHANGED) & REGION_BITS[roi] > 0
    time_s = plan.times_s[int(mask.stem.rsplit("_", 1)[-1]) - 1]
    labels = render_frame(cine.scene, np.random.default_rng(0), time_s).labels
    top, left = cine.screen.top, cine.screen.left + cine.screen.panel_shift_px
    window = region[top : top + labels.shape[0], left : left + labels.shape[1]]
    return float(np.mean(labels[window] != Label.WALL))


def error(row: dict[str, str], truth: dict[str, str], name: str) -> str:
    """Of a figure, in % of the truth; `!` where its interval missed."""
    if not row[name] or not truth[name]:
        return "-"
    true = float(truth[name])
    low, high = (float(row[end]) for end in interval_names(name))
    return f"{100 * (float(row[name]) / true - 1):+.1f}{'' if low <= true <= high else '!'}"


def without(row: dict[str, str], truth: dict[str, str]) -> str:
    """Error of `pe` in % of the truth, without the part that takes no contrast."""
    if not row["pe"] or not truth["pe"]:
        return "-"
    return f"{100 * (float(row['pe']) * float(row['unlit_factor']) / float(truth['pe']) - 1):+.1f}"


def report(seed: int, fault: str, folder: Path) -> None:
    """Analyse a clip and print a line a region."""
    out = folder.with_name(f"{folder.name}.out")
    words = ["analyze", str(folder), "--out", str(out), "--fresh"]
    subprocess.run([*COMMAND, *words], stdout=subprocess.DEVNULL, check=False)
    (truth,) = rows_of(folder / "truth.csv")
    for row in rows_of(out / "contrast.csv"):
        cells = [error(row, truth, name) for name in SHOWN]
        outside = f"{100 * beside(seed, fault, out, row['roi']):.1f}" if row["roi"] in REGIONS else "-"
        unlit = f"{100 * float(row['unlit_share']):.1f}" if row["unlit_share"] else "-"
        what = ";".join(filter(None, (row["reason"], row["flags"])))
        lit = without(row, truth) if row["unlit_factor"] else "-"
        print(f"{seed:5d} {row['roi']:14s}", *(f"{cell:>7s}" for cell in (*cells, outside, unlit, lit)), what)


def seeds_of(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=seeds_of, default=range(601, 606), metavar="FIRST-LAST")
    parser.add_argument("--fault", choices=CONTRAST_FAULTS, default="")
    parser.add_argument("--keep", type=Path, help="folder of the clips, made where missing")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        print(
            " seed region        ", *(f"{name:>7s}" for name in SHOWN), " beside   unlit  pe_lit", flush=True
        )
        for seed in chosen.seeds:
            folder = (chosen.keep or Path(work)) / f"{seed}{chosen.fault}"
            make(folder, seed, chosen.fault)
            report(seed, chosen.fault, folder)
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
