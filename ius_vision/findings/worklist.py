"""The exams in the order in which they need a person, with what is asked of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ius_vision.findings.column import Row, column
from ius_vision.findings.rows import ITEMS, ClipRow, SegmentRow

# Points: a file that failed may be anything; an item that is missing leaves a score open.
FAILED_FILE, SEGMENT_UNNAMED, THICKNESS_MISSING, ITEM_MISSING, CONFLICT = 20, 10, 5, 2, 1
# A score that its items leave open by this much counts as an item that is missing.
WIDE_SCORE = 20.0
REASONS_SHOWN = 6
NO_VALUE = ("abstained", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorklistRow(Row):
    """An exam that was analysed, and how much it needs a person."""

    need: int = column("points; the more, the more a person is needed", required=True, low=0)
    exam_id: str = column("folder name of the exam", required=True)
    patient_id: str = column("PatientID as the files give it", required=True)
    study_date: str | None = column("StudyDate, YYYY-MM-DD")
    failed_files: int = column("files that could not be read or analysed", required=True, low=0)
    unnamed_clips: int = column("clips of no known bowel segment", required=True, low=0)
    open_items: int = column("items of its segments without a value", required=True, low=0)
    scores_open: int = column("segments whose IBUS-SAS is open or wide", required=True, low=0)
    why: str | None = column("reason codes with their number, most frequent first")


def worklist(clips: Sequence[ClipRow], segments: Sequence[SegmentRow]) -> list[WorklistRow]:
    """Every exam, those that need a person most first; equal ones by name."""
    exams: dict[str, tuple[list[ClipRow], list[SegmentRow]]] = {}
    for clip in clips:
        if clip.exam_id:
            exams.setdefault(clip.exam_id, ([], []))[0].append(clip)
    for segment in segments:
        exams.setdefault(segment.exam_id, ([], []))[1].append(segment)
    rows = [_row(exam_id, *found) for exam_id, found in exams.items()]
    return sorted(rows, key=lambda row: (-row.need, row.exam_id))


def count_reasons(clips: Iterable[ClipRow], segments: Iterable[SegmentRow]) -> dict[str, int]:
    """How often each reason was given, for a file or for an item of a segment; most frequent first."""
    counts: dict[str, int] = {}
    for row in (*clips, *segments):
        reasons = (
            [row.reason] if isinstance(row, ClipRow) else [getattr(row, f"{item}_reason") for item in ITEMS]
        )
        for reason in filter(None, reasons):
            counts[reason] = counts.get(reason, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _row(exam_id: str, clips: list[ClipRow], segments: list[SegmentRow]) -> WorklistRow:
    failed = sum(clip.status == "failed" for clip in clips)
    unnamed = sum(clip.segment == "unknown" for clip in clips)
    missing = [
        item for row in segments for item in ITEMS if getattr(row, f"{item}_status") in NO_VALUE
    ]  # fmt: skip
    opened = sum(_is_open(row) for row in segments)
    conflicts = sum(bool(clip.warnings) for clip in clips)
    need = FAILED_FILE * failed + SEGMENT_UNNAMED * unnamed + ITEM_MISSING * (len(missing) + opened)
    need += (THICKNESS_MISSING - ITEM_MISSING) * missing.count("bwt") + CONFLICT * conflicts
    reasons = list(count_reasons(clips, segments).items())[:REASONS_SHOWN]
    first = (clips or segments)[0]
    return WorklistRow(
        need=need,
        exam_id=exam_id,
        patient_id=first.patient_id,
        study_date=first.study_date,
        failed_files=failed,
        unnamed_clips=unnamed,
        open_items=len(missing),
        scores_open=opened,
        why="; ".join(f"{reason} {count}" for reason, count in reasons),
    )


def _is_open(row: SegmentRow) -> bool:
    if row.ibus_sas_low is None or row.ibus_sas_high is None:
        return True
    return row.ibus_sas_high - row.ibus_sas_low > WIDE_SCORE
