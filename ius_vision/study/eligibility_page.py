"""The page of `study eligibility`: the flow chart, the criteria, and each patient."""

from __future__ import annotations

from pathlib import Path

from ius_vision.study.cohort import Cohort
from ius_vision.study.criteria import Criteria
from ius_vision.study.eligibility import Eligibility
from ius_vision.study.page import Line, Part, Table, write_page


def write_eligibility_page(
    path: Path, cohort: Cohort, criteria: Criteria, found: Eligibility, chart: str
) -> Path:
    """Write the page."""
    counts = {
        (each.id, answer): sum(row.criterion == each.id and row.answer == answer for row in found.answers)
        for each in criteria.criterion
        for answer in ("met", "not_met", "unknown")
    }
    asked = tuple(
        Line((each.id, each.kind, each.text, *(str(counts[each.id, answer]) for answer in _ANSWERS)))
        for each in criteria.criterion
    )
    people = tuple(
        Line((each.patient_id, each.status.replace("_", " "), each.not_met or "", each.unknown or ""))
        for each in found.patients
    )
    findings = len(cohort.problems) + len(found.problems)
    parts = (
        Part(
            "Flow",
            pictures=(chart,),
            notes=(
                "A patient may count under several criteria. One criterion not met is enough to be out; "
                "a patient with an unknown one is never counted as eligible.",
            ),
        ),
        Part(
            "Criteria",
            (f"{criteria.name}: {criteria.source}",),
            (Table(("id", "kind", "asks", "met", "not met", "unknown"), asked, (3, 4, 5)),),
        ),
        Part("Patients", (), (Table(("patient", "", "not met", "unknown"), people),)),
        Part("What is wrong in the table", (f"{findings} findings, listed in problems.csv.",)),
    )
    return write_page(path, f"Eligibility, {criteria.name}", cohort, parts)


_ANSWERS = ("met", "not_met", "unknown")
