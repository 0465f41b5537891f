"""How thick mucosa, submucosa and muscularis are, where the layers of a wall are seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ius_vision.measurement.midline import STATION_MM

# Profiles are averaged over some mm of wall whose layers waver, which blurs grey values; so a border lies
# half way between the dark and the bright layer, not where the amplitude has halved [D].
BORDER_LEVEL = 0.5
SHORTEST_MM = 8.0


@dataclass(frozen=True, slots=True)
class LayerThickness:
    """Medians over the wall that shows its layers, mm, and the length of that wall.

    The mucosa holds the bright line of the interface, the muscularis ends where the serosa begins.
    """

    mucosa_mm: float
    submucosa_mm: float
    muscularis_mm: float
    seen_mm: float

    @property
    def submucosa_share(self) -> float:
        """Share of the three layers that is submucosa."""
        return self.submucosa_mm / (self.mucosa_mm + self.submucosa_mm + self.muscularis_mm)


@dataclass(frozen=True, slots=True, eq=False)
class StraightWall:
    """A line of wall, straightened.

    `calm` (stations, samples) is grey from the inner to the outer edge, averaged along the wall;
    `thickness_mm` and `clear`, where the layers are seen, are (stations,).
    """

    calm: np.ndarray
    thickness_mm: np.ndarray
    clear: np.ndarray


def measure_layers(walls: Sequence[StraightWall], first: int, last: int) -> LayerThickness | None:
    """Thickness of the layers; None where less than 8 mm of wall show them.

    Parameters
    ----------
    first, last : samples between which the submucosa has its middle.

    Notes
    -----
    The brightest sample between `first` and `last` lies in the submucosa. From it outwards and inwards, the
    first sample below `BORDER_LEVEL` between it and the darkest one on that side is the layer's border.
    """
    shares, thickness = [], []
    for wall in walls:
        for row, height in zip(wall.calm[wall.clear], wall.thickness_mm[wall.clear], strict=True):
            borders = _borders(row, first, last)
            if borders is not None:
                shares.append(borders)
                thickness.append(height)
    if STATION_MM * len(shares) < SHORTEST_MM:
        return None
    inner, outer = np.array(shares).T * np.array(thickness)
    whole = np.array(thickness)
    layers = (inner, outer - inner, whole - outer)
    return LayerThickness(*(float(np.median(layer)) for layer in layers), STATION_MM * len(shares))


def _borders(row: np.ndarray, first: int, last: int) -> tuple[float, float] | None:
    """Inner and outer border of the submucosa as shares of the thickness."""
    top = first + int(np.argmax(row[first : last + 1]))
    inner = _fall(row[: top + 1][::-1])
    outer = _fall(row[top:])
    if inner is None or outer is None:
        return None
    samples = len(row) - 1
    return (top - inner) / samples, (top + outer) / samples


def _fall(row: np.ndarray) -> float | None:
    """Samples from the first to where the echo has fallen below the border's level, or None."""
    level = row.min() + BORDER_LEVEL * (row[0] - row.min())
    below = np.flatnonzero(row < level)
    if not below.size:
        return None
    at = int(below[0])
    before, after = float(row[at - 1]), float(row[at])
    return at - 1 + (before - level) / max(before - after, 1e-6)
