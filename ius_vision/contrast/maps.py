"""Parametric maps: every cell of a grid over the wall as a curve of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.curves import Fits, fit_curves
from ius_vision.contrast.linear import PowerScale
from ius_vision.contrast.recorder import Places
from ius_vision.contrast.regions import Wall

MOST_CELLS = 4000
MOST_BINS = 150
_LEAST_CELL_PX = 4
_FULL = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class WallSeries:
    """Mean power of every cell over time, frames out of plane left out.

    Attributes
    ----------
    times_s : (bins,) mean time of the frames in each bin.
    power : (cells, bins).
    rows, columns : (cells,) place of every cell on the grid.
    cell_px : side of a cell in pixels; `row0`, `column0` is the grid's first pixel in the panel.
    shape : rows and columns of the grid.
    """

    times_s: NDArray[np.float64]
    power: NDArray[np.float64]
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    cell_px: int
    row0: int
    column0: int
    shape: tuple[int, int]

    def fit(self, model: str = "lognormal") -> Fits:
        """Fit every cell."""
        return fit_curves(self.times_s, self.power, model)

    def image(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of the cells as a picture of the grid, NaN where there is no cell."""
        out = np.full(self.shape, np.nan)
        out[self.rows, self.columns] = values
        return out


class MapRecorder:
    """Sums the power of every cell in bins of time: memory does not grow with the clip.

    Parameters
    ----------
    wall : of the reference frame.
    times_s : of every frame.
    scale : table of the dynamic range.
    """

    def __init__(self, wall: Wall, times_s: NDArray[np.float64], scale: PowerScale) -> None:
        self._times = times_s
        self._power = np.append(scale.power, 0.0)
        self._seen = np.append(np.ones(len(scale.power)), 0.0)
        self._bins = min(len(times_s), MOST_BINS)
        rows, columns = np.nonzero(wall.whole)
        self._row0, self._column0 = int(rows.min()), int(columns.min())
        self._cell = max(_LEAST_CELL_PX, int(np.ceil(np.sqrt(rows.size / MOST_CELLS))))
        at = (rows - self._row0) // self._cell, (columns - self._column0) // self._cell
        self._shape = int(at[0].max()) + 1, int(at[1].max()) + 1
        flat = np.ravel_multi_index(at, self._shape)
        size = np.bincount(flat, minlength=self._shape[0] * self._shape[1])
        self._kept = np.flatnonzero(size >= _FULL * self._cell**2)
        number = np.full(len(size), -1)
        number[self._kept] = np.arange(len(self._kept))
        inside = number[flat] >= 0
        self._places = Places(rows[inside], columns[inside], wall.whole.shape)
        self._numbers = number[flat][inside]
        shape = self._bins, len(self._kept)
        self._sums, self._counts = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self._clock = np.zeros((self._bins, 2))

    def add(self, index: int, panel: NDArray[np.uint16], moved: tuple[float, float]) -> None:
        """Take one frame that shows the reference's plane, from `recorder.shown`."""
        values = self._places.values(panel, (round(moved[0]), round(moved[1])))
        cells = len(self._kept)
        at = min(index * self._bins // len(self._times), self._bins - 1)
        self._sums[at] += np.bincount(self._numbers, self._power[values], cells)
        self._counts[at] += np.bincount(self._numbers, self._seen[values], cells)
        self._clock[at] += (self._times[index], 1.0)

    def series(self) -> WallSeries:
        """Curves of all cells."""
        kept = self._clock[:, 1] > 0
        counts = self._counts[kept]
        power = np.where(counts > 0, self._sums[kept] / np.maximum(counts, 1.0), np.nan)
        rows, columns = np.unravel_index(self._kept, self._shape)
        return WallSeries(
            self._clock[kept, 0] / self._clock[kept, 1], power.T.astype(np.float64), rows, columns,
            self._cell, self._row0, self._column0, self._shape,
        )  # fmt: skip
