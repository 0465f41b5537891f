"""A patient's probability with its interval, or why there is none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ius_vision.findings.column import Row, check_interval, check_outcome
from ius_vision.findings.column import column as described
from ius_vision.findings.tables import write_table
from ius_vision.response.features import Value, values_of
from ius_vision.response.model_file import ScoreFile
from ius_vision.response.ridge import Array
from ius_vision.response.scoring import scored
from ius_vision.study.cohort import Cohort

STATUSES = ("measured", "abstained")


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionRow(Row):
    """What a score says of one patient."""

    patient_id: str = described("who", required=True)
    probability: float | None = described("probability of the outcome", low=0, high=1, decimals=9)
    ci_low: float | None = described("lower end of its 95 % interval", low=0, high=1, decimals=9)
    ci_high: float | None = described("upper end of its 95 % interval", low=0, high=1, decimals=9)
    status: str = described("measured or abstained", required=True, choices=STATUSES)
    reason: str | None = described("code of why there is no probability")
    detail: str | None = described("what was found, and what can be done")
    evidence: str = described("what the score stands on", required=True)
    outcome: str = described("endpoint, definition and week that is foretold", required=True)
    contributions: str | None = described("log odds by which each term moves this patient from the average")
    model_sha256: str = described("of the model file", required=True)

    def __post_init__(self) -> None:
        Row.__post_init__(self)
        check_outcome(self)
        check_interval(self.ci_low, self.probability, self.ci_high, "probability")


@dataclass(frozen=True, slots=True)
class Asked:
    """Patients of a cohort in the score's terms.

    Attributes
    ----------
    x : (patients, terms), NaN where not known.
    without : by patient, reason and sentence where the score gives no probability.
    """

    patients: tuple[str, ...]
    x: Array
    without: Mapping[str, tuple[str, str]]


def ask(score: ScoreFile, cohort: Cohort) -> Asked:
    """Features of every patient, and who lacks an item or lies outside of the training range."""
    coding = score.coding
    known = {
        patient: values_of(cohort, patient, coding.features, score.outcome.week)
        for patient in cohort.patients
    }
    without = {}
    for patient in cohort.patients:
        why = _why_not(score, cohort, patient, known[patient])
        if why is not None:
            without[patient] = why
    return Asked(cohort.patients, coding.matrix([known[patient] for patient in cohort.patients]), without)


def _why_not(
    score: ScoreFile, cohort: Cohort, patient: str, known: Mapping[str, Value]
) -> tuple[str, str] | None:
    before = cohort.baseline(patient)
    if before is None:
        missing = ", ".join(score.required_items)
        return (
            "required_item_missing",
            f"Patient {patient} has no row with visit = baseline, so {missing} is not known; add that row.",
        )
    if before.is_late:
        return (
            "baseline_after_treatment",
            f"Row {before.row}: the baseline lies {before.weeks_of_treatment:.1f} weeks after the first dose "
            "and the score foretells from what was known before; correct the week, the dates or the name.",
        )
    lacking = [feature for feature in score.coding.features if feature.name not in known]
    if lacking:
        words = ", ".join(f"{each.column} ({_when(each.moment)})" for each in lacking)
        return "required_item_missing", f"Row {before.row}: {words} is not known; enter it and predict again."
    outside = score.coding.outside(known)
    if outside:
        return (
            "outside_training_range",
            f"Row {before.row}: {'; '.join(outside)}; the score says nothing there. Check the value.",
        )
    return None


def _when(moment: str) -> str:
    return "at baseline" if moment == "baseline" else "at baseline and at weeks 4-8"


def predict(score: ScoreFile, cohort: Cohort, model_sha256: str) -> list[PredictionRow]:
    """A row for each patient of a cohort, in the file's order.

    Notes
    -----
    The interval is that of the mean response: how well the score is known, not what will happen to
    one patient.
    """
    asked = ask(score, cohort)
    found = scored(score, asked.x)
    outcome = f"{score.outcome.endpoint}:{score.outcome.definition} at week {score.outcome.week}"
    fixed = {"evidence": score.evidence, "outcome": outcome, "model_sha256": model_sha256}
    rows = []
    for place, patient in enumerate(asked.patients):
        if patient in asked.without:
            reason, detail = asked.without[patient]
            rows.append(
                PredictionRow(patient_id=patient, status="abstained", reason=reason, detail=detail, **fixed)
            )
            continue
        parts = zip(score.coefficients, found.moved[place], strict=True)
        rows.append(
            PredictionRow(
                patient_id=patient,
                probability=_probability(found.linear[place]),
                ci_low=_probability(found.low[place]),
                ci_high=_probability(found.high[place]),
                status="measured",
                contributions="; ".join(f"{term.name} {value:+.3f}" for term, value in parts),
                **fixed,
            )
        )
    return rows


def _probability(linear: float) -> float:
    return 0.5 * (1.0 + math.tanh(0.5 * linear))


def write_predictions(rows: list[PredictionRow], file: Path) -> None:
    """Write FILE.csv and a Parquet beside it."""
    write_table(rows, PredictionRow, file.with_suffix(""))
