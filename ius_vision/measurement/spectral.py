"""A spectral Doppler strip: its envelope, the beats in it, velocities at systole and end of diastole."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import median_filter

from ius_vision.outcomes import Abstained

# Speckle is smoothed over this much before a threshold is laid.
SMOOTH_S, SMOOTH_SHARE = 0.01, 0.012
# Colour on a strip is a trace, a caliper or a letter, none of it the spectrum; where there is more of it, the
# spectrum itself is shown in a tint.
COLOURED, MOST_MARKS = 40, 0.05
# The threshold between noise and spectrum, as a share of the way from the one to the other in grey levels.
THRESHOLD_SHARE = 0.4
NOISE_DEVIATIONS, LEAST_CONTRAST = 4.0, 25.0
# The wall filter and the base line leave the slowest flow dark.
BASE_SHARE = 0.06
# Spectrum goes on through gaps of this share of the height; specks beyond are noise.
GAP_SHARE = 0.03
# Flow that reaches the end of the strip in this share of the columns goes over it.
OVER_SHARE, EDGE_SHARE = 0.01, 0.02
ENVELOPE_S = 0.025
# A pulse of 30 to 200 beats a minute.
SHORTEST_BEAT_S, LONGEST_BEAT_S = 0.3, 2.0
PROMINENCE_SHARE, ALIKE_SHARE, PEAK_ALIKE_SHARE = 0.4, 0.3, 0.35
LEAST_PULSE = 0.15
# An artery's upstroke takes less of a beat, from a fifth to four fifths of its height.
RISE_SHARE, LONGEST_RISE = 0.2, 0.18
LEAST_COLUMNS, LEAST_SEEN = 60, 0.9
# Just before the upstroke: this share of a beat, and its lowest tenth.
BEFORE_UPSTROKE, LOWEST_PERCENT = 0.2, 3
# A base line is brighter, in its darkest tenth, than the rows this far beside it.
LINE_PERCENT, LINE_PX, LINE_RISE = 10, 3, 50.0
SMALLEST_PX, TOP_PERCENT, END_SHARE = 24, 99, 0.85


@dataclass(frozen=True, slots=True, eq=False)
class SpectralStrip:
    """A strip as it lies on the screen.

    Attributes
    ----------
    rgb : (rows, columns, 3) uint8 RGB.
    second_px, cm_s_px : seconds a column, cm/s a row.
    zero_row : row of velocity 0; rows above it are flow towards the probe.
    """

    rgb: np.ndarray
    second_px: float
    cm_s_px: float
    zero_row: float


@dataclass(frozen=True, slots=True, eq=False)
class SpectralFigures:
    """Velocities of a strip.

    Attributes
    ----------
    psv_cm_s, edv_cm_s : peak systolic and end-diastolic velocity, medians over the beats; the sign is that of
        the flow, above 0 towards the probe.
    resistive_index : (PSV - EDV) / PSV.
    heart_rate_bpm : from the distance of the systolic peaks.
    beats : whole beats, from one systole to the next.
    envelope_rows : (columns,) float, the row of the envelope; NaN where no spectrum is seen.
    """

    psv_cm_s: float
    edv_cm_s: float
    resistive_index: float
    heart_rate_bpm: float
    beats: int
    envelope_rows: np.ndarray


def measure_spectrum(strip: SpectralStrip) -> SpectralFigures | Abstained:
    """Find the envelope of a strip and read it.

    Returns
    -------
    The figures, or `spectrum_too_faint`, `velocity_aliased`, `no_whole_beat`, `end_diastole_not_seen`.

    Notes
    -----
    The envelope is where the smoothed spectrum falls to the threshold between noise and spectrum, farthest
    from the base line and connected with it. Peaks of it that stand well above the rest and come at even
    distances are systoles; two are needed for a whole beat. End of diastole is the lowest of the envelope
    just before an upstroke, PSV the peak; RI = (PSV - EDV) / PSV (Pourcelot 1974).
    """
    speed, other, towards = _sides(strip)
    if min(speed.shape) < SMALLEST_PX or speed.shape[1] < LEAST_COLUMNS:
        return _faint()
    threshold = _threshold(speed, other)
    if threshold is None:
        return _faint()
    reach = _reach(speed > threshold)
    if np.mean(reach >= (1 - EDGE_SHARE) * speed.shape[0]) > OVER_SHARE:
        return Abstained(
            "velocity_aliased",
            "The spectrum reaches the end of the strip, so its peak is not seen; record with a larger scale.",
        )
    first, last = _filled(reach)
    envelope = _calm(reach[first:last], strip.second_px) * strip.cm_s_px
    found = _read_beats(envelope, strip.second_px, BASE_SHARE * speed.shape[0] * strip.cm_s_px)
    if isinstance(found, Abstained):
        return found
    psv, edv, period_s, beats = found
    rows = np.full(reach.size, np.nan)
    way = -1.0 if towards else 1.0
    rows[first:last] = strip.zero_row + way * envelope / strip.cm_s_px
    rows[reach == 0] = np.nan
    sign = 1.0 if towards else -1.0
    return SpectralFigures(sign * psv, sign * edv, (psv - edv) / psv, 60.0 / period_s, beats, rows)


def find_base_line(rgb: np.ndarray) -> float | None:
    """The row of a thin bright line from end to end of a strip, (rows, columns, 3) uint8; None without."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    # Speckle is dark somewhere in every row, a line nowhere.
    dimmest = np.percentile(grey, LINE_PERCENT, axis=1)
    if dimmest.size < SMALLEST_PX:
        return None
    around = np.maximum(np.roll(dimmest, LINE_PX), np.roll(dimmest, -LINE_PX))
    rise = (dimmest - around)[LINE_PX:-LINE_PX]
    best = int(np.argmax(rise))
    others = np.delete(rise, slice(max(0, best - LINE_PX), best + LINE_PX + 1))
    if rise[best] < LINE_RISE or rise[best] < 2 * others.max(initial=0.0):
        return None
    return float(best + LINE_PX)


