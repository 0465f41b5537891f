"""How many grey levels a dB are, told from the scatter of speckle."""

from __future__ import annotations

import numpy as np

from ius_vision.geometry import Spacing
from ius_vision.measurement.taps import axis_taps

# Fully developed speckle scatters by 5.57 dB (Goodman 1975); smoothing takes off about a fifth. Displays
# span 50 to 71 dB.
SPECKLE_DB, SMOOTHED = 5.57, 0.8
LEAST_GREY_PER_DB, MOST_GREY_PER_DB = 3.6, 5.1
SPECKLE_WINDOW_MM = 2.0


def grey_per_db(grey: np.ndarray, tissue: np.ndarray, spacing: Spacing) -> float:
    """Grey levels a dB, from the scatter of speckle; `tissue` is bool on a coarser grid of the same field."""
    size = tuple(max(3, round(SPECKLE_WINDOW_MM / step)) | 1 for step in (spacing.column_mm, spacing.row_mm))
    if not tissue.any():
        return LEAST_GREY_PER_DB
    box = (_extent(tissue, 1), _extent(tissue, 0))
    scatter = float(np.sqrt(np.median(_variance(grey, size, box, tissue.shape)[tissue[box]])))
    return float(np.clip(scatter / (SMOOTHED * SPECKLE_DB), LEAST_GREY_PER_DB, MOST_GREY_PER_DB))


def _extent(mask: np.ndarray, axis: int) -> slice:
    """From the first to behind the last place along the other axis that is in a mask."""
    places = np.flatnonzero(mask.any(axis=axis))
    return slice(int(places[0]), int(places[-1]) + 1)


def _variance(
    grey: np.ndarray, size: tuple[int, int], box: tuple[slice, slice], shape: tuple[int, int]
) -> np.ndarray:
    """Variance of grey in a window of some columns and rows, averaged over the cells of a box in a grid."""
    from ius_vision.measurement.compiled.shares import cell_means
    from ius_vision.measurement.compiled.speckle import local_variance

    (rows, down), (columns, along) = (
        axis_taps(*axis).of(part) for *axis, part in zip(grey.shape, shape, box, strict=True)
    )
    half_columns, half_rows = (side // 2 for side in size)
    left, right = max(0, columns.start - half_columns), min(grey.shape[1], columns.stop + half_columns)
    variance = np.empty((rows.stop - rows.start, right - left), np.float32)
    local_variance(np.ascontiguousarray(grey[:, left:right]), half_rows, half_columns, rows.start, variance)
    cells = np.empty((box[0].stop - box[0].start, box[1].stop - box[1].start), np.float32)
    inner = np.ascontiguousarray(variance[:, columns.start - left : columns.stop - left])
    cell_means(inner, *down, *along, cells)
    return cells
