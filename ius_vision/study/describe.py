"""The baseline of a cohort, whole and by outcome: what is known of each variable in each group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ius_vision.findings.column import Row
from ius_vision.findings.column import column as described
from ius_vision.study.check_dates import years_between
from ius_vision.study.cohort import Cohort
from ius_vision.study.compare import compare_numbers, compare_shares
from ius_vision.study.dictionary import DICTIONARY
from ius_vision.study.endpoints import AnyDefinition, decide
from ius_vision.study.visits import PatientVisit

_GROUPS = ("person", "disease", "treatment", "clinical", "endoscopy", "laboratory", "ius", "contrast")
# Parts of totals, limits of laboratories and ends of ranges are in the cohort's table, not in this one.
_LEFT_OUT = ("cdai_", "hbi_", "hematocrit", "standard_weight", "sescd_", "ibus_sas_", "target_")
EVERYBODY, REACHED, NOT_REACHED = "all", "yes", "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRow(Row):
    """A variable, or one of its words, in a group of patients at the baseline."""

    variable: str = described("column of the data dictionary", required=True)
    level: str | None = described("word that is counted; empty for numbers")
    unit: str | None = described("unit of the numbers")
    group: str = described("all, or yes and no of the outcome", required=True)
    patients: int = described("patients of the group", required=True, low=0)
    known: int = described("of whom the variable is known", required=True, low=0)
    count: int | None = described("who have the word", low=0)
    percent: float | None = described("of those of whom it is known", low=0, high=100)
    mean: float | None = described("mean")
    sd: float | None = described("standard deviation", low=0)
    median: float | None = described("median")
    q1: float | None = described("first quartile")
    q3: float | None = described("third quartile")
    minimum: float | None = described("smallest")
    maximum: float | None = described("largest")
    test: str | None = described("test between yes and no")
    p: float | None = described("its p value, not adjusted", low=0, high=1, decimals=9)
    effect: float | None = described("rank-biserial correlation, or difference of shares; yes minus no")
    effect_low: float | None = described("lower end of its 95 % interval")
    effect_high: float | None = described("upper end of its 95 % interval")
    note: str | None = described("what a reader should know")


@dataclass(frozen=True, slots=True)
class Groups:
    """Baselines of everybody and, where there is an outcome, of those who reached it and who did not.

    `unknown` counts those of whom the outcome is not known; they are in `all` only.
    """

    members: dict[str, tuple[PatientVisit, ...]]
    unknown: int = 0


def groups_of(cohort: Cohort, definition: AnyDefinition | None, visit: str | None) -> Groups:
    """Baselines by what an endpoint says at a visit."""
    everybody = tuple(row for patient in cohort.patients if (row := cohort.baseline(patient)) is not None)
    if definition is None or visit is None:
        return Groups({EVERYBODY: everybody})
    found: dict[bool | None, list[PatientVisit]] = {True: [], False: [], None: []}
    for row in everybody:
        later = cohort.at(row.patient_id, visit)
        found[None if later is None else decide(cohort, definition, later).value].append(row)
    members = {EVERYBODY: everybody, REACHED: tuple(found[True]), NOT_REACHED: tuple(found[False])}
    return Groups(members, len(found[None]))


def value_of(row: PatientVisit, variable: str):
    """A baseline's value; the age is that at consent, else at the visit, where the birth date is known."""
    if variable == "age_years" and (birth := row.day("birth_date")) is not None:
        day = row.day("consent_date") or row.day("visit_date")
        if day is not None and day >= birth:
            return float(years_between(birth, day))
    return row.get(variable)


def variables(cohort: Cohort) -> list[str]:
    """Columns worth a line: of the dictionary's groups, without dates and free text, known of somebody."""
    rows = [row for row in cohort.visits if row.visit == "baseline"]
    return [
        name
        for name, field in DICTIONARY.items()
        if field.group in _GROUPS
        and field.kind not in ("date", "text")
        and not name.startswith(_LEFT_OUT)
        and "_uln_" not in name
        and any(value_of(row, name) is not None for row in rows)
    ]


def baseline_table(cohort: Cohort, groups: Groups) -> list[BaselineRow]:
    """Every variable in every group, with a test between the two groups of an outcome."""
    rows: list[BaselineRow] = []
    for name in variables(cohort):
        numeric = DICTIONARY[name].kind in ("number", "whole", "choice_whole")
        rows += _numbers(name, groups) if numeric else _words(name, groups)
    return rows


def _numbers(name: str, groups: Groups) -> Iterator[BaselineRow]:
    values = {
        group: np.array([float(value) for row in rows if (value := value_of(row, name)) is not None])
        for group, rows in groups.members.items()
    }
    tested = compare_numbers(values.get(REACHED), values.get(NOT_REACHED))
    for group, found in values.items():
        few = found.size == 0
        quarters = (
            (None,) * 5 if few else [float(each) for each in np.quantile(found, (0, 0.25, 0.5, 0.75, 1))]
        )
        yield BaselineRow(
            variable=name,
            unit=DICTIONARY[name].unit or None,
            group=group,
            patients=len(groups.members[group]),
            known=found.size,
            mean=None if few else float(found.mean()),
            sd=float(found.std(ddof=1)) if found.size > 1 else None,
            minimum=quarters[0],
            q1=quarters[1],
            median=quarters[2],
            q3=quarters[3],
            maximum=quarters[4],
            **(tested.cells() if group == EVERYBODY and tested else {}),
        )


def _words(name: str, groups: Groups) -> Iterator[BaselineRow]:
    field = DICTIONARY[name]
    levels = field.choices if field.kind == "choice" else ("yes",)
    values = {
        group: [value for row in rows if (value := row.get(name)) is not None]
        for group, rows in groups.members.items()
    }
    for level in levels:
        if not any(level in found for found in values.values()) and field.kind == "choice":
            continue
        counts = {group: (found.count(level), len(found)) for group, found in values.items()}
        tested = compare_shares(counts.get(REACHED), counts.get(NOT_REACHED))
        for group, (count, known) in counts.items():
            yield BaselineRow(
                variable=name,
                level=level,
                group=group,
                patients=len(groups.members[group]),
                known=known,
                count=count,
                percent=100 * count / known if known else None,
                **(tested.cells() if group == EVERYBODY and tested else {}),
            )


def rows_of_group(rows: Sequence[BaselineRow], group: str) -> list[BaselineRow]:
    return [row for row in rows if row.group == group]
