"""Frames at the network's scale, read or drawn on the fly, and batches that depend on seed and step alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from ius_vision.geometry import Box, Spacing
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
        small, truth = _at_scale(grey, truth, case.spacing, pixel_mm, len(labels))
        frames.append(Frame(case.name, small, truth, focus))
        progress(1)
    return frames


class Drawn(Protocol):
    """A frame that was simulated: `grey` and `labels` (rows, columns) uint8."""

    grey: np.ndarray
    labels: np.ndarray
    spacing: Spacing


class Source(Protocol):
    """Simulated frames by their index; the same index gives the same frame."""

    def __call__(self, indices: Sequence[int]) -> Sequence[Drawn]: ...


def draw_frames(source: Source, indices: Sequence[int], pixel_mm: float) -> list[Frame]:
    """Simulated frames at the network's scale."""
    return [
        Frame(f"drawn_{index}", *_at_scale(drawn.grey, drawn.labels, drawn.spacing, pixel_mm, len(BOWEL)))
        for index, drawn in zip(indices, source(indices), strict=True)
    ]


def _at_scale(
    grey: np.ndarray, truth: np.ndarray, spacing: Spacing, pixel_mm: float, classes: int
) -> tuple[np.ndarray, np.ndarray]:
    grid = NetworkGrid.over(Box(0, 0, *grey.shape), spacing, pixel_mm)
    small = np.clip(np.round(grid.to_network(grey)), 0, 255).astype(np.uint8)
    return small, resample_labels(truth, grid.rows, grid.columns, classes)


def make_batch(
    frames: Sequence[Frame], config: TrainConfig, step: int, source: Source | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The batch of a step: (batch, 1, crop, crop) float32 and (batch, 1, crop, crop) int64.

    A step's batch does not depend on the steps before it, so a resumed training sees the same data. Of the
    crops, the share `phantoms.share` is cut from frames of `source` whose index is the crop's own number.
    """
    size, settings = config.data.crop_px, config.training
    plain = [frame for frame in frames if not frame.shows_bowel]
    pictures = np.empty((settings.batch, 1, size, size), np.float32)
    truths = np.empty((settings.batch, 1, size, size), np.int64)
    counts = range(step * settings.batch, (step + 1) * settings.batch)
    share = config.phantoms.share
    new = [count for count in counts if int((count + 1) * share) > int(count * share)]
    drawn = dict(zip(new, draw_frames(source, new, config.data.pixel_mm), strict=True)) if new else {}
    for place, count in enumerate(counts):
        frame = drawn.get(count) or frames[_turn(count, len(frames), settings.seed)]
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
    frames: Sequence[Frame],
    config: TrainConfig,
    first_step: int,
    rank: int = 0,
    processes: int = 1,
    source: Source | None = None,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches from a step on, made ahead in threads, in order, without end.

    Of `processes` that train together, each takes every so many-th batch, from `rank` on.
    """

    def submit(step: int):
        return pool.submit(make_batch, frames, config, step * processes + rank, source)

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
