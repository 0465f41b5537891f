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
    found = [_borders(wall.calm[wall.clear], first, last) for wall in walls]
    seen = [np.isfinite(borders).all(axis=0) for borders in found]
    count = sum(int(np.count_nonzero(shown)) for shown in seen)
    if STATION_MM * count < SHORTEST_MM:
        return None
    shares = np.concatenate([borders[:, shown] for borders, shown in zip(found, seen, strict=True)], axis=1)
    whole = np.concatenate(
        [wall.thickness_mm[wall.clear][shown] for wall, shown in zip(walls, seen, strict=True)]
    )
    inner, outer = shares * whole
    layers = (inner, outer - inner, whole - outer)
    return LayerThickness(*(float(np.median(layer)) for layer in layers), STATION_MM * count)


def _borders(rows: np.ndarray, first: int, last: int) -> np.ndarray:
    """Inner and outer border of the submucosa as shares of the thickness, (2, stations), NaN where there is
    none.
    """
    top = first + np.argmax(rows[:, first : last + 1], axis=1)
    samples = rows.shape[1] - 1
    inner = samples - _fall(rows[:, ::-1], samples - top)
    return np.stack([inner, _fall(rows, top)]) / samples


def _fall(rows: np.ndarray, top: np.ndarray) -> np.ndarray:
    """Where the echo has fallen below the border's level on its way from the top to the end, (stations,)
    samples.
    """
    each, behind = np.arange(len(rows)), np.arange(rows.shape[1]) >= top[:, None]
    lowest = np.where(behind, rows, np.inf).min(axis=1)
    level = lowest + BORDER_LEVEL * (rows[each, top] - lowest)
    below = behind & (rows < level[:, None])
    at = np.maximum(below.argmax(axis=1), 1)
    before, after = rows[each, at - 1], rows[each, at]
    place = at - 1 + (before - level) / np.maximum(before - after, 1e-6)
    return np.where(below.any(axis=1), place, np.nan)
