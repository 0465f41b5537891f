"""Coloured graphics drawn over the picture: pixels that never change, and the outline of the colour box."""

from __future__ import annotations

import cv2
import numpy as np

from ius_vision.geometry import Box

# Flow flickers with the pulse and its noise; graphics change by no more than what compression does to them.
MOST_CHANGE = 16
PLAIN_HUE = 60
GREEN_SHARE = 0.5
FRAMES_NEEDED = 6
RIM_PX = 1
# A slanted line of a box outline is this long and this thin, and of one brightness.
SLANTED_PX, THIN_PX, GAP_PX, STRAIGHT_PX = 40, 4, 6, 3
HOUGH_VOTES, EVEN_LUMA, EVEN_SHARE = 30, 24.0, 0.7
# A box is outlined along at least this share of each of its sides, within this many pixels of them.
OUTLINED_SHARE, SIDE_PX = 0.6, 3
SMALLEST_BOX_PX = 20


class StillGraphics:
    """Follows the range of luma of pixels that have been coloured in every frame so far."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._always = np.ones(shape, np.uint8)
        self._low = np.full(shape, 255, np.uint8)
        self._high = np.zeros(shape, np.uint8)
        self._frames = 0

    def see(self, rgb: np.ndarray, luma: np.ndarray, coloured: np.ndarray) -> None:
        """Take in a frame: (rows, columns, 3) RGB, its luma and 0 or 1 where it is coloured.

        Plain red and plain blue are the colours of flow, not of marks, even where nothing about them changes.
        """
        self._frames += 1
        cv2.bitwise_and(self._always, cv2.subtract(coloured, _red_or_blue(rgb)), dst=self._always)
        cv2.min(self._low, luma, dst=self._low)
        cv2.max(self._high, luma, dst=self._high)

    def mask(self) -> np.ndarray:
        """Pixels of graphics and their rim, uint8 0 or 1; nothing before there are frames enough to tell."""
        if self._frames < FRAMES_NEEDED:
            return np.zeros_like(self._always)
        still = cv2.compare(cv2.subtract(self._high, self._low), MOST_CHANGE, cv2.CMP_LE)
        found = cv2.bitwise_and(self._always, still)
        return cv2.dilate(found, np.ones((2 * RIM_PX + 1, 2 * RIM_PX + 1), np.uint8))


def _red_or_blue(rgb: np.ndarray) -> np.ndarray:
    """Pixels, uint8 0 or 1, in which red or blue is far above both other parts."""
    red, green, blue = cv2.split(rgb)
    far_red = cv2.min(cv2.subtract(red, green), cv2.subtract(red, blue))
    far_blue = cv2.min(cv2.subtract(blue, green), cv2.subtract(blue, red))
    return cv2.threshold(cv2.max(far_red, far_blue), PLAIN_HUE, 1, cv2.THRESH_BINARY)[1]


def green_marks(rgb: np.ndarray, coloured: np.ndarray) -> np.ndarray:
    """Pieces of colour that are plain green throughout, uint8 0 or 1: calipers, rulers and letters.

    Green stands in maps of turbulence, but there always among other colours.
    """
    red, green, blue = cv2.split(rgb)
    plain = cv2.compare(cv2.subtract(green, cv2.max(red, blue)), PLAIN_HUE, cv2.CMP_GT) & coloured
    if not plain.any():
        return plain
    count, pieces = cv2.connectedComponents(coloured, connectivity=8)
    whole = np.bincount(pieces.ravel(), minlength=count)
    share = np.bincount(pieces[plain > 0], minlength=count) / np.maximum(whole, 1)
    share[0] = 0.0
    return (share >= GREEN_SHARE)[pieces].astype(np.uint8)


def slanted_lines(luma: np.ndarray, coloured: np.ndarray) -> np.ndarray:
    """Thin straight lines of one brightness in any direction, uint8 0 or 1: a sector's colour box.

    Parameters
    ----------
    luma, coloured : (rows, columns) uint8, grey values and 0 or 1 where a pixel is coloured.
    """
    found = np.zeros_like(coloured)
    kernel = np.ones((THIN_PX + 1, THIN_PX + 1), np.uint8)
    thick = cv2.dilate(cv2.morphologyEx(coloured, cv2.MORPH_OPEN, kernel), np.ones((3, 3), np.uint8))
    thin = cv2.subtract(coloured, thick)
    if cv2.countNonZero(thin) < SLANTED_PX:
        return found
    lines = cv2.HoughLinesP(thin, 1, np.pi / 360, HOUGH_VOTES, minLineLength=SLANTED_PX, maxLineGap=GAP_PX)
    luma = luma.astype(np.float32)
    for start_x, start_y, end_x, end_y in lines.reshape(-1, 4) if lines is not None else ():
        line = np.zeros_like(coloured)
        cv2.line(line, (int(start_x), int(start_y)), (int(end_x), int(end_y)), 1, STRAIGHT_PX)
        here = (line & coloured) > 0
        even = here & (np.abs(luma - np.median(luma[here])) <= EVEN_LUMA)
        if even.sum() >= EVEN_SHARE * here.sum():
            found[even] = 1
    return found


def outlined_box(lines: np.ndarray, coloured: np.ndarray) -> Box | None:
    """The upright rectangle that straight lines outline; None where they do not.

    A steered box is no rectangle and is not found.

    Parameters
    ----------
    lines, coloured : (rows, columns) uint8 0 or 1, the long straight lines, and all coloured pixels.
    """
    column, row, columns, rows = cv2.boundingRect(lines)
    if min(rows, columns) < SMALLEST_BOX_PX:
        return None
    part = coloured[row : row + rows, column : column + columns]
    sides = part[:SIDE_PX].max(axis=0), part[-SIDE_PX:].max(axis=0)
    sides += part[:, :SIDE_PX].max(axis=1), part[:, -SIDE_PX:].max(axis=1)
    if any(side.mean() < OUTLINED_SHARE for side in sides):
        return None
    return Box(row, column, row + rows, column + columns)
