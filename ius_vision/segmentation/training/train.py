"""`train segmentation` from dataset folders to a bundle."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from ius_vision.errors import BadUsage
from ius_vision.segmentation.bundle import CARD_FILE
from ius_vision.segmentation.dataset import BOWEL, Case, read_dataset, read_labels, split_by_patient
from ius_vision.segmentation.training.batches import Frame, Source, draw_frames, load_frames
from ius_vision.segmentation.training.card import Facts, model_card, model_metadata
from ius_vision.segmentation.training.config import PhantomSection, TrainConfig, read_config
from ius_vision.segmentation.training.export import write_bundle
from ius_vision.segmentation.training.loop import Trainer
from ius_vision.segmentation.training.processes import Processes

log = logging.getLogger(__name__)
# Frames drawn on the fly are numbered from 0 on, those that are held out from here on.
HELD_FROM = 10**12
Opener = Callable[[PhantomSection], AbstractContextManager[Source]]


@dataclass(frozen=True, slots=True)
class TrainOrder:
    """What to train on and where to put it; `command` is recorded in the card.

    `phantoms` opens the source of simulated frames that the configuration asks for.
    """

    data: tuple[Path, ...]
    out: Path
    config: Path | None
    command: str
    phantoms: Opener | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Frames:
    """What is trained on and held out, and how many cases each folder has."""

    training: list[Frame]
    held: list[Frame]
    folders: dict[str, int]
    labels: tuple[str, ...]


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
    with _opened(order, config) as source:
        frames = _frames(order, config, source, listener)
        processes = Processes()
        trainer = Trainer(config, order.out, frames.training, frames.held, frames.labels, processes, source)
        trained = trainer.run(lambda step, loss: listener.stepped(step, config.training.steps, loss))
    bundle = order.out / "bundle"
    processes.leave()
    if not processes.first:
        return bundle
    facts = Facts(
        command=order.command,
        folders=frames.folders,
        training_frames=len(frames.training),
        held_frames=len(frames.held),
        config=config,
        trained=trained,
        labels=frames.labels,
        processes=processes.count,
    )
    write_bundle(bundle, trained.network, config, model_metadata(facts), frames.labels)
    (bundle / CARD_FILE).write_text(model_card(facts), "utf-8")
    log.info("bundle written: %s", bundle)
    return bundle


def _opened(order: TrainOrder, config: TrainConfig) -> AbstractContextManager[Source | None]:
    if config.phantoms.share == 0:
        return nullcontext()
    if order.phantoms is None:
        raise ValueError("the configuration asks for simulated frames, and the order has no source of them")
    return order.phantoms(config.phantoms)


def _frames(order: TrainOrder, config: TrainConfig, source: Source | None, listener: Listener) -> _Frames:
    """Read the folders, or, without any, draw the frames that are held out."""
    pixel_mm, wanted = config.data.pixel_mm, config.training.validation_cases
    labels = read_labels(order.data[0]) if order.data else BOWEL
    if source is not None and labels != BOWEL:
        raise BadUsage("bad_config", f"phantoms.share: simulated frames have no labels {', '.join(labels)}")
    if not order.data:
        if config.phantoms.share < 1:
            raise BadUsage("bad_config", "phantoms.share must be 1 where no --data is given")
        _open(order.out)
        return _Frames([], draw_frames(source, range(HELD_FROM, HELD_FROM + wanted), pixel_mm), {}, labels)
    cases = {folder: read_dataset(folder, labels) for folder in order.data}
    training, held = _split(cases, config)
    _open(order.out)
    log.info("%d frames to train on, %d held out", len(training), len(held))
    return _Frames(
        load_frames(training, pixel_mm, listener.loaded, labels),
        load_frames(held[:wanted], pixel_mm, listener.loaded, labels),
        {folder.name: len(found) for folder, found in cases.items()},
        labels,
    )


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
        # Of processes that start together each needs a name of its own.
        with TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise BadUsage("out_not_writable", f"cannot write there: {error.strerror}", str(out)) from error
