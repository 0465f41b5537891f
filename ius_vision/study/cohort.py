"""A cohort: a row per patient-visit, each cell typed by the data dictionary or listed as a problem.

cohort = read_cohort(Path("cohort.csv"))
cohort.baseline("P01").get("cdai")          # float, or None where it is not known
cohort.problems                             # what is wrong, row by row
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from ius_vision.study.cells import Value
from ius_vision.study.checks import check
from ius_vision.study.dictionary import DICTIONARY
from ius_vision.study.files import read_sheet
from ius_vision.study.indices import with_indices
from ius_vision.study.mapping import read_mapping
from ius_vision.study.merge import merged, with_person
from ius_vision.study.problems import Problem
from ius_vision.study.sheet import unreadable
from ius_vision.study.typed_rows import typed_rows
from ius_vision.study.visits import BASELINE, WINDOW_WEEKS, PatientVisit, nominal_week

__all__ = ["Cohort", "PatientVisit", "read_cohort"]
_KINDS = {"whole": "number", "choice_whole": "number", "zero_one": "yes_no", "choice": "text"}


@dataclass(frozen=True)
class Cohort:
    """A cohort's table.

    Attributes
    ----------
    visits : one for each patient and visit, in the file's order.
    columns : as in the file, in the dictionary's spelling; columns that were joined stand behind them.
    problems : what is wrong in the table.
    sha256 : of the file's bytes.
    rows_left_out : rows without a usable key.
    """

    visits: tuple[PatientVisit, ...]
    columns: tuple[str, ...]
    problems: tuple[Problem, ...]
    path: Path
    sha256: str
    rows_left_out: int = 0

    @property
    def patients(self) -> tuple[str, ...]:
        """Every patient once, in the file's order."""
        return tuple(self._by_patient)

    @property
    def visit_names(self) -> tuple[str, ...]:
        """Every visit's name: the baseline, then by week, then the rest in the file's order."""
        names = list(dict.fromkeys(each.visit for each in self.visits))
        return tuple(sorted(names, key=self._place))

    def of(self, patient_id: str) -> tuple[PatientVisit, ...]:
        """A patient's visits, in the file's order."""
        return tuple(self._by_patient.get(patient_id, {}).values())

    def at(self, patient_id: str, visit: str) -> PatientVisit | None:
        return self._by_patient.get(patient_id, {}).get(visit)

    def baseline(self, patient_id: str) -> PatientVisit | None:
        return self.at(patient_id, BASELINE)

    def at_week(self, patient_id: str, week: int) -> PatientVisit | None:
        """The visit called `week_N`, else the one nearest to it within the window; None on a tie."""
        named = self.at(patient_id, f"week_{week}")
        if named is not None:
            return named
        near = [
            (abs(each.week - week), each)
            for each in self.of(patient_id)
            if each.week is not None and nominal_week(each.visit) is None
        ]
        near = [pair for pair in near if pair[0] <= WINDOW_WEEKS]
        if not near:
            return None
        least = min(distance for distance, _ in near)
        nearest = [each for distance, each in near if distance == least]
        return nearest[0] if len(nearest) == 1 else None

    def kind_of(self, column: str) -> str:
        """`number`, `text`, `yes_no` or `date`; outside the dictionary, by what the cells are."""
        field = DICTIONARY.get(column)
        if field is not None and field.kind != "text":
            return _KINDS.get(field.kind, field.kind)
        known = [value for each in self.visits if (value := each.get(column)) is not None]
        if known and all(isinstance(value, (int, float)) or _is_number(value) for value in known):
            return "number"
        return "yes_no" if known and set(known) <= {"yes", "no"} else "text"

    def with_visits(
        self, visits: tuple[PatientVisit, ...], columns: tuple[str, ...], problems: tuple[Problem, ...]
    ) -> Cohort:
        """The cohort with cells, columns and problems that were added."""
        return replace(self, visits=visits, columns=columns, problems=(*self.problems, *problems))

    @cached_property
    def _by_patient(self) -> Mapping[str, dict[str, PatientVisit]]:
        found: dict[str, dict[str, PatientVisit]] = {}
        for each in self.visits:
            found.setdefault(each.patient_id, {})[each.visit] = each
        return found

    def _place(self, visit: str) -> tuple[int, float]:
        if visit == BASELINE:
            return (0, 0)
        week = nominal_week(visit)
        return (2, 0) if week is None else (1, week)


def _is_number(value: Value) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[+-]?\d+(\.\d+)?", value) is not None


def read_cohort(path: Path, mapping: Path | None = None) -> Cohort:
    """Read a cohort table: CSV, Excel or Parquet.

    Parameters
    ----------
    mapping : TOML file that says how the table names and codes what the dictionary holds.

    Returns
    -------
    The cohort. A cell that cannot be what its column holds is a problem, and not known. Of rows that share
    patient and visit, only cells on which they agree are known. CDAI and HBI are computed where they are
    empty and every part is there.

    Raises
    ------
    BadUsage
        `bad_cohort_table`, `bad_mapping`: nothing can be read.
    """
    how = read_mapping(mapping)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise unreadable(f"the table cannot be opened ({error.strerror})", path) from error
    sheet = read_sheet(raw, path, how.header)
    rows, columns, problems = typed_rows(sheet, how)
    left_out = len(sheet.rows) + len(sheet.broken) - len(rows)
    if not rows:
        first = next((f" (row {each.row}: {each.problem})" for each in problems if each.row), "")
        raise unreadable(f"no row has a patient_id and a visit{first}", path)
    visits, doubled = merged(rows)
    visits, strange = with_person(visits)
    visits = with_indices(visits)
    problems = (*problems, *doubled, *strange, *check(visits))
    return Cohort(tuple(visits), tuple(columns), problems, path, hashlib.sha256(raw).hexdigest(), left_out)
