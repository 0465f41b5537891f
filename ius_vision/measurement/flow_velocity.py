"""Colour of vessels turned into direction and velocity by the colours of the map's own bar."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial import cKDTree

from ius_vision.measurement.colour_pixels import ColourGauge
from ius_vision.outcomes import Abstained

# RGB distance (of 442) up to which a pixel has a colour of the bar; compression and blur move it.
NEAR_COLOUR = 60.0
LEAST_MATCHED = 0.6
# Rims of vessels hold a mixture of colour and grey; this many pixels are left out on all sides.
RIM_PX = 1
LEAST_PIXELS = 40
PLACES = 401
# A direction counts from this share of the pixels on; its peak is what 95 % of them stay below.
LEAST_DIRECTION, PEAK_QUANTILE = 0.05, 0.95
# Flow that is too fast for the scale goes over its end: nearly the fastest colours of both directions touch,
# with no slow colour between.
FAST_SHARE, SLOW_SHARE, TOUCH_PX = 0.75, 0.3, 3
# So much of the flow has to lie where both ends touch.
LEAST_TOUCHING = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class ColourCode:
    """What the colours of a bar stand for: (n, 3) float32 RGB, and (n,) places on the scale, in shares of its
    half span; above 0 is flow towards the probe.
    """

    colours: np.ndarray
    places: np.ndarray


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """Places on the scale: mean with sign and without, and the peak of each direction, away below 0; None
    where hardly anything flows that way.
    """

    mean: float
    speed: float
    peak_towards: float | None
    peak_away: float | None


@dataclass(frozen=True, slots=True)
class FlowReading:
    """What the colour of vessels says, all frames and pixels alike.

    Attributes
    ----------
    towards_percent : share of the coloured pixels that flow towards the probe.
    aliased : whether flow goes over an end of the scale.
    places : mean and peaks in shares of half of what the scale spans. None where only rims are seen, whose
        colour is mixed with grey.
    """

    towards_percent: float
    aliased: bool
    places: PlaceFigures | None


class FlowReader:
    """Reads frame by frame; memory does not grow with their number.

    Notes
    -----
    Each coloured pixel has the place of the nearest colour of the bar. Colour flow shows the part of the
    velocity that lies along the beam; no angle is corrected.
    """

    def __init__(self, code: ColourCode) -> None:
        self._tree = cKDTree(code.colours)
        self._places = code.places
        self._ends = max(0.0, float(code.places.max())), min(0.0, float(code.places.min()))
        self._gauge = ColourGauge()
        self._bounds = np.linspace(-2.0, 2.0, PLACES + 1)
        self._inner = np.zeros(PLACES, np.int64)
        self._all = np.zeros(PLACES, np.int64)
        self._seen = self._seen_inner = self._touching = 0

    def add(self, rgb: np.ndarray, area: np.ndarray, vessels: np.ndarray) -> None:
        """Read a frame.

        Parameters
        ----------
        rgb : (rows, columns, 3) uint8 RGB.
        area, vessels : (rows, columns) bool, the picture, and the vessels in this frame.
        """
        coloured = self._gauge.coloured(rgb, area.astype(np.uint8)) & vessels.astype(np.uint8)
        if not coloured.any():
            return
        column, row, columns, rows = cv2.boundingRect(coloured)
        box = slice(row, row + rows), slice(column, column + columns)
        lit = coloured[box] > 0
        distance, nearest = self._tree.query(rgb[box][lit].astype(np.float32))
        places = np.full(lit.shape, np.nan, np.float32)
        places[lit] = np.where(distance <= NEAR_COLOUR, self._places[nearest], np.nan)
        kernel = np.ones((2 * RIM_PX + 1, 2 * RIM_PX + 1), np.uint8)
        inner = cv2.erode(coloured[box], kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0
        self._inner += self._histogram(places[inner])
        self._all += self._histogram(places)
        self._seen += distance.size
        self._seen_inner += int(inner.sum())
        self._touching += self._touching_px(places)

    def result(self) -> FlowReading | Abstained:
        """Sum up; `no_flow_in_wall`, or `colours_off_the_bar` where the bar lacks the colours seen."""
        if self._seen < LEAST_PIXELS:
            return NO_FLOW
        thick = self._seen_inner >= LEAST_PIXELS
        counts, seen = (self._inner, self._seen_inner) if thick else (self._all, self._seen)
        matched = counts.sum() / seen
        if matched < LEAST_MATCHED:
            return Abstained(
                "colours_off_the_bar",
                f"{100 * (1 - matched):.0f} % of the vessels' coloured pixels have no colour of the bar; "
                "store clips without blending of colour and grey.",
            )
        middle = (self._bounds[:-1] + self._bounds[1:]) / 2
        return FlowReading(
            towards_percent=float(100 * counts[middle > 0].sum() / counts.sum()),
            aliased=bool(self._touching >= LEAST_TOUCHING * self._all.sum()),
            places=_figures(middle, counts) if thick else None,
        )

    def _histogram(self, places: np.ndarray) -> np.ndarray:
        return np.histogram(places[np.isfinite(places)], self._bounds)[0]

    def _touching_px(self, places: np.ndarray) -> int:
        """Pixels near which the fastest colours of both directions lie, and no slow one."""
        high, low = self._ends
        slow = (places < SLOW_SHARE * high) & (places > SLOW_SHARE * low)
        kernel = np.ones((2 * TOUCH_PX + 1, 2 * TOUCH_PX + 1), np.uint8)
        towards, away, slow = (
            cv2.dilate(side.astype(np.uint8), kernel) > 0
            for side in (places > FAST_SHARE * high, places < FAST_SHARE * low, slow)
        )
        return int(np.count_nonzero(towards & away & ~slow))


def _figures(middle: np.ndarray, counts: np.ndarray) -> PlaceFigures:
    """Figures of a histogram of places."""
    total = counts.sum()
    mean, speed = float(counts @ middle / total), float(counts @ np.abs(middle) / total)
    away = _peak(-middle[::-1], counts[::-1])
    return PlaceFigures(mean, speed, _peak(middle, counts), None if away is None else -away)


def _peak(middle: np.ndarray, counts: np.ndarray) -> float | None:
    """The place that 95 % of the pixels above 0 stay below."""
    above = counts * (middle > 0)
    if above.sum() < LEAST_DIRECTION * counts.sum():
        return None
    return float(middle[np.searchsorted(np.cumsum(above), PEAK_QUANTILE * above.sum())])


NO_FLOW = Abstained(
    "no_flow_in_wall", "No lasting flow lies in the wall, so it has no direction and no velocity."
)
