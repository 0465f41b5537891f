"""From findings to the page's words and drawings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ius_vision.findings import ClipRow, ExamFindings
from ius_vision.report.change import change_view
from ius_vision.report.contrast_view import HEADS, bolus_views
from ius_vision.report.evidence import ClipEvidence
from ius_vision.report.segment_view import COLUMNS, segment_view
from ius_vision.report.shots import thumbnail
from ius_vision.report.view import CalibrationRow, Cell, ListedClip, Page
from ius_vision.report.words import LIMITS, MODES, NOTICE, SEGMENTS, SOURCES, count_of, words_of
from ius_vision.scores.normal_wall import DEFAULT_NORMAL_WALL
from ius_vision.scores.numbers_in import thickness

HASH_SHOWN = 12
HAS_VALUE = ("measured", "entered")


def assemble(
    findings: ExamFindings,
    evidence: Mapping[str, ClipEvidence],
    pictures: Mapping[str, bytes],
    previous: ExamFindings | None,
) -> Page:
    """Everything the page shows."""
    exam = findings.exam
    return Page(
        title=f"Intestinal ultrasound {exam.patient_id} {exam.study_date or ''}".strip(),
        product=f"ius-vision {findings.versions.get('ius-vision', '')}".strip(),
        notice=_notice(findings),
        columns=COLUMNS,
        facts=_facts(findings),
        headline=_headline(findings),
        segments=tuple(segment_view(row, findings, evidence, pictures) for row in findings.segments),
        change=change_view(findings, previous),
        contrast=bolus_views(findings, evidence, pictures),
        contrast_columns=HEADS,
        not_measured=_not_measured(findings, evidence, pictures),
        calibrations=tuple(_calibration(clip) for clip in findings.clips if clip.mode),
        files=tuple(_file(clip) for clip in findings.clips if clip.mode),
        trace=_trace(findings),
        limits=LIMITS,
    )


def _notice(findings: ExamFindings) -> str:
    limits = findings.settings.get("model_limits") or []
    return " ".join([NOTICE, "About the wall model:" if limits else "", *limits]).strip()


def _facts(findings: ExamFindings) -> tuple[tuple[str, str], ...]:
    exam = findings.exam
    segments = ", ".join(words_of(SEGMENTS, row.segment) for row in findings.segments)
    hidden = bool(findings.settings.get("pseudonyms"))
    return (
        ("Pseudonym" if hidden else "Patient ID", exam.patient_id),
        ("Date of the exam, moved" if hidden else "Date of the exam", exam.study_date or ""),
        ("Segments seen", segments or "none recognised"),
        ("Files", str(len(findings.clips))),
    )


def _headline(findings: ExamFindings) -> tuple[str, ...]:
    return tuple(sentence for sentence in (_worst(findings), _thick(findings), _counts(findings)) if sentence)


def _worst(findings: ExamFindings) -> str:
    scored = [row for row in findings.segments if row.ibus_sas is not None]
    if scored:
        worst = max(scored, key=lambda row: row.ibus_sas)
        name = words_of(SEGMENTS, worst.segment)
        lacking = len(findings.segments) - len(scored)
        rest = f" An item is missing in {lacking} of {len(findings.segments)} segments." if lacking else ""
        return f"Highest IBUS-SAS: {worst.ibus_sas:.1f} ({name}).{rest}"
    ranged = [row for row in findings.segments if row.ibus_sas_high is not None]
    if ranged:
        worst = max(ranged, key=lambda row: row.ibus_sas_high)
        span = f"{worst.ibus_sas_low:.1f} to {worst.ibus_sas_high:.1f}"
        name = words_of(SEGMENTS, worst.segment)
        return f"No segment has all four items; the IBUS-SAS range that reaches highest is {span} ({name})."
    return "No wall thickness could be given, so there is no score."


def _thick(findings: ExamFindings) -> str:
    limit = DEFAULT_NORMAL_WALL
    known = [row for row in findings.segments if row.bwt_mm is not None]
    thick = [row for row in known if not limit.met(thickness(row.bwt_mm))]
    if not known:
        return ""
    if not thick:
        return f"No segment with a thickness is above {limit.value} mm ({limit.citation})."
    listed = ", ".join(f"{words_of(SEGMENTS, row.segment)} {row.bwt_mm:.1f} mm" for row in thick)
    return f"Wall above {limit.value} mm ({limit.citation}): {listed}."


def _counts(findings: ExamFindings) -> str:
    counts = Counter(clip.status for clip in findings.clips)
    parts = [
        f"{counts[status]} {status}"
        for status in (*HAS_VALUE, "abstained", "failed", "skipped")
        if counts[status]
    ]
    return f"{count_of(len(findings.clips), 'file')}: {', '.join(parts)}."


def _not_measured(
    findings: ExamFindings, evidence: Mapping[str, ClipEvidence], pictures: Mapping[str, bytes]
) -> tuple[ListedClip, ...]:
    contrast = {row.file for row in findings.contrast}
    without = [clip for clip in findings.clips if clip.status not in HAS_VALUE and clip.file not in contrast]
    return tuple(
        _listed(
            clip,
            count_of(clip.frames, "frame") if clip.frames else "",
            Cell("", clip.status, reason=clip.detail or ""),
            evidence,
            pictures,
        )
        for clip in without
    )


def _listed(
    clip: ClipRow, facts: str, cell: Cell, evidence: Mapping[str, ClipEvidence], pictures: Mapping[str, bytes]
) -> ListedClip:
    shot = evidence.get(clip.file)
    return ListedClip(
        file=clip.file,
        mode=words_of(MODES, clip.mode) or "no image",
        segment="" if clip.segment in (None, "unknown") else words_of(SEGMENTS, clip.segment),
        facts=facts,
        cell=cell,
        figure=thumbnail(shot, pictures[shot.picture]) if shot else None,
    )


def _calibration(clip: ClipRow) -> CalibrationRow:
    known = clip.spacing_x_mm is not None
    return CalibrationRow(
        file=clip.file,
        spacing=f"{clip.spacing_x_mm:.4f} × {clip.spacing_y_mm:.4f}" if known else "",
        source=words_of(SOURCES, clip.spacing_source) if known else "no millimetres",
        evidence=clip.calibration_evidence or "",
    )


def _file(clip: ClipRow) -> tuple[str, str, str, str]:
    parts = [clip.mode_evidence, f"overruled: {clip.overruled}" if clip.overruled else "", clip.warnings]
    decoder = f"{clip.decoder or ''} {clip.decoder_version or ''}".strip()
    return clip.file, (clip.sha256 or "")[:HASH_SHOWN], decoder, "; ".join(part for part in parts if part)


def _trace(findings: ExamFindings) -> tuple[tuple[str, str], ...]:
    model = findings.model
    wall = f"{model.name} {model.version}, SHA-256 {model.sha256}" if model else "none"
    groups = sorted(
        (name, values) for name, values in findings.settings.items() if isinstance(values, Mapping)
    )
    settings = "; ".join(f"{name}: {_flat(values)}" for name, values in groups)
    return (
        ("Exam", findings.exam.exam_id),
        ("StudyInstanceUID", findings.exam.study_instance_uid),
        ("Wall model", wall),
        ("Versions", ", ".join(f"{name} {version}" for name, version in findings.versions.items())),
        ("Settings", settings),
        (
            "Beside this page",
            "findings.json (every value), masks/ (every wall mask), evidence.json (every line drawn)",
        ),
    )


def _flat(values: Mapping) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items())
