"""Findings about dates: out of order, or a visit away from the week it is named for."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from ius_vision.study.visits import BASELINE, WINDOW_WEEKS, PatientVisit, nominal_week

Finding = tuple[str, str, str]
_WEEK_ROUNDING = 1.0
_LATEST_START_WEEKS = 31 / 7
_LIKE_A_WEEK = re.compile(r"(?:weeks?|wk|w)[\s_.-]*(\d{1,4})", re.ASCII | re.IGNORECASE)
# The first of each pair comes before the second or on the same day.
_ORDER = (
    ("birth_date", "diagnosis_date"),
    ("birth_date", "consent_date"),
    ("birth_date", "visit_date"),
    ("birth_date", "upa_start_date"),
    ("diagnosis_date", "visit_date"),
    ("live_vaccine_date", "upa_start_date"),
    ("upa_start_date", "upa_stop_date"),
    ("endoscopy_date", "upa_start_date"),
    ("ius_date", "upa_start_date"),
    ("consent_date", "upa_start_date"),
)
_SIDES = {"A1": (0, 16), "A2": (16, 40), "A3": (41, 150)}


def years_between(birth: datetime.date, day: datetime.date) -> int:
    """Completed years of age on a day; one born on 29 February completes them on 1 March."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def date_findings(visit: PatientVisit, baseline: PatientVisit | None) -> Iterator[Finding]:
    """Findings of one row; order within the baseline row is that of the eligibility dates."""
    yield from _future(visit, datetime.date.today())
    yield from _order(visit)
    yield from _age(visit)
    yield from _after_baseline(visit, baseline)
    yield from _after_treatment(visit)
    yield from _window(visit, baseline)
    yield from _name(visit)


def _future(visit: PatientVisit, today: datetime.date) -> Iterator[Finding]:
    """What has not happened yet was not seen; only a plan may lie ahead."""
    for name in visit.values:
        day = visit.day(name)
        if day is not None and day > today and name != "upa_planned_date":
            yield name, f"{name} {day} lies in the future; it is kept", "Correct the date"


def _order(visit: PatientVisit) -> Iterator[Finding]:
    for first, second in _ORDER:
        before, after = visit.day(first), visit.day(second)
        later_exam = first in ("endoscopy_date", "ius_date") and visit.visit != BASELINE
        if before is not None and after is not None and before > after and not later_exam:
            yield first, f"{first} {before} is after {second} {after}", "Correct the wrong one of the two"


def _age(visit: PatientVisit) -> Iterator[Finding]:
    birth = visit.day("birth_date")
    if birth is None:
        return
    given, consent = visit.get("age_years"), visit.day("consent_date") or visit.day("visit_date")
    if isinstance(given, (int, float)) and consent is not None:
        years = years_between(birth, consent)
        if not years - 1 <= given < years + 2:
            yield (
                "age_years",
                f"the age is {given:g}, by birth_date it is {years}; birth_date is used",
                "Correct one of the two",
            )
    diagnosed, montreal = visit.day("diagnosis_date"), visit.get("montreal_age")
    if diagnosed is not None and diagnosed >= birth and montreal in _SIDES:
        years, (low, high) = years_between(birth, diagnosed), _SIDES[montreal]
        if not low <= years <= high:
            yield (
                "montreal_age",
                f"the class is {montreal} and the age at diagnosis was {years}",
                "Correct the class or one of birth_date and diagnosis_date",
            )


def _after_baseline(visit: PatientVisit, baseline: PatientVisit | None) -> Iterator[Finding]:
    day = visit.day("visit_date")
    if baseline is None or visit.visit == BASELINE or day is None:
        return
    first = baseline.day("visit_date")
    if first is not None and day < first and (visit.week is None or visit.week >= 0):
        yield (
            "visit_date",
            f"the visit of {day} lies before the baseline of {first}",
            "Correct the date or the visit's name",
        )


def _after_treatment(visit: PatientVisit) -> Iterator[Finding]:
    if visit.visit == BASELINE and visit.is_late:
        yield (
            "visit",
            f"the baseline lies {visit.weeks_of_treatment:.1f} weeks after the first dose; "
            "it is kept, and no score foretells from it",
            "Correct the week, the dates or the visit's name",
        )


def _window(visit: PatientVisit, baseline: PatientVisit | None) -> Iterator[Finding]:
    """The row is kept, and counts in the rates."""
    nominal, given = nominal_week(visit.visit), visit.get("week")
    by_date = _weeks_by_date(visit, baseline)
    if isinstance(given, (int, float)) and by_date is not None and abs(given - by_date) > _WEEK_ROUNDING:
        yield (
            "week",
            f"the week is {given:g}, by the dates it is {by_date:.1f}; the week is used",
            "Correct the week, the visit's date or the date of the first dose",
        )
    week = given if isinstance(given, (int, float)) else by_date
    if week is None and nominal is not None:
        yield from _since_baseline(visit, baseline, nominal)
    if nominal is not None and week is not None and abs(week - nominal) > WINDOW_WEEKS:
        yield (
            "week" if isinstance(given, (int, float)) else "visit_date",
            f"the visit lies in week {week:.1f}, outside week {nominal} ± {WINDOW_WEEKS:g}; it is kept",
            "Nothing, where that is right; else correct the date or the visit's name",
        )


def _since_baseline(visit: PatientVisit, baseline: PatientVisit | None, nominal: int) -> Iterator[Finding]:
    """Without the date of the first dose, which may be a month after the baseline."""
    first, day = baseline and baseline.day("visit_date"), visit.day("visit_date")
    if not first or not day or day < first:
        return
    week = (day - first).days / 7
    if not nominal - WINDOW_WEEKS <= week <= nominal + WINDOW_WEEKS + _LATEST_START_WEEKS:
        yield (
            "visit_date",
            f"the visit lies {week:.1f} weeks after the baseline and is named week {nominal}; it is kept",
            "Enter upa_start_date, or correct the date or the visit's name",
        )


def _name(visit: PatientVisit) -> Iterator[Finding]:
    found = _LIKE_A_WEEK.fullmatch(visit.visit)
    if found and nominal_week(visit.visit) is None:
        yield (
            "visit",
            "the name looks like a week; it is kept as a name of its own",
            f"If it is week {found[1]}, call it week_{int(found[1])}",
        )


def _weeks_by_date(visit: PatientVisit, baseline: PatientVisit | None) -> float | None:
    start = visit.day("upa_start_date") or (baseline and baseline.day("upa_start_date"))
    day = visit.day("visit_date")
    return (day - start).days / 7 if start and day else None
