"""A frame and its labels on a coarser grid, in one look at every pixel."""

from __future__ import annotations

import numpy as np
from numba import types

from ius_vision.machine.jit import entry

_BYTES = types.Array(types.uint8, 2, "C", readonly=True)
_MARKS = types.Array(types.boolean, 2, "C", readonly=True)
_INDEX = types.Array(types.int64, 1, "C", readonly=True)
_WEIGHTS = types.Array(types.float32, 2, "C", readonly=True)


@entry(
    _BYTES, _BYTES, _MARKS, _INDEX, _INDEX, _WEIGHTS, _INDEX, _INDEX, _WEIGHTS,
    types.Array(types.float32, 3, "C"),
)  # fmt: skip
def cell_shares(grey, labels, area, rows, row_count, row_weights, columns, column_count, weights, cells):
    """Add up area, grey inside the area, and the share of labels 1, 2 and 3 in every cell.

    Parameters
    ----------
    grey, labels, area : (rows, columns).
    rows, row_count, row_weights, columns, column_count, weights : see `taps.Taps`.
    cells : (5, cell rows, cell columns) answer.
    """
    width = grey.shape[1]
    total = np.empty((5, width), np.float32)
    for cell_row in range(len(rows)):
        total[:] = 0.0
        for tap in range(row_count[cell_row]):
            row, weight = rows[cell_row] + tap, row_weights[cell_row, tap]
            for column in range(width):
                inside, label = area[row, column], labels[row, column]
                total[0, column] += weight * np.float32(inside)
                total[1, column] += weight * np.float32(grey[row, column] * inside)
                total[2, column] += weight * np.float32(label == 1)
                total[3, column] += weight * np.float32(label == 2)
                total[4, column] += weight * np.float32(label == 3)
        for field in range(5):
            for cell in range(len(columns)):
                first, value = columns[cell], np.float32(0.0)
                for tap in range(column_count[cell]):
                    value += weights[cell, tap] * total[field, first + tap]
                cells[field, cell_row, cell] = value


@entry(
    types.Array(types.float32, 2, "C", readonly=True), _INDEX, _INDEX, _WEIGHTS, _INDEX, _INDEX, _WEIGHTS,
    types.Array(types.float32, 2, "C"),
)  # fmt: skip
def cell_means(field, rows, row_count, row_weights, columns, column_count, weights, cells):
    """Mean of a field (rows, columns) in every cell; parameters as of `cell_shares`."""
    width = field.shape[1]
    total = np.empty(width, np.float32)
    for cell_row in range(len(rows)):
        total[:] = 0.0
        for tap in range(row_count[cell_row]):
            row, weight = rows[cell_row] + tap, row_weights[cell_row, tap]
            for column in range(width):
                total[column] += weight * field[row, column]
        for cell in range(len(columns)):
            first, value = columns[cell], np.float32(0.0)
            for tap in range(column_count[cell]):
                value += weights[cell, tap] * total[first + tap]
            cells[cell_row, cell] = value
