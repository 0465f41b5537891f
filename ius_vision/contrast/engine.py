"""One slice of curves through starts, verdicts, windows and fits."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast import verdicts
from ius_vision.contrast.models import SKEW_LIMITS, Array, start_skew
from ius_vision.contrast.noise import noise_floor
from ius_vision.contrast.parameters import Bolus
from ius_vision.contrast.recirculation import comes_back, faded, widened
from ius_vision.contrast.start import Start, find_start
from ius_vision.contrast.windows import Samples, WindowFits, fit_windows, no_fits

FLAGS = ("truncated_washout", "no_baseline", "recirculation", "onset_not_identified")
AMPLITUDES = {"pe", "baseline", "wi_auc", "wo_auc", "wiwo_auc", "auc", "wir", "wor", "wipi", "residual_sd"}
_SPANS = ("rt_s", "ft_s", "mtt_s")
_USUAL_EXPONENT = 100
_PEAK_LIMITS = (0.8, 1.25)  # times the height of the smoothed curve
_ON_THE_CLOCK = ("t0_s", "ttp_s", "ti_s", "to_s", "mean_s")
_MIN_BASELINE_FRAMES = 5
_WORSE = 2.0  # times the residual variance of the window: then the rest of the curve is something else
_START_SAMPLES = 65_536


@dataclass(frozen=True, slots=True)
class KnownWindows:
    """Where blood comes back, and the first sample beyond the window where it does not, (curves,) each."""

    returns: NDArray[np.bool_]
    stop: NDArray[np.intp]

    def rows(self, places: NDArray[np.intp] | slice) -> KnownWindows:
        return KnownWindows(self.returns[places], self.stop[places])


@dataclass(frozen=True, slots=True)
class Outcome:
    """Verdict, fits and flags of every curve, in order."""

    verdict: NDArray[np.int8]
    fits: WindowFits
    flags: dict[str, NDArray[np.bool_]]


def fit_rows(
    model: str, t: Array, y: Array, good: NDArray[np.bool_], known: KnownWindows | None = None
) -> Outcome:
    """Fit curves of one length.

    Parameters
    ----------
    model, t, y, good : as in `curves.fit_curves`, all (curves, samples).
    known : windows found before, by other models; looked for where None.
    """
    curves = len(y)
    out = Outcome(
        np.zeros(curves, dtype=np.int8),
        no_fits(model, curves),
        {name: np.zeros(curves, dtype=bool) for name in FLAGS},
    )
    if y.shape[1] < verdicts.MIN_FRAMES or curves == 0:
        out.verdict[:] = verdicts.code("too_short")
        return out
    # Times count from the first sample inside: many digits before the point would cost digits behind it.
    origin = t[:, 0]
    t = t - origin[:, None]
    y, exponent = _near_one(y, good)
    y, verdict = verdicts.filled(t, y, good)
    start = _starts(t, y)
    out.verdict[:] = np.where(verdict == 0, verdicts.before_fit(start, t, y, good), verdict)
    places = np.flatnonzero(out.verdict == 0)
    start = _rows(start, places)
    known = None if known is None else known.rows(places)
    fits, back = _fit(model, (t[places], y[places], good[places]), start, known)
    lost = _lost(fits, t[places], start)
    out.verdict[places[lost]] = verdicts.code("poor_curve_fit")
    at_limit = fits.state["skew"] <= SKEW_LIMITS[model][0]
    _clear(fits, lost, at_limit)
    _scale_back(fits, exponent[places])
    out.fits.put(places, fits)
    flags = (np.isnan(start.half_fall_s), start.baseline_frames < _MIN_BASELINE_FRAMES, back, at_limit)
    for name, flag in zip(FLAGS, flags, strict=True):
        out.flags[name][places] = flag & ~lost
    for column in (*(out.fits.values[name] for name in _ON_THE_CLOCK), out.fits.figures["window_end_s"]):
        column += origin
    return out


def _near_one(y: Array, good: NDArray[np.bool_]) -> tuple[Array, NDArray[np.intp]]:
    """Bring curves whose squares would leave the range of numbers near 1, by powers of two: exact.

    Returns
    -------
    The curves, copied where anything was scaled, and the exponent that was taken off each.
    """
    largest = np.max(np.where(good, np.abs(y), 0.0), axis=1)
    _, exponent = np.frexp(largest)
    exponent = np.where(np.abs(exponent) > _USUAL_EXPONENT, exponent, 0).astype(np.intp)
    rows = np.flatnonzero(exponent)
    if rows.size:
        y = y.copy()
        y[rows] = np.ldexp(y[rows], -exponent[rows, None])
    return y, exponent


def _scale_back(fits: WindowFits, exponent: NDArray[np.intp]) -> None:
    """Give amplitudes their units back; one that leaves the range of numbers is not told."""
    rows = np.flatnonzero(exponent)
    if rows.size == 0:
        return
    with np.errstate(over="ignore"):
        for part in (fits.values, fits.half_widths, fits.figures):
            for name in AMPLITUDES & part.keys():
                back = np.ldexp(part[name][rows], exponent[rows])
                part[name][rows] = np.where(np.isfinite(back), back, np.nan)
    fits.figures["aicc"][rows] += 2.0 * np.log(2.0) * exponent[rows] * fits.figures["frames_used"][rows]


def _starts(t: Array, y: Array) -> Start:
    step = max(1, _START_SAMPLES // y.shape[1])
    parts = [find_start(t[i : i + step], y[i : i + step]) for i in range(0, len(y), step)]
    return Start(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Start)))


def _rows(start: Start, places: NDArray[np.intp]) -> Start:
    return Start(*(getattr(start, each.name)[places] for each in fields(Start)))


def _fit(
    model: str, samples: Samples, start: Start, known: KnownWindows | None
) -> tuple[WindowFits, NDArray[np.bool_]]:
    """Fits over the window that the curve allows, and where blood comes back."""
    floor = noise_floor(start)
    width, skew = start_skew(model, start.width_s, start.skew)
    begin = Bolus(start.baseline, start.height, start.ttp_s, width, skew)
    first = fit_windows(model, samples, start.stop, begin, floor, judged=False)
    settled = first.state["settled"] > 0
    if known is None:
        back = comes_back(model, samples, start, first, floor)
        longer = np.maximum(faded(samples[0], first), start.stop)
    else:
        back, longer = known.returns, known.stop
    back = back & settled
    fits = no_fits(model, len(start.stop))
    opened = ~back & settled & (longer > start.stop)
    _refit(fits, model, samples, np.flatnonzero(opened), longer, first, floor)
    # What lies behind the window may be something else altogether: then the window stays as it was.
    worse = ~(fits.state["scale"] < _WORSE * first.state["scale"]) | ~(fits.state["settled"] > 0)
    worse &= known is None
    rows = np.flatnonzero(worse | ~opened)
    _refit(fits, model, samples, rows, start.stop, first, floor)
    rows = np.flatnonzero(back)
    if rows.size:
        short = no_fits(model, len(back))
        _refit(short, model, samples, rows, start.early_stop, first, floor)
        short = short.take(rows)
        widened(short, fits.take(rows))
        trusted = short.state["settled"] > 0
        fits.put(rows[trusted], short.take(trusted))
    return fits, back


def _refit(
    fits: WindowFits,
    model: str,
    samples: Samples,
    rows: NDArray[np.intp],
    stop: NDArray[np.intp],
    first: WindowFits,
    floor: Array,
) -> None:
    """Fit some curves over another window, from where a first fit left them, and put them in their places."""
    if rows.size:
        t, y, good = (each[rows] for each in samples)
        begin = first.take(rows).bolus()
        fits.put(rows, fit_windows(model, (t, y, good), stop[rows], begin, floor[rows]))


def _lost(fits: WindowFits, t: Array, start: Start) -> NDArray[np.bool_]:
    """Fits below the limit of quality, not settled, or with a peak far from what the curve shows.

    R^2 alone passes a plateau or a second hump; the means of the residuals over stretches do not. A peak
    whose interval is wider than itself is not told by the curve.
    """
    pe, ttp = fits.state["pe"], fits.state["ttp"]
    noise = 4.0 * start.block_noise
    low, high = (share * start.height for share in _PEAK_LIMITS)
    plausible = (pe < high + noise) & (pe > low - noise) & (ttp >= t[:, 0]) & (ttp <= t[:, -1])
    good = (fits.figures["qof"] >= verdicts.QOF_LIMIT) & (fits.figures["misfit"] <= verdicts.MISFIT_LIMIT)
    told = fits.half_widths["pe"] <= verdicts.WIDEST_PEAK * np.abs(pe)
    return ~(good & told & (fits.state["settled"] > 0) & plausible)


def _clear(fits: WindowFits, lost: NDArray[np.bool_], at_limit: NDArray[np.bool_]) -> None:
    """Empty what must not be told: all of a lost fit, the onset of a curve as symmetric as a Gaussian, and
    spans, areas and rates whose interval is far wider than they are."""
    for part in (fits.values, fits.half_widths):
        for array in part.values():
            array[lost] = np.nan
        part["t0_s"][at_limit] = np.nan
    for name in (*AMPLITUDES & fits.half_widths.keys() - {"baseline"}, *_SPANS):
        half, value = fits.half_widths[name], fits.values[name]
        untold = ~(half <= verdicts.WIDEST * np.abs(value))
        value[untold] = half[untold] = np.nan
