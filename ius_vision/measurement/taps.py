"""How much each pixel counts in each cell of a coarser or finer axis."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

# Less of a pixel than this does not count, so that rounding adds none.
LEAST_PART = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Taps:
    """Cell i is the sum of `weights[i, k]` times pixel `first[i] + k` for k below `count[i]`."""

    first: np.ndarray
    count: np.ndarray
    weights: np.ndarray

    def of(self, cells: slice) -> tuple[slice, tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """The pixels that a run of cells looks at, and first, count and weights within these."""
        first, count = self.first[cells], self.count[cells]
        pixels = slice(int(first[0]), int((first + count).max()))
        return pixels, (first - pixels.start, count, self.weights[cells])

    @property
    def all(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """First, count and weights."""
        return self.first, self.count, self.weights


@lru_cache(maxsize=64)
def axis_taps(pixels: int, cells: int) -> Taps:
    """Means where cells are larger than pixels, linear between pixel centres where they are smaller; as
    `resample.resize` has it.
    """
    scale = pixels / cells
    if cells < pixels:
        start = np.arange(cells) * scale
        stop = np.minimum(start + scale, pixels)
        first = np.where(np.ceil(start) - start > LEAST_PART, np.floor(start), np.ceil(start)).astype(
            np.int64
        )
        last = np.where(stop - np.floor(stop) > LEAST_PART, np.floor(stop), np.floor(stop) - 1)
        last = np.minimum(last, pixels - 1).astype(np.int64)
        at = first[:, None] + np.arange(int((last - first).max()) + 1)
        part = np.minimum(at + 1, stop[:, None]) - np.maximum(at, start[:, None])
        weights = np.where(at <= last[:, None], part / (stop - start)[:, None], 0.0)
        return Taps(first, last - first + 1, weights.astype(np.float32))
    place = np.clip((np.arange(cells) + 0.5) * scale - 0.5, 0.0, pixels - 1.0)
    first = np.minimum(np.floor(place), max(pixels - 2, 0)).astype(np.int64)
    part = (place - first).astype(np.float32)
    count = np.full(cells, min(pixels, 2))
    return Taps(first, count, np.stack([1 - part, part], axis=1)[:, : min(pixels, 2)].copy())
