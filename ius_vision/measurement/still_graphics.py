"""Coloured graphics drawn over the picture: pixels that never change, and the outline of the colour box."""

from __future__ import annotations

import cv2
import numpy as np

from ius_vision.geometry import Box

# Flow flickers with the pulse and its noise; graphics change by no more than what compression does to them.
MOST_CHANGE = 16
PLAIN_HUE = 60
FRAMES_NEEDED = 6
RIM_PX = 1
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
