"""How many reached an endpoint, of how many who were assessed, with Wilson's interval."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ius_vision.findings.column import Row
from ius_vision.findings.column import column as described
from ius_vision.study.cohort import Cohort
from ius_vision.study.endpoints import EndpointRow
from ius_vision.study.visits import BASELINE

# Why a patient is not asked about; whoever else has no value is missing.
NOT_ASKED = (
    "baseline_visit",
    "baseline_wall_normal",
    "normal_at_baseline",
    "baseline_score_zero",
    "other_diagnosis",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRow(Row):
    """A rate of an endpoint at a visit."""

    endpoint: str = described("endpoint", required=True)
    definition: str = described("definition of it", required=True)
    visit: str = described("visit", required=True)
    yes: int = described("patients who reached it", required=True, low=0)
    assessed: int = described("patients of whom that is known", required=True, low=0)
    patients: int = described("patients with a row at the visit", required=True, low=0)
    rate: float | None = described("yes of assessed", low=0, high=1, decimals=9)
    ci_low: float | None = described("lower end of Wilson's 95 % interval", low=0, high=1, decimals=9)
    ci_high: float | None = described("upper end of Wilson's 95 % interval", low=0, high=1, decimals=9)
    not_asked: int = described("patients the endpoint does not ask about", required=True, low=0)
    missing: int = described("patients of whom it is not known", required=True, low=0)
    imputed_no: int | None = described("missing or without the visit, counted as no on request", low=0)
    imputed_rate: float | None = described("yes of assessed and imputed", low=0, high=1, decimals=9)
    imputed_ci_low: float | None = described("lower end of its interval", low=0, high=1, decimals=9)
    imputed_ci_high: float | None = described("upper end of its interval", low=0, high=1, decimals=9)


def wilson(yes: int, assessed: int) -> tuple[float, float, float] | tuple[None, None, None]:
    """Share with Wilson's 95 % interval; nothing where nobody was assessed."""
    if assessed == 0:
        return None, None, None
    from scipy.stats import binomtest

    interval = binomtest(yes, assessed).proportion_ci(0.95, "wilson")
    return yes / assessed, float(interval.low), float(interval.high)


def endpoint_rates(cohort: Cohort, rows: Iterable[EndpointRow], impute: bool = False) -> list[RateRow]:
    """Rates of every endpoint, definition and visit.

    Parameters
    ----------
    impute : count as no, in the columns that say so, those of whom it is not known and those who have a
        baseline and no such visit.
    """
    groups: dict[tuple[str, str, str], list[EndpointRow]] = {}
    for row in rows:
        groups.setdefault((row.endpoint, row.definition, row.visit), []).append(row)
    order = {visit: place for place, visit in enumerate(cohort.visit_names)}
    names = {key: place for place, key in enumerate(groups)}
    keys = sorted(groups, key=lambda key: (order[key[2]], names[key]))
    absent = {visit: _without(cohort, visit) for visit in order}
    return [_rate(key, groups[key], absent[key[2]] if impute else None) for key in keys]


def _without(cohort: Cohort, visit: str) -> int:
    """Patients with a baseline and no row at the visit."""
    return sum(
        1
        for patient in cohort.patients
        if cohort.at(patient, BASELINE) is not None and cohort.at(patient, visit) is None
    )


def _rate(key: tuple[str, str, str], rows: Sequence[EndpointRow], absent: int | None) -> RateRow:
    yes = sum(row.value == "yes" for row in rows)
    assessed = sum(row.value is not None for row in rows)
    not_asked = sum(row.reason in NOT_ASKED for row in rows)
    missing = len(rows) - assessed - not_asked
    rate, low, high = wilson(yes, assessed)
    # At the baseline, nobody is lost and a change has no rate.
    imputed = None if absent is None or key[2] == BASELINE else missing + absent
    shares = (None, None, None) if imputed is None else wilson(yes, assessed + imputed)
    return RateRow(
        endpoint=key[0],
        definition=key[1],
        visit=key[2],
        yes=yes,
        assessed=assessed,
        patients=len(rows),
        rate=rate,
        ci_low=low,
        ci_high=high,
        not_asked=not_asked,
        missing=missing,
        imputed_no=imputed,
        imputed_rate=shares[0],
        imputed_ci_low=shares[1],
        imputed_ci_high=shares[2],
    )
