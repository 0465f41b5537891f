"""Fit curves over their windows, in batches of equal length, and gather the answers in the order given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.fit import new_batch, run
from ius_vision.contrast.models import TEXTBOOK_NAMES, Array, textbook
from ius_vision.contrast.parameters import PARAMETERS, Bolus, gradients, perfusion
from ius_vision.contrast.uncertainty import assess, half_width

FIGURES = ("qof", "residual_sd", "aicc", "frames_used", "window_end_s", "steps")
_STATE = ("level", "pe", "ttp", "width", "skew", "scale", "settled")
_BATCH_SAMPLES = 65_536  # a batch's arrays stay in the processor's cache
_LENGTH_STEP = 16  # windows are cut to multiples of this, so that few lengths are left


@dataclass(frozen=True, slots=True)
class WindowFits:
    """Fits of some curves, (curves,) each; NaN where there is none yet.

    `values` and `half_widths` by parameter, `figures` by `FIGURES`; `state` is what a further fit starts
    from.
    """

    values: dict[str, Array]
    half_widths: dict[str, Array]
    figures: dict[str, Array]
    state: dict[str, Array]

    def put(self, places: NDArray, other: WindowFits) -> None:
        """Write other fits to their places."""
        for part in fields(self):
            mine, theirs = getattr(self, part.name), getattr(other, part.name)
            for name, array in theirs.items():
                mine[name][places] = array

    def take(self, places: NDArray) -> WindowFits:
        """A copy of some fits."""
        parts = (getattr(self, part.name) for part in fields(self))
        return WindowFits(*({name: array[places] for name, array in part.items()} for part in parts))

    def bolus(self) -> Bolus:
        """Where a further fit may start."""
        return Bolus(*(self.state[name] for name in _STATE[:5]))


def no_fits(model: str, curves: int) -> WindowFits:
    """Room for fits, all empty."""
    names = ((*PARAMETERS, *TEXTBOOK_NAMES[model]), PARAMETERS, FIGURES, _STATE)
    return WindowFits(*({name: np.full(curves, np.nan) for name in part} for part in names))


def fit_windows(
    model: str,
    t: Array,
    y: Array,
    good: NDArray[np.bool_],
    stop: NDArray[np.intp],
    begin: Bolus,
    floor: Array,
) -> WindowFits:
    """Fit every curve up to its own last sample.

    Parameters
    ----------
    t, y, good : (curves, samples); `y` is finite, `good` False where a sample must not count.
    stop : (curves,) first sample beyond the window.
    begin, floor : (curves,) start values and noise floor.
    """
    out = no_fits(model, len(y))
    length = np.minimum(-(-stop // _LENGTH_STEP) * _LENGTH_STEP, y.shape[1])
    order = np.argsort(length, kind="stable")
    for samples in np.unique(length):
        same = order[length[order] == samples]
        for rows in _parts(same, max(1, _BATCH_SAMPLES // samples)):
            counted = (np.arange(samples) < stop[rows, None]) & good[rows, :samples]
            some = Bolus(*(getattr(begin, part.name)[rows] for part in fields(begin)))
            fitted = _fit_batch(model, t[rows, :samples], y[rows, :samples], counted, some, floor[rows])
            out.put(rows, fitted)
    out.figures["window_end_s"][:] = t[np.arange(len(t)), stop - 1]
    return out


def _parts(rows: NDArray[np.intp], size: int) -> Iterator[NDArray[np.intp]]:
    for first in range(0, len(rows), size):
        yield rows[first : first + size]


def _fit_batch(
    model: str, t: Array, y: Array, counted: NDArray[np.bool_], begin: Bolus, floor: Array
) -> WindowFits:
    # Less the baseline, a small bolus on a bright background keeps its digits.
    level = begin.baseline
    shifted = Bolus(np.zeros_like(level), begin.pe, begin.ttp_s, begin.width_s, begin.skew)
    batch = run(model, new_batch(t, y - level[:, None], counted.astype(float), floor, shifted))
    bolus, quality = batch.bolus(), assess(model, batch)
    values = perfusion(model, bolus)
    half_widths = half_width(gradients(model, bolus, values), quality)
    values["baseline"] = values["baseline"] + level
    values.update(zip(TEXTBOOK_NAMES[model], textbook(model, bolus.width_s, bolus.skew), strict=True))
    figures = {
        "qof": quality.qof,
        "residual_sd": quality.residual_sd,
        "aicc": quality.aicc,
        "frames_used": quality.frames_used,
        "steps": batch.steps,
    }
    state = (values["baseline"], bolus.pe, bolus.ttp_s, bolus.width_s, bolus.skew, batch.scale, batch.settled)
    return WindowFits(values, half_widths, figures, dict(zip(_STATE, state, strict=True)))
