"""One slice of curves through the compiled engine, and from its figures to parameters with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast import verdicts
from ius_vision.contrast.models import MODELS, SKEW_LIMITS, TEXTBOOK_NAMES, Array, textbook
from ius_vision.contrast.parameters import PARAMETERS, Bolus, gradients, perfusion
from ius_vision.contrast.recirculation import widened
from ius_vision.contrast.uncertainty import half_width, with_drift

FLAGS = ("truncated_washout", "no_baseline", "recirculation", "onset_not_identified")
FIGURES = ("qof", "misfit", "residual_sd", "aicc", "frames_used", "window_frames", "window_end_s", "steps")
AMPLITUDES = {"pe", "baseline", "wi_auc", "wo_auc", "wiwo_auc", "auc", "wir", "wor", "wipi", "residual_sd"}
_SPANS = ("rt_s", "ft_s", "mtt_s")
_ON_THE_CLOCK = ("t0_s", "ttp_s", "ti_s", "to_s", "mean_s")


@dataclass(frozen=True, slots=True)
class KnownWindows:
    """Where blood comes back, and the first sample beyond the window where it does not, (curves,) each."""

    returns: NDArray[np.bool_]
    stop: NDArray[np.intp]

    def rows(self, places: NDArray[np.intp] | slice) -> KnownWindows:
        return KnownWindows(self.returns[places], self.stop[places])


@dataclass(frozen=True, slots=True)
class Outcome:
    """Verdict, parameters, figures and flags of every curve, in order; NaN where there is none."""

    verdict: NDArray[np.int8]
    values: dict[str, Array]
    half_widths: dict[str, Array]
    figures: dict[str, Array]
    flags: dict[str, NDArray[np.bool_]]


def fit_rows(model: str, t: Array, y: Array, good: NDArray[np.bool_], known: KnownWindows | None) -> Outcome:
    """Fit curves of one length.

    Parameters
    ----------
    model, y, good : as in `curves.fit_curves`, (curves, samples).
    t : (curves, samples), or (1, samples) where all share their times.
    known : windows found before, by other models; looked for where None.
    """
    from ius_vision.contrast.compiled import layout
    from ius_vision.contrast.compiled.rows import fit_rows as fitted

    curves = len(y)
    fits = np.empty((curves, 2, layout.FIT))
    told = np.empty((curves, layout.TOLD))
    returns = np.zeros(curves, dtype=bool) if known is None else known.returns
    stop = np.full(curves, -1) if known is None else known.stop
    fitted(MODELS.index(model), t, y, good, returns, stop.astype(np.int64), fits, told)
    told = told.T
    verdict = told[layout.VERDICT].astype(np.int8)
    places = np.flatnonzero(verdict == 0)
    main = np.ascontiguousarray(fits[places, 0].T)
    values, halves = _parameters(model, main)
    back = np.flatnonzero(fits[places, 1, layout.SETTLED] > 0)
    if back.size:
        short = ({name: part[name][back] for name in PARAMETERS} for part in (values, halves))
        wider = widened(*short, *_parameters(model, np.ascontiguousarray(fits[places[back], 1].T)))
        for name in PARAMETERS:
            halves[name][back] = wider[name]
    figures = {name: main[getattr(layout, _COLUMNS[name])].copy() for name in FIGURES}
    lost = ~_trusted(main, halves["pe"], figures) | (told[layout.PLAUSIBLE, places] == 0)
    verdict[places[lost]] = verdicts.code("poor_curve_fit")
    at_limit = main[layout.SKEW] <= SKEW_LIMITS[model][0]
    _clear(values, halves, lost, at_limit)
    _scale_back((values, halves, figures), told[layout.EXPONENT, places].astype(np.intp))
    origin = t[places, 0] if len(t) > 1 else t[0, 0]
    for column in (*(values[name] for name in _ON_THE_CLOCK), figures["window_end_s"]):
        column += origin
    marks = (
        *(told[row, places] > 0 for row in (layout.TRUNCATED, layout.NO_BASELINE, layout.RETURNS)),
        at_limit,
    )
    flags = {name: mark & ~lost for name, mark in zip(FLAGS, marks, strict=True)}
    return Outcome(
        verdict, *({name: _placed(array, places, curves) for name, array in part.items()}
                   for part in (values, halves, figures, flags)),
    )  # fmt: skip


_COLUMNS = {name: name.removesuffix("_s").upper() for name in FIGURES}


def _parameters(model: str, fit: Array) -> tuple[dict[str, Array], dict[str, Array]]:
    """Parameters of fits, (FIT, curves), and half their intervals."""
    from ius_vision.contrast.compiled import layout

    bolus = Bolus(*(fit[row] for row in (layout.BASELINE, layout.PE, layout.TTP, layout.WIDTH, layout.SKEW)))
    values = perfusion(model, bolus)
    covariances = tuple(
        fit[first : first + layout.TRIANGLE] for first in (layout.SEEN_COVARIANCE, layout.NOISE_COVARIANCE)
    )
    by_parameter = gradients(model, bolus, values)
    shift = fit[layout.DRIFT_SHIFT : layout.DRIFT_SHIFT + 5]
    halves = half_width(by_parameter, covariances, fit[layout.FRAMES_USED])
    halves = {name: with_drift(half, by_parameter[name], shift) for name, half in halves.items()}
    values.update(zip(TEXTBOOK_NAMES[model], textbook(model, bolus.width_s, bolus.skew), strict=True))
    return {name: np.array(value) for name, value in values.items()}, halves


def _trusted(fit: Array, half_pe: Array, figures: dict[str, Array]) -> NDArray[np.bool_]:
    """Fits that settled and follow their curve.

    R^2 alone passes a plateau or a second hump; the means of the residuals over stretches do not. A peak
    whose interval is wider than itself is not told by the curve.
    """
    from ius_vision.contrast.compiled import layout

    told = half_pe <= verdicts.WIDEST_PEAK * np.abs(fit[layout.PE])
    good = (figures["qof"] >= verdicts.QOF_LIMIT) & (figures["misfit"] <= verdicts.MISFIT_LIMIT)
    return good & told & (fit[layout.SETTLED] > 0)


def _placed(array: NDArray, places: NDArray[np.intp], curves: int) -> NDArray:
    """An answer of some curves among all; NaN or False elsewhere."""
    if places.size == curves:
        return array
    out = np.zeros(curves, dtype=bool) if array.dtype == bool else np.full(curves, np.nan)
    out[places] = array
    return out


def _scale_back(parts: tuple[dict[str, Array], ...], exponent: NDArray[np.intp]) -> None:
    """Give amplitudes their units back; one that leaves the range of numbers is not told."""
    rows = np.flatnonzero(exponent)
    if rows.size == 0:
        return
    with np.errstate(over="ignore"):
        for part in parts:
            for name in AMPLITUDES & part.keys():
                back = np.ldexp(part[name][rows], exponent[rows])
                part[name][rows] = np.where(np.isfinite(back), back, np.nan)
    figures = parts[-1]
    figures["aicc"][rows] += 2.0 * np.log(2.0) * exponent[rows] * figures["frames_used"][rows]


def _clear(
    values: dict[str, Array], halves: dict[str, Array], lost: NDArray[np.bool_], at_limit: NDArray[np.bool_]
) -> None:
    """Empty what must not be told: all of a lost fit, the onset of a curve as symmetric as a Gaussian, and
    spans, areas and rates whose interval is far wider than they are."""
    for part in (values, halves):
        for array in part.values():
            array[lost] = np.nan
        part["t0_s"][at_limit] = np.nan
    for name in (*AMPLITUDES & halves.keys() - {"baseline"}, *_SPANS):
        half, value = halves[name], values[name]
        untold = ~(half <= verdicts.WIDEST * np.abs(value))
        value[untold] = half[untold] = np.nan
