"""Named records: every weight, limit and cut-off with where it comes from and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

MARKS = {
    "P": "read in the primary source",
    "S": "read in a secondary source",
    "M": "unverified",
    "D": "derived here",
    "J": "project setting",
}
OPERATORS = ("*", "=", ">", ">=", "<", "<=", "> or >=", "< or <=")
"""`*` is a weight; `> or >=` and `< or <=` stand where the source does not say which."""


@dataclass(frozen=True, slots=True)
class Record:
    """A constant from the literature or of this project.

    Attributes
    ----------
    name : unique; how a program chooses it.
    value : the number, exact.
    operator : one of `OPERATORS`.
    citation : where it is published, or `this project`.
    mark : a key of `MARKS`.
    says : what it means where it is met.
    figures : published performance, with its own mark.
    """

    name: str
    value: Decimal
    operator: str
    citation: str
    mark: str
    says: str = ""
    figures: str = ""

    def __post_init__(self) -> None:
        if self.operator not in OPERATORS or self.mark not in MARKS:
            raise ValueError(f"{self.name}: operator {self.operator!r} or mark {self.mark!r} is not known")

    @property
    def note(self) -> str:
        """What a reader must be told about it: `unverified`, `project setting` or nothing."""
        return MARKS[self.mark] if self.mark in "MJ" else ""

    def met(self, number: Decimal | None) -> bool | None:
        """Whether a number is on the record's side; None without a number or where the source leaves it open.

        Raises
        ------
        ValueError
            The record is a weight and compares nothing.
        """
        if self.operator == "*":
            raise ValueError(f"{self.name} is a weight, not a limit")
        if number is None or (number == self.value and " or " in self.operator):
            return None
        return {
            "=": number == self.value,
            ">": number > self.value,
            "<": number < self.value,
            ">=": number >= self.value,
            "<=": number <= self.value,
        }[self.operator.split(" ")[0]]


def weight(name: str, value: str, citation: str, mark: str) -> Record:
    """A factor of a formula."""
    return Record(name, Decimal(value), "*", citation, mark)


def limit(name: str, rule: str, citation: str, mark: str, says: str = "", figures: str = "") -> Record:
    """A limit from its rule as printed, such as `<= 3.0`."""
    operator, value = rule.rsplit(" ", 1)
    return Record(name, Decimal(value), operator, citation, mark, says, figures)


def by_name(records: Iterable[Record]) -> Mapping[str, Record]:
    """A read-only table of records.

    Raises
    ------
    ValueError
        Two records share a name.
    """
    listed = list(records)
    table = {record.name: record for record in listed}
    if len(table) != len(listed):
        raise ValueError("two records share a name")
    return MappingProxyType(table)
