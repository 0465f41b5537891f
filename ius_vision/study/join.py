"""Ultrasound of an analyze run, joined to a cohort's visits by exam, else by patient and date.

Of an exam, the worst segment's values stand in the visit. The worst segment of the baseline is the target: at
later visits its values stand beside, in `target_…` columns, and response is told from them. Values that the
table itself holds are never overruled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ius_vision.study.cohort import Cohort
from ius_vision.study.exam_tables import ITEMS, SEGMENT_VALUES, Exam, ExamSegment, read_exams
from ius_vision.study.problems import Problem, shown
from ius_vision.study.visits import BASELINE, PatientVisit

JOIN_DAYS = 14
"""An exam may be this far from the visit it belongs to, where no exam is of the same day."""
_OWN = ("bwt_mm", "bws", "ifat", "cds", "ibus_sas")


@dataclass(frozen=True, slots=True)
class _Found:
    """The exam of a visit, or why there is none."""

    exam: Exam | None = None
    problem: str | None = None
    what_to_do: str = ""


def join_exams(cohort: Cohort, folder: Path) -> Cohort:
    """The cohort with ultrasound values from an analyze run.

    Raises
    ------
    BadUsage
        `bad_exams`: the folder does not hold an analyze run's tables.
    """
    exams = read_exams(folder)
    problems: list[Problem] = []
    found: dict[tuple[str, str], Exam] = {}
    for visit in cohort.visits:
        told = _exam_of(visit, cohort.of(visit.patient_id), exams)
        if told.problem is not None:
            problems.append(_problem(visit, told.problem, told.what_to_do))
        if told.exam is not None:
            found[visit.patient_id, visit.visit] = told.exam
    joined = []
    for visit in cohort.visits:
        exam = found.get((visit.patient_id, visit.visit))
        joined.append(visit if exam is None else _with_exam(visit, exam, problems))
    targets = {each.patient_id: each.get("worst_segment") for each in joined if each.visit == BASELINE}
    visits = tuple(
        _with_target(each, targets.get(each.patient_id), found.get((each.patient_id, each.visit)))
        for each in joined
    )
    new = dict.fromkeys(name for visit in visits for name in visit.values if name not in cohort.columns)
    return cohort.with_visits(visits, (*cohort.columns, *new), tuple(problems))


def _exam_of(visit: PatientVisit, siblings: Sequence[PatientVisit], exams: dict[str, Exam]) -> _Found:
    named = visit.get("exam_id")
    if named is not None:
        return _named(visit, str(named), exams)
    mine = [each for each in exams.values() if each.patient_id == visit.patient_id and each.day is not None]
    day = _day(visit)
    if day is None or not mine:
        return _Found()
    same = [each for each in mine if each.day == day]
    if len(same) > 1:
        return _Found(None, f"{len(same)} exams are of {day}; none was joined", "Give its exam_id")
    if same:
        return _Found(same[0])
    near = [each for each in mine if abs((each.day - day).days) <= JOIN_DAYS]
    others = [other for each in siblings if each is not visit and (other := _day(each)) is not None]
    near = [
        each
        for each in near
        if all(abs((each.day - other).days) > abs((each.day - day).days) for other in others)
    ]
    if len(near) != 1:
        what = f"{len(near)} exams lie within {JOIN_DAYS} days of {day}; none was joined"
        return _Found(None, what, "Give its exam_id") if near else _Found()
    away = abs((near[0].day - day).days)
    return _Found(
        near[0],
        f"the exam of {near[0].day}, {away} days from the visit, was joined",
        "Nothing, where that is right; else give the visit's exam_id",
    )


def _day(visit: PatientVisit):
    """The day of the visit's ultrasound where the table says it, else of the visit."""
    own = visit.day("ius_date") if visit.visit == BASELINE else None
    return own or visit.day("visit_date")


def _named(visit: PatientVisit, exam_id: str, exams: dict[str, Exam]) -> _Found:
    exam = exams.get(exam_id)
    if exam is None:
        return _Found(
            None, f"the run has no exam {shown(exam_id)}; nothing was joined", "Correct the exam_id"
        )
    if exam.patient_id != visit.patient_id:
        what = f"the exam is of patient {shown(exam.patient_id)}; it was joined, as the table says"
        return _Found(exam, what, "Nothing, where that is the same person; else correct the exam_id")
    return _Found(exam)


def _with_exam(visit: PatientVisit, exam: Exam, problems: list[Problem]) -> PatientVisit:
    if any(visit.get(name) is not None or name in visit.doubtful for name in _OWN):
        problems.append(
            _problem(
                visit,
                "the table holds ultrasound values of its own; those of the exam were not joined",
                f"Nothing, where that is right; else empty {', '.join(_OWN)}",
            )
        )
        return visit
    worst = exam.worst
    if worst is None:
        problems.append(
            _problem(
                visit,
                f"exam {shown(exam.exam_id)} has no worst segment: no wall was measured, or two are equal",
                "Look at its segments.csv; enter the values of the segment you mean",
            )
        )
        return visit
    visit = _taking(visit, worst)
    contrast = [each for each in exam.contrast if each.segment in (None, worst.segment)]
    if len(contrast) == 1:
        new = {name: value for name, value in contrast[0].values.items() if visit.get(name) is None}
        visit = visit.adding(new, "measured")
    return visit if visit.get("exam_id") else visit.adding({"exam_id": exam.exam_id}, "the run")


def _taking(visit: PatientVisit, worst: ExamSegment) -> PatientVisit:
    for item in ITEMS:
        name = "bwt_mm" if item == "bwt" else item
        if name in worst.values:
            visit = visit.adding({name: worst.values[name]}, worst.statuses[item] or "the run")
        if worst.statuses[item]:
            visit = visit.adding({f"{item}_status": worst.statuses[item]}, "the run")
    scores = {name: worst.values[name] for name in SEGMENT_VALUES[4:] if name in worst.values}
    new = {name: value for name, value in worst.features.items() if visit.get(name) is None}
    return visit.adding({"worst_segment": worst.segment, **scores, **new}, "the run")


def _with_target(visit: PatientVisit, target: object, exam: Exam | None) -> PatientVisit:
    """A later visit with the values of the segment that was worst at the baseline."""
    known = visit.visit != BASELINE and exam is not None and target not in (None, "unknown")
    if not known or visit.computed.get("worst_segment") != "the run":
        return visit
    segment = next((each for each in exam.segments if each.segment == target), None)
    values = {"target_segment": str(target)}
    if segment is not None:
        values |= {
            f"target_{name}": segment.values[name] for name in SEGMENT_VALUES[:4] if name in segment.values
        }
    return visit.adding(values, "the run")


def _problem(visit: PatientVisit, problem: str, what_to_do: str) -> Problem:
    return Problem(
        row=visit.row,
        patient_id=visit.patient_id,
        visit=visit.visit,
        column="exam_id",
        problem=problem,
        what_to_do=what_to_do,
    )
