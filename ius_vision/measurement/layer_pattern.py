"""The pattern of a wall's layers, and where along the wall it is there, faint or gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter, uniform_filter1d

from ius_vision.measurement.crossings import along_normal
from ius_vision.measurement.midline import STATION_MM
from ius_vision.measurement.wall import TracedWall, WallLine

SAMPLES = 40
ALONG_MM = 1.2
CALM_STATIONS = 9
# Samples averaged across the wall for a dark and for a bright layer, and where the bright one may have its
# middle.
DARK_SAMPLES, BRIGHT_SAMPLES = 5, 7
FIRST_SHARE, LAST_SHARE = 0.3, 0.75
MIDDLE = round(SAMPLES * FIRST_SHARE), round(SAMPLES * LAST_SHARE)
# The echoes of the interface and of the serosa reach into the wall; the pattern lies between.
PATTERN = slice(5, 37)
# A wall's pattern is that of the stations that show it, found in some rounds from its clearest ones.
CLEAREST_PERCENTILE, SHOWN, LEAST_SHOWN, ROUNDS = 70.0, 0.7, 0.1, 5
# Layers waver by some of the thickness from place to place.
SHIFT_SAMPLES, SHIFT_ALONG_MM = 3, 4.0
# A wall without layers shows a pattern too, of noise; layers have at least the second contrast, in standard
# deviations of the speckle [J].
NOISE_CONTRAST, LEAST_CONTRAST = 0.8, 1.7
# How much of the pattern is left where it is gone, faint and there; how far a station scatters around these,
# and for how many independent readings it counts.
GONE, FAINT, CLEAR = 0, 1, 2
LEVELS, SCATTER, MOST_DEVIATIONS, READINGS = np.array([0.0, 0.55, 1.0]), 0.3, 3.0, 0.25
# Likelihood of one change to another state, a station.
CHANGE = float(np.exp(-4.0))
# Where an edge was not measured, or the picture is too blurred, only layers that are seen say something, and
# less.
BLURRED_READINGS, BLURRED_LEAST = 0.075, 0.6
# Across the beam the picture is blurred; a wall this thick, and of so many speckle grains, shows its layers
# all the same.
LEAST_FACING = 0.6
THICK_MM, THICK_GRAINS = 5.0, 14.0
# In a wall thinner than this, or than so many grains, layers that are not seen may still be there.
THINNEST_MM, GRAINS_PER_WALL = 3.5, 8.0


@dataclass(frozen=True, slots=True, eq=False)
class StraightLine:
    """One line of wall, straightened; arrays are (stations,) unless said otherwise.

    `grey` (stations, samples) runs from the inner to the outer edge, `calm` is the same averaged along the
    wall; where an edge was not measured it lies between measured ones. `kept` are the measured stations,
    `sharp` those of them where missing layers would be seen to be missing, `far` those of the far wall.
    `speckle` is its standard deviation in grey values; `thin` is true where layers may be too fine to see.
    """

    grey: np.ndarray
    calm: np.ndarray
    thickness_mm: np.ndarray
    kept: np.ndarray
    sharp: np.ndarray
    far: np.ndarray
    speckle: float
    thin: bool
    ring: bool


@dataclass(frozen=True, slots=True, eq=False)
class LayerPattern:
    """The pattern of a wall: `across` (samples of `PATTERN`,), free of mean and slope, and its `contrast`.

    The contrast is how far the bright layer stands above both dark ones, in deviations of the speckle.
    """

    across: np.ndarray
    contrast: float


def straighten(wall: TracedWall) -> list[StraightLine]:
    """All lines of a wall that have measured stations."""
    return [_straight(wall, line) for line in wall.lines if line.kept.any()]


def find_pattern(lines: Sequence[StraightLine]) -> LayerPattern:
    """The pattern of the layers in the stations that show it most.

    Notes
    -----
    From the stations with the clearest layers on, the pattern is the mean of those that show at least
    `SHOWN` of it, so that a wall whose layers are lost over most of its length is still held against what it
    shows elsewhere.
    """
    calm = np.concatenate([line.calm[line.kept] for line in lines])
    flat = _levelled(calm)
    clearness = np.concatenate(
        [median_filter(contrast(line.calm), CALM_STATIONS)[line.kept] for line in lines]
    )
    shown = clearness >= np.percentile(clearness, CLEAREST_PERCENTILE)
    for _ in range(ROUNDS):
        amount = _amount(flat, flat[shown].mean(axis=0))
        shown = amount >= min(SHOWN, float(np.percentile(amount, 100 * (1 - LEAST_SHOWN))))
    speckle = float(np.median([line.speckle for line in lines]))
    mean = calm[shown].mean(axis=0, keepdims=True)
    return LayerPattern(flat[shown].mean(axis=0), float(contrast(mean)[0]) / speckle)


def likely_layers(line: StraightLine, pattern: LayerPattern) -> np.ndarray:
    """How likely layers are gone, faint and there at every station of a line, (stations, 3).

    Notes
    -----
    The amount of the pattern in a station is the coefficient of its regression on the pattern (1 where it
    is as usual). A state lasts: what the neighbours show counts by the sums forward and backward along the
    chain (Rabiner 1989). A line that closes to a ring is wound once and a half around.
    """
    from ius_vision.measurement.compiled.chain import likely_states

    evidence = _evidence(_amounts(line, pattern), line.sharp)
    stations, half = len(evidence), len(evidence) // 2 if line.ring else 0
    wound = np.concatenate([evidence[stations - half :], evidence, evidence[:half]])
    likely = np.empty_like(wound)
    likely_states(wound, CHANGE, likely)
    return likely[half : half + stations]


def contrast(calm: np.ndarray) -> np.ndarray:
    """How far a bright band in the middle stands above the darkest places on both sides, (stations,) grey.

    Darkness is sought on both sides rather than averaged, because the echoes of the interface and the serosa
    reach into the wall by an unknown amount.
    """
    dark = uniform_filter1d(calm, DARK_SAMPLES, axis=1, mode="nearest")
    bright = uniform_filter1d(calm, BRIGHT_SAMPLES, axis=1, mode="nearest")
    apart = (DARK_SAMPLES + BRIGHT_SAMPLES) // 2
    inner = np.minimum.accumulate(dark, axis=1)
    outer = np.minimum.accumulate(dark[:, ::-1], axis=1)[:, ::-1]
    middle = np.arange(MIDDLE[0], MIDDLE[1] + 1)
    return (bright[:, middle] - np.maximum(inner[:, middle - apart], outer[:, middle + apart])).max(axis=1)


def _straight(wall: TracedWall, line: WallLine) -> StraightLine:
    inner, outer = (_between(edge, line) for edge in (line.edges.inner_mm, line.edges.outer_mm))
    thickness = outer - inner
    away = inner[:, None] + thickness[:, None] * np.linspace(0.0, 1.0, SAMPLES + 1)
    grey = wall.patch.read_grey(*along_normal(line.line, away)).astype(float)
    calm = _along(grey, ALONG_MM, line.line.ring)
    rough = (grey - calm)[:, SAMPLES // 5 : -SAMPLES // 10]
    usual = float(np.median(thickness[line.kept]))
    grain = _grain_mm(rough, usual / SAMPLES)
    facing = np.abs(line.line.outward[:, 0]) >= LEAST_FACING
    thin = usual < max(THINNEST_MM, GRAINS_PER_WALL * grain)
    sharp = line.kept & (facing | (usual >= max(THICK_MM, THICK_GRAINS * grain)))
    speckle = 1.48 * float(np.median(np.abs(rough))) + 1.0
    far = line.line.outward[:, 0] > 0
    return StraightLine(grey, calm, thickness, line.kept, sharp, far, speckle, thin, line.line.ring)


def _between(edge_mm: np.ndarray, line: WallLine) -> np.ndarray:
    """An edge where it was measured, and on straight ways between."""
    index, kept = np.arange(len(edge_mm)), line.kept
    return np.interp(index, index[kept], edge_mm[kept], period=len(index) if line.line.ring else None)


def _along(values: np.ndarray, sigma_mm: float, ring: bool) -> np.ndarray:
    return gaussian_filter1d(values, sigma_mm / STATION_MM, axis=0, mode="wrap" if ring else "reflect")


def _levelled(grey: np.ndarray) -> np.ndarray:
    """The part of `PATTERN` without its mean and slope, (stations, samples)."""
    part = grey[:, PATTERN]
    part = part - part.mean(axis=1, keepdims=True)
    slope = np.linspace(-1.0, 1.0, part.shape[1])
    return part - (part @ slope / (slope @ slope))[:, None] * slope


def _amount(flat: np.ndarray, across: np.ndarray) -> np.ndarray:
    return flat @ across / max(float(across @ across), 1e-9)


def _amounts(line: StraightLine, pattern: LayerPattern) -> np.ndarray:
    """How much of the pattern every station shows, where the neighbourhood shows most of it, (stations,)."""
    wide = np.pad(line.grey, ((0, 0), (SHIFT_SAMPLES, SHIFT_SAMPLES)), mode="edge")
    shifted = [wide[:, start : start + SAMPLES + 1] for start in range(2 * SHIFT_SAMPLES + 1)]
    amounts = np.stack([_amount(_levelled(grey), pattern.across) for grey in shifted], axis=1)
    best = _along(amounts, SHIFT_ALONG_MM / 2, line.ring).argmax(axis=1)
    scale = np.clip((pattern.contrast - NOISE_CONTRAST) / (LEAST_CONTRAST - NOISE_CONTRAST), 0.0, 1.0)
    return scale * amounts[np.arange(len(amounts)), best]


def _evidence(amount: np.ndarray, sharp: np.ndarray) -> np.ndarray:
    """Log-likelihood of the three states, (stations, 3), up to a constant."""
    away = (amount[:, None] - LEVELS) / SCATTER
    squares = np.minimum(np.abs(away), MOST_DEVIATIONS) ** 2
    readings = np.where(sharp, READINGS, np.where(amount >= BLURRED_LEAST, BLURRED_READINGS, 0.0))
    return -0.5 * readings[:, None] * squares


def _grain_mm(rough: np.ndarray, step_mm: float) -> float:
    """Size of the speckle across the wall: full width at half height of its autocorrelation."""
    centred = rough - rough.mean(axis=1, keepdims=True)
    power = float((centred**2).mean())
    if power < 1e-6:
        return 0.0
    lags = range(1, centred.shape[1] // 2)
    shares = [1.0] + [float((centred[:, lag:] * centred[:, :-lag]).mean()) / power for lag in lags]
    for lag, (before, after) in enumerate(pairwise(shares)):
        if after < 0.5:
            return 2 * step_mm * (lag + (before - 0.5) / max(before - after, 1e-6))
    return 2 * step_mm * len(shares)
