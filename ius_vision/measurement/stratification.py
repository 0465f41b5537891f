"""Bowel wall stratification: is there a bright submucosa between two darker layers, and over what length
not.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter, uniform_filter1d

from ius_vision.measurement.crossings import along_normal
from ius_vision.measurement.midline import STATION_MM
from ius_vision.measurement.wall import TracedWall, WallLine
from ius_vision.outcomes import Abstained, Measured

# Loss up to this length is focal, beyond it extensive (reference/scores.md section 1).
FOCAL_LIMIT_MM = 30.0
SAMPLES = 40
ALONG_MM = 1.2
CALM_STATIONS = 9
# Samples averaged across the wall for a dark and for a bright layer, and where the bright one may have its
# middle.
DARK_SAMPLES, BRIGHT_SAMPLES = 5, 7
FIRST_SHARE, LAST_SHARE = 0.3, 0.75
# Contrast of the layers in standard deviations of the speckle (5.6 dB): our own limits [J].
LOST_BELOW, PRESERVED_ABOVE = 0.9, 1.4
# In a wall thinner than this, or than so many speckle grains, layers that are not seen may still be there.
THINNEST_MM = 3.0
GRAINS_PER_WALL = 6.0
CLEAR_SHARE = 0.75
# Across the beam the picture is too blurred in walls below some thickness to call layers lost.
LEAST_FACING = 0.6
FACING_NEEDED_BELOW_MM = 5.0
SHORTEST_JUDGED_MM = 8.0
SHORTEST_LOSS_MM = 4.0
UNCERTAIN_MM = 6.0
UNCERTAIN_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Stratification:
    """The grade and the lengths of wall (mm) behind it.

    `lost_mm` is the longest loss on one wall: near and far wall of one stretch of bowel are not added up.
    `contrast` is the median contrast of the layers in standard deviations of the speckle.
    """

    grade: Measured[int] | Abstained
    lost_mm: float | None = None
    preserved_mm: float | None = None
    uncertain_mm: float | None = None
    contrast: float | None = None


def grade_stratification(wall: TracedWall) -> Stratification:
    """Grade the layers 0 preserved, 1 uncertain, 2 lost over at most 3 cm, 3 lost over more.

    Returns
    -------
    The grade with its lengths, or an abstention: `layer_resolution` where the wall is too thin for the
    picture to show layers, `layers_too_short` where too little wall faces the beam.

    Notes
    -----
    At every station the mean brightness of a middle band is compared with the darker layers on both sides of
    it, for several positions of the band, after averaging over some 3 mm of wall. The largest contrast
    counts.
    """
    judged = [_judge(wall, line) for line in wall.lines if line.kept.any()]
    lost = max((_length(found.lost, SHORTEST_LOSS_MM / 2) for found in judged), default=0.0)
    preserved, unsure, gone = (
        STATION_MM * sum(int(getattr(found, name).sum()) for found in judged)
        for name in ("preserved", "unsure", "lost")
    )
    total = preserved + unsure + gone
    if total < SHORTEST_JUDGED_MM:
        return Stratification(
            Abstained(
                "layers_too_short",
                f"Layers can be judged over {total:.1f} mm only, {SHORTEST_JUDGED_MM:g} mm are needed; "
                "choose a frame with a longer stretch of wall across the beam.",
            )
        )
    contrast = float(np.median(np.concatenate([found.contrast for found in judged])))
    if any(found.thin for found in judged) and preserved < CLEAR_SHARE * total:
        return Stratification(
            Abstained(
                "layer_resolution",
                "The wall is too thin for this picture to tell lost layers from unresolved ones; "
                "use a probe of higher frequency.",
            ),
            contrast=contrast,
        )
    return Stratification(Measured(_grade(lost, unsure, total)), lost, preserved, unsure, contrast)


def _grade(lost_mm: float, unsure_mm: float, total_mm: float) -> int:
    if lost_mm >= SHORTEST_LOSS_MM:
        return 2 if lost_mm <= FOCAL_LIMIT_MM else 3
    if unsure_mm + lost_mm >= UNCERTAIN_MM and unsure_mm + lost_mm >= UNCERTAIN_SHARE * total_mm:
        return 1
    return 0


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """Stations of one line, (stations,) bool, the contrast of those measured, and whether the wall is
    thin.
    """

    lost: np.ndarray
    preserved: np.ndarray
    unsure: np.ndarray
    contrast: np.ndarray
    thin: bool


def _judge(wall: TracedWall, line: WallLine) -> _Judged:
    thickness = float(np.median(line.thickness_mm))
    share = np.linspace(0.0, 1.0, SAMPLES + 1)
    across = np.nan_to_num(line.edges.thickness_mm)[:, None] * share
    away = np.nan_to_num(line.edges.inner_mm)[:, None] + across
    grey = wall.patch.read_grey(*along_normal(line.line, away))
    sigma = ALONG_MM / STATION_MM
    weight = gaussian_filter1d(line.kept.astype(float), sigma)[:, None]
    calm = gaussian_filter1d(grey * line.kept[:, None], sigma, axis=0) / np.maximum(weight, 1e-3)
    rough = (grey - calm)[line.kept][:, SAMPLES // 5 : -SAMPLES // 10]
    grain_mm = _grain_mm(rough, thickness / SAMPLES)
    thin = thickness < max(THINNEST_MM, GRAINS_PER_WALL * grain_mm)
    speckle = 1.48 * float(np.median(np.abs(rough))) + 1.0
    contrast = median_filter(_contrast(calm) / speckle, CALM_STATIONS, mode="nearest")
    facing = (np.abs(line.line.outward[:, 0]) >= LEAST_FACING) | (thickness >= FACING_NEEDED_BELOW_MM)
    preserved = line.kept & (contrast > PRESERVED_ABOVE)
    lost = line.kept & facing & (contrast < LOST_BELOW)
    unsure = line.kept & facing & ~preserved & ~lost
    return _Judged(lost, preserved, unsure, contrast[line.kept], thin)


def _contrast(calm: np.ndarray) -> np.ndarray:
    """How far a bright band in the middle stands above the darkest place on each side of it, (stations,)
    grey.

    Darkness is sought on both sides rather than averaged, because the echoes of the interface and the serosa
    reach into the wall by an unknown amount.
    """
    dark = uniform_filter1d(calm, DARK_SAMPLES, axis=1, mode="nearest")
    bright = uniform_filter1d(calm, BRIGHT_SAMPLES, axis=1, mode="nearest")
    apart = (DARK_SAMPLES + BRIGHT_SAMPLES) // 2
    inner = np.minimum.accumulate(dark, axis=1)
    outer = np.minimum.accumulate(dark[:, ::-1], axis=1)[:, ::-1]
    first, last = round(SAMPLES * FIRST_SHARE), round(SAMPLES * LAST_SHARE)
    middle = np.arange(first, last + 1)
    return (bright[:, middle] - np.maximum(inner[:, middle - apart], outer[:, middle + apart])).max(axis=1)


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


def _length(flags: np.ndarray, shortest_mm: float) -> float:
    """Length of all runs of flags that are no shorter than a limit, mm."""
    steps = np.diff(np.concatenate([[0], flags.astype(int), [0]]))
    runs = STATION_MM * (np.flatnonzero(steps == -1) - np.flatnonzero(steps == 1))
    return float(runs[runs >= shortest_mm].sum())
