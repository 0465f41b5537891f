"""Where the wall has moved to between the frames of a cine."""

from __future__ import annotations

import cv2
import numpy as np

from ius_vision.measurement.flow_maps import Cells

MARGIN_MM = 6.0
FARTHEST_MM = 15.0
LEAST_RESPONSE = 0.04
THINNING = 2


class WallTracker:
    """Shift of the surroundings of the wall against the first frame with a wall, by phase correlation.

    References
    ----------
    Kuglin and Hines 1975, phase correlation.
    """

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._window: tuple[slice, slice] | None = None
        self._first: np.ndarray | None = None
        self._taper: np.ndarray | None = None
        self._last = (0, 0)

    def shift(self, grey: np.ndarray, coloured: np.ndarray, wall: np.ndarray | None) -> tuple[int, int]:
        """Rows and columns (whole cells) by which this frame's content must be moved to lie on the first
        one's.

        Parameters
        ----------
        grey : (rows, columns) float32 cells. `coloured` : where flow covers it. `wall` : bool, None if not
        known.
        """
        calm = np.where(coloured > 0, cv2.blur(grey, (15, 15)), grey)
        if self._first is None:
            if wall is None or not wall.any():
                return 0, 0
            self._start(calm, wall)
            return 0, 0
        part = self._part(calm)
        (columns, rows), response = cv2.phaseCorrelate(part, self._first, self._taper)
        moved_rows, moved_columns = rows * THINNING, columns * THINNING
        far = np.hypot(moved_rows * self._cells.step_row_mm, moved_columns * self._cells.step_column_mm)
        # A frame that does not match keeps the last place: better a little off than anywhere.
        if response >= LEAST_RESPONSE and far <= FARTHEST_MM:
            self._last = round(moved_rows), round(moved_columns)
        return self._last

    def _start(self, grey: np.ndarray, wall: np.ndarray) -> None:
        column, row, columns, rows = cv2.boundingRect(wall.astype(np.uint8))
        more_rows = round(MARGIN_MM / self._cells.step_row_mm)
        more_columns = round(MARGIN_MM / self._cells.step_column_mm)
        self._window = (
            slice(max(0, row - more_rows), row + rows + more_rows),
            slice(max(0, column - more_columns), column + columns + more_columns),
        )
        self._first = self._part(grey)
        self._taper = cv2.createHanningWindow(self._first.shape[::-1], cv2.CV_32F)

    def _part(self, grey: np.ndarray) -> np.ndarray:
        part = grey[self._window]
        size = max(2, part.shape[1] // THINNING), max(2, part.shape[0] // THINNING)
        return cv2.resize(part, size, interpolation=cv2.INTER_AREA)
