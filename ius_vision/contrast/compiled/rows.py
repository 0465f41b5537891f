"""The two entries: samples to fits, and fits to intervals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numba import types

from ius_vision.contrast.compiled.curve import fit_curve
from ius_vision.contrast.compiled.layout import FIT, SCRATCH
from ius_vision.machine.jit import entry, source_stamp


def _make(stamp: str):
    given = types.Array(types.float64, 2, "C", readonly=True)
    marks = types.Array(types.boolean, 2, "C", readonly=True)
    returns, stops = (
        types.Array(types.boolean, 1, "C", readonly=True),
        types.Array(types.int64, 1, "C", readonly=True),
    )
    answer, fits = types.Array(types.float64, 2, "C"), types.Array(types.float64, 3, "C")

    @entry(types.int64, given, given, marks, returns, stops, fits, answer)
    def fit_rows(model, times, values, good, returns, stops, fits, told):
        """Fit every row of `values`; one row of times serves all, or every row has its own.

        Parameters
        ----------
        fits : (curves, 2, FIT) answer, NaN where there is none.
        told : (curves, TOLD) answer.
        """
        if not stamp:  # the source's hash is part of what the machine code is kept under
            return
        curves, samples = values.shape
        scratch = np.empty((SCRATCH + 2, max(samples, FIT)))
        system = np.empty((4, 5, 5))
        for row in range(curves):
            clock = times[0] if len(times) == 1 else times[row]
            fits[row] = np.nan
            told[row] = 0.0
            fit_curve(
                model, clock, values[row], good[row], returns[row], stops[row], scratch, system, fits[row],
                told[row],
            )  # fmt: skip

    return fit_rows


fit_rows = _make(source_stamp(Path(__file__).parent))
