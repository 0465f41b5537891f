"""What was understood about every file, as plain values and as a table for people."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from ius_vision.dicom.clip import Calibration, Clip, ExamFiles, ImageArea, Unread
from ius_vision.outcomes import Abstained

COLUMNS = (
    "file",
    "mode",
    "segment",
    "view",
    "frames",
    "size",
    "mm per pixel",
    "scale from",
    "times from",
    "decoder",
)


def describe_exam(exam: ExamFiles, clips: Sequence[Clip], unread: Sequence[Unread]) -> dict:
    """Everything known about an exam, ready for JSON."""
    return {
        "exam_id": exam.exam_id,
        "patient_id": exam.patient_id,
        "study_instance_uid": exam.study_instance_uid,
        "study_date": exam.study_date,
        "clips": [describe_clip(clip) for clip in clips],
        "unread": [describe_unread(item) for item in unread],
    }


def describe_clip(clip: Clip) -> dict:
    """One clip's facts and the evidence behind them; frames and pixels count from 1 and 0."""
    main = clip.main_area
    scale = main.calibration if main is not None else _no_picture()
    known = not isinstance(clip.time_base, Abstained)
    return {
        "file": clip.file,
        "sop_instance_uid": clip.sop_instance_uid,
        "mode": clip.mode.value,
        "mode_evidence": list(clip.mode_evidence),
        "segment": clip.segment.value,
        "segment_source": clip.segment.source,
        "segment_text": clip.segment.text,
        "view": clip.view.value,
        "view_source": clip.view.source,
        "view_text": clip.view.text,
        "frames": clip.frames,
        "rows": clip.rows,
        "columns": clip.columns,
        **_describe_scale(scale),
        "areas": [_describe_area(area) for area in clip.areas],
        "time_base": clip.time_base.source if known else "",
        "duration_s": round(clip.time_base.times_s[-1], 4) if known and clip.frames > 1 else None,
        "time_base_detail": "" if known else clip.time_base.detail,
        "decoder": f"{clip.decoder.name} {clip.decoder.version}",
        "warnings": list(clip.warnings),
        "overruled": list(clip.overruled),
        "header": dict(clip.header),
        "sha256": clip.sha256,
    }


def describe_unread(item: Unread) -> dict:
    """A file that gave no clip, and why."""
    return {
        "file": item.file,
        "status": item.outcome.status,
        "reason": item.outcome.reason,
        "detail": item.outcome.detail,
        "sop_instance_uid": item.sop_instance_uid,
    }


def exam_table(exam: dict) -> str:
    """Lay out one described exam as text: a line a file, its evidence and warnings below it."""
    title = f"exam {exam['exam_id']}   patient {exam['patient_id'] or '-'}   date {exam['study_date'] or '-'}"
    rows = [_cells(clip) for clip in exam["clips"]]
    lines = _aligned([COLUMNS, *rows]) if rows else []
    told = [title, *lines[:1]]
    for line, clip in zip(lines[1:], exam["clips"], strict=True):
        told += [line, *(f"    {note}" for note in _notes(clip))]
    return "\n".join([*told, *unread_lines(exam["unread"])])


def unread_lines(items: Iterable[dict]) -> list[str]:
    """A line for every file that gave no clip."""
    return [f"{item['file']}  {item['status']}: {item['reason']}: {item['detail']}" for item in items]


def _describe_area(area: ImageArea) -> dict:
    return {
        "first_row": area.box.row0,
        "last_row": area.box.row1 - 1,
        "first_column": area.box.column0,
        "last_column": area.box.column1 - 1,
        "kind": area.kind,
        "shape": "rectangle" if area.outline is None else f"polygon of {len(area.outline)} points",
        **_describe_scale(area.calibration),
    }


def _describe_scale(scale: Calibration | Abstained) -> dict:
    if isinstance(scale, Calibration):
        return {
            "spacing_x_mm": scale.spacing.column_mm,
            "spacing_y_mm": scale.spacing.row_mm,
            "spacing_source": scale.source,
            "spacing_evidence": list(scale.evidence),
        }
    return {
        "spacing_x_mm": None,
        "spacing_y_mm": None,
        "spacing_source": "none",
        "spacing_evidence": [f"{scale.reason}: {scale.detail}"],
    }


def _no_picture() -> Abstained:
    return Abstained("no_spacing", "No ultrasound picture was found on the screen.")


def _cells(clip: dict) -> tuple[str, ...]:
    sizes = (clip["spacing_x_mm"], clip["spacing_y_mm"])
    scale = (
        "-"
        if sizes[0] is None
        else f"{sizes[0]:.5g}"
        if sizes[0] == sizes[1]
        else "{:.5g} x {:.5g}".format(*sizes)
    )
    return (
        clip["file"],
        clip["mode"],
        _with_source(clip["segment"], clip["segment_source"]),
        _with_source(clip["view"], clip["view_source"]),
        str(clip["frames"]),
        f"{clip['columns']}x{clip['rows']}",
        scale,
        clip["spacing_source"],
        clip["time_base"] or "-",
        clip["decoder"],
    )


def _with_source(value: str, source: str) -> str:
    return value if source == "none" else f"{value} ({source})"


def _notes(clip: dict) -> list[str]:
    notes = [f"mode: {'; '.join(clip['mode_evidence'])}"]
    notes += [f"scale: {said}" for said in clip["spacing_evidence"]]
    if len(clip["areas"]) > 1:
        notes.append(f"{len(clip['areas'])} pictures on the screen")
    for name in ("segment", "view"):
        if clip[name] == "unknown" and clip[f"{name}_text"]:
            notes.append(f"{name}: {clip[f'{name}_text']!r} names more than one")
    if clip["time_base_detail"]:
        notes.append(f"times: {clip['time_base_detail']}")
    notes += [f"overruled: {said}" for said in clip["overruled"]]
    return notes + [f"warning: {said}" for said in clip["warnings"]]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(_width(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    """Columns a text takes on a terminal: East Asian characters take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
