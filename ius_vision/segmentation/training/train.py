"""`train segmentation` from dataset folders to a bundle."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ius_vision.errors import BadUsage
from ius_vision.segmentation.bundle import CARD_FILE
from ius_vision.segmentation.dataset import Case, read_dataset, read_labels, split_by_patient
from ius_vision.segmentation.training.batches import load_frames
from ius_vision.segmentation.training.card import Facts, model_card, model_metadata
from ius_vision.segmentation.training.config import TrainConfig, read_config
from ius_vision.segmentation.training.export import write_bundle
from ius_vision.segmentation.training.loop import Trainer
from ius_vision.segmentation.training.processes import Processes

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrainOrder:
    """What to train on and where to put it; `command` is recorded in the card."""

    data: tuple[Path, ...]
    out: Path
    config: Path | None
    command: str


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told how far it is: `loaded(count)` as frames are read, then `stepped(step, steps, loss)`."""

    loaded: Callable[[int], None] = lambda count: None
    stepped: Callable[[int, int, float], None] = lambda step, steps, loss: None


def train_segmentation(order: TrainOrder, listener: Listener | None = None) -> Path:
    """Train, or go on with an interrupted training, and write `OUT/bundle`.

    Returns
    -------
    The bundle's folder.

    Raises
    ------
    BadUsage
        `bad_config`, `bad_dataset`, `bad_checkpoint`, `out_not_writable`.
    IusError
        `export_disagrees`.
    """
    listener = listener or Listener()
    config = read_config(order.config)
    labels = read_labels(order.data[0])
    cases = {folder: read_dataset(folder, labels) for folder in order.data}
    training, held = _split(cases, config)
    _open(order.out)
    log.info("%d frames to train on, %d held out", len(training), len(held))
    pixel_mm = config.data.pixel_mm
    frames = load_frames(training, pixel_mm, listener.loaded, labels)
    held_frames = load_frames(held[: config.training.validation_cases], pixel_mm, listener.loaded, labels)
    processes = Processes()
    trainer = Trainer(config, order.out, frames, held_frames, labels, processes)
    trained = trainer.run(lambda step, loss: listener.stepped(step, config.training.steps, loss))
    bundle = order.out / "bundle"
    processes.leave()
    if not processes.first:
        return bundle
    facts = Facts(
        command=order.command,
        folders={folder.name: len(found) for folder, found in cases.items()},
        training_frames=len(frames),
        held_frames=len(held_frames),
        config=config,
        trained=trained,
        labels=labels,
    )
    write_bundle(bundle, trained.network, config, model_metadata(facts), labels)
    (bundle / CARD_FILE).write_text(model_card(facts), "utf-8")
    log.info("bundle written: %s", bundle)
    return bundle


def _split(cases: dict[Path, tuple[Case, ...]], config: TrainConfig) -> tuple[Sequence[Case], Sequence[Case]]:
    """Split each folder by patient; held-out cases of all folders alternate, so that any part shows all."""
    training: list[Case] = []
    held: list[tuple[float, Case]] = []
    for found in cases.values():
        kept, out = split_by_patient(found, config.data.validation_share, config.training.seed)
        training += kept
        held += [(place / len(out), case) for place, case in enumerate(out)]
    if not training or not held:
        raise BadUsage(
            "bad_dataset", "two patients or more are needed to hold one out", str(next(iter(cases)))
        )
    return training, [case for _, case in sorted(held, key=lambda item: item[0])]


def _open(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / ".writable").touch()
        (out / ".writable").unlink()
    except OSError as error:
        raise BadUsage("out_not_writable", f"cannot write there: {error.strerror}", str(out)) from error
