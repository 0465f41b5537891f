"""How likely every state is at every place of a chain whose state seldom changes."""

from __future__ import annotations

import numpy as np
from numba import types

from ius_vision.machine.jit import entry

_TABLE = types.Array(types.float64, 2, "C")


@entry(types.Array(types.float64, 2, "C", readonly=True), types.float64, _TABLE)
def likely_states(evidence, change, likely):
    """Write how likely every state (column) is in every row into `likely`; see `layer_pattern`."""
    rows, states = evidence.shape
    keep = 1.0 - (states - 1) * change
    for row in range(rows):
        before = likely[row - 1].sum() if row else 0.0
        for state in range(states):
            came = 1.0
            if row:
                came = keep * likely[row - 1, state] + change * (before - likely[row - 1, state])
            likely[row, state] = came * np.exp(evidence[row, state])
        likely[row] /= likely[row].sum()
    after, told = np.ones(states), np.empty(states)
    for row in range(rows - 2, -1, -1):
        told[:] = after * np.exp(evidence[row + 1])
        total = told.sum()
        after[:] = keep * told + change * (total - told)
        after /= after.sum()
        likely[row] *= after
        likely[row] /= likely[row].sum()
