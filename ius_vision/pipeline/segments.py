"""The clips of an exam put together by bowel segment, with the scores of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ius_vision.dicom.clip import ExamFiles
from ius_vision.findings.rows import ITEMS, SegmentRow
from ius_vision.measurement.bwt_error import BwtErrorModel
from ius_vision.measurement.segment import ClipItems, SegmentItems, combine_views
from ius_vision.outcomes import Abstained, Entered, Measured
from ius_vision.pipeline.features import noted_cells
from ius_vision.pipeline.rows import ClipLook, Item, iso_date, item_cells, naming, view_of
from ius_vision.scores.doppler import limberg
from ius_vision.scores.ibus_sas import ibus_sas
from ius_vision.scores.indices import buss, muc
from ius_vision.vocabulary import Segment, View

# A score takes thicknesses above 0 only; the lower end of an interval may be 0.
LEAST_THICKNESS_MM = 0.01


def segment_rows(exam: ExamFiles, looks: Sequence[ClipLook], error: BwtErrorModel) -> tuple[SegmentRow, ...]:
    """A row for every segment that a clip names, in the order of the bowel; clips whose segment is not known
    come last.
    """
    rows = []
    for segment in Segment:
        own = [look for look in looks if look.clip.segment.value == segment]
        # Clips that show the wall come first: of items without a value, theirs is the reason that is told.
        items = sorted((look for look in own if look.items), key=lambda look: not _has_thickness(look))
        if segment == Segment.UNKNOWN and not items:
            continue
        if own:
            combined = combine_views([_clip_items(look) for look in items], error)
            outcomes = {item: getattr(combined, item) for item in ITEMS}
            if segment == Segment.UNKNOWN and len(items) > 1:
                outcomes = {item: _not_merged(outcome, len(items)) for item, outcome in outcomes.items()}
            rows.append(_row(exam, segment, own, outcomes, combined))
    return tuple(rows)


def _has_thickness(look: ClipLook) -> bool:
    return isinstance(look.items.get("bwt"), (Measured, Entered))


def _clip_items(look: ClipLook) -> ClipItems:
    named = {item: naming(outcome, look.clip.file) for item, outcome in look.items.items()}
    return ClipItems(
        view=View(view_of(look)), fat=look.fat, layers=look.layers, quality=look.quality, **named
    )


def _not_merged(outcome: Item, clips: int) -> Item:
    """Clips that may show different places of the bowel are never averaged."""
    if not isinstance(outcome, (Measured, Entered)):
        return outcome
    return Abstained(
        "segment_unknown",
        f"{clips} clips do not say which bowel segment they show, so they are not put together; name the "
        "segments in the manifest. Each clip's own value stands in clips.csv.",
    )


def _row(
    exam: ExamFiles,
    segment: Segment,
    looks: Sequence[ClipLook],
    outcomes: Mapping[str, Item],
    combined: SegmentItems,
) -> SegmentRow:
    cells: dict[str, object] = {}
    for item, outcome in outcomes.items():
        cells |= item_cells(item, outcome)
    thickness = outcomes["bwt"]
    if isinstance(thickness, Measured):
        cells |= {"bwt_ci_low_mm": thickness.low, "bwt_ci_high_mm": thickness.high}
    score_cells, warnings = _scores(outcomes)
    has_value = isinstance(thickness, (Measured, Entered))
    readings = combined.longitudinal + combined.cross_section + combined.unknown_view
    return SegmentRow(
        exam_id=exam.exam_id,
        patient_id=exam.patient_id,
        study_instance_uid=exam.study_instance_uid,
        study_date=iso_date(exam.study_date),
        segment=str(segment),
        clips=len(looks),
        status=thickness.status,
        reason=None if has_value else thickness.reason,
        detail=None if has_value else thickness.detail,
        bwt_readings=readings if has_value else None,
        views=_views(combined) if has_value else None,
        warnings="; ".join(part for part in (combined.shortfall if has_value else "", *warnings) if part),
        **noted_cells(looks),
        **cells,
        **score_cells,
    )


def _scores(outcomes: Mapping[str, Item]) -> tuple[dict[str, object], tuple[str, ...]]:
    known = {
        item: outcome.value if isinstance(outcome, (Measured, Entered)) else None
        for item, outcome in outcomes.items()
    }
    bwt, cds = known["bwt"], known["cds"]
    activity = ibus_sas(bwt, known["ifat"], cds, known["bws"], _interval(outcomes["bwt"]))
    doppler = limberg(cds, bwt)
    cells = {
        "ibus_sas": activity.value,
        "ibus_sas_low": activity.low,
        "ibus_sas_high": activity.high,
        "buss": buss(bwt, cds).value,
        "muc": muc(bwt, cds).value,
        "limberg": doppler.value,
        "limberg_reason": doppler.reason,
    }
    return cells, activity.warnings


def _interval(thickness: Item) -> tuple[float, float] | None:
    if not isinstance(thickness, Measured) or thickness.low is None:
        return None
    return max(thickness.low, LEAST_THICKNESS_MM), thickness.high


def _views(items: SegmentItems) -> str:
    counts = (
        ("longitudinal", items.longitudinal),
        ("cross_section", items.cross_section),
        ("unknown", items.unknown_view),
    )
    return ";".join(f"{count} {name}" for name, count in counts if count)
