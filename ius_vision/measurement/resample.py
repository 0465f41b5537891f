"""Arrays on grids of other steps."""

from __future__ import annotations

import cv2
import numpy as np

from ius_vision.geometry import Spacing


def grid_shape(rows: int, columns: int, spacing: Spacing, step_mm: float) -> tuple[int, int]:
    """Rows and columns of a grid of about the given step over an array of pixels."""
    return max(2, round(rows * spacing.row_mm / step_mm)), max(
        2, round(columns * spacing.column_mm / step_mm)
    )


def resize(field: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Axis by axis, because averaging is right only where an axis shrinks."""
    for axis in (0, 1):
        now = list(field.shape)
        how = cv2.INTER_AREA if shape[axis] < now[axis] else cv2.INTER_LINEAR
        now[axis] = shape[axis]
        field = cv2.resize(field, (now[1], now[0]), interpolation=how)
    return field
