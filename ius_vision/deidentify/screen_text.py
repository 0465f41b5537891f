"""Writing inside the picture, told from tissue: strokes of one brightness, in a row, that stand still."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ius_vision.geometry import Box

STROKE_SHARE = 0.008
CONTRAST, BRIGHT = 45, 110
SMALLEST_PX, LARGEST_SHARE = 5, 0.08
WIDEST, FILLED = 3.0, (0.12, 0.85)
ONE_BRIGHTNESS, SPREAD = 0.22, 24
FEWEST_SIGNS = 3
GAP, HEIGHTS_APART, OFF_LINE, BRIGHTNESS_APART = 1.2, 1.5, 0.2, 14
OPEN_SHAPES = 0.7
MARGIN_PX = 3


def find_text(frames_grey: Sequence[np.ndarray], mask: np.ndarray) -> tuple[Box, ...]:
    """Find lines of writing in the picture.

    Parameters
    ----------
    frames_grey : (rows, columns) uint8 frames spread over the clip; what moves between them is no writing.
    mask : (rows, columns) bool, the picture.

    Returns
    -------
    Boxes with a small margin, from top to bottom. Single signs, and writing that is darker than the tissue or
    moves with it, are not found.
    """
    still = np.min(frames_grey, axis=0)
    stroke = 2 * max(2, round(STROKE_SHARE * max(still.shape))) + 1
    raised = cv2.morphologyEx(still, cv2.MORPH_TOPHAT, np.ones((stroke, stroke), np.uint8))
    lit = ((raised > CONTRAST) & (still > BRIGHT) & mask).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(lit, connectivity=8)
    signs = [_sign(stats[label], still, labels, label) for label in range(1, count)]
    return tuple(_with_margin(box, still.shape) for box in _lines([sign for sign in signs if sign]))


@dataclass(frozen=True, slots=True)
class _Sign:
    """A part that may be a letter: its box, the share of it that is lit, and its brightness."""

    box: Box
    filled: float
    brightness: float


def _sign(found: np.ndarray, still: np.ndarray, labels: np.ndarray, label: int) -> _Sign | None:
    """A part that has the shape and the even brightness of a letter or digit."""
    left, top, width, height, pixels = (int(part) for part in found)
    if not (SMALLEST_PX <= height <= LARGEST_SHARE * still.shape[0] and 2 <= width <= WIDEST * height):
        return None
    slender = width <= 0.35 * height  # an I or a 1 fills its box
    filled = pixels / (width * height)
    if not (FILLED[0] <= filled <= FILLED[1] or slender):
        return None
    box = Box(top, left, top + height, left + width)
    values = still[box.slices][labels[box.slices] == label].astype(np.int16)
    even = np.mean(values >= int(values.max()) - SPREAD)
    return _Sign(box, filled, float(np.percentile(values, 90))) if even >= ONE_BRIGHTNESS else None


def _lines(signs: list[_Sign]) -> list[Box]:
    """Signs of like height and brightness in a row, three or more, that are no round spots."""
    lines: list[list[_Sign]] = []
    for sign in sorted(signs, key=lambda sign: (sign.box.column0, sign.box.row0)):
        line = next((line for line in lines if _follows(line[-1], sign)), None)
        if line is None:
            lines.append([sign])
        else:
            line.append(sign)
    found = [_around([sign.box for sign in line]) for line in lines if _is_writing(line)]
    return sorted(found, key=lambda box: (box.row0, box.column0))


def _is_writing(line: list[_Sign]) -> bool:
    return len(line) >= FEWEST_SIGNS and float(np.median([sign.filled for sign in line])) <= OPEN_SHAPES


def _around(boxes: list[Box]) -> Box:
    return Box(
        min(box.row0 for box in boxes),
        min(box.column0 for box in boxes),
        max(box.row1 for box in boxes),
        max(box.column1 for box in boxes),
    )


def _follows(last: _Sign, sign: _Sign) -> bool:
    one, two = last.box, sign.box
    taller, lower = max(one.rows, two.rows), min(one.rows, two.rows)
    level = min(abs(one.row0 - two.row0), abs(one.row1 - two.row1)) <= OFF_LINE * taller
    near = two.column0 - one.column1 <= GAP * taller
    alike = abs(last.brightness - sign.brightness) <= BRIGHTNESS_APART
    return taller <= HEIGHTS_APART * lower and level and near and alike


def _with_margin(box: Box, shape: tuple[int, ...]) -> Box:
    return Box(
        max(0, box.row0 - MARGIN_PX),
        max(0, box.column0 - MARGIN_PX),
        min(shape[0], box.row1 + MARGIN_PX),
        min(shape[1], box.column1 + MARGIN_PX),
    )
