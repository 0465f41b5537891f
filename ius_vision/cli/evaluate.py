"""`ius-vision evaluate segmentation`: a wall model held against frames with truth."""

from __future__ import annotations

import argparse
from pathlib import Path

from ius_vision.cli.examples import examples


def add_parser(subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(
        "evaluate",
        help="hold a wall model against frames with truth",
        description="Overlap, surface distances and wall thickness on a dataset folder, as JSON and a page.",
        **examples("evaluate segmentation --model models/bowel_wall --data frames --out evaluation"),
    )
    parser.add_argument("what", choices=["segmentation"], help="what to evaluate")
    parser.add_argument("--model", type=Path, required=True, metavar="PATH", help="model bundle")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="dataset folder")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="evaluation.json and .html")
    return parser


def run(arguments: argparse.Namespace) -> int:
    from tqdm import tqdm

    from ius_vision.pipeline.evaluation import EvaluateOrder, write_evaluation

    order = EvaluateOrder(arguments.model, arguments.data, arguments.out)
    with tqdm(unit="frame", delay=0.5, disable=None) as bar:
        figures = write_evaluation(order, bar.update)
    bwt = figures["bwt"]
    print(f"frames {figures['frames']}, with wall {bwt['frames']}")
    for name, row in figures["labels"].items():
        print(f"{name}: " + ", ".join(f"{key} {_shown(row[key])}" for key in ("dice", "hd95_mm", "asd_mm")))
    for name in ("measured_share", "bias", "mae", "limits_low", "limits_high", "icc", "interval_coverage"):
        print(f"bwt {name} {_shown(bwt[name])}")
    print(f"without wall: measured_share {_shown(figures['without_wall']['measured_share'])}")
    print(arguments.out / "evaluation.html")
    return 0


def _shown(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.4f}"
