"""Bowel wall stratification: is there a bright submucosa between two darker layers, and over what length
not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter, uniform_filter1d

from ius_vision.measurement.crossings import along_normal
from ius_vision.measurement.layer_thickness import LayerThickness, StraightWall, measure_layers
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
MIDDLE = round(SAMPLES * FIRST_SHARE), round(SAMPLES * LAST_SHARE)
# Layers are judged against the contrast that this wall shows where it shows them, in standard deviations of
# the speckle (5.6 dB); a wall without any is held to the least contrast that layers have [J].
USUAL_PERCENTILE, LEAST_USUAL = 60.0, 2.8
LOST_SHARE, FADING_SHARE, PRESERVED_SHARE = 0.4, 0.5, 0.65
# In a wall thinner than this, or than so many speckle grains, layers that are not seen may still be there.
THINNEST_MM = 3.0
GRAINS_PER_WALL = 6.0
CLEAR_SHARE = 0.75
# Across the beam the picture is too blurred in walls below some thickness to call layers lost.
LEAST_FACING = 0.6
FACING_NEEDED_BELOW_MM = 5.0
SHORTEST_JUDGED_MM = 8.0
SHORTEST_LOSS_MM, SHORTEST_TOGETHER_MM = 6.0, 5.0
# Within one loss, wall that cannot be judged counts up to this length, wall that shows layers hardly.
UNJUDGED_MM, CONTRADICTED_MM = 12.0, 1.2


@dataclass(frozen=True, slots=True)
class LayerEvidence:
    """Lengths of wall, mm, that one look gives.

    `lost_mm` shows no layers, `doubtful_mm` none or faint ones, each on the wall that has most: near and
    far wall of one stretch of bowel are not added up. `judged_mm` is all that could be judged.
    """

    lost_mm: float
    doubtful_mm: float
    judged_mm: float


@dataclass(frozen=True, slots=True)
class Stratification:
    """The grade and what it rests on, None where the layers cannot be judged.

    `contrast` is the median contrast of the layers in standard deviations of the speckle, `thickness` that of
    each layer, None where too little wall shows them.
    """

    grade: Measured[int] | Abstained
    evidence: LayerEvidence | None = None
    contrast: float | None = None
    thickness: LayerThickness | None = None


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
    counts, as a share of what is usual in this wall.
    """
    profiles = [_profile(wall, line) for line in wall.lines if line.kept.any()]
    judged = _judge(profiles)
    total = STATION_MM * sum(int(np.count_nonzero(found.known)) for found in judged)
    if total < SHORTEST_JUDGED_MM:
        return Stratification(
            Abstained(
                "layers_too_short",
                f"Layers can be judged over {total:.1f} mm only, {SHORTEST_JUDGED_MM:g} mm are needed; "
                "choose a frame with a longer stretch of wall across the beam.",
            )
        )
    contrast = float(np.median(np.concatenate([found.contrast[found.kept] for found in profiles])))
    preserved = STATION_MM * sum(int(np.count_nonzero(found.preserved)) for found in judged)
    if any(found.thin for found in profiles) and preserved < CLEAR_SHARE * total:
        return Stratification(
            Abstained(
                "layer_resolution",
                "The wall is too thin for this picture to tell lost layers from unresolved ones; "
                "use a probe of higher frequency.",
            ),
            contrast=contrast,
        )
    evidence = LayerEvidence(
        max(_length(_grown(found), found.known & ~found.fading, found.ring) for found in judged),
        max(_length(found.doubtful, found.preserved, found.ring) for found in judged),
        total,
    )
    return Stratification(grade_layers([evidence]), evidence, contrast, _thickness(profiles, judged))


def _thickness(profiles: Sequence[_Profile], judged: Sequence[_Judged]) -> LayerThickness | None:
    walls = [
        StraightWall(found.calm, found.thickness_mm, shown.preserved)
        for found, shown in zip(profiles, judged, strict=True)
    ]
    return measure_layers(walls, *MIDDLE)


def grade_layers(looks: Sequence[LayerEvidence]) -> Measured[int]:
    """The grade of several looks at one stretch of bowel.

    Of three and more a second one has to confirm a loss, of two their mean counts. The length is the longest
    that any of them shows, as a short field cannot show a long loss.
    """
    if _confirmed([look.lost_mm for look in looks]):
        return Measured(2 if max(look.lost_mm for look in looks) <= FOCAL_LIMIT_MM else 3)
    return Measured(int(_confirmed([look.doubtful_mm for look in looks])))


