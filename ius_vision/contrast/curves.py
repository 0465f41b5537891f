"""Time-intensity curves to perfusion parameters: one curve or a million, the same numbers either way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ius_vision.contrast import verdicts
from ius_vision.contrast.fit import new_batch, run
from ius_vision.contrast.models import MODELS, SKEW_LIMITS, TEXTBOOK_NAMES, Array, start_skew, textbook
from ius_vision.contrast.noise import noise_floor
from ius_vision.contrast.parameters import PARAMETERS, Bolus, gradients, perfusion
from ius_vision.contrast.start import Start, find_start
from ius_vision.contrast.uncertainty import assess, half_width

DEFAULT_MODEL = "lognormal"
FLAGS = ("truncated_washout", "no_baseline", "onset_not_identified")
_FIGURES = ("qof", "residual_sd", "aicc", "frames_used", "window_end_s", "steps")
_BATCH_SAMPLES = 65_536  # a batch's arrays stay in the processor's cache
_LENGTH_STEP = 16  # windows are cut to multiples of this, so that few lengths are left


@dataclass(frozen=True, slots=True)
class Fits:
    """Fits of many curves; (curves,) each. NaN stands for an empty cell, explained by the curve's verdict.

    Attributes
    ----------
    model : the model that was fitted.
    verdict : number in `verdicts.VERDICTS`; 0 is measured.
    values : one array a name of `parameters.PARAMETERS` and of the model's two textbook shape parameters.
    half_widths : half the 95 % interval of each name of `PARAMETERS`.
    figures : `qof`, `residual_sd`, `aicc`, `frames_used`, `window_end_s`, `steps`.
    flags : `FLAGS`, True where it holds.
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

    def flag_names(self, row: int) -> str:
        """Names of the flags that hold for a curve, separated by `;`."""
        return ";".join(name for name in FLAGS if self.flags[name][row])


def fit_curves(
    times_s: ArrayLike, intensities: ArrayLike, model: str = DEFAULT_MODEL, used: ArrayLike | None = None
) -> Fits:
    """Fit a bolus with a constant baseline to every curve.

    Parameters
    ----------
    times_s : (samples,) or (curves, samples), strictly increasing, any spacing.
    intensities : (samples,) or (curves, samples), linear, not log-compressed.
    model : one of `models.MODELS`.
    used : like `intensities`, False for frames that must not count, such as those dropped for motion.

    Returns
    -------
    Parameters with intervals, or a verdict, for every curve in the given order.

    Raises
    ------
    ValueError
        Unknown model, shapes that do not match, or times that do not increase.

    Notes
    -----
    The window ends where the smoothed curve has fallen to half of its peak, since recirculation pulls a longer fit.
    Baseline and height are solved inside the iteration. Weights follow speckle: variance ~ bolus^2 + floor^2.
    Inputs are never written to. Memory: about one copy of the input.

    References
    ----------
    Strouthos 2010, TUFFC 57(6):1296-1310 for the models.
    """
    t, y, good = _checked(times_s, intensities, model, used)
    fits = _empty(model, len(y))
    if y.shape[1] < verdicts.MIN_FRAMES:
        fits.verdict[:] = verdicts.code("too_short")
        return fits
    _release_pages_late()
    for rows in _slices(len(y), y.shape[1]):
        _fit_rows(fits, rows, t[rows], y[rows], good[rows])
    return fits


def fit_best(times_s: ArrayLike, intensities: ArrayLike, used: ArrayLike | None = None) -> list[Fits]:
    """Fit every model; `best_of` tells which one a curve's AICc prefers."""
    return [fit_curves(times_s, intensities, model, used) for model in MODELS]


def best_of(fits: list[Fits]) -> NDArray[np.intp]:
    """Index of the model with the lowest AICc among those that measure a curve, (curves,); the first where none does."""
    score = [np.where(one.verdict == 0, one.figures["aicc"], np.inf) for one in fits]
    return np.argmin(np.stack(score), axis=0)


def _checked(
    times_s: ArrayLike, intensities: ArrayLike, model: str, used: ArrayLike | None
) -> tuple[Array, Array, NDArray[np.bool_]]:
    if model not in MODELS:
        raise ValueError(f"model {model!r} is not one of {', '.join(MODELS)}")
    y = np.atleast_2d(np.asarray(intensities, dtype=np.float64))
    t = np.broadcast_to(np.asarray(times_s, dtype=np.float64), y.shape)
    if y.ndim != 2:
        raise ValueError(f"intensities have shape {y.shape}, not (curves, samples)")
    if t.size and not np.all(t[:, 1:] > t[:, :-1]):
        raise ValueError("times_s must be finite and increase from sample to sample")
    good = np.isfinite(y)
    if used is not None:
        good = good & np.broadcast_to(np.asarray(used, dtype=bool), y.shape)
    return t, y, good


def _empty(model: str, curves: int) -> Fits:
    names = (*PARAMETERS, *TEXTBOOK_NAMES[model])

    def nan() -> Array:
        return np.full(curves, np.nan)

    return Fits(
        model, np.zeros(curves, dtype=np.int8), {name: nan() for name in names}, {name: nan() for name in PARAMETERS},
        {name: nan() for name in _FIGURES}, {name: np.zeros(curves, dtype=bool) for name in FLAGS},
    )  # fmt: skip


