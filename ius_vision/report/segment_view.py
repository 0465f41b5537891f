"""A bowel segment on the page: its row, its figures, its clips, its scores against named cut-offs."""

from __future__ import annotations

from collections.abc import Mapping

from ius_vision.findings import ClipRow, ExamFindings, SegmentRow
from ius_vision.reasons import REASONS
from ius_vision.report.evidence import ClipEvidence
from ius_vision.report.shots import shot_figure, spectrum_figures, thickness_figure
from ius_vision.report.view import Card, Cell, CutOff, Reading, Score, SegmentView
from ius_vision.report.words import ITEMS, MODES, SEGMENTS, VIEWS, count_of, grade, words_of
from ius_vision.scores.cut_offs import CUT_OFFS
from ius_vision.scores.indices import buss, muc
from ius_vision.scores.score import Score as ScoreValue
from ius_vision.vocabulary import Mode

COLUMNS = ("BWT", "BWS", "i-fat", "CDS", "Limberg", "IBUS-SAS")
HAS_VALUE = ("measured", "entered")
SCORES = {"ibus_sas": "IBUS-SAS", "buss": "BUSS (Crohn's disease)", "muc": "MUC (ulcerative colitis)"}


def segment_view(
    row: SegmentRow,
    findings: ExamFindings,
    evidence: Mapping[str, ClipEvidence],
    pictures: Mapping[str, bytes],
) -> SegmentView:
    """Everything the page says about one segment."""
    # Contrast clips have a section of their own.
    clips = [
        clip
        for clip in findings.clips
        if clip.segment == row.segment and clip.mode not in (None, Mode.CONTRAST)
    ]
    seen = [clip for clip in clips if clip.status in HAS_VALUE or clip.bwt_status or clip.cds_status]
    return SegmentView(
        anchor=f"segment-{row.segment}",
        name=words_of(SEGMENTS, row.segment),
        clips="1 clip" if row.clips == 1 else f"{row.clips} clips",
        cells=_cells(row),
        why=_why(row),
        scores=_scores(row),
        readings=tuple(_reading(clip, evidence.get(clip.file)) for clip in seen),
        cards=tuple(card for clip in seen if (card := _card(clip, findings, evidence, pictures))),
        notes=_notes(row, clips),
    )


def _cells(row: SegmentRow) -> dict[str, Cell]:
    return {
        "BWT": thickness_cell(row),
        "BWS": _grade_cell(row, "bws"),
        "i-fat": _grade_cell(row, "ifat"),
        "CDS": _grade_cell(row, "cds"),
        "Limberg": _limberg_cell(row),
        "IBUS-SAS": _range_cell(row.ibus_sas, row.ibus_sas_low, row.ibus_sas_high),
    }


def thickness_cell(row: SegmentRow | ClipRow) -> Cell:
    """The thickness of a segment or a clip."""
    text = "" if row.bwt_mm is None else f"{row.bwt_mm:.1f} mm"
    interval = "" if row.bwt_ci_low_mm is None else f"95 %: {row.bwt_ci_low_mm:.1f}–{row.bwt_ci_high_mm:.1f}"
    return Cell(text, row.bwt_status or "", interval, reason=row.bwt_detail or "")


def _grade_cell(row: SegmentRow | ClipRow, item: str) -> Cell:
    value, status = getattr(row, item), getattr(row, f"{item}_status")
    text = "" if value is None else str(value)
    return Cell(text, status or "", meaning=grade(item, value), reason=getattr(row, f"{item}_detail") or "")


def _limberg_cell(row: SegmentRow) -> Cell:
    text = "" if row.limberg is None else str(row.limberg)
    return Cell(
        text, "", meaning=grade("limberg", row.limberg), reason=REASONS.get(row.limberg_reason or "", "")
    )


