"""One slice of curves through starts, verdicts, windows and fits."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast import verdicts
from ius_vision.contrast.models import SKEW_LIMITS, Array, start_skew
from ius_vision.contrast.noise import noise_floor
from ius_vision.contrast.parameters import Bolus
from ius_vision.contrast.recirculation import comes_back, widened
from ius_vision.contrast.start import Start, find_start
from ius_vision.contrast.windows import WindowFits, fit_windows, no_fits

FLAGS = ("truncated_washout", "no_baseline", "recirculation", "onset_not_identified")
_ON_THE_CLOCK = ("t0_s", "ttp_s", "ti_s", "to_s", "mean_s")
_MIN_BASELINE_FRAMES = 5
_START_SAMPLES = 65_536


@dataclass(frozen=True, slots=True)
class Outcome:
    """Verdict, fits and flags of every curve, in order."""

    verdict: NDArray[np.int8]
    fits: WindowFits
    flags: dict[str, NDArray[np.bool_]]


def fit_rows(
    model: str, t: Array, y: Array, good: NDArray[np.bool_], returns: NDArray[np.bool_] | None = None
) -> Outcome:
    """Fit curves of one length.

    Parameters
    ----------
    model, t, y, good : as in `curves.fit_curves`, all (curves, samples).
    returns : (curves,) where blood is known to come back; looked for where None.
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
    y, verdict = verdicts.filled(t, y, good)
    start = _starts(t, y)
    out.verdict[:] = np.where(verdict == 0, verdicts.before_fit(start, t, y), verdict)
    places = np.flatnonzero(out.verdict == 0)
    start = _rows(start, places)
    known = None if returns is None else returns[places]
    fits, back = _fit(model, (t[places], y[places], good[places]), start, known)
    lost = _lost(fits, t[places], start)
    out.verdict[places[lost]] = verdicts.code("poor_curve_fit")
    at_limit = fits.state["skew"] <= SKEW_LIMITS[model][0]
    _clear(fits, lost, at_limit)
    out.fits.put(places, fits)
    flags = (np.isnan(start.half_fall_s), start.baseline_frames < _MIN_BASELINE_FRAMES, back, at_limit)
    for name, flag in zip(FLAGS, flags, strict=True):
        out.flags[name][places] = flag & ~lost
    for column in (*(out.fits.values[name] for name in _ON_THE_CLOCK), out.fits.figures["window_end_s"]):
        column += origin
    return out


def _starts(t: Array, y: Array) -> Start:
    step = max(1, _START_SAMPLES // y.shape[1])
    parts = [find_start(t[i : i + step], y[i : i + step]) for i in range(0, len(y), step)]
    return Start(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Start)))


def _rows(start: Start, places: NDArray[np.intp]) -> Start:
    return Start(*(getattr(start, each.name)[places] for each in fields(Start)))


def _fit(
    model: str,
    samples: tuple[Array, Array, NDArray[np.bool_]],
    start: Start,
    returns: NDArray[np.bool_] | None,
) -> tuple[WindowFits, NDArray[np.bool_]]:
    """Fits over the window, or over the shorter one where blood comes back, and where that is."""
    t, y, good = samples
    floor = noise_floor(start)
    width, skew = start_skew(model, start.width_s, start.skew)
    begin = Bolus(start.baseline, start.height, start.ttp_s, width, skew)
    fits = fit_windows(model, t, y, good, start.stop, begin, floor)
    back = comes_back(model, t, y, start.stop, fits, floor) if returns is None else returns
    back = back & (fits.state["settled"] > 0)
    rows = np.flatnonzero(back)
    if rows.size:
        long = fits.take(rows)
        short = fit_windows(
            model, t[rows], y[rows], good[rows], start.early_stop[rows], long.bolus(), floor[rows]
        )
        widened(short, long)
        trusted = short.state["settled"] > 0
        fits.put(rows[trusted], short.take(trusted))
    return fits, back


def _lost(fits: WindowFits, t: Array, start: Start) -> NDArray[np.bool_]:
    """Fits below the limit of quality, not settled, or with a peak far from what the curve shows."""
    pe, ttp = fits.state["pe"], fits.state["ttp"]
    plausible = (pe < 2.0 * start.height) & (pe > 0.4 * start.height) & (ttp >= t[:, 0]) & (ttp <= t[:, -1])
    return ~((fits.figures["qof"] >= verdicts.QOF_LIMIT) & (fits.state["settled"] > 0) & plausible)


def _clear(fits: WindowFits, lost: NDArray[np.bool_], at_limit: NDArray[np.bool_]) -> None:
    """Empty what must not be told: all of a lost fit, and the onset of a curve as symmetric as a Gaussian."""
    for part in (fits.values, fits.half_widths):
        for array in part.values():
            array[lost] = np.nan
        part["t0_s"][at_limit] = np.nan
