"""Fit curves over their windows, in batches of equal length, and gather the answers in the order given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.fit import NEARLY, SETTLED, Batch, new_batch, run
from ius_vision.contrast.models import TEXTBOOK_NAMES, Array, textbook
from ius_vision.contrast.parameters import PARAMETERS, Bolus, gradients, perfusion
from ius_vision.contrast.uncertainty import assess, half_width

FIGURES = ("qof", "misfit", "residual_sd", "aicc", "frames_used", "window_frames", "window_end_s", "steps")
# Times, intensities, and where they count: (curves, samples) each. Intensities are finite everywhere.
Samples = tuple[Array, Array, NDArray[np.bool_]]
_STATE = ("level", "pe", "ttp", "width", "skew", "scale", "settled")
_BATCH_SAMPLES = 65_536  # a batch's arrays stay in the processor's cache


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
    model: str, samples: Samples, stop: NDArray[np.intp], begin: Bolus, floor: Array, judged: bool = True
) -> WindowFits:
    """Fit every curve up to its own last sample.

    Parameters
    ----------
    stop : (curves,) first sample beyond the window.
    begin, floor : (curves,) start values and noise floor.
    judged : False leaves all but the state empty, where only a further fit is to start from it.
    """
    t, y, good = samples
    out = no_fits(model, len(y))
    length = np.minimum(_round_length(stop), y.shape[1])
    order = np.argsort(length, kind="stable")
    for count in np.unique(length):
        same = order[length[order] == count]
        parts = list(_parts(same, max(1, _BATCH_SAMPLES // count)))
        batches = []
        for rows in parts:
            counted = (np.arange(count) < stop[rows, None]) & good[rows, :count]
            some = Bolus(*(getattr(begin, part.name)[rows] for part in fields(begin)))
            batches.append(_start(t[rows, :count], y[rows, :count], counted, some, floor[rows]))
        run(model, batches, SETTLED if judged else NEARLY)
        for rows, batch in zip(parts, batches, strict=True):
            out.put(rows, _judge(model, batch, begin.baseline[rows], judged))
    out.figures["window_frames"][:] = stop
    out.figures["window_end_s"][:] = t[np.arange(len(t)), stop - 1]
    return out


def _round_length(stop: NDArray[np.intp]) -> NDArray[np.intp]:
    """Window lengths rounded up to four steps an octave, so that few different ones are left."""
    step = 2 ** np.maximum(np.floor(np.log2(stop)).astype(np.intp) - 2, 2)
    return -(-stop // step) * step


def _parts(rows: NDArray[np.intp], size: int) -> Iterator[NDArray[np.intp]]:
    for first in range(0, len(rows), size):
        yield rows[first : first + size]


def _start(t: Array, y: Array, counted: NDArray[np.bool_], begin: Bolus, floor: Array) -> Batch:
    # Less the baseline, a small bolus on a bright background keeps its digits.
    shifted = Bolus(np.zeros_like(begin.baseline), begin.pe, begin.ttp_s, begin.width_s, begin.skew)
    return new_batch(t, y - begin.baseline[:, None], counted.astype(float), floor, shifted)


def _judge(model: str, batch: Batch, level: Array, judged: bool) -> WindowFits:
    """Parameters, intervals and quality of settled fits; `level` is what the baseline was counted from."""
    bolus = batch.bolus()
    baseline = bolus.baseline + level
    state = (baseline, bolus.pe, bolus.ttp_s, bolus.width_s, bolus.skew, batch.scale, batch.settled)
    named = dict(zip(_STATE, state, strict=True))
    if not judged:
        return WindowFits({}, {}, {"steps": batch.steps}, named)
    quality, values = assess(model, batch), perfusion(model, bolus)
    half_widths = half_width(gradients(model, bolus, values), quality)
    values["baseline"] = baseline
    values.update(zip(TEXTBOOK_NAMES[model], textbook(model, bolus.width_s, bolus.skew), strict=True))
    figures = {
        "qof": quality.qof,
        "misfit": quality.misfit,
        "residual_sd": quality.residual_sd,
        "aicc": quality.aicc,
        "frames_used": quality.frames_used,
        "steps": batch.steps,
    }
    return WindowFits(values, half_widths, figures, named)
