"""What changed since the same patient's exam before this one."""

from __future__ import annotations

import math

from ius_vision.findings import ExamFindings, SegmentRow
from ius_vision.reasons import REASONS
from ius_vision.report.view import Answer, ChangeRow, ChangeView, Delta, Rule
from ius_vision.report.words import SEGMENTS, words_of
from ius_vision.scores.definitions import DEFINITIONS, Definition
from ius_vision.scores.response import Decision, remission, response
from ius_vision.scores.visit import Visit

COLUMNS = ("BWT, mm", "BWS", "i-fat", "CDS", "Limberg", "IBUS-SAS")
GRADES = ("bws", "ifat", "cds", "limberg")
ANSWERS = {True: "yes", False: "no", None: "open"}
NAMES = {"bwt_mm": "BWT", "cds": "CDS", "ifat": "i-fat", "bws": "BWS", "segment": "the segment"}


def change_view(now: ExamFindings, before: ExamFindings | None) -> ChangeView:
    """Compare segments seen in both exams; an unknown segment is compared with none."""
    if before is None:
        return ChangeView(
            "No earlier exam of this patient was in the folders given, so nothing is compared. "
            "Exams are matched by PatientID and ordered by StudyDate."
        )
    known = {row.segment: row for row in before.segments if row.segment != "unknown"}
    rows = tuple(_row(known[row.segment], row) for row in now.segments if row.segment in known)
    rules = tuple(_rule(definition) for definition in DEFINITIONS.values()) if rows else ()
    sentence = f"Compared with the exam of {before.exam.study_date} ({before.exam.exam_id})."
    only = [
        _names(set(known) - {row.segment for row in now.segments}),
        _names({r.segment for r in now.segments} - set(known)),
    ]
    if only[0]:
        sentence += f" Seen only then: {only[0]}."
    if only[1]:
        sentence += f" Seen only now: {only[1]}."
    return ChangeView(sentence, COLUMNS, rows, rules)


def _rule(definition: Definition) -> Rule:
    return Rule(
        name=definition.name,
        text=f"response: {definition.response_rule}; remission: {definition.remission_rule}",
        source=definition.citation,
    )


def _names(segments: set[str]) -> str:
    return ", ".join(words_of(SEGMENTS, name) for name in SEGMENTS if name in segments)


def _row(before: SegmentRow, now: SegmentRow) -> ChangeRow:
    values = [_thickness(before, now)]
    values += [_grade(getattr(before, item), getattr(now, item)) for item in GRADES]
    values.append(_number(before.ibus_sas, now.ibus_sas))
    visits = [Visit(row.bwt_mm, row.cds, row.ifat, row.bws, row.segment) for row in (before, now)]
    answers = {name: _answer(name, *visits) for name in DEFINITIONS}
    return ChangeRow(words_of(SEGMENTS, now.segment), tuple(values), answers)


def _thickness(before: SegmentRow, now: SegmentRow) -> Delta:
    """Both thicknesses, the change in mm and percent, and its 95 % interval where both have one."""
    delta = _number(before.bwt_mm, now.bwt_mm)
    if before.bwt_mm is None or now.bwt_mm is None:
        return delta
    change = f"{delta.change} mm ({_signed(100 * (now.bwt_mm - before.bwt_mm) / before.bwt_mm, 0)} %)"
    halves = [(row.bwt_ci_high_mm - row.bwt_ci_low_mm) / 2 for row in (before, now) if row.bwt_ci_high_mm]
    return Delta(delta.values, change + (f", ± {math.hypot(*halves):.1f} mm" if len(halves) == 2 else ""))


def _number(before: float | None, now: float | None) -> Delta:
    shown = " → ".join("–" if value is None else f"{value:.1f}" for value in (before, now))
    if before is None or now is None:
        return Delta(shown, "")
    return Delta(shown, _signed(now - before, 1))


def _grade(before: int | None, now: int | None) -> Delta:
    shown = " → ".join("–" if value is None else str(value) for value in (before, now))
    return Delta(shown, "" if before is None or now is None else _signed(now - before, 0))


def _signed(number: float, decimals: int) -> str:
    text = f"{number:+.{decimals}f}".replace("-", "−")
    return "no change" if not text.strip("+−0.") else text


def _answer(name: str, before: Visit, now: Visit) -> Answer:
    answer = None if DEFINITIONS[name].response is None else response(name, before, now)
    ended = remission(name, now)
    return Answer(
        response="not defined" if answer is None else ANSWERS[answer.value] + _why(answer),
        remission=ANSWERS[ended.value] + _why(ended),
    )


def _why(decision: Decision) -> str:
    if decision.reason is None:
        return ""
    if decision.missing:
        return f" ({', '.join(NAMES.get(item, item) for item in decision.missing)} missing)"
    return f" ({REASONS[decision.reason].rstrip('.').lower()})"
