"""Findings across cells: totals against their parts, dates in order, visits in their windows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ius_vision.scores.ibus_sas import ibus_sas
from ius_vision.study.check_dates import date_findings
from ius_vision.study.indices import COMPUTED, HBI_PARTS, cdai_of_parts, hbi_of_parts
from ius_vision.study.problems import Problem, shown
from ius_vision.study.visits import BASELINE, PatientVisit

SESCD_PARTS = ("sescd_ileum", "sescd_right", "sescd_transverse", "sescd_left", "sescd_rectum")
_ROUNDING = 0.5
THINNEST_MM = 1.0
"""A wall that is entered thinner than this may be in cm; a rule of this project."""
_LOW_CRP, _ENOUGH_CRP = 10.0, 8
_PARTS_OF_CDAI = "the parts of the CDAI"


def check(visits: Sequence[PatientVisit]) -> list[Problem]:
    """Every finding across cells, row by row, then over the table. The cells are kept."""
    baselines = {each.patient_id: each for each in visits if each.visit == BASELINE}
    problems = []
    for each in visits:
        baseline = baselines.get(each.patient_id)
        for finding in (*_within(each), *_segments(each, baseline), *date_findings(each, baseline)):
            problems.append(_problem(each, *finding))
    return [*problems, *_shared_exams(visits), *_low_crp(visits)]


def _problem(visit: PatientVisit, column: str, problem: str, what_to_do: str) -> Problem:
    value = visit.get(column)
    return Problem(
        row=visit.row,
        patient_id=visit.patient_id,
        visit=visit.visit,
        column=column,
        value=None if value is None else shown(value),
        problem=problem,
        what_to_do=what_to_do,
    )


Finding = tuple[str, str, str]


def _within(visit: PatientVisit) -> Iterator[Finding]:
    yield from _total(visit, "cdai", cdai_of_parts(visit), _PARTS_OF_CDAI)
    yield from _total(visit, "hbi", hbi_of_parts(visit), ", ".join(HBI_PARTS))
    yield from _sescd(visit)
    yield from _score(visit)
    yield from _thin(visit)
    if visit.get("sex") == "male" and visit.get("pregnant_or_lactating") == "yes":
        yield (
            "pregnant_or_lactating",
            "a man is said to be pregnant or breast feeding",
            "Correct one of the two",
        )
    if visit.get("steroid") == "no" and (visit.exact("steroid_mg") or 0) > 0:
        yield "steroid_mg", "a dose is given and steroid is no", "Correct one of the two"
    if visit.get("sescd") == 0 and visit.get("ulcers") == "yes":
        yield "ulcers", "ulcers are seen and the SES-CD is 0", "Correct one of the two"


def _total(visit: PatientVisit, name: str, of_parts, parts: str) -> Iterator[Finding]:
    if of_parts is None or visit.get(f"{name}_source") == COMPUTED or visit.get(name) is None:
        return
    if abs(visit.exact(name) - of_parts) > _ROUNDING:
        yield (
            name,
            f"the total is {visit.get(name):g} and its parts make {float(of_parts):g}; the total is used",
            f"Correct the total or one of its parts ({parts})",
        )


def _sescd(visit: PatientVisit) -> Iterator[Finding]:
    known = [visit.get(part) for part in SESCD_PARTS if visit.get(part) is not None]
    total, complete = visit.get("sescd"), len(known) == len(SESCD_PARTS)
    if total is None and complete:
        yield (
            "sescd",
            f"the total is empty though its five segments make {sum(known)}",
            "Enter the total where every segment was seen; it is not filled in",
        )
    elif total is not None and (sum(known) > total or (complete and sum(known) != total)):
        yield (
            "sescd",
            f"the total is {total} and its segments make {sum(known)}; the total is used",
            f"Correct the total or one of {', '.join(SESCD_PARTS)}",
        )


def _score(visit: PatientVisit) -> Iterator[Finding]:
    if "ibus_sas" not in visit.values or "ibus_sas" in visit.computed or "bwt_mm" not in visit.values:
        return
    score = ibus_sas(*(visit.get(item) for item in ("bwt_mm", "ifat", "cds", "bws")))
    if score.value is not None and abs(score.value - visit.get("ibus_sas")) > _ROUNDING:
        yield (
            "ibus_sas",
            f"the score is {visit.get('ibus_sas'):g} and its items make {score.value:g}; the score is kept",
            "Correct the score or one of bwt_mm, ifat, cds, bws",
        )


def _thin(visit: PatientVisit) -> Iterator[Finding]:
    wall = visit.get("bwt_mm")
    if "bwt_mm" not in visit.computed and isinstance(wall, (int, float)) and wall < THINNEST_MM:
        yield (
            "bwt_mm",
            f"a wall of {wall:g} mm is thinner than healthy ones are; it is kept and decides nothing",
            f"If it is in cm, enter it in mm ({wall:g} becomes {10 * wall:g}); it was not converted",
        )


def _segments(visit: PatientVisit, baseline: PatientVisit | None) -> Iterator[Finding]:
    """Walls of two segments are compared where the table says so; a reader should know."""
    if visit.get("target_segment") is not None:
        return
    now, then = (row and row.get("worst_segment") for row in (visit, baseline))
    walls = [row.get("bwt_mm") for row in (visit, baseline) if row is not None]
    if now and then and now != then and None not in walls:
        yield (
            "worst_segment",
            f"the values are of the {now} and were of the {then} before; response compares the two",
            "Enter the segment that was worst at the baseline, or join the exams with --exams",
        )


def _shared_exams(visits: Iterable[PatientVisit]) -> Iterator[Problem]:
    by_exam: dict[str, list[PatientVisit]] = {}
    for each in visits:
        if isinstance(exam := each.get("exam_id"), str):
            by_exam.setdefault(exam, []).append(each)
    for rows in by_exam.values():
        if len(rows) > 1:
            listed = ", ".join(str(each.row) for each in rows)
            for each in rows:
                yield _problem(
                    each,
                    "exam_id",
                    f"rows {shown(listed)} name the same exam",
                    "Give each visit its own exam",
                )


def _low_crp(visits: Iterable[PatientVisit]) -> Iterator[Problem]:
    """A whole column in mg/dL cannot be told cell by cell."""
    values = [value for each in visits if isinstance(value := each.get("crp_mg_l"), (int, float))]
    if len(values) >= _ENOUGH_CRP and max(values) <= _LOW_CRP:
        yield Problem(
            column="crp_mg_l",
            value=f"{max(values):g}",
            problem=f"none of {len(values)} values is above {_LOW_CRP:g} mg/L, rare in active disease",
            what_to_do="If the laboratory reports mg/dL, multiply by 10 (or state the factor in a mapping "
            "file); nothing was converted",
        )
