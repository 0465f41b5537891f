"""`ius-vision phantom`: simulated exams and training frames with exact truth beside them."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(
        "phantom",
        help="write simulated exams or training frames with exact truth",
        description="Simulated bowel ultrasound with exact truth beside it. Equal seeds give equal bytes.",
    )
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
    dataset = kinds.add_parser("dataset", help="frames and labels to train on")
    _common(dataset)
    dataset.add_argument("--frames", type=int, default=100, help="number of frames (default 100)")
    dataset.add_argument("--jobs", type=int, default=1, help="processes (default 1)")
    return parser


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
    parser.add_argument("--seed", type=int, required=True, help="whole number; equal seeds give equal files")


def run(arguments: argparse.Namespace) -> int:
    from tqdm import tqdm

    from ius_vision.phantom.dataset import DatasetOrder, write_dataset

    order = DatasetOrder(arguments.out, arguments.seed, arguments.frames, arguments.jobs)
    with tqdm(total=order.frames, unit="frame") as bar:
        written = write_dataset(order, lambda done: bar.update(done - bar.n))
    print(written)
    return 0
