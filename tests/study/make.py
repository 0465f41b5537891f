"""Small cohorts for the tests, written as the files that users give."""

from __future__ import annotations

import csv
from pathlib import Path

from ius_vision.study.cohort import Cohort, read_cohort

ELIGIBLE = {
    "patient_id": "P1", "visit": "baseline", "visit_date": "2025-03-01", "birth_date": "1985-06-15",
    "sex": "female", "diagnosis": "cd", "consent_date": "2025-02-20", "cdai": 300, "sescd": 12,
    "isolated_ileal": "no", "endoscopy_date": "2025-03-01", "ius_date": "2025-03-02",
    "upa_planned_date": "2025-03-20", "abdominal_surgery": "no", "colectomy_planned": "no",
    "mucosal_dysplasia": "no", "active_infection": "no", "active_tb": "no", "nyha_class": 0,
    "demyelination": "no", "live_vaccine_date": "none", "pregnant_or_lactating": "no", "upa_allergy": "no",
    "sonovue_hypersensitivity": "no",
}  # fmt: skip


def write_rows(path: Path, rows: list[dict], separator: str = ",", encoding: str = "utf-8") -> Path:
    """A CSV of these rows; columns in the order in which they first come."""
    columns = dict.fromkeys(name for row in rows for name in row)
    with path.open("w", newline="", encoding=encoding) as stream:
        sheet = csv.DictWriter(stream, columns, restval="", delimiter=separator)
        sheet.writeheader()
        sheet.writerows(rows)
    return path


def cohort_of(folder: Path, *rows: dict) -> Cohort:
    return read_cohort(write_rows(folder / "cohort.csv", list(rows)))


def pair(folder: Path, before: dict, after: dict, visit: str = "week_12") -> Cohort:
    """One patient with a baseline and a later visit."""
    return cohort_of(
        folder,
        {"patient_id": "P1", "visit": "baseline"} | before,
        {"patient_id": "P1", "visit": visit} | after,
    )


def said(cohort: Cohort, column: str | None = None) -> list[str]:
    """What the problems say, of one column or of all."""
    return [each.problem for each in cohort.problems if column in (None, each.column)]
