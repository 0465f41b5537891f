"""What an endpoint is: a named rule on a patient's visit and its baseline, in three-valued logic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from ius_vision.scores.logic import Truth
from ius_vision.scores.numbers_in import settled
from ius_vision.study.visits import BASELINE, PatientVisit

UNVERIFIED = "M"


@dataclass(frozen=True, slots=True)
class Case:
    """A visit with the patient's baseline, which may not be there."""

    before: PatientVisit | None
    after: PatientVisit

    def now(self, column: str) -> Decimal | None:
        """A number at the visit, exact."""
        return self.after.exact(column)

    def then(self, column: str) -> Decimal | None:
        """A number at the baseline, exact."""
        return None if self.before is None else self.before.exact(column)

    def says(self, column: str, word: str) -> Truth:
        """Whether the visit's cell holds a word; None where it is empty."""
        value = self.after.get(column)
        return None if value is None else value == word

    def fall(self, column: str) -> Decimal | None:
        """Baseline minus visit, six decimals."""
        return fall(self.then(column), self.now(column))

    def fall_percent(self, column: str) -> Decimal | None:
        """The fall in percent of the baseline; None from 0."""
        return fall_percent(self.then(column), self.now(column))

    def not_above_baseline(self, column: str) -> Truth:
        change = self.fall(column)
        return None if change is None else change >= 0


def fall(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    return None if first is None or second is None else settled(first - second)


def fall_percent(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    if not first or second is None:
        return None
    return settled(100 * (first - second) / first)


@dataclass(frozen=True, slots=True)
class Open:
    """Why a rule does not apply to a case: a reason code, and a sentence."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Yes, no, or None with the reason.

    Attributes
    ----------
    missing : columns that are empty and left it open; `baseline.COLUMN` for those of the baseline.
    measured : whether a value from pixels took part.
    state : for a target of two parts, which of them is met.
    """

    value: Truth
    reason: str | None = None
    detail: str | None = None
    missing: tuple[str, ...] = ()
    measured: bool = False
    state: str | None = None

    @property
    def applies(self) -> bool:
        """Whether the patient belongs to those whom the endpoint asks about, as far as is known."""
        return self.value is not None or self.reason in (
            "item_missing",
            "no_baseline",
            "visit_before_baseline",
        )


@dataclass(frozen=True, slots=True)
class Definition:
    """An endpoint under one definition.

    Attributes
    ----------
    rule : in words.
    decide : the rule; None where a missing item leaves it open.
    items, items_before : columns that the rule looks at, at the visit and at the baseline.
    change : it compares with the baseline, and says nothing about the baseline itself.
    barrier : whether the rule does not apply to a case.
    """

    endpoint: str
    name: str
    rule: str
    decide: Callable[[Case], Truth]
    items: tuple[str, ...]
    items_before: tuple[str, ...] = ()
    change: bool = False
    barrier: Callable[[Case], Open | None] | None = None
    citation: str = ""
    mark: str = "P"

    @property
    def needs_baseline(self) -> bool:
        return bool(self.items_before)

    @property
    def disease(self) -> str:
        """The diagnosis whose patients the endpoint is about; empty where it is about both."""
        if self.endpoint.startswith("uc_"):
            return "uc"
        return "cd" if self.endpoint.startswith(("clinical_", "steroid_free", "endoscopic_")) else ""


def case_of(baseline: PatientVisit | None, visit: PatientVisit) -> Case:
    return Case(visit if visit.visit == BASELINE else baseline, visit)


def outcome(definition: Definition, case: Case) -> Outcome:
    """What a definition says of a case."""
    if definition.change and case.after.visit == BASELINE:
        return Outcome(None, "baseline_visit", "A change is counted from the baseline to a later visit.")
    if definition.change and case.before is None:
        return Outcome(
            None,
            "no_baseline",
            f"{case.after.patient_id} has no row whose visit is baseline; add it or name it so.",
        )
    if case.before is not None and case.after.precedes(case.before):
        if definition.change:
            return Outcome(
                None,
                "visit_before_baseline",
                f"Row {case.after.row} ({case.after.visit}) lies before the baseline, row {case.before.row}; "
                "correct the dates, the weeks or the visits' names.",
            )
        case = Case(None, case.after)
    barrier = definition.barrier(case) if definition.barrier else None
    if barrier is not None:
        return Outcome(None, barrier.reason, barrier.detail)
    missing = _missing(definition, case)
    value = definition.decide(case)
    measured = any(case.after.computed.get(name) == "measured" for name in definition.items)
    if value is not None:
        return Outcome(value, missing=missing, measured=measured)
    diagnosis = case.after.get("diagnosis")
    if diagnosis is not None and definition.disease not in ("", diagnosis):
        return Outcome(None, "other_diagnosis", f"The diagnosis is {diagnosis}.", missing)
    listed = ", ".join(missing) or ", ".join(definition.items)
    return Outcome(
        None,
        "item_missing",
        f"Not known in row {case.after.row} ({case.after.visit}): {listed}. Enter it where it was assessed.",
        missing,
    )


def _missing(definition: Definition, case: Case) -> tuple[str, ...]:
    now = tuple(name for name in definition.items if case.after.get(name) is None)
    then = tuple(
        f"baseline.{name}"
        for name in definition.items_before
        if case.before is None or case.before.get(name) is None
    )
    return now + then
