"""Coloured graphics drawn over the picture: pixels that never change, and the outline of the colour box."""

from __future__ import annotations

import cv2
import numpy as np

from ius_vision.geometry import Box

# Flow flickers with the pulse and its noise; graphics change by no more than what compression does to them.
MOST_CHANGE = 16
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

    def see(self, luma: np.ndarray, coloured: np.ndarray) -> None:
        """Take in a frame: luma uint8 and coloured 0 or 1, both (rows, columns)."""
        self._frames += 1
        cv2.bitwise_and(self._always, coloured, dst=self._always)
        cv2.min(self._low, luma, dst=self._low)
        cv2.max(self._high, luma, dst=self._high)

    def mask(self) -> np.ndarray:
        """Pixels of graphics and their rim, uint8 0 or 1; nothing before there are frames enough to tell."""
        if self._frames < FRAMES_NEEDED:
            return np.zeros_like(self._always)
        still = cv2.compare(cv2.subtract(self._high, self._low), MOST_CHANGE, cv2.CMP_LE)
        found = cv2.bitwise_and(self._always, still)
        return cv2.dilate(found, np.ones((2 * RIM_PX + 1, 2 * RIM_PX + 1), np.uint8))


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
