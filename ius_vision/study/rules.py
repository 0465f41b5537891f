"""Rules of eligibility as data: each holds for a patient's baseline, does not, or is not known."""

from __future__ import annotations

import calendar
import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from ius_vision.scores.logic import Truth, all_of, any_of
from ius_vision.study.check_dates import years_between
from ius_vision.study.visits import PatientVisit


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Range(_Model):
    """Both ends belong to the range."""

    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _has_an_end(self):
        if self.at_least is None and self.at_most is None:
            raise ValueError("a rule on a number needs at_least or at_most")
        return self

    def holds_for(self, number: Decimal | int | None) -> Truth:
        if number is None:
            return None
        low, high = (None if end is None else Decimal(repr(end)) for end in (self.at_least, self.at_most))
        return (low is None or number >= low) and (high is None or number <= high)


class Word(_Model):
    """A column holds a word. With `otherwise = "unknown"`, another word leaves it open."""

    column: str
    is_: str = Field(alias="is")
    otherwise: Literal["unknown", "not_met"] = "not_met"

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def holds(self, row: PatientVisit) -> Truth:
        value = row.get(self.column)
        if value is None:
            return None
        same = str(value).casefold() == self.is_.casefold()
        return same or (None if self.otherwise == "unknown" else False)


class Empty(_Model):
    """A column is empty, or is not; open where its cell holds what cannot be read."""

    column: str
    empty: bool

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def holds(self, row: PatientVisit) -> Truth:
        if self.column in row.doubtful:
            return None
        return (row.get(self.column) is None) == self.empty


class Number(_Range):
    """A column's number lies in a range."""

    column: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def holds(self, row: PatientVisit) -> Truth:
        return self.holds_for(row.exact(self.column))


class Age(_Range):
    """Completed years of age on a day, from `birth_date`; without it, `age_years` counts as that age."""

    age_at: str

    @property
    def columns(self) -> tuple[str, ...]:
        return ("birth_date", self.age_at, "age_years")

    def holds(self, row: PatientVisit) -> Truth:
        birth, day, given = row.day("birth_date"), row.day(self.age_at), row.exact("age_years")
        if birth is not None and day is not None:
            return self.holds_for(years_between(birth, day)) if birth <= day else None
        return None if given is None else self.holds_for(int(given))


class Days(_Range):
    """Days from one date to another lie in a range; negative where the other comes first."""

    days_after: str
    column: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.days_after, self.column)

    def holds(self, row: PatientVisit) -> Truth:
        first, second = row.day(self.days_after), row.day(self.column)
        return None if first is None or second is None else self.holds_for((second - first).days)


class Months(_Model):
    """At least so many calendar months lie between a date and the first known of others."""

    months_after: str
    first_known_of: list[str] = Field(min_length=1)
    at_least: int = Field(ge=0, le=1200)

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.months_after, *self.first_known_of)

    def holds(self, row: PatientVisit) -> Truth:
        if (value := row.get(self.months_after)) is None:
            return None
        if not isinstance(value, datetime.date):
            return False
        ends = [day for name in self.first_known_of if (day := row.day(name)) is not None]
        return months_later(value, self.at_least) <= ends[0] if ends else None


class Before(_Model):
    """A date is on or before the earliest known of others."""

    column: str
    on_or_before_first_of: list[str] = Field(min_length=1)

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column, *self.on_or_before_first_of)

    def holds(self, row: PatientVisit) -> Truth:
        day = row.day(self.column)
        others = [other for name in self.on_or_before_first_of if (other := row.day(name)) is not None]
        return None if day is None or not others else day <= min(others)


class All(_Model):
    """Every part holds; not, as soon as one does not."""

    all: list[Rule] = Field(min_length=1)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for part in self.all for name in part.columns))

    def holds(self, row: PatientVisit) -> Truth:
        return all_of(*(part.holds(row) for part in self.all))


class Any(_Model):
    """One part holds."""

    any: list[Rule] = Field(min_length=1)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for part in self.any for name in part.columns))

    def holds(self, row: PatientVisit) -> Truth:
        return any_of(*(part.holds(row) for part in self.any))


def months_later(day: datetime.date, months: int) -> datetime.date:
    """The same day so many months later; the month's last day where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return datetime.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


_KINDS = {
    "all": All,
    "any": Any,
    "age_at": Age,
    "days_after": Days,
    "months_after": Months,
    "on_or_before_first_of": Before,
    "is": Word,
    "empty": Empty,
}


def _kind(value: object) -> str | None:
    """Which rule it is, by the word that only that rule has."""
    if not isinstance(value, dict):
        return type(value).__name__.lower()
    return next((word for word in _KINDS if word in value), "number")


Rule = Annotated[
    Annotated[All, Tag("all")]
    | Annotated[Any, Tag("any")]
    | Annotated[Age, Tag("age_at")]
    | Annotated[Days, Tag("days_after")]
    | Annotated[Months, Tag("months_after")]
    | Annotated[Before, Tag("on_or_before_first_of")]
    | Annotated[Word, Tag("is")]
    | Annotated[Empty, Tag("empty")]
    | Annotated[Number, Tag("number")],
    Discriminator(_kind),
]
All.model_rebuild()
Any.model_rebuild()
