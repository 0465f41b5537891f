"""Mean linear power of regions over a clip: one frame is in memory at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.linear import PowerScale

_LEAST_SEEN = 0.6


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
    valid : pixels of the panel that belong to the contrast picture.
    scales : tables for the dynamic range, or for several.
    """

    def __init__(
        self, regions: Mapping[str, NDArray[np.bool_]], valid: NDArray[np.bool_], scales: Sequence[PowerScale]
    ) -> None:
        self._places = {name: np.nonzero(mask) for name, mask in regions.items()}
        self._valid = valid
        self._scales = tuple(scales)
        self._rows: list[list[tuple[float, ...]]] = []

    def add(self, panel: NDArray[np.uint8], shift: tuple[float, float]) -> None:
        """Take one frame.

        Parameters
        ----------
        panel : (rows, columns) uint8 luminance of the contrast panel.
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

    def _mean(
        self,
        panel: NDArray[np.uint8],
        places: tuple[NDArray[np.intp], NDArray[np.intp]],
        moved: tuple[int, int],
    ) -> tuple[float, ...]:
        seen = look_up(panel, self._valid, places, moved)
        if seen.size < max(1.0, _LEAST_SEEN * places[0].size):
            return (np.nan,) * (len(self._scales) + 2)
        first = self._scales[0](seen)
        others = tuple(scale(seen)[0] for scale in self._scales[1:])
        return (first[0], *others, first[1], first[2])


def look_up(
    panel: NDArray[np.uint8],
    valid: NDArray[np.bool_],
    places: tuple[NDArray[np.intp], NDArray[np.intp]],
    moved: tuple[int, int],
) -> NDArray[np.uint8]:
    """Pixels at shifted places; those that leave the picture are left out."""
    rows, columns = places[0] + moved[0], places[1] + moved[1]
    inside = (rows >= 0) & (rows < panel.shape[0]) & (columns >= 0) & (columns < panel.shape[1])
    if not inside.all():
        rows, columns = rows[inside], columns[inside]
    kept = valid[rows, columns]
    return panel[rows, columns] if kept.all() else panel[rows[kept], columns[kept]]


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
