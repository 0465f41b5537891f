"""`ius-vision train segmentation`: a wall model from labelled frames."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path

from ius_vision.cli.examples import examples
from ius_vision.errors import BadUsage


def add_parser(subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(
        "train",
        help="train a wall model on dataset folders",
        description="Train a wall model. Run the same command again to go on after an interruption.",
        **examples(
            "train segmentation --data frames --out runs/first",
            "train segmentation --data frames more_frames --out runs/second --config train.toml",
            "train segmentation --data datalist.json --out runs/third",
            "train segmentation --out runs/fourth --config drawn.toml",
        ),
    )
    parser.add_argument("what", choices=["segmentation"], help="what to train")
    parser.add_argument(
        "--data",
        type=Path,
        nargs="+",
        default=[],
        metavar="DATA",
        help="dataset folders or MONAI datalists (.json); not needed where the "
        "configuration draws all frames on the fly",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="checkpoints, log and bundle")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="TOML file; docs/training.md lists the fields"
    )
    return parser


def run(arguments: argparse.Namespace) -> int:
    import logging

    from tqdm import tqdm

    try:
        from ius_vision.phantom.stream import PhantomStream
        from ius_vision.segmentation.training.train import Listener, TrainOrder, train_segmentation
    except ModuleNotFoundError as error:
        raise BadUsage(
            "missing_extra",
            f"training needs the package {error.name}",
            "train segmentation",
            "Install it: pip install 'ius-vision[train]'",
        ) from error
    words = ["ius-vision", "train", arguments.what]
    words += ["--data", *(path.name for path in arguments.data)] if arguments.data else []
    words += ["--out", arguments.out.name]
    words += ["--config", arguments.config.name] if arguments.config else []
    order = TrainOrder(
        tuple(arguments.data),
        arguments.out,
        arguments.config,
        shlex.join(words),
        lambda wanted: PhantomStream(wanted.engine, wanted.seed, wanted.workers),
    )
    # Of several processes that torchrun started only the first one talks.
    first = os.environ.get("RANK", "0") == "0"
    level = logging.INFO if first else logging.WARNING
    logging.basicConfig(level=level, stream=sys.stderr, format="%(asctime)s %(message)s")
    bars = {"delay": 0.5, "disable": None if first else True}
    with (
        tqdm(unit="frame", desc="reading", **bars) as reading,
        tqdm(unit="step", desc="training", **bars) as bar,
    ):

        def stepped(step: int, steps: int, loss: float) -> None:
            bar.total = steps
            bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
            bar.update(step - bar.n)

        bundle = train_segmentation(order, Listener(reading.update, stepped))
    if first:
        print(bundle)
    return 0
