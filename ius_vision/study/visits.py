"""A patient's visit, and when it was due."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from ius_vision.study.cells import Value

BASELINE = "baseline"
WINDOW_WEEKS = 2.0
"""A visit may be this far from its week; a rule of this project."""
_WEEK = re.compile(r"week_0*(\d{1,4})", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PatientVisit:
    """A row of the cohort.

    Attributes
    ----------
    row : as a spreadsheet shows it, the header being 1.
    values : what is known, by column; yes and no are the words `yes` and `no`.
    computed : columns that were computed or joined here, with where from.
    doubtful : columns whose cell is not empty and whose value is not known.
    """

    row: int
    patient_id: str
    visit: str
    values: Mapping[str, Value]
    computed: Mapping[str, str] = field(default_factory=dict)
    doubtful: frozenset[str] = frozenset()

    def get(self, column: str) -> Value | None:
        return self.values.get(column)

    def exact(self, column: str) -> Decimal | None:
        """A number as the decimal number it is printed as."""
        value = self.values.get(column)
        return Decimal(repr(value)) if isinstance(value, (int, float)) else None

    def day(self, column: str) -> datetime.date | None:
        value = self.values.get(column)
        return value if isinstance(value, datetime.date) else None

    @property
    def week(self) -> float | None:
        """Weeks from the first dose as the table gives them, else as the visit's name says."""
        given = self.values.get("week")
        if isinstance(given, (int, float)):
            return float(given)
        nominal = nominal_week(self.visit)
        return None if nominal is None else float(nominal)

    def precedes(self, baseline: PatientVisit) -> bool:
        """Whether the dates or the weeks that the table gives put the visit before a baseline."""
        days = self.day("visit_date"), baseline.day("visit_date")
        weeks = self.exact("week"), baseline.exact("week")
        return any(None not in pair and pair[0] < pair[1] for pair in (days, weeks))

    @property
    def weeks_of_treatment(self) -> float | None:
        """Weeks from the first dose by `week`, else by the dates; None where the row does not say."""
        given = self.values.get("week")
        if isinstance(given, (int, float)):
            return float(given)
        day, start = self.day("visit_date"), self.day("upa_start_date")
        return (day - start).days / 7 if day and start else None

    @property
    def is_late(self) -> bool:
        """Whether, as a baseline, it shows what treatment has already done."""
        weeks = self.weeks_of_treatment
        return weeks is not None and weeks > WINDOW_WEEKS

    def adding(self, values: Mapping[str, Value], source: str) -> PatientVisit:
        """The visit with values that the table did not hold, and where they come from."""
        return replace(
            self,
            values={**self.values, **values},
            computed={**self.computed, **dict.fromkeys(values, source)},
        )


def visit_name(text: str) -> str:
    """A visit's name: `baseline` and `week_N` in one spelling, a free name as it is."""
    found = _WEEK.fullmatch(text)
    if found:
        return f"week_{int(found[1])}"
    return BASELINE if text.casefold() == BASELINE else text


def nominal_week(visit: str) -> int | None:
    """N of `week_N`."""
    found = _WEEK.fullmatch(visit)
    return int(found[1]) if found else None
