"""What changed since the same patient's exam before this one."""

from __future__ import annotations

from ius_vision.findings import ExamFindings, SegmentRow
from ius_vision.reasons import REASONS
from ius_vision.report.view import ChangeRow, ChangeView, Definition
from ius_vision.report.words import SEGMENTS, words_of
from ius_vision.scores.definitions import DEFINITIONS
from ius_vision.scores.response import Decision, remission, response
from ius_vision.scores.visit import Visit

ITEMS = (("BWS", "bws"), ("i-fat", "ifat"), ("CDS", "cds"), ("Limberg", "limberg"))
ANSWERS = {True: "yes", False: "no", None: "not decidable"}
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
    sentence = f"Compared with the exam of {before.exam.study_date} ({before.exam.exam_id})."
    only = [
        _names(set(known) - {row.segment for row in now.segments}),
        _names({r.segment for r in now.segments} - set(known)),
    ]
    if only[0]:
        sentence += f" Seen only then: {only[0]}."
    if only[1]:
        sentence += f" Seen only now: {only[1]}."
    return ChangeView(sentence, rows)


def _names(segments: set[str]) -> str:
    return ", ".join(words_of(SEGMENTS, name) for name in SEGMENTS if name in segments)


def _row(before: SegmentRow, now: SegmentRow) -> ChangeRow:
    values = [("BWT, mm", *_numbers(before.bwt_mm, now.bwt_mm, percent=True))]
    values += [(name, *_grades(getattr(before, item), getattr(now, item))) for name, item in ITEMS]
    values.append(("IBUS-SAS", *_numbers(before.ibus_sas, now.ibus_sas)))
    visits = tuple(Visit(row.bwt_mm, row.cds, row.ifat, row.bws, row.segment) for row in (before, now))
    definitions = tuple(_definition(name, *visits) for name in DEFINITIONS)
    return ChangeRow(words_of(SEGMENTS, now.segment), tuple(values), definitions)


def _numbers(before: float | None, now: float | None, percent: bool = False) -> tuple[str, str, str]:
    shown = tuple("–" if value is None else f"{value:.1f}" for value in (before, now))
    if before is None or now is None:
        return (*shown, "–")
    change = f"{_signed(now - before, 1)}"
    return (*shown, f"{change} ({_signed(100 * (now - before) / before, 0)} %)" if percent else change)


def _grades(before: int | None, now: int | None) -> tuple[str, str, str]:
    shown = tuple("–" if value is None else str(value) for value in (before, now))
    return (*shown, "–" if before is None or now is None else _signed(now - before, 0))


def _signed(number: float, decimals: int) -> str:
    text = f"{number:+.{decimals}f}".replace("-", "−")
    return f"{0:.{decimals}f}" if not text.strip("+−0.") else text


def _definition(name: str, before: Visit, now: Visit) -> Definition:
    definition = DEFINITIONS[name]
    answer = None if definition.response is None else response(name, before, now)
    ended = remission(name, now)
    why = [_reason("response", answer), _reason("remission", ended)]
    return Definition(
        name=name,
        response="not defined" if answer is None else ANSWERS[answer.value],
        remission=ANSWERS[ended.value],
        rule=f"Response: {definition.response_rule}. Remission: {definition.remission_rule}.",
        why=" ".join(part for part in why if part),
    )


def _reason(what: str, decision: Decision | None) -> str:
    if decision is None or decision.reason is None:
        return ""
    if decision.missing:
        missing = ", ".join(NAMES.get(item, item) for item in decision.missing)
        return f"Not decidable ({what}): {missing} missing."
    return f"Not decidable ({what}): {REASONS.get(decision.reason, decision.reason)}"
