"""The colour bar of a velocity map read row by row: which colour stands for which share of the scale."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import median_filter

from ius_vision.dicom.colour_content import find_colour_bars
from ius_vision.geometry import Box

# Colours weaker than the first (of 181, the most that chroma can be) are not told from each other; rows
# weaker than the second are the dark middle of a bar.
LEAST_CHROMA, MIDDLE_CHROMA = 10.0, 6.0
# Compression throws weak colour over the ends of a bar and into its dark middle.
LEAST_OF_STRONGEST, CALM_ROWS = 0.15, 5
# A bar fades or is bordered at its sides; only its strong columns are read.
STRONG_SHARE = 0.8
# From row to row a bar changes by little, and so it does across its strong columns; letters do not.
LARGEST_STEP, LARGEST_ROUGHNESS = 48.0, 24.0
DARK = 70.0
# The dark or lined middle of a bar is at most this share of the half that was found.
LARGEST_GAP = 0.45
# Hue that turns by more than this across a bar tells turbulence; all its columns are then read.
TURNING_DEGREES = 15.0
LEAST_SIDE, LEAST_SORTED = 0.12, 0.95
SMALLEST_ROWS = 16


@dataclass(frozen=True, slots=True, eq=False)
class VelocityBar:
    """A two-sided colour bar.

    Attributes
    ----------
    box : of the bar.
    zero_row : the row of velocity 0, the middle of the dark band between the two sides.
    colours : (n, 3) float32 RGB.
    places : (n,) float32, how far each colour stands above `zero_row`, in halves of the bar's height: from
        -1 to 1 where the zero is in the middle. The upper side is flow towards the probe.
    """

    box: Box
    zero_row: float
    colours: np.ndarray
    places: np.ndarray


def read_velocity_bar(frame_rgb: np.ndarray, box: Box | None = None) -> VelocityBar | None:
    """Find and read the bar of a velocity map.

    Parameters
    ----------
    frame_rgb : (rows, columns, 3) uint8 RGB.
    box : where the header says that the bar is.

    Returns
    -------
    The bar, or None where there is none with two sides of different hue.
    """
    if box is not None:
        return _read(frame_rgb, box)
    for found in find_colour_bars(frame_rgb):
        bar = _read(frame_rgb, _whole_bar(frame_rgb, found.box))
        if bar is not None:
            return bar
    return None


def _read(frame_rgb: np.ndarray, box: Box) -> VelocityBar | None:
    patch = np.ascontiguousarray(frame_rgb[box.slices])
    chroma, warmth = _chroma(patch)
    strong = _strong_columns(chroma)
    strength = np.median(chroma[:, strong], axis=1)
    signed = median_filter(
        strength * np.sign(np.median(warmth[:, strong], axis=1)), CALM_ROWS, mode="nearest"
    )
    middle = _middle(np.sign(signed) * (np.abs(signed) >= MIDDLE_CHROMA))
    if box.rows < SMALLEST_ROWS or middle is None:
        return None
    lit = strength >= LEAST_CHROMA
    if _turns(patch, chroma, lit):
        columns = np.flatnonzero(chroma.max(axis=0) >= STRONG_SHARE / 2 * chroma.max())
        at, across = np.nonzero((chroma[:, columns] >= LEAST_CHROMA) & lit[:, None])
        colours = patch[at, columns[across]]
    else:
        at = np.flatnonzero(lit)
        colours = np.median(patch[:, strong], axis=1)[lit]
    places = (middle - at) / (box.rows / 2)
    return VelocityBar(box, box.row0 + middle, colours.astype(np.float32), places.astype(np.float32))


def _middle(sides: np.ndarray) -> float | None:
    """The row between an upper and a lower side of opposite hue, `sides` being 1, -1 or 0 (dark) a row."""
    lit = np.flatnonzero(sides)
    if lit.size < SMALLEST_ROWS // 2:
        return None
    signs = sides[lit]
    # The change at which most rows are on their side, whichever hue is the upper one.
    balance = np.cumsum(signs)
    sorted_rows = (lit.size + np.abs(2 * balance - balance[-1])) / 2
    last = int(np.argmax(sorted_rows))
    above, below = last + 1, lit.size - last - 1
    if sorted_rows[last] < LEAST_SORTED * lit.size or min(above, below) < LEAST_SIDE * sides.size:
        return None
    return (lit[last] + lit[last + 1]) / 2


def _whole_bar(frame_rgb: np.ndarray, found: Box) -> Box:
    """All of a bar of which perhaps only one half was found, or which letters touch: rows that go on
    smoothly.
    """
    strip = np.ascontiguousarray(frame_rgb[:, found.column0 : found.column1])
    chroma, _ = _chroma(strip)
    strong = _strong_columns(chroma[found.row0 : found.row1])
    colour = np.median(strip[:, strong].astype(np.float32), axis=1)
    rough = np.abs(np.diff(strip[:, strong].astype(np.float32), n=2, axis=1)).max(axis=2)
    calm = np.median(rough, axis=1) <= LARGEST_ROUGHNESS if rough.size else np.ones(len(strip), bool)
    strength = np.median(chroma[:, strong], axis=1)
    start = found.row0 + int(np.argmax(strength[found.row0 : found.row1]))
    bar_like = calm & (strength >= max(LEAST_CHROMA, LEAST_OF_STRONGEST * strength[start]))
    gap = round(LARGEST_GAP * found.rows)
    first = _last_row(colour[start::-1], bar_like[start::-1], gap)
    last = _last_row(colour[start:], bar_like[start:], gap)
    if first + last < SMALLEST_ROWS:
        return found
    return Box(start - first, found.column0, start + last + 1, found.column1)


def _last_row(colour: np.ndarray, bar_like: np.ndarray, gap: int) -> int:
    """How far a bar goes on from the first row: smooth coloured rows, and once a gap between its halves."""
    last = 0
    for row in np.flatnonzero(bar_like):
        step = float(np.abs(colour[row] - colour[last]).max())
        dark = min(colour[row].max(), colour[last].max()) < DARK
        if row - last > gap or (row - last <= 2 and step > LARGEST_STEP and not dark):
            break
        last = int(row)
    return last


def _strong_columns(chroma: np.ndarray) -> np.ndarray:
    """Columns, (n,) places, whose colour is about as strong as that of the strongest."""
    mean = chroma.mean(axis=0)
    return np.flatnonzero(mean >= STRONG_SHARE * mean.max())


def _turns(patch: np.ndarray, chroma: np.ndarray, rows_lit: np.ndarray) -> bool:
    """Whether hue changes across the bar."""
    hue = np.deg2rad(2.0 * cv2.cvtColor(patch, cv2.COLOR_RGB2HSV)[..., 0].astype(np.float32))
    spreads = []
    for row in np.flatnonzero(rows_lit):
        lit = chroma[row] >= max(LEAST_CHROMA, 0.3 * chroma[row].max())
        turn = np.angle(np.exp(1j * (hue[row, lit] - hue[row, np.argmax(chroma[row])])))
        spreads.append(np.ptp(np.append(turn, 0.0)))
    return bool(spreads) and bool(np.rad2deg(np.median(spreads)) > TURNING_DEGREES)


def _chroma(rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance of (Cb, Cr) from grey, and Cr - Cb: above 0 red to yellow, below 0 blue to green."""
    converted = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    red, blue = converted[..., 1] - 128.0, converted[..., 2] - 128.0
    return np.hypot(red, blue), red - blue
