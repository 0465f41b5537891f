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
    LayerPattern,
    StraightLine,
    find_pattern,
    likely_layers,
    straighten,
)
from ius_vision.measurement.layer_thickness import LayerThickness, StraightWall, measure_layers
from ius_vision.measurement.midline import STATION_MM
from ius_vision.measurement.view import guess_view
from ius_vision.measurement.wall import TracedWall
from ius_vision.outcomes import Abstained, Measured
from ius_vision.vocabulary import View

# Loss up to this length is focal, beyond it extensive (reference/scores.md section 1).
FOCAL_LIMIT_MM = 30.0
# Layers that are missing in a thin wall are unresolved, unless so much of it shows them, or some shows them
# so clearly.
CLEAR_SHARE = 0.75
RESOLVED_CONTRAST, RESOLVED_MM = 2.5, 15.0
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
    if any(line.thin for line in lines) and not _resolved(judged, pattern, total):
        return Stratification(_too_thin(), contrast=pattern.contrast)
    together = guess_view(wall) == View.CROSS_SECTION
    evidence = LayerEvidence(
        _longest(judged, "lost", together), _longest(judged, "doubtful", together), total
    )
    return Stratification(grade_layers([evidence]), evidence, pattern.contrast, _thickness(lines, judged))


def _resolved(judged: Sequence[_Judged], pattern: LayerPattern, total_mm: float) -> bool:
    """Whether a thin wall shows enough layers to tell that the picture can show them."""
    clear_mm = STATION_MM * sum(int(np.count_nonzero(found.clear)) for found in judged)
    if pattern.contrast >= RESOLVED_CONTRAST and clear_mm >= RESOLVED_MM:
        return True
    return clear_mm >= CLEAR_SHARE * total_mm


def _longest(judged: Sequence[_Judged], what: str, together: bool) -> float:
    """Length along the wall that has most, mm; all around the bowel where it is seen across."""
    near, far = (sum(getattr(found, what)[side] for found in judged) for side in (0, 1))
    return near + far if together else max(near, far)


def _too_short(judged_mm: float) -> Abstained:
    return Abstained(
        "layers_too_short",
        f"Layers can be judged over {judged_mm:.1f} mm only, {SHORTEST_JUDGED_MM:g} mm are needed; "
        "choose a frame with a longer stretch of wall across the beam.",
    )


def _too_thin() -> Abstained:
    return Abstained(
        "layer_resolution",
        "The wall is too thin for this picture to tell lost layers from unresolved ones; "
        "use a probe of higher frequency.",
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
    """What one line shows: lengths in mm, those of lost and doubtful layers on the near and on the far wall,
    and `clear` (stations,) bool, where its layers are measured.
    """

    lost: tuple[float, float]
    doubtful: tuple[float, float]
    known_mm: float
    clear: np.ndarray


def _judge(line: StraightLine, likely: np.ndarray) -> _Judged:
    state = likely.argmax(axis=1)
    clear = line.kept & (state == CLEAR)
    known = line.sharp | clear
    return _Judged(
        lost=_lengths(state == GONE, line),
        doubtful=_lengths(state != CLEAR, line),
        known_mm=STATION_MM * int(np.count_nonzero(known)),
        clear=clear,
    )


def _lengths(flags: np.ndarray, line: StraightLine) -> tuple[float, float]:
    """Length of all stretches of flags (stations,) that are sharp over enough of it, mm, on the near and on
    the far wall.
    """
    sharp, far = line.sharp, line.far
    if line.ring and not flags.all():
        # Opened where the wall is different, so that no stretch is cut in two.
        shift = int(np.argmin(flags))
        flags, sharp, far = (np.roll(part, -shift) for part in (flags, sharp, far))
    steps = np.diff(np.concatenate([[0], flags.astype(int), [0]]))
    counts = np.zeros(2, int)
    for start, stop in zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True):
        if STATION_MM * np.count_nonzero(sharp[start:stop]) >= SHORTEST_LOSS_MM:
            counts += np.bincount(far[start:stop], minlength=2)
    return STATION_MM * int(counts[0]), STATION_MM * int(counts[1])
