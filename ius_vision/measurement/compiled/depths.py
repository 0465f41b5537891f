"""Medians of cells by depth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numba import types

from ius_vision.machine.jit import entry, source_stamp
from ius_vision.machine.order import smallest


def _make(stamp: str):
    @entry(
        types.Array(types.float32, 1, "C", readonly=True),
        types.Array(types.int64, 1, "C", readonly=True),
        types.Array(types.int64, 1, "C", readonly=True),
        types.float64,
        types.int64,
        types.float64,
        types.float64,
        types.Array(types.float64, 1, "C"),
    )
    def medians_near(light, ends, at_rows, step, least, near, farthest, found):
        """Median of the cells nearest in depth to each of some rows, NaN where `least` of them are too far.

        Parameters
        ----------
        light : the cells' values, row after row.
        ends : (rows + 1,) where each row's cells begin in `light`.
        step : between rows; `near` and `farthest` are in its unit.
        found : (at_rows,) answer.
        """
        if not stamp:  # the source's hash is part of what the machine code is kept under
            return
        rows = len(ends) - 1
        depth = (np.arange(rows) + 0.5) * step
        scratch = np.empty(len(light), np.float32)
        for index in range(len(at_rows)):
            at = at_rows[index]
            above, below = at - 1, at + 1
            count, reach = ends[at + 1] - ends[at], 0.0
            while count < least and (above >= 0 or below < rows):
                up = abs(depth[above] - depth[at]) if above >= 0 else np.inf
                down = abs(depth[below] - depth[at]) if below < rows else np.inf
                if up <= down:
                    row, above = above, above - 1
                else:
                    row, below = below, below + 1
                count += ends[row + 1] - ends[row]
                reach = abs(depth[row] - depth[at])
            reach = max(near, reach)
            found[index] = np.nan
            if count < least or reach > farthest:
                continue
            first, last = at, at
            while first > 0 and abs(depth[first - 1] - depth[at]) <= reach:
                first -= 1
            while last < rows - 1 and abs(depth[last + 1] - depth[at]) <= reach:
                last += 1
            size = ends[last + 1] - ends[first]
            scratch[:size] = light[ends[first] : ends[last + 1]]
            upper = smallest(scratch, size, size // 2)
            if size % 2 == 0:
                lower = scratch[0]
                for other in range(1, size // 2):
                    lower = max(lower, scratch[other])
                upper = (lower + upper) / np.float32(2)
            found[index] = upper

    return medians_near


medians_near = _make(source_stamp(Path(__file__).parent))
