"""Mean linear power of regions over a clip: one frame is in memory at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.linear import LEVELS, PowerScale

_LEAST_SEEN = 0.6
HIDDEN = LEVELS  # stands for a pixel outside of the picture, beside the luminances


def shown(panel: NDArray[np.uint8], valid: NDArray[np.bool_]) -> NDArray[np.uint16]:
    """A panel with `HIDDEN` where it is no picture, in one piece of memory."""
    return np.where(valid, panel, np.uint16(HIDDEN))


class Places:
    """Some pixels of a panel, found in every frame at a shift; (rows, columns) indices."""

    def __init__(self, rows: NDArray[np.intp], columns: NDArray[np.intp], shape: tuple[int, int]) -> None:
        self._rows, self._columns, self._shape = rows, columns, shape
        self._flat = np.ravel_multi_index((rows, columns), shape)
        self._room = (
            (int(rows.min()), shape[0] - 1 - int(rows.max())) if rows.size else (0, 0),
            (int(columns.min()), shape[1] - 1 - int(columns.max())) if rows.size else (0, 0),
        )

    def __len__(self) -> int:
        return len(self._flat)

    def values(self, panel: NDArray[np.uint16], moved: tuple[int, int]) -> NDArray[np.uint16]:
        """What `shown` gives at the shifted places; `HIDDEN` for those that leave the panel."""
        if all(-room[0] <= by <= room[1] for by, room in zip(moved, self._room, strict=True)):
            return panel.ravel().take(self._flat + (moved[0] * self._shape[1] + moved[1]))
        rows, columns = self._rows + moved[0], self._columns + moved[1]
        inside = (rows >= 0) & (rows < self._shape[0]) & (columns >= 0) & (columns < self._shape[1])
        out = np.full(len(self._flat), HIDDEN, np.uint16)
        out[inside] = panel[rows[inside], columns[inside]]
        return out


@dataclass(frozen=True, slots=True, eq=False)
class RegionCurves:
    """What was recorded; every array is (regions, frames), NaN where a region had left the picture.

    Attributes
    ----------
    names : of the regions, in order.
    power : one array a scale that was asked for.
    saturated, darkest : shares of pixels at the ends of the display, by the first scale.
    """

    names: tuple[str, ...]
    power: tuple[NDArray[np.float64], ...]
    saturated: NDArray[np.float64]
    darkest: NDArray[np.float64]

    def row(self, name: str) -> int:
        return self.names.index(name)

    def with_power(self, changed: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> RegionCurves:
        """These curves with other powers."""
        return replace(self, power=tuple(changed(power) for power in self.power))

    def beside(self, other: RegionCurves) -> RegionCurves:
        """These regions and those of another recording of the same frames."""
        return RegionCurves(
            (*self.names, *other.names),
            tuple(np.vstack(pair) for pair in zip(self.power, other.power, strict=True)),
            np.vstack([self.saturated, other.saturated]),
            np.vstack([self.darkest, other.darkest]),
        )


class RegionRecorder:
    """Averages regions frame by frame, each shifted to where the tissue is.

    Parameters
    ----------
    regions : (rows, columns) bool masks of the panel, by name.
    scales : tables for the dynamic range, or for several.
    """

    def __init__(self, regions: Mapping[str, NDArray[np.bool_]], scales: Sequence[PowerScale]) -> None:
        self._places = {name: Places(*np.nonzero(mask), mask.shape) for name, mask in regions.items()}
        self._scales = tuple(scales)
        self._rows: list[list[tuple[float, ...]]] = []

    def add(self, panel: NDArray[np.uint16], shift: tuple[float, float]) -> None:
        """Take one frame.

        Parameters
        ----------
        panel : (rows, columns) from `shown`.
        shift : rows and columns that the tissue has moved from the reference frame.
        """
        moved = round(shift[0]), round(shift[1])
        self._rows.append([self._mean(panel, places, moved) for places in self._places.values()])

    def curves(self) -> RegionCurves:
        """Everything recorded so far."""
        count = len(self._scales)
        shape = len(self._rows), len(self._places), count + 2
        cells = np.array(self._rows, dtype=np.float64).reshape(shape)
        return RegionCurves(
            tuple(self._places),
            tuple(np.ascontiguousarray(cells[:, :, index].T) for index in range(count)),
            np.ascontiguousarray(cells[:, :, count].T),
            np.ascontiguousarray(cells[:, :, count + 1].T),
        )

    def _mean(self, panel: NDArray[np.uint16], places: Places, moved: tuple[int, int]) -> tuple[float, ...]:
        counts = np.bincount(places.values(panel, moved), minlength=LEVELS + 1)[:LEVELS]
        if counts.sum() < max(1.0, _LEAST_SEEN * len(places)):
            return (np.nan,) * (len(self._scales) + 2)
        first = self._scales[0](counts)
        others = tuple(scale(counts)[0] for scale in self._scales[1:])
        return (first[0], *others, first[1], first[2])


def moved_panel(panel: NDArray[np.uint8], shift: tuple[float, float]) -> NDArray[np.uint8]:
    """The panel moved back onto the reference, by whole pixels; what was never seen is 0."""
    rows, columns = round(shift[0]), round(shift[1])
    out = np.zeros_like(panel)
    height, width = panel.shape
    to = (
        slice(max(0, -rows), min(height, height - rows)),
        slice(max(0, -columns), min(width, width - columns)),
    )
    out[to] = panel[
        max(0, rows) : max(0, rows) + (to[0].stop - to[0].start),
        max(0, columns) : max(0, columns) + (to[1].stop - to[1].start),
    ]
    return out
