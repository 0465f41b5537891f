"""Frames in memory at the network's scale, and batches that depend on seed and step alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ius_vision.geometry import Box
from ius_vision.segmentation.dataset import BOWEL, Case
from ius_vision.segmentation.grid import NetworkGrid, resample_labels
from ius_vision.segmentation.training.augment import borrow, change_look, random_crop
from ius_vision.segmentation.training.config import TrainConfig
from ius_vision.vocabulary import Label

AHEAD = 3


@dataclass(frozen=True, eq=False)
class Frame:
    """One case at the network's scale: `grey` and `labels` (rows, columns) uint8; crops centre on `focus`."""

    name: str
    grey: np.ndarray
    labels: np.ndarray
    focus: int | None = Label.WALL

    @cached_property
    def shows_bowel(self) -> bool:
        return bool(self.labels.any())


def load_frames(
    cases: Sequence[Case],
    pixel_mm: float,
    progress: Callable[[int], None] = lambda count: None,
    labels: tuple[str, ...] = BOWEL,
) -> list[Frame]:
    """Read cases and resample them once; crops centre on `wall` where there is such a label.

    Raises
    ------
    BadUsage
        See `Case.read`.
    """
    frames = []
    focus = labels.index("wall") if "wall" in labels else None
    for case in cases:
        grey, truth = case.read()
        grid = NetworkGrid.over(Box(0, 0, *grey.shape), case.spacing, pixel_mm)
        small = np.clip(np.round(grid.to_network(grey)), 0, 255).astype(np.uint8)
        truth = resample_labels(truth, grid.rows, grid.columns, len(labels))
        frames.append(Frame(case.name, small, truth, focus))
        progress(1)
    return frames


def make_batch(frames: Sequence[Frame], config: TrainConfig, step: int) -> tuple[np.ndarray, np.ndarray]:
    """The batch of a step: (batch, 1, crop, crop) float32 and (batch, 1, crop, crop) int64.

    A step's batch does not depend on the steps before it, so a resumed training sees the same data.
    """
    size, settings = config.data.crop_px, config.training
    plain = [frame for frame in frames if not frame.shows_bowel]
    pictures = np.empty((settings.batch, 1, size, size), np.float32)
    truths = np.empty((settings.batch, 1, size, size), np.int64)
    for place in range(settings.batch):
        count = step * settings.batch + place
        frame = frames[_turn(count, len(frames), settings.seed)]
        rng = np.random.default_rng([settings.seed, 1, count])
        picture, truth = _crop(frame, config, rng)
        if frame.shows_bowel and plain:
            other, _ = _crop(plain[rng.integers(len(plain))], config, rng)
            picture = borrow(picture, truth, other, config.augment, rng)
        pictures[place, 0] = change_look(picture, truth, config.augment, rng)
        truths[place, 0] = truth
    return pictures, truths


def _crop(frame: Frame, config: TrainConfig, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    data = config.data
    size, share = data.crop_px, data.wall_centred
    return random_crop(frame.grey, frame.labels, size, share, config.augment, rng, frame.focus)


def batches(
    frames: Sequence[Frame], config: TrainConfig, first_step: int, rank: int = 0, processes: int = 1
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches from a step on, made ahead in threads, in order, without end.

    Of `processes` that train together, each takes every so many-th batch, from `rank` on.
    """

    def submit(step: int):
        return pool.submit(make_batch, frames, config, step * processes + rank)

    with ThreadPoolExecutor(config.training.threads) as pool:
        waiting = [submit(first_step + i) for i in range(AHEAD)]
        step = first_step + AHEAD
        try:
            while True:
                yield waiting.pop(0).result()
                waiting.append(submit(step))
                step += 1
        finally:
            for future in waiting:
                future.cancel()


def _turn(count: int, frames: int, seed: int) -> int:
    """Which frame is shown at a count: every frame once an epoch, in a new order each epoch."""
    epoch, place = divmod(count, frames)
    return int(np.random.default_rng([seed, 0, epoch]).permutation(frames)[place])