def _confirmed(lengths_mm: Sequence[float]) -> bool:
    ordered = sorted(lengths_mm, reverse=True)
    together = ordered[1] if len(ordered) > 2 else float(np.mean(ordered))
    return together >= SHORTEST_TOGETHER_MM


def median_layers(looks: Sequence[LayerEvidence]) -> LayerEvidence:
    """The median of looks from the same side: the frames of a clip."""
    names = LayerEvidence.__dataclass_fields__
    return LayerEvidence(
        **{name: float(np.median([getattr(look, name) for look in looks])) for name in names}
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Profile:
    """One line's contrast of layers, (stations,) in deviations of the speckle, and where it can be relied on.

    `facing` is true where the wall faces the beam, or is thick enough not to need to. `calm` (stations,
    samples) is the grey across the wall, averaged along it, `thickness_mm` (stations,) the wall's.
    """

    calm: np.ndarray
    thickness_mm: np.ndarray
    contrast: np.ndarray
    kept: np.ndarray
    facing: np.ndarray
    thin: bool
    ring: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """Stations of one line, (stations,) bool; `known` are all that could be judged.

    `lost` shows no layers, `fading` less than half of their usual contrast, `doubtful` none or faint ones.
    """

    lost: np.ndarray
    fading: np.ndarray
    doubtful: np.ndarray
    preserved: np.ndarray
    known: np.ndarray
    ring: bool


def _judge(profiles: Sequence[_Profile]) -> list[_Judged]:
    if not profiles:
        return []
    shown = np.concatenate([found.contrast[found.kept] for found in profiles])
    usual = max(float(np.percentile(shown, USUAL_PERCENTILE)), LEAST_USUAL)
    judged = []
    for found in profiles:
        share = found.contrast / usual
        preserved = found.kept & (share >= PRESERVED_SHARE)
        known = preserved | (found.kept & found.facing)
        lost, fading = (known & (share < limit) for limit in (LOST_SHARE, FADING_SHARE))
        judged.append(_Judged(lost, fading, known & ~preserved, preserved, known, found.ring))
    return judged


def _profile(wall: TracedWall, line: WallLine) -> _Profile:
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
    return _Profile(calm, line.edges.thickness_mm, contrast, line.kept, facing, thin, line.line.ring)


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
    middle = np.arange(MIDDLE[0], MIDDLE[1] + 1)
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


def _grown(found: _Judged) -> np.ndarray:
    """Lost stations with the fading ones around them: a loss ends where half of the contrast is back.

    Only stretches of loss that count by themselves grow, so that faint layers do not become lost ones.
    """
    flags, against = found.lost, found.known & ~found.lost
    seeds = np.zeros(len(flags), bool)
    for start, stop in _long_stretches(flags, against):
        seeds[start:stop] = True
    grown = seeds & (flags | found.fading)
    for start, stop in _runs(found.fading | grown):
        if seeds[start:stop].any():
            grown[start:stop] = True
    return grown


def _length(flags: np.ndarray, against: np.ndarray, ring: bool) -> float:
    """Length of all stretches of flags that are long enough, mm.

    Parameters
    ----------
    flags, against : (stations,) bool, what is sought, and what shows that it is not there. Stations with
    neither are unknown and are bridged.
    """
    if ring and not flags.all():
        # Opened where the wall is known to be different, so that no stretch is cut in two.
        shift = int(np.argmax(against)) if against.any() else int(np.argmin(flags))
        flags, against = np.roll(flags, -shift), np.roll(against, -shift)
    return sum(STATION_MM * (stop - start) for start, stop in _long_stretches(flags, against))


def _long_stretches(flags: np.ndarray, against: np.ndarray) -> list[tuple[int, int]]:
    """Stretches of flags, bridged, that hold enough of them; as (start, stop)."""
    stretches: list[list[int]] = []
    for start, stop in _runs(flags):
        if stretches and _bridged(against[stretches[-1][1] : start]):
            stretches[-1][1] = stop
        else:
            stretches.append([start, stop])
    return [
        (start, stop)
        for start, stop in stretches
        if STATION_MM * np.count_nonzero(flags[start:stop]) >= SHORTEST_LOSS_MM
    ]


def _runs(flags: np.ndarray) -> zip:
    steps = np.diff(np.concatenate([[0], flags.astype(int), [0]]))
    return zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True)


def _bridged(gap: np.ndarray) -> bool:
    contradicted = STATION_MM * np.count_nonzero(gap)
    return contradicted <= CONTRADICTED_MM and STATION_MM * len(gap) - contradicted <= UNJUDGED_MM
