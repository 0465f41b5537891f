"""Rows that stand for one visit, and what is known of a person from any visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ius_vision.study.dictionary import PERSON
from ius_vision.study.problems import Problem, shown
from ius_vision.study.visits import BASELINE, PatientVisit


def merged(rows: Sequence[PatientVisit]) -> tuple[list[PatientVisit], list[Problem]]:
    """One visit for each patient and name; of several rows, only what all of them say is known."""
    groups: dict[tuple[str, str], list[PatientVisit]] = {}
    for row in rows:
        groups.setdefault((row.patient_id, row.visit), []).append(row)
    visits, problems = [], []
    for same in groups.values():
        first = same[0]
        if len(same) == 1:
            visits.append(first)
            continue
        agreed = {
            name: value
            for name, value in first.values.items()
            if all(other.get(name) == value for other in same[1:])
        }
        differing = sorted({name for row in same for name in row.values} - agreed.keys())
        doubtful = frozenset(differing).union(*(row.doubtful for row in same))
        visits.append(PatientVisit(first.row, first.patient_id, first.visit, agreed, doubtful=doubtful))
        problems += [_doubled(row, same, differing) for row in same]
    return visits, problems


def _doubled(row: PatientVisit, same: list[PatientVisit], differing: list[str]) -> Problem:
    others = ", ".join(str(each.row) for each in same if each is not row)
    if differing:
        says = f"they differ in {shown(', '.join(differing))}, which is not known now"
    else:
        says = "they are alike and count once"
    return Problem(
        row=row.row,
        patient_id=row.patient_id,
        visit=row.visit,
        column="visit",
        value=row.visit,
        problem=f"patient and visit stand in row {others} too; {says}",
        what_to_do="Keep one row, or name the visits apart",
    )


def with_person(visits: Sequence[PatientVisit]) -> tuple[list[PatientVisit], list[Problem]]:
    """What does not change from visit to visit, known in each; not known where rows contradict each other."""
    by_patient: dict[str, list[PatientVisit]] = {}
    for each in visits:
        by_patient.setdefault(each.patient_id, []).append(each)
    problems, known = [], {}
    for patient, rows in by_patient.items():
        if not any(row.visit == BASELINE for row in rows):
            problems.append(_no_baseline(rows[0]))
        for name in PERSON:
            given = [row for row in rows if row.get(name) is not None]
            if len({row.get(name) for row in given}) > 1:
                problems += [_contradicts(row, name, given) for row in given]
                known[patient, name] = None
            elif given:
                known[patient, name] = given[0].get(name)
    return [_with_known(each, known) for each in visits], problems


def _with_known(row: PatientVisit, known: dict) -> PatientVisit:
    told = {name: known[row.patient_id, name] for name in PERSON if (row.patient_id, name) in known}
    dropped = {name for name, value in told.items() if value is None}
    values = {name: value for name, value in row.values.items() if name not in dropped}
    new = {name: value for name, value in told.items() if value is not None and name not in values}
    kept = replace(row, values=values, doubtful=row.doubtful | dropped)
    return kept.adding(new, "another row of the patient") if new else kept


def _no_baseline(row: PatientVisit) -> Problem:
    return Problem(
        row=row.row,
        patient_id=row.patient_id,
        visit=row.visit,
        column="visit",
        problem="the patient has no row whose visit is baseline",
        what_to_do="Add it, or call the right visit baseline; nothing that needs a baseline is decided",
    )


def _contradicts(row: PatientVisit, name: str, given: list[PatientVisit]) -> Problem:
    others = ", ".join(f"{each.get(name)} in row {each.row}" for each in given if each is not row)
    return Problem(
        row=row.row,
        patient_id=row.patient_id,
        visit=row.visit,
        column=name,
        value=shown(row.get(name)),
        problem=f"the patient's {name} differs between rows ({shown(others)}); it is not known now",
        what_to_do="Correct the wrong row",
    )
