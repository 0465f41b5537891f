"""Bowel wall stratification: is there a bright submucosa between two darker layers, and over what length
not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ius_vision.measurement.layer_pattern import (
    CLEAR,
    GONE,
    MIDDLE,
    StraightLine,
    find_pattern,
    likely_layers,
    straighten,
)
from ius_vision.measurement.layer_thickness import LayerThickness, StraightWall, measure_layers
from ius_vision.measurement.midline import STATION_MM
from ius_vision.measurement.wall import TracedWall
from ius_vision.outcomes import Abstained, Measured

# Loss up to this length is focal, beyond it extensive (reference/scores.md section 1).
FOCAL_LIMIT_MM = 30.0
# In a wall thinner than this, or than so many speckle grains, layers that are not seen may still be there.
THINNEST_MM = 3.0
GRAINS_PER_WALL = 8.0
CLEAR_SHARE = 0.75
SHORTEST_JUDGED_MM = 8.0
# One stretch of a loss is at least this long; it counts where the mean of two looks is this long, or the
# second of more [J].
SHORTEST_LOSS_MM, SHORTEST_MEAN_MM, SHORTEST_SECOND_MM = 6.0, 3.0, 5.0


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

    `contrast` is the contrast of the wall's layers, where they show most, in standard deviations of the
    speckle, `thickness` that of each layer, None where too little wall shows them.
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
    The wall's own pattern across is found where it shows most, and every station along the wall is held
    against it; see `layer_pattern`.
    """
    lines = straighten(wall)
    if not lines:
        return Stratification(_too_short(0.0))
    pattern = find_pattern(lines)
    judged = [_judge(line, likely_layers(line, pattern)) for line in lines]
    total = sum(found.known_mm for found in judged)
    if total < SHORTEST_JUDGED_MM:
        return Stratification(_too_short(total))
    thin = any(line.usual_mm < max(THINNEST_MM, GRAINS_PER_WALL * line.grain_mm) for line in lines)
    if thin and sum(found.clear_mm for found in judged) < CLEAR_SHARE * total:
        return Stratification(
            Abstained(
                "layer_resolution",
                "The wall is too thin for this picture to tell lost layers from unresolved ones; "
                "use a probe of higher frequency.",
            ),
            contrast=pattern.contrast,
        )
    evidence = LayerEvidence(
        max(found.lost_mm for found in judged), max(found.doubtful_mm for found in judged), total
    )
    return Stratification(grade_layers([evidence]), evidence, pattern.contrast, _thickness(lines, judged))


def _too_short(judged_mm: float) -> Abstained:
    return Abstained(
        "layers_too_short",
        f"Layers can be judged over {judged_mm:.1f} mm only, {SHORTEST_JUDGED_MM:g} mm are needed; "
        "choose a frame with a longer stretch of wall across the beam.",
    )


def _thickness(lines: Sequence[StraightLine], judged: Sequence[_Judged]) -> LayerThickness | None:
    walls = [
        StraightWall(line.calm, line.thickness_mm, found.clear)
        for line, found in zip(lines, judged, strict=True)
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
    if len(lengths_mm) == 2:
        return float(np.mean(lengths_mm)) >= SHORTEST_MEAN_MM
    return sorted(lengths_mm)[-2:][0] >= SHORTEST_SECOND_MM


def median_layers(looks: Sequence[LayerEvidence]) -> LayerEvidence:
    """The median of looks from the same side: the frames of a clip."""
    names = LayerEvidence.__dataclass_fields__
    return LayerEvidence(
        **{name: float(np.median([getattr(look, name) for look in looks])) for name in names}
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """What one line shows: lengths in mm, and `clear` (stations,) bool, where its layers are measured."""

    lost_mm: float
    doubtful_mm: float
    known_mm: float
    clear: np.ndarray

    @property
    def clear_mm(self) -> float:
        return STATION_MM * int(np.count_nonzero(self.clear))


def _judge(line: StraightLine, likely: np.ndarray) -> _Judged:
    state = likely.argmax(axis=1)
    clear = line.kept & (state == CLEAR)
    known = line.sharp | clear
    return _Judged(
        lost_mm=_length(state == GONE, line),
        doubtful_mm=_length(state != CLEAR, line),
        known_mm=STATION_MM * int(np.count_nonzero(known)),
        clear=clear,
    )


def _length(flags: np.ndarray, line: StraightLine) -> float:
    """Length of all stretches of flags (stations,) that are sharp over enough of it, mm."""
    sharp = line.sharp
    if line.ring and not flags.all():
        # Opened where the wall is different, so that no stretch is cut in two.
        shift = int(np.argmin(flags))
        flags, sharp = np.roll(flags, -shift), np.roll(sharp, -shift)
    steps = np.diff(np.concatenate([[0], flags.astype(int), [0]]))
    ends = zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True)
    return sum(
        STATION_MM * int(stop - start)
        for start, stop in ends
        if STATION_MM * np.count_nonzero(sharp[start:stop]) >= SHORTEST_LOSS_MM
    )
