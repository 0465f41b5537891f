"""The display map of a contrast panel: grey, or a tint that is taken back to the values behind it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.linear import LEVELS, UNKNOWN_TINT, DisplayMap
from ius_vision.geometry import Box

_TINTED = 8.0  # mean chroma of the brighter pixels; compression leaves some 2
_BRIGHTER = 60
_DARK_END, _LEAST_SPAN, _RINGING = 6.0, 120.0, 20.0
_EVEN_RATIO = 0.03
_BINS = np.array([40, 70, 100, 130, 160, 190, 220, 256])
_LEAST_BIN_PIXELS = 200
# Light beyond what constant proportions can give: the map turns paler at its end.
_FULL, _PALER, _FEW = 250, 264.0, 12
_STRAIGHT_PART, _BAR_ERROR, _RUN = (40, 180), 2.5, 8


def find_display_map(
    frames_rgb: Sequence[NDArray[np.uint8]], panel: NDArray[np.bool_], bars: Sequence[Box]
) -> DisplayMap:
    """Tell which value every luminance of a panel stands for.

    Parameters
    ----------
    frames_rgb : some frames, (rows, columns, 3) uint8 RGB.
    panel : (rows, columns) bool, the contrast picture.
    bars : where the frame shows a colour bar.

    Notes
    -----
    A tint is monotone in luminance, and luminance survives the coarser chroma of JPEG. A colour bar of the
    panel's hue shows the map itself. Without one, a tint that keeps its proportions up to where its strongest
    channel is full has that channel for its value. Of any other tint nothing tells the values.
    """
    pixels = np.concatenate([frame[panel][:: max(1, panel.sum() // 60_000)] for frame in frames_rgb])
    luma, chroma = _luma_chroma(pixels)
    bright = luma > _BRIGHTER
    if bright.sum() < _LEAST_BIN_PIXELS or np.linalg.norm(chroma[bright].mean(axis=0)) < _TINTED:
        return DisplayMap.grey()
    hue = chroma[bright].mean(axis=0)
    gain, to_the_end = _proportional(pixels, luma)
    for box in bars:
        values = _bar_values(frames_rgb[0], box, hue, (1.0, gain or 1.0))
        if values is not None:
            return DisplayMap(values, "colour_bar")
    if gain is not None and to_the_end:
        return DisplayMap(np.minimum(np.arange(LEVELS) * gain, 255.0), "proportional_tint")
    return DisplayMap(np.arange(LEVELS, dtype=np.float64), UNKNOWN_TINT)


def _luma_chroma(pixels: NDArray[np.uint8]) -> tuple[NDArray, NDArray]:
    """Y and (Cr - 128, Cb - 128) of (n, 3) RGB pixels."""
    converted = cv2.cvtColor(np.ascontiguousarray(pixels[None]), cv2.COLOR_RGB2YCrCb)[0].astype(np.float64)
    return converted[:, 0], converted[:, 1:] - 128.0


def _bar_values(
    frame: NDArray[np.uint8], box: Box, hue: NDArray, gains: Sequence[float]
) -> NDArray[np.float64] | None:
    """Read the map off a bar; None where the bar explains something else.

    The bar's coloured part was found; it goes on into the dark until its light no longer falls.
    """
    middle = slice(box.column0 + box.columns // 4, max(box.column0 + 1, box.column1 - box.columns // 4))
    strip = np.median(frame[:, middle].astype(np.float64), axis=1)
    luma, chroma = _luma_chroma(np.clip(np.rint(strip), 0, 255).astype(np.uint8))
    inside = chroma[box.row0 : box.row1].mean(axis=0)
    cosine = float(inside @ hue) / max(np.linalg.norm(inside) * np.linalg.norm(hue), 1e-9)
    up = luma[box.row0 + box.rows // 4] >= luma[box.row1 - 1 - box.rows // 4]
    step, end = (1, len(luma)) if up else (-1, -1)
    # Compression blurs the bar's end into the dark around it: the lightest row near it is the end.
    near = max(2, box.rows // 10)
    around = (
        np.arange(box.row0 - near, box.row0 + near) if up else np.arange(box.row1 - near, box.row1 + near)
    )
    around = around[(around >= 0) & (around < len(luma))]
    bright = int(around[np.argmax(luma[around])])
    dark = bright
    for row in range(bright, end, step):
        if luma[row] > luma[dark] + _RINGING:
            break
        if luma[row] < luma[dark]:
            dark = row
        if luma[row] <= 1.0:
            break
    levels = luma[bright : dark + step if dark + step >= 0 else None : step]
    if cosine < 0.8 or len(levels) < 16 or levels[-1] > _DARK_END or levels[0] - levels[-1] < _LEAST_SPAN:
        return None
    values = np.linspace(255.0, 0.0, len(levels))
    # Ringing pushes a falling row up or down: from both ends, half of it is taken off either way.
    order = (np.minimum.accumulate(levels) + np.maximum.accumulate(levels[::-1])[::-1]) / 2.0
    seen = _curve(order, values)
    gain = next((each for each in gains if _follows(seen, each)), None)
    if gain is None:
        return seen
    return _straightened(levels, order, _placed(levels, values, gain), gain)


def _placed(levels: NDArray, values: NDArray, gain: float) -> NDArray[np.float64]:
    """Values of a bar's rows by the line through its straight part: a bar's end is found to a row only."""
    straight = (levels >= _STRAIGHT_PART[0]) & (levels < _STRAIGHT_PART[1])
    if straight.sum() < _RUN:
        return values
    rows = np.arange(len(levels))
    slope, start = np.polyfit(rows[straight], gain * levels[straight], 1)
    return np.clip(start + slope * rows, 0.0, 255.0)


def _curve(levels: NDArray, values: NDArray) -> NDArray[np.float64]:
    """The value of every luminance, from rows that fall."""
    return np.interp(np.arange(LEVELS), levels[::-1], values[::-1])


def _follows(values: NDArray[np.float64], gain: float) -> bool:
    off = (values - gain * np.arange(LEVELS))[slice(*_STRAIGHT_PART)]
    return bool(np.median(np.abs(off)) <= _BAR_ERROR)


def _straightened(
    levels: NDArray, falling: NDArray, values: NDArray[np.float64], gain: float
) -> NDArray[np.float64]:
    """Put the straight part of a bar's map on the straight line that it follows, and its end on a smooth one.

    A bar has fewer rows than values and compression blurs its ends, which leaves it a level or two off; a
    level is a fifth of a dB, 5 % of power.

    Parameters
    ----------
    levels, falling : (rows,) light of the bar from its bright end, as it is and made to fall.
    values : (rows,) from `_placed`.
    """
    luminances = np.arange(LEVELS)
    straight = np.minimum(gain * luminances, 255.0)
    # Where the map bends it leaves the line for good; before that some levels may be off.
    near = np.abs(_curve(falling, values) - gain * luminances) <= _BAR_ERROR
    follows = np.convolve(near, np.ones(_RUN), "valid") == _RUN
    end = int(np.flatnonzero(follows)[-1]) + _RUN if follows.any() else 0
    bent = values > gain * end
    if bent.sum() >= 2 * _RUN:
        smooth = np.polyval(np.polyfit(values[bent], levels[bent], 2), values[bent])
        if np.sqrt(np.mean((smooth - levels[bent]) ** 2)) <= _BAR_ERROR:
            falling = np.minimum.accumulate(np.concatenate([smooth, falling[~bent]]))
    return np.maximum.accumulate(np.where(luminances < end, straight, _curve(falling, values)))


def _proportional(pixels: NDArray[np.uint8], luma: NDArray) -> tuple[float | None, bool]:
    """Strongest channel over luminance, where that is the same at all brightnesses, else None; and whether it
    is seen to be so where the channel is full."""
    strongest = int(np.argmax(pixels.astype(np.float64).mean(axis=0)))
    channel = pixels[:, strongest].astype(np.float64)
    ratios = []
    for low, high in pairwise(_BINS):
        chosen = (luma >= low) & (luma < high) & (channel < 250)
        if chosen.sum() >= _LEAST_BIN_PIXELS:
            ratios.append(channel[chosen].mean() / luma[chosen].mean())
    if not ratios or np.ptp(ratios) > _EVEN_RATIO * np.mean(ratios):
        return None, False
    gain = float(np.mean(ratios))
    if np.count_nonzero(luma * gain > _PALER) > _FEW:
        return None, False
    return gain, np.count_nonzero((channel >= _FULL) & (luma * gain >= _FULL - 8.0)) > _FEW
