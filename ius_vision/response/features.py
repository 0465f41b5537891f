"""Which columns a score looks at, when, and what a patient's visits hold of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ius_vision.errors import BadUsage
from ius_vision.study.cells import text_of
from ius_vision.study.cohort import Cohort, PatientVisit
from ius_vision.study.dictionary import DICTIONARY
from ius_vision.study.exam_tables import FEATURE_PREFIX
from ius_vision.study.visits import WINDOW_WEEKS

BASELINE, EARLY_CHANGE = "baseline", "early_change"
SETS: dict[str, tuple[tuple[str, str], ...]] = {
    BASELINE: (("bwt_mm", BASELINE), ("cdai", BASELINE)),
    EARLY_CHANGE: (("bwt_mm", EARLY_CHANGE), ("bwt_mm", BASELINE)),
}
RADIOMICS = "radiomics"
"""Named sets, fixed before any data were seen: pairs of column and moment."""
EARLY_WEEKS = (4.0, 8.0)
LONGEST_NAME = 200
_AFTER_TREATMENT = ("upa_stop_date", "upa_stop_reason")
_NO_PREDICTORS = ("patient_id", "visit", "week", "exam_id", "evidence")


@dataclass(frozen=True, slots=True)
class Feature:
    """What a score looks at.

    Attributes
    ----------
    column : of the cohort's table.
    moment : `baseline`, the value there; `early_change`, its change from there to weeks 4-8, in percent.
    kind : `number`, `yes_no` or `text`.
    """

    column: str
    moment: str
    kind: str

    @property
    def name(self) -> str:
        return self.column if self.moment == BASELINE else f"{self.column}_change_percent"


Value = float | str


def find_features(text: str, cohort: Cohort, week: int) -> tuple[str, tuple[Feature, ...]]:
    """The set's name (`columns` where columns are listed) and its features.

    Parameters
    ----------
    text : `baseline`, `early_change`, `radiomics` (all of features.csv), or columns with commas.
    week : of the outcome; an early change has to lie before it.

    Raises
    ------
    BadUsage
        `bad_features`: a column is absent, listed twice, a date or a key, or known only after treatment.
    """
    if text.strip() == RADIOMICS:
        return RADIOMICS, _radiomics(cohort)
    named = SETS.get(text.strip())
    if named is None:
        columns = _columns(text, cohort)
        return "columns", tuple(_feature(cohort, column, BASELINE) for column in columns)
    if text.strip() == EARLY_CHANGE and latest_early_week(week) < EARLY_WEEKS[0]:
        raise _bad(
            f"an early change at weeks 4-8 is not before an outcome at week {week}", "Give a later --week"
        )
    return text.strip(), tuple(_feature(cohort, column, moment) for column, moment in named)


def _radiomics(cohort: Cohort) -> tuple[Feature, ...]:
    """Every column that `features.csv` brought, at the baseline."""
    names = [name for name in cohort.columns if name.startswith(FEATURE_PREFIX)]
    kept = [name for name in names if cohort.kind_of(name) in ("number", "yes_no")]
    found = tuple(_feature(cohort, name, BASELINE) for name in kept)
    if not found:
        raise _bad(
            f"the table has no column {FEATURE_PREFIX}...",
            "Join an analyze run that wrote features.csv with --exams, or name columns",
        )
    return found


def latest_early_week(week: int) -> float:
    """The last week an early visit may have, so that it cannot be the outcome's own visit."""
    return min(EARLY_WEEKS[1], week - WINDOW_WEEKS - 1)


def _columns(text: str, cohort: Cohort) -> list[str]:
    """Names between commas; a column whose own name holds commas is found too."""
    whole = text.strip()
    if whole in cohort.columns:
        return [whole]
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise _bad("a name between two commas is empty", "Give --features COLUMN,COLUMN")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _bad(f"{', '.join(twice)} is listed twice", "List each column once")
    return names


def _feature(cohort: Cohort, column: str, moment: str) -> Feature:
    if column not in cohort.columns:
        raise _bad(
            f"the table has no column {column!r}",
            f"Give {', '.join(SETS)} or {RADIOMICS}, or columns of the table separated by commas",
        )
    if len(column) > LONGEST_NAME:
        raise _bad(
            f"a column's name has {len(column)} characters, at most {LONGEST_NAME} are read", "Shorten it"
        )
    field = DICTIONARY.get(column)
    if column in _NO_PREDICTORS or column.endswith("_definition"):
        raise _bad(f"{column} says who, when or how, and foretells nothing", "Leave it out")
    if column in _AFTER_TREATMENT or (field is not None and field.group == "outcome"):
        raise _bad(f"{column} is known only after treatment", "Leave it out")
    kind = cohort.kind_of(column)
    if kind == "date":
        raise _bad(f"{column} holds dates", "Give a column with the years or days between two dates")
    if moment == EARLY_CHANGE and kind != "number":
        raise _bad(f"{column} holds no numbers, so it has no change in percent", "Correct the table")
    return Feature(column, moment, kind)


def _bad(what: str, next_step: str) -> BadUsage:
    return BadUsage("bad_features", what, "--features", next_step)


def values_of(cohort: Cohort, patient: str, features: Iterable[Feature], week: int) -> dict[str, Value]:
    """What is known of a patient, by feature's name; what is not known is not there."""
    before = cohort.baseline(patient)
    if before is None:
        return {}
    found = {}
    for feature in features:
        value = (
            _plain(before.get(feature.column), feature.kind)
            if feature.moment == BASELINE
            else _change(cohort, before, feature.column, week)
        )
        if value is not None:
            found[feature.name] = value
    return found


def _plain(value: object, kind: str) -> Value | None:
    if value is None:
        return None
    if kind == "yes_no":
        return {"yes": 1.0, "no": 0.0}.get(str(value))
    if kind == "text":
        return text_of(value)
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _change(cohort: Cohort, before: PatientVisit, column: str, week: int) -> float | None:
    """Change in percent to the last visit of weeks 4-8 that has the value.

    Ultrasound of a later visit is that of the segment which was the worst at the baseline, where the exams
    say which it is; of another segment there is no change to tell.
    """
    first = _plain(before.get(column), "number")
    if first is None or first <= 0:
        return None
    visits = [
        (visit.week, value)
        for visit in cohort.of(before.patient_id)
        if visit.week is not None
        and EARLY_WEEKS[0] <= visit.week <= latest_early_week(week)
        and (value := _later(before, visit, column)) is not None
    ]
    if not visits:
        return None
    return 100.0 * (max(visits)[1] - first) / first


def _later(before: PatientVisit, visit: PatientVisit, column: str) -> float | None:
    field = DICTIONARY.get(column)
    if field is None or field.group not in ("ius", "contrast"):
        return _plain(visit.get(column), "number")
    if visit.get("target_segment") is not None:
        return _plain(visit.get(f"target_{column}"), "number")
    segments = {str(each.get("worst_segment") or "unknown") for each in (before, visit)} - {"unknown"}
    return None if len(segments) > 1 else _plain(visit.get(column), "number")
