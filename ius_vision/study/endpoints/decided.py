"""Every endpoint by name, what it says of a patient's visit, and the table of all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ius_vision.errors import BadUsage
from ius_vision.findings.column import Row
from ius_vision.findings.column import column as described
from ius_vision.study.cohort import Cohort
from ius_vision.study.endpoints import clinical, colitis, endoscopic, laboratory, ultrasound
from ius_vision.study.endpoints.definition import Definition, Outcome, case_of, outcome
from ius_vision.study.endpoints.dual import DualTarget, dual_targets
from ius_vision.study.visits import PatientVisit

AnyDefinition = Definition | DualTarget
_LISTED: tuple[tuple[AnyDefinition, ...], ...] = (
    clinical.REMISSION,
    clinical.RESPONSE,
    clinical.STEROID_FREE,
    endoscopic.RESPONSE,
    endoscopic.REMISSION,
    endoscopic.HEALING,
    *laboratory.NORMALISED.values(),
    ultrasound.RESPONSE,
    ultrasound.REMISSION,
    dual_targets(clinical.REMISSION, ultrasound.REMISSION),
    colitis.REMISSION,
    colitis.RESPONSE,
    colitis.IMPROVEMENT,
    colitis.ENDOSCOPIC_REMISSION,
)
ENDPOINTS: Mapping[str, Mapping[str, AnyDefinition]] = MappingProxyType(
    {group[0].endpoint: MappingProxyType({each.name: each for each in group}) for group in _LISTED}
)
"""Definitions by endpoint and name; the first of an endpoint is the one meant where none is named."""
WORDS = {True: "yes", False: "no", None: None}


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRow(Row):
    """What an endpoint says of a patient's visit."""

    patient_id: str = described("whose visit", required=True)
    visit: str = described("visit", required=True)
    week: float | None = described("weeks from the first dose, else the week the visit is named for")
    endpoint: str = described("endpoint", required=True)
    definition: str = described("definition of it", required=True)
    value: str | None = described("yes or no; empty where it is not known", choices=("yes", "no"))
    status: str = described("entered, measured (from pixels) or abstained", required=True)
    reason: str | None = described("code of why there is no value")
    detail: str | None = described("what was found, and what can be done")
    missing: str | None = described("columns that are empty, separated by ;")
    state: str | None = described("both, clinical_only, imaging_only, neither or unknown, of a dual target")
    row: int = described("row of the cohort's table", required=True)


def find_definition(text: str) -> AnyDefinition:
    """The definition that `ENDPOINT` or `ENDPOINT:DEFINITION` names; without a name the endpoint's first.

    Raises
    ------
    BadUsage
        `unknown_name`.
    """
    endpoint, _, name = text.partition(":")
    if endpoint not in ENDPOINTS:
        raise BadUsage(
            "unknown_name", f"no endpoint is called {endpoint!r}", "", f"There are {', '.join(ENDPOINTS)}"
        )
    definitions = ENDPOINTS[endpoint]
    if name and name not in definitions:
        raise BadUsage(
            "unknown_name",
            f"{endpoint} has no definition called {name!r}",
            "",
            f"There are {', '.join(definitions)}",
        )
    return definitions[name] if name else next(iter(definitions.values()))


def decide(cohort: Cohort, definition: AnyDefinition, visit: PatientVisit) -> Outcome:
    """What a definition says of a visit, held against the patient's baseline."""
    case = case_of(cohort.baseline(visit.patient_id), visit)
    return definition.of(case) if isinstance(definition, DualTarget) else outcome(definition, case)


def evaluate(cohort: Cohort) -> list[EndpointRow]:
    """Every endpoint under every definition at every visit of every patient."""
    return [
        _row(definition, visit, decide(cohort, definition, visit))
        for visit in cohort.visits
        for definitions in ENDPOINTS.values()
        for definition in definitions.values()
    ]


def _row(definition: AnyDefinition, visit: PatientVisit, found: Outcome) -> EndpointRow:
    source = "measured" if found.measured else "entered"
    return EndpointRow(
        patient_id=visit.patient_id,
        visit=visit.visit,
        week=visit.week,
        endpoint=definition.endpoint,
        definition=definition.name,
        value=WORDS[found.value],
        status="abstained" if found.value is None else source,
        reason=found.reason,
        detail=found.detail,
        missing=";".join(found.missing) or None,
        state=found.state,
        row=visit.row,
    )
