"""How much grey scatters around every pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numba import types

from ius_vision.machine.jit import entry, part, source_stamp


@part
def _mirrored(place, size):
    """The pixel that stands for one beyond the border, which is mirrored without being repeated."""
    while place < 0 or place >= size:
        place = -place if place < 0 else 2 * (size - 1) - place
        if size == 1:
            return 0
    return place


@part
def _add(line, sign, sums, squares):
    for column in range(len(line)):
        value = np.int32(line[column])
        sums[column] += sign * value
        squares[column] += sign * value * value


def _make(stamp: str):
    @entry(
        types.Array(types.uint8, 2, "C", readonly=True),
        types.int64,
        types.int64,
        types.int64,
        types.Array(types.float32, 2, "C"),
    )
    def local_variance(grey, half_rows, half_columns, first, variance):
        """Variance of grey in a window around every pixel of some rows.

        Parameters
        ----------
        grey : (rows, columns).
        half_rows, half_columns : the window has twice that many and one more.
        first : the row that `variance` begins with.
        variance : (some rows, columns) answer.
        """
        if not stamp:  # the source's hash is part of what the machine code is kept under
            return
        height, width = grey.shape
        wide = 2 * half_columns + 1
        scale = 1.0 / (wide * (2 * half_rows + 1))
        sums, squares = np.zeros(width, np.int32), np.zeros(width, np.int32)
        run, run_squares = np.zeros(width + wide, np.int64), np.zeros(width + wide, np.int64)
        for step in range(-half_rows, half_rows + 1):
            _add(grey[_mirrored(first + step, height)], 1, sums, squares)
        for index in range(len(variance)):
            if index > 0:
                row = first + index
                _add(grey[_mirrored(row + half_rows, height)], 1, sums, squares)
                _add(grey[_mirrored(row - half_rows - 1, height)], -1, sums, squares)
            for place in range(width + wide - 1):
                column = _mirrored(place - half_columns, width)
                run[place + 1] = run[place] + sums[column]
                run_squares[place + 1] = run_squares[place] + squares[column]
            for column in range(width):
                mean = np.float32((run[column + wide] - run[column]) * scale)
                square = np.float32((run_squares[column + wide] - run_squares[column]) * scale)
                variance[index, column] = max(square - mean * mean, np.float32(0.0))

    return local_variance


local_variance = _make(source_stamp(Path(__file__).parent))