def _sides(strip: SpectralStrip) -> tuple[np.ndarray, np.ndarray, bool]:
    """The side with most spectrum and the other one as (speed, columns) float32, row 0 at the base line, and
    whether the first is towards the probe.
    """
    grey = _without_marks(strip.rgb)
    columns = max(1, round(SMOOTH_S / strip.second_px)) | 1
    rows = max(1, round(SMOOTH_SHARE * grey.shape[0])) | 1
    smooth = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), sigmaX=columns / 2, sigmaY=rows / 2)
    zero = int(np.clip(round(strip.zero_row), 0, grey.shape[0]))
    sides = smooth[:zero][::-1], smooth[zero:]
    # What is farther from the base line than the slowest flow decides; a mirrored image is weaker.
    strength = [side[round(BASE_SHARE * len(side)) :].sum() if len(side) else 0.0 for side in sides]
    towards = strength[0] >= strength[1]
    return (*sides, True) if towards else (*sides[::-1], False)


def _without_marks(rgb: np.ndarray) -> np.ndarray:
    """The grey spectrum, coloured marks painted over, (rows, columns) uint8."""
    spread = rgb.max(axis=2).astype(np.int16) - rgb.min(axis=2)
    coloured = (spread > COLOURED).astype(np.uint8)
    if coloured.mean() > MOST_MARKS:
        return rgb.max(axis=2)
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    marks = cv2.dilate(coloured, np.ones((3, 3), np.uint8))
    return cv2.inpaint(grey, marks, 2, cv2.INPAINT_TELEA) if marks.any() else grey


def _threshold(speed: np.ndarray, other: np.ndarray) -> float | None:
    """The grey level between noise and spectrum; None where the spectrum hardly stands out.

    Noise is what the ends of the strip show; the darker end counts, as spectrum can reach the other.
    """
    ends = [side[round(END_SHARE * len(side)) :] for side in (speed, other) if len(side) >= SMALLEST_PX]
    end = min(ends, key=np.median)
    noise = float(np.median(end))
    scatter = 1.4826 * float(np.median(np.abs(end - noise)))
    bright = float(np.percentile(speed[round(BASE_SHARE * len(speed)) :], TOP_PERCENT))
    if bright - noise < max(LEAST_CONTRAST, 2 * NOISE_DEVIATIONS * scatter):
        return None
    return noise + max(NOISE_DEVIATIONS * scatter, THRESHOLD_SHARE * (bright - noise))


