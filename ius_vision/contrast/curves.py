"""Time-intensity curves to perfusion parameters: one curve or a million, the same numbers either way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ius_vision.contrast import verdicts
from ius_vision.contrast.engine import FLAGS, KnownWindows, Outcome, fit_rows
from ius_vision.contrast.models import MODELS, Array
from ius_vision.outcomes import Abstained, Measured

DEFAULT_MODEL = "lognormal"
_SLICE_SAMPLES = 1_048_576  # what is fitted in one go


@dataclass(frozen=True, slots=True)
class Fits:
    """Fits of many curves; (curves,) each. NaN stands for an empty cell, explained by the curve's verdict.

    Attributes
    ----------
    model : the model that was fitted.
    verdict : number in `verdicts.VERDICTS`; 0 is measured.
    values : one array a name of `parameters.PARAMETERS` and of the model's two textbook shape parameters.
    half_widths : half the 95 % interval of each name of `PARAMETERS`.
    figures : `engine.FIGURES`: quality of fit, residual scatter, AICc, frames used, window end, steps.
    flags : `engine.FLAGS`, True where it holds.
    """

    model: str
    verdict: NDArray[np.int8]
    values: dict[str, Array]
    half_widths: dict[str, Array]
    figures: dict[str, Array]
    flags: dict[str, NDArray[np.bool_]]

    def __len__(self) -> int:
        return len(self.verdict)

    def reason(self, row: int) -> str:
        """Reason code of a curve, empty where it is measured."""
        return verdicts.VERDICTS[self.verdict[row]]

    def detail(self, row: int) -> str:
        """One sentence on a curve that is not measured, empty where it is."""
        qof = self.figures["qof"][row]
        return verdicts.explain(self.reason(row), float(qof) if np.isfinite(qof) else None)

    def parameter(self, name: str, row: int) -> Measured[float] | Abstained:
        """One parameter of one curve with its 95 % interval, or why there is none."""
        if self.verdict[row]:
            return Abstained(self.reason(row), self.detail(row))
        value, half = float(self.values[name][row]), float(self.half_widths[name][row])
        if not np.isfinite(value):
            return Abstained(
                "not_in_curve", f"A curve of this shape has no {name}; read the other parameters."
            )
        return Measured(value, value - half, value + half)

    def flag_names(self, row: int) -> str:
        """Names of the flags that hold for a curve, separated by `;`."""
        return ";".join(name for name in FLAGS if self.flags[name][row])


def fit_curves(
    times_s: ArrayLike,
    intensities: ArrayLike,
    model: str = DEFAULT_MODEL,
    used: ArrayLike | None = None,
    threads: int = 1,
) -> Fits:
    """Fit a bolus with a constant baseline to every curve.

    Parameters
    ----------
    times_s : (samples,) or (curves, samples), strictly increasing, any spacing.
    intensities : (samples,) or (curves, samples), linear, not log-compressed.
    model : one of `models.MODELS`.
    used : like `intensities`, False for frames that must not count, such as those dropped for motion.
    threads : how many slices of the curves are fitted at the same time; the numbers are the same.

    Returns
    -------
    Parameters with intervals, or a verdict, for every curve in the given order.

    Raises
    ------
    ValueError
        Unknown model, shapes that do not match, or times that do not increase.

    Notes
    -----
    A first fit ends where the smoothed curve has fallen to half of its peak. Its window is opened until the
    bolus has faded, or closed to three quarters where blood comes back (`recirculation`). Baseline and
    height are solved inside the iteration. Weights follow speckle: variance ~ bolus^2 + floor^2. Inputs are
    never written to.

    References
    ----------
    Strouthos 2010, TUFFC 57(6):1296-1310 for the models.
    """
    return _fitted(model, *_checked(times_s, intensities, model, used), threads=threads)


def fit_best(times_s: ArrayLike, intensities: ArrayLike, used: ArrayLike | None = None) -> list[Fits]:
    """Fit every model over the same windows; `best_of` tells which one a curve's AICc prefers.

    Notes
    -----
    The window is the widest that any model allows, so that a model which misses the data there is found out.
    Blood is taken to come back only where no model reaches those data.
    """
    samples = _checked(times_s, intensities, DEFAULT_MODEL, used)
    alone = [_fitted(model, *samples) for model in MODELS]
    frames = np.stack([np.nan_to_num(one.figures["window_frames"]) for one in alone])
    returns = np.stack([one.flags["recirculation"] | (one.verdict != 0) for one in alone])
    stop = np.max(np.where(returns & ~returns.all(axis=0), 0, frames), axis=0).astype(np.intp)
    known = KnownWindows(np.all([one.flags["recirculation"] for one in alone], axis=0), stop)
    return [_fitted(model, *samples, known) for model in MODELS]


def best_of(fits: list[Fits]) -> NDArray[np.intp]:
    """Index of the model with the lowest AICc among those that measure a curve, (curves,).

    The first model where none measures it.
    """
    score = [np.where(one.verdict == 0, one.figures["aicc"], np.inf) for one in fits]
    return np.argmin(np.stack(score), axis=0)


def _fitted(
    model: str,
    t: Array,
    y: Array,
    good: NDArray[np.bool_],
    known: KnownWindows | None = None,
    threads: int = 1,
) -> Fits:
    step = max(1, min(_SLICE_SAMPLES // max(y.shape[1], 1), -(-len(y) // threads)))
    slices = [slice(first, first + step) for first in range(0, max(len(y), 1), step)]

    def one(rows: slice) -> Outcome:
        clock = t if len(t) == 1 else t[rows]
        return fit_rows(model, clock, y[rows], good[rows], None if known is None else known.rows(rows))

    if threads > 1 and len(slices) > 1:
        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(one, slices))
    else:
        parts = [one(rows) for rows in slices]
    values, half_widths, figures, flags = (
        _joined([getattr(part, name) for part in parts])
        for name in ("values", "half_widths", "figures", "flags")
    )
    verdict = np.concatenate([part.verdict for part in parts])
    _refuse_units(verdict, values, half_widths)
    return Fits(model, verdict, values, half_widths, figures, flags)


def _refuse_units(verdict: NDArray[np.int8], values: dict[str, Array], half_widths: dict[str, Array]) -> None:
    """Take back, in place, what was fitted to times or intensities that cannot be in the units asked for."""
    rise, pe = values["rt_s"], values["pe"]
    highest = values["baseline"] + np.maximum(half_widths["baseline"], verdicts.DEEPEST_BASELINE * pe)
    strange = (rise < verdicts.SHORTEST_RISE_S) | (rise > verdicts.LONGEST_RISE_S)
    for rows, reason in ((strange, "implausible_times"), (highest < 0, "below_zero")):
        refused = rows & (verdict == 0)
        verdict[refused] = verdicts.code(reason)
        for cells in (*values.values(), *half_widths.values()):
            cells[refused] = np.nan


def _joined(parts: list[dict[str, NDArray]]) -> dict[str, NDArray]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _checked(
    times_s: ArrayLike, intensities: ArrayLike, model: str, used: ArrayLike | None
) -> tuple[Array, Array, NDArray[np.bool_]]:
    if model not in MODELS:
        raise ValueError(f"model {model!r} is not one of {', '.join(MODELS)}")
    y = np.atleast_2d(np.asarray(intensities, dtype=np.float64))
    if y.ndim != 2:
        raise ValueError(f"intensities have shape {y.shape}, not (curves, samples)")
    t = np.asarray(times_s, dtype=np.float64)
    if t.size and not np.all(t[..., 1:] > t[..., :-1]):
        raise ValueError("times_s must be finite and increase from sample to sample")
    if t.ndim == 1:
        t = t[None]
    if t.shape[-1] != y.shape[1] or len(t) not in (1, len(y)):
        raise ValueError(f"times_s have shape {t.shape}, not that of the intensities, {y.shape}")
    good = np.isfinite(y)
    if used is not None:
        good &= np.broadcast_to(np.asarray(used, dtype=bool), y.shape)
    return np.ascontiguousarray(t), np.ascontiguousarray(y), np.ascontiguousarray(good)
