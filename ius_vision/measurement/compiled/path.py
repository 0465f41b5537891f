"""The cheapest path through a table of costs."""

from __future__ import annotations

import numpy as np
from numba import types

from ius_vision.machine.jit import entry


@entry(types.Array(types.float64, 2, "C", readonly=True), types.float64, types.Array(types.int64, 1, "C"))
def cheapest_path(cost, bend_cost, path):
    """Write the column of every row into `path`; see `edges.smoothest_path`."""
    rows, columns = cost.shape
    total, before = cost[0].copy(), np.empty(columns)
    came = np.zeros((rows, columns), np.int64)
    for row in range(1, rows):
        before[:] = total
        for column in range(columns):
            best, best_cost = column, np.inf
            for other in range(max(0, column - 2), min(columns, column + 3)):
                asked = before[other] + bend_cost * float((other - column) ** 2)
                if asked < best_cost:
                    best, best_cost = other, asked
            came[row, column] = best
            total[column] = best_cost + cost[row, column]
    path[-1] = np.argmin(total)
    for row in range(rows - 1, 0, -1):
        path[row - 1] = came[row, path[row]]