def _range_cell(value: float | None, low: float | None, high: float | None) -> Cell:
    if low is None or high is None:
        return Cell("", "")
    span = f"{low:.1f}–{high:.1f}"
    if value is None:
        return Cell(span, "", meaning="open: an item is missing")
    return Cell(f"{value:.1f}", "", "" if low == high else span)


def _why(row: SegmentRow) -> tuple[str, ...]:
    """What the row does not say, and why; items with the same reason together."""
    names: dict[str, list[str]] = {}
    for item, name in ITEMS.items():
        if getattr(row, f"{item}_status") not in HAS_VALUE:
            names.setdefault(getattr(row, f"{item}_detail"), []).append(name)
    found = [f"No {' and no '.join(listed)}: {detail}" for detail, listed in names.items()]
    if row.limberg_reason:
        found.append(f"No Limberg grade: {REASONS[row.limberg_reason]}")
    return tuple(found)


def _scores(row: SegmentRow) -> tuple[Score, ...]:
    values = {
        "ibus_sas": ScoreValue(row.ibus_sas, row.ibus_sas_low, row.ibus_sas_high),
        "buss": buss(row.bwt_mm, row.cds),
        "muc": muc(row.bwt_mm, row.cds),
    }
    return tuple(
        Score(SCORES[name], _range_cell(score.value, score.low, score.high), _cut_offs(name, score))
        for name, score in values.items()
        if score.low is not None
    )


def _cut_offs(name: str, score: ScoreValue) -> tuple[CutOff, ...]:
    words = {True: "met", False: "not met", None: "open"}
    return tuple(
        CutOff(
            says=record.says,
            limit=f"{record.operator} {record.value}",
            verdict=words[score.met(record)],
            source=record.citation + (f"; {record.note}" if record.note else ""),
        )
        for record in CUT_OFFS[name].values()
    )


def _reading(clip: ClipRow, evidence: ClipEvidence | None) -> Reading:
    looked, measured = clip.frames_looked_at, clip.frames_measured
    frames = count_of(clip.frames, "frame")
    if looked is not None:
        frames = f"{looked} of {frames} looked at" + ("" if measured is None else f", {measured} measured")
    return Reading(
        file=clip.file,
        mode=words_of(MODES, clip.mode),
        view=words_of(VIEWS, clip.view),
        frames=frames,
        key_frame=f"key frame {clip.best_frame}" if clip.best_frame else "",
        mask=evidence.mask if evidence else "",
        cells=_clip_cells(clip),
    )


def _clip_cells(clip: ClipRow) -> tuple[tuple[str, Cell], ...]:
    """What was looked for in a clip; items without a value for the thickness's own reason are left out."""
    cells = [("BWT", thickness_cell(clip))] if clip.bwt_status else []
    for name, item in (("BWS", "bws"), ("i-fat", "ifat"), ("CDS", "cds")):
        status = getattr(clip, f"{item}_status")
        if status and not (status not in HAS_VALUE and getattr(clip, f"{item}_detail") == clip.bwt_detail):
            cells.append((name, _grade_cell(clip, item)))
    if clip.psv_cm_s is not None:
        cells.append(("Spectrum", Cell(spectrum_figures(clip), clip.status)))
    return tuple(cells)


def _card(
    clip: ClipRow,
    findings: ExamFindings,
    evidence: Mapping[str, ClipEvidence],
    pictures: Mapping[str, bytes],
) -> Card | None:
    """A clip's drawings; a clip without lines on its frame stands among the clips without a value instead."""
    shown = evidence.get(clip.file)
    if shown is None or not shown.lines:
        return None
    frames = [row for row in findings.frames if row.file == clip.file]
    chart = thickness_figure(clip, frames)
    return Card(shot_figure(clip, shown, pictures[shown.picture]), chart)


def _notes(row: SegmentRow, clips: list[ClipRow]) -> tuple[str, ...]:
    notes = [note for note in (row.warnings or "").split("; ") if note]
    notes += [f"{clip.file}: {clip.overruled}." for clip in clips if clip.overruled]
    return tuple(notes)
