"""Who may take part: each criterion met, not met or unknown, and a patient in, out or undetermined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ius_vision.findings.column import Row
from ius_vision.findings.column import column as described
from ius_vision.study.cohort import Cohort
from ius_vision.study.criteria import Criteria, Criterion
from ius_vision.study.problems import Problem
from ius_vision.study.visits import BASELINE, PatientVisit

STATUSES = ("eligible", "not_eligible", "undetermined")
ANSWERS = {True: "met", False: "not_met", None: "unknown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibilityRow(Row):
    """A patient. One criterion not met is enough to be out; unknown ones leave it undetermined."""

    patient_id: str = described("who", required=True)
    status: str = described("in, out or not to be told", required=True, choices=STATUSES)
    not_met: str | None = described("criteria that are not met, separated by ;")
    unknown: str | None = described("criteria that are not known, separated by ;")
    row: int | None = described("row of the patient's baseline")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow(Row):
    """What a criterion says of a patient, and what was looked at."""

    patient_id: str = described("who", required=True)
    criterion: str = described("id of the criterion", required=True)
    kind: str = described("inclusion or exclusion", required=True)
    answer: str = described("whether it is met", required=True, choices=tuple(ANSWERS.values()))
    looked_at: str = described("columns and what stands there", required=True)
    text: str = described("what the criterion asks", required=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRow(Row):
    """A line of the flow chart."""

    step: str = described("assessed, not_eligible, undetermined or eligible", required=True)
    criterion: str | None = described("id of the criterion; empty in the step's own line")
    text: str = described("what the line counts", required=True)
    patients: int = described("patients; one may count under several criteria", required=True, low=0)


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The patients, what was answered of each, and the counts of the flow chart."""

    patients: tuple[EligibilityRow, ...]
    answers: tuple[AnswerRow, ...]
    flow: tuple[FlowRow, ...]
    problems: tuple[Problem, ...]


def eligibility(cohort: Cohort, criteria: Criteria) -> Eligibility:
    """Hold every patient's baseline against the criteria."""
    patients, answers = [], []
    for patient in cohort.patients:
        baseline = cohort.baseline(patient)
        told = [_answer(patient, baseline, each) for each in criteria.criterion]
        answers += told
        patients.append(_patient(patient, baseline, told))
    open_ = {each.criterion for each in answers if each.answer == "unknown"}
    problems = _absent_columns(cohort, criteria, open_)
    return Eligibility(tuple(patients), tuple(answers), _flow(patients, criteria), tuple(problems))


def _answer(patient: str, baseline: PatientVisit | None, criterion: Criterion) -> AnswerRow:
    row = baseline or PatientVisit(1, patient, BASELINE, MappingProxyType({}))
    # Without a baseline nothing is known, not even that a cell is empty.
    answer = None if baseline is None else criterion.rule.holds(row)
    looked_at = "; ".join(f"{name} = {_shown(row.get(name))}" for name in criterion.rule.columns)
    return AnswerRow(
        patient_id=patient,
        criterion=criterion.id,
        kind=criterion.kind,
        answer=ANSWERS[answer],
        looked_at=looked_at if baseline is not None else "no baseline",
        text=criterion.text,
    )


def _shown(value: object) -> str:
    return "empty" if value is None else str(value)


def _patient(patient: str, baseline: PatientVisit | None, told: Sequence[AnswerRow]) -> EligibilityRow:
    not_met, unknown = (
        [each.criterion for each in told if each.answer == word] for word in ("not_met", "unknown")
    )
    status = "not_eligible" if not_met else "undetermined" if unknown else "eligible"
    return EligibilityRow(
        patient_id=patient,
        status=status,
        not_met=";".join(not_met) or None,
        unknown=";".join(unknown) or None,
        row=baseline.row if baseline else None,
    )


def _flow(patients: Sequence[EligibilityRow], criteria: Criteria) -> tuple[FlowRow, ...]:
    lines = [FlowRow(step="assessed", text="Patients in the table", patients=len(patients))]
    titles = {"not_eligible": "Not eligible", "undetermined": "Undetermined", "eligible": "Eligible"}
    for status in ("not_eligible", "undetermined", "eligible"):
        here = [each for each in patients if each.status == status]
        lines.append(FlowRow(step=status, text=titles[status], patients=len(here)))
        if status == "eligible":
            break
        for criterion in criteria.criterion:
            listed = [each.not_met if status == "not_eligible" else each.unknown for each in here]
            count = sum(criterion.id in (ids or "").split(";") for ids in listed)
            if count:
                lines.append(
                    FlowRow(step=status, criterion=criterion.id, text=criterion.text, patients=count)
                )
    return tuple(lines)


def _absent_columns(cohort: Cohort, criteria: Criteria, open_: set[str]) -> list[Problem]:
    """Columns that the table does not have, of criteria that are not known of somebody."""
    needed: dict[str, list[str]] = {}
    for criterion in criteria.criterion:
        for name in criterion.rule.columns if criterion.id in open_ else ():
            needed.setdefault(name, []).append(criterion.id)
    known = {name for visit in cohort.visits for name in visit.values}
    return [
        Problem(
            column=name,
            problem=f"the table has no such column, which {', '.join(ids)} looks at",
            what_to_do="Add it; until then it is not known of anybody",
        )
        for name, ids in needed.items()
        if name not in cohort.columns and name not in known
    ]
