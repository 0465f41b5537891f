"""The clips of one bowel segment together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ius_vision.measurement.bwt_error import Z_95, BwtErrorModel, Interval
from ius_vision.measurement.fat import FatEvidence, grade_evidence
from ius_vision.measurement.stratification import LayerEvidence, grade_layers
from ius_vision.outcomes import Abstained, Entered, Measured, NoValue
from ius_vision.vocabulary import View

# The protocol asks for two readings in each view (reference/scores.md section 5).
READINGS_PER_VIEW = 2

Thickness = Measured[float] | Entered[float] | NoValue
Grade = Measured[int] | Entered[int] | NoValue


@dataclass(frozen=True, slots=True)
class ClipItems:
    """What one clip says about its segment; None for an item that this kind of clip does not give.

    `fat` and `layers` are what its grades of fat and layers rest on, `quality` (0 to 1) is the mean of the
    frames behind its thickness.
    """

    view: View
    bwt: Thickness | None = None
    bws: Grade | None = None
    ifat: Grade | None = None
    cds: Grade | None = None
    fat: FatEvidence | None = None
    layers: LayerEvidence | None = None
    quality: float = 1.0


@dataclass(frozen=True, slots=True)
class SegmentItems:
    """The segment's items and the number of thickness readings behind them.

    `shortfall` says which readings of the protocol's four are missing; empty where none is.
    """

    bwt: Thickness
    bws: Grade
    ifat: Grade
    cds: Grade
    longitudinal: int
    cross_section: int
    unknown_view: int
    shortfall: str


def combine_views(clips: Sequence[ClipItems], error: BwtErrorModel) -> SegmentItems:
    """Combine clips: thickness is the mean over views of the mean over each view's clips, the Doppler
    signal is the highest grade of any, layers and fat are graded on what all of them show together.

    Values a reader entered overrule measured ones of the same item. Without any value the first reason
    stands; `not_recorded` where no clip of the kind is there.

    Notes
    -----
    The interval of the thickness keeps the shared part of the model's error whole; the rest of the clips'
    variances shrinks with their number. Where the readings scatter more than that, their scatter is used
    instead; `clips_disagree` where they scatter so far that the interval would reach 0.
    """
    readings = _chosen(clips)
    counts = {view: sum(1 for clip in readings if clip.view == view) for view in View}
    return SegmentItems(
        bwt=_thickness(readings, error) if readings else _why([clip.bwt for clip in clips], "thickness"),
        bws=_layers(clips),
        ifat=_fat(clips),
        cds=_highest([clip.cds for clip in clips], "colour Doppler"),
        longitudinal=counts[View.LONGITUDINAL],
        cross_section=counts[View.CROSS_SECTION],
        unknown_view=counts[View.UNKNOWN],
        shortfall=_shortfall(counts),
    )


def _chosen(clips: Sequence[ClipItems]) -> list[ClipItems]:
    """The clips whose thickness counts: those that a reader measured, else those that were measured here."""
    entered = [clip for clip in clips if isinstance(clip.bwt, Entered)]
    return entered or [clip for clip in clips if isinstance(clip.bwt, Measured)]


def _thickness(clips: Sequence[ClipItems], error: BwtErrorModel) -> Thickness:
    readings = [clip.bwt for clip in clips]
    values = np.array([reading.value for reading in readings])
    weights = _weights([clip.view for clip in clips])
    mean = float(values @ weights)
    scatter = float(values.var(ddof=1) * (weights**2).sum()) if len(values) > 1 else 0.0
    if isinstance(readings[0], Entered):
        disagree = Z_95 * math.sqrt(scatter) >= mean
        return _disagreement(values) if disagree else Entered(mean, readings[0].source)
    model = np.array([error.variance_mm2(mean, clip.quality) for clip in clips])
    lasting = error.shared * float(weights @ model)
    own = np.array([((reading.high - reading.value) / Z_95) ** 2 for reading in readings])
    passing = float((weights**2) @ np.maximum(0.0, own - lasting))
    if len(values) > 1 and Z_95 * math.sqrt(lasting + scatter) >= mean:
        return _disagreement(values)
    interval = Interval.around(mean, lasting + max(passing, scatter))
    return Measured(mean, interval.low_mm, interval.high_mm)


def _disagreement(values: np.ndarray) -> Abstained:
    """An interval that reaches 0 mm is that of a mean which none of the clips shows."""
    return Abstained(
        "clips_disagree",
        f"The clips show from {values.min():.1f} to {values.max():.1f} mm, which one stretch of "
        "bowel does not; look at them, and say in the manifest which segment each of them shows.",
    )


def _weights(views: Sequence[View]) -> np.ndarray:
    """Equal shares for the views, divided equally among each view's clips."""
    kinds = set(views)
    return np.array([1.0 / (len(kinds) * views.count(view)) for view in views])


def _layers(clips: Sequence[ClipItems]) -> Grade:
    """The grade of what all clips with a grade show together, unless a reader gave a value."""
    grades = [clip.bws for clip in clips]
    looks = [clip.layers for clip in clips if clip.layers and isinstance(clip.bws, Measured)]
    if looks and not any(isinstance(grade, Entered) for grade in grades):
        return grade_layers(looks)
    return _highest(grades, "wall layers")


def _fat(clips: Sequence[ClipItems]) -> Grade:
    """The same of fat; a clip with nothing to compare with still adds what the model saw."""
    grades = [clip.ifat for clip in clips]
    looks = [clip.fat for clip in clips if clip.fat]
    compared = any(look.compared for look in looks)
    if compared and not any(isinstance(grade, Entered) for grade in grades):
        return grade_evidence(looks)
    return _highest(grades, "mesenteric fat")


def _highest(grades: Sequence[Grade | None], what: str) -> Grade:
    entered = [grade for grade in grades if isinstance(grade, Entered)]
    found = entered or [grade for grade in grades if isinstance(grade, Measured)]
    return max(found, key=lambda grade: grade.value) if found else _why(grades, what)


def _why(items: Sequence[object], what: str) -> NoValue:
    for item in items:
        if item is not None:
            return item
    return Abstained(
        "not_recorded",
        f"No clip of this segment shows its {what}; record one, or enter the value in the manifest.",
    )


def _shortfall(counts: dict[View, int]) -> str:
    missing = [
        f"{READINGS_PER_VIEW - counts[view]} in {name}"
        for view, name in ((View.LONGITUDINAL, "longitudinal view"), (View.CROSS_SECTION, "cross-section"))
        if counts[view] < READINGS_PER_VIEW
    ]
    if not missing:
        return ""
    return f"Of the four readings that the protocol asks for, these are missing: {' and '.join(missing)}."