def _reach(lit: np.ndarray) -> np.ndarray:
    """How many rows from the base line the spectrum of each column reaches; 0 where there is none."""
    rows = len(lit)
    near = max(1, round(BASE_SHARE * rows))
    gap = max(1, round(GAP_SHARE * rows)) | 1
    joined = cv2.morphologyEx(lit.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((gap, 3), np.uint8))
    joined[:near] = 1
    _, parts = cv2.connectedComponents(joined, connectivity=4)
    body = (parts == parts[0, 0]) & lit
    body[:near] = False
    last = rows - np.argmax(body[::-1], axis=0)
    return np.where(body.any(axis=0), last, 0).astype(np.float64)


def _filled(reach: np.ndarray) -> tuple[int, int]:
    """First and after-last column with spectrum: a strip may be filled in part."""
    seen = np.flatnonzero(reach)
    return (int(seen[0]), int(seen[-1]) + 1) if seen.size else (0, 0)


def _calm(reach: np.ndarray, second_px: float) -> np.ndarray:
    return median_filter(reach, size=max(3, round(ENVELOPE_S / second_px) | 1), mode="nearest")


def _read_beats(
    envelope: np.ndarray, second_px: float, slowest_cm_s: float
) -> tuple[float, float, float, int] | Abstained:
    """PSV, EDV, seconds a beat and the number of whole beats of an envelope in cm/s."""
    if envelope.size < LEAST_COLUMNS:
        return _faint()
    high, low = np.percentile(envelope, [98, 5])
    shortest = max(1, round(SHORTEST_BEAT_S / second_px))
    from scipy.signal import find_peaks  # half a second, which nobody waits for without a spectral strip

    peaks, _ = find_peaks(np.pad(envelope, 1), prominence=PROMINENCE_SHARE * (high - low), distance=shortest)
    peaks -= 1
    # The rim of the strip cuts beats: a peak there is none.
    peaks = peaks[(peaks > 1) & (peaks < envelope.size - 2)]
    if high - low < LEAST_PULSE * high:
        return _no_beat("it hardly pulses, as a vein does")
    if peaks.size < 2:
        return _no_beat("fewer than two systoles are seen")
    gaps_s = np.diff(peaks) * second_px
    period_s = float(np.median(gaps_s))
    heights = envelope[peaks]
    even = np.all(np.abs(gaps_s - period_s) <= ALIKE_SHARE * period_s)
    alike = np.ptp(heights) <= PEAK_ALIKE_SHARE * np.median(heights)
    if not (even and alike and SHORTEST_BEAT_S <= period_s <= LONGEST_BEAT_S):
        return _no_beat("its peaks come at uneven distances or differ too much")
    beats = envelope[peaks[0] : peaks[-1] + 1]
    if np.mean(beats > 0) < LEAST_SEEN:
        return _unseen_end()
    period = round(period_s / second_px)
    if np.median([_rise(envelope, peak, period) for peak in peaks[1:]]) > LONGEST_RISE * period:
        return _no_beat("it rises too slowly for an artery")
    edv = float(np.median([_end_diastole(envelope, peak, period) for peak in peaks[1:]]))
    if edv <= slowest_cm_s:
        return _unseen_end()
    return float(np.median(heights)), edv, period_s, peaks.size - 1


def _rise(envelope: np.ndarray, peak: int, period: int) -> int:
    """Columns in which the envelope rises to a peak from a fifth to four fifths of the way."""
    before = envelope[max(0, peak - period) : peak + 1]
    low, high = before.min(), before[-1]
    foot = np.flatnonzero(before <= low + RISE_SHARE * (high - low))[-1]
    top = foot + int(np.argmax(before[foot:] >= high - RISE_SHARE * (high - low)))
    return top - int(foot)


def _end_diastole(envelope: np.ndarray, peak: int, period: int) -> float:
    """The lowest velocity just before the upstroke to a peak."""
    before = envelope[max(0, peak - max(3, round(BEFORE_UPSTROKE * period))) : peak]
    return float(np.percentile(before, LOWEST_PERCENT))


def _faint() -> Abstained:
    return Abstained(
        "spectrum_too_faint",
        "The spectrum hardly stands out of the noise, or the strip is too small; use a still with more gain.",
    )


def _no_beat(what: str) -> Abstained:
    return Abstained(
        "no_whole_beat",
        f"No whole beat can be told in the spectrum: {what}; use a still with two or more even beats.",
    )


def _unseen_end() -> Abstained:
    return Abstained(
        "end_diastole_not_seen",
        "At the end of diastole no spectrum is seen above the wall filter; use a still with a lower one.",
    )