def _slices(curves: int, samples: int, limit: int = 16 * _BATCH_SAMPLES) -> Iterator[slice]:
    step = max(1, limit // samples)
    for first in range(0, curves, step):
        yield slice(first, min(first + step, curves))


def _release_pages_late() -> None:
    """Make the C allocator keep freed blocks: it raises its limits when a large block is freed.

    Without this every temporary array is given back to the system and faulted in again, which doubles the time.
    """
    np.empty(3_900_000)


def _fit_rows(fits: Fits, rows: slice, t: Array, y: Array, good: NDArray[np.bool_]) -> None:
    """Fit some curves and write their part of the answer."""
    usable = good.sum(axis=1)
    verdict = np.zeros(len(y), dtype=np.int8)
    holes = np.flatnonzero(usable < y.shape[1])
    if holes.size:
        y = y.copy()
        finite = np.isfinite(y)
        verdict[finite.sum(axis=1) < verdicts.MIN_USABLE_SHARE * y.shape[1]] = verdicts.code("non_finite")
        verdict[(usable < verdicts.MIN_FRAMES) & (verdict == 0)] = verdicts.code("too_short")
        for row in holes:
            y[row] = np.interp(t[row], t[row, good[row]], y[row, good[row]]) if usable[row] else 0.0
    start = _starts(t, y)
    verdict = np.where(verdict == 0, verdicts.before_fit(start, t, y), verdict)
    fits.verdict[rows] = verdict
    fits.flags["truncated_washout"][rows] = np.isnan(start.half_fall_s) & (verdict == 0)
    fits.flags["no_baseline"][rows] = (start.baseline_frames < 5) & (verdict == 0)
    places = np.flatnonzero(verdict == 0)
    length = np.minimum(-(-start.stop // _LENGTH_STEP) * _LENGTH_STEP, y.shape[1])
    places = places[np.argsort(length[places], kind="stable")]
    for samples in np.unique(length[places]):
        same = places[length[places] == samples]
        for part in _slices(len(same), samples, _BATCH_SAMPLES):
            chosen = same[part]
            _fit_batch(
                fits,
                rows.start,
                chosen,
                t[chosen, :samples],
                y[chosen, :samples],
                good[chosen, :samples],
                start,
            )


def _starts(t: Array, y: Array) -> Start:
    parts = [find_start(t[rows], y[rows]) for rows in _slices(*y.shape, _BATCH_SAMPLES)]
    return Start(*(np.concatenate([getattr(part, name) for part in parts]) for name in Start.__slots__))


def _fit_batch(
    fits: Fits,
    first: int,
    chosen: NDArray[np.intp],
    t: Array,
    y: Array,
    good: NDArray[np.bool_],
    start: Start,
) -> None:
    model = fits.model
    counted = (np.arange(t.shape[1]) < start.stop[chosen, None]) & good
    width, skew = start_skew(model, start.width_s[chosen], start.skew[chosen])
    # Less the baseline, a small bolus on a bright background keeps its digits.
    level = start.baseline[chosen]
    zero = np.zeros_like(level)
    begin = Bolus(zero, start.height[chosen], start.ttp_s[chosen], width, skew)
    floor = noise_floor(start)[chosen]
    batch = run(model, new_batch(t, y - level[:, None], counted.astype(float), floor, begin))
    bolus, quality = batch.bolus(), assess(model, batch)
    values = perfusion(model, bolus)
    spread = half_width(gradients(model, bolus, values), quality)
    values["baseline"] = values["baseline"] + level
    values.update(zip(TEXTBOOK_NAMES[model], textbook(model, bolus.width_s, bolus.skew), strict=True))
    at_limit = bolus.skew <= SKEW_LIMITS[model][0]
    lost = (
        (quality.qof < verdicts.QOF_LIMIT)
        | ~np.isfinite(quality.qof)
        | _implausible(bolus, batch.settled, t, start.height[chosen])
    )
    there = first + chosen
    fits.verdict[there[lost]] = verdicts.code("poor_curve_fit")
    for name, array in values.items():
        fits.values[name][there] = np.where(lost, np.nan, array)
    for name, array in spread.items():
        fits.half_widths[name][there] = np.where(lost, np.nan, array)
    fits.flags["onset_not_identified"][there] = at_limit & ~lost
    for array in (fits.values["t0_s"], fits.half_widths["t0_s"]):
        array[there[at_limit]] = np.nan
    last = np.minimum(start.stop[chosen], t.shape[1]) - 1
    figures = (
        quality.qof,
        quality.residual_sd,
        quality.aicc,
        quality.frames_used,
        t[np.arange(len(t)), last],
        batch.steps,
    )
    for name, array in zip(_FIGURES, figures, strict=True):
        fits.figures[name][there] = array


def _implausible(bolus: Bolus, settled: NDArray[np.bool_], t: Array, height: Array) -> NDArray[np.bool_]:
    """Fits that did not settle, or whose peak lies outside the window or far from what the curve shows."""
    outside = (bolus.ttp_s < t[:, 0]) | (bolus.ttp_s > t[:, -1])
    return ~settled | outside | (bolus.pe > 2.0 * height) | (bolus.pe < 0.4 * height)
