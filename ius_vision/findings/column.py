"""A column of a table: what it says, and what a cell of it may hold."""

from __future__ import annotations

import dataclasses
import math
import operator
import typing
from dataclasses import dataclass
from functools import cache

from ius_vision.reasons import REASONS

STATUSES = ("measured", "entered", "abstained", "failed", "skipped")
HAS_VALUE = ("measured", "entered")
SIGNIFICANT_DIGITS = 9
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds: `kind` is str, int or float; `optional` cells may be empty."""

    name: str
    kind: type
    optional: bool
    description: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    decimals: int


def column(
    description: str,
    *,
    required: bool = False,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    decimals: int = DECIMALS,
):
    """A dataclass field with its documentation and limits; not required: None, an empty cell, by default."""
    facts = {"description": description, "low": low, "high": high, "choices": choices, "decimals": decimals}
    if required:
        return dataclasses.field(metadata=facts)
    return dataclasses.field(default=None, metadata=facts)


@cache
def columns_of(row_type: type) -> tuple[Column, ...]:
    """The columns of a row class, in the table's order."""
    hints = typing.get_type_hints(row_type)
    found = []
    for item in dataclasses.fields(row_type):
        kinds = typing.get_args(hints[item.name]) or (hints[item.name],)
        kind = next(kind for kind in kinds if kind is not type(None))
        found.append(Column(item.name, kind, type(None) in kinds, **item.metadata))
    return tuple(found)


class Row:
    """Base of the rows: cells are checked and brought to plain values once, at construction.

    Floats keep six decimals or nine significant digits, whichever is more (`time_s`: nine decimals), so that
    every form of a table holds the same number. Text loses line breaks and other control characters.

    Raises
    ------
    ValueError
        A cell holds what its column may not: a wrong type, NaN, a grade out of range, an unknown reason.
    """

    __slots__ = ()

    def __post_init__(self) -> None:
        for each in columns_of(type(self)):
            object.__setattr__(self, each.name, _clean(each, getattr(self, each.name)))


def _clean(each: Column, value):
    if value is None or (value == "" and each.optional):
        if not each.optional:
            raise ValueError(f"{each.name} must be given")
        return None
    if each.kind is str:
        return _text(each, value)
    number = _whole(each, value) if each.kind is int else _decimal(each, value)
    if (each.low is not None and number < each.low) or (each.high is not None and number > each.high):
        raise ValueError(f"{each.name} is {number}, allowed are {each.low} to {each.high}")
    return number


def _text(each: Column, value) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{each.name} must be text, not {value!r}")
    text = str(value)
    if not text.isprintable():
        whole = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        text = "".join(" " if _breaks_a_line(sign) else sign for sign in whole)
    if each.choices and text not in each.choices:
        raise ValueError(f"{each.name} is {text!r}, allowed are {', '.join(each.choices)}")
    if each.name.endswith("reason") and text not in REASONS:
        raise ValueError(f"{each.name} is {text!r}, which is not listed in ius_vision.reasons")
    return text


def _breaks_a_line(sign: str) -> bool:
    return sign < " " or "\x7f" <= sign <= "\x9f" or sign in "\u2028\u2029"


def _whole(each: Column, value) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise ValueError(f"{each.name} must be a whole number, not {value!r}")
    return operator.index(value)


def _decimal(each: Column, value) -> float:
    if isinstance(value, (bool, str)) or not hasattr(value, "__float__"):
        raise ValueError(f"{each.name} must be a number, not {value!r}")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{each.name} is {number}; a missing value is None")
    return rounded(number, each.decimals)


def rounded(number: float, decimals: int = DECIMALS) -> float:
    """Keep at least `decimals` decimals and nine significant digits; negative zero becomes zero."""
    if number == 0.0:
        return 0.0
    leading = math.floor(math.log10(abs(number))) + 1
    return round(number, max(decimals, SIGNIFICANT_DIGITS - leading))


def check_outcome(row: object, prefix: str = "") -> None:
    """A status without a value says why: a listed reason and a sentence.

    Raises
    ------
    ValueError
        The reason or its detail is missing, or there is a reason without a status.
    """
    status, reason, detail = (getattr(row, f"{prefix}{part}") for part in ("status", "reason", "detail"))
    if status is None and (reason or detail):
        raise ValueError(f"{prefix}reason is given without {prefix}status")
    if status is not None and status not in HAS_VALUE and not (reason and detail):
        raise ValueError(f"{prefix}status is {status}: {prefix}reason and {prefix}detail must say why")


def check_item(row: object, item: str, value: object) -> None:
    """An item has a value exactly where its status says so.

    Raises
    ------
    ValueError
        Value, status, reason and detail contradict each other.
    """
    check_outcome(row, f"{item}_")
    status = getattr(row, f"{item}_status")
    if (value is not None) != (status in HAS_VALUE):
        raise ValueError(f"{item}_status is {status} but its value is {value}")


def check_interval(low: float | None, value: float | None, high: float | None, name: str) -> None:
    """An interval has two ends and holds its value.

    Raises
    ------
    ValueError
        One end is missing, or the value lies outside.
    """
    if (low is None) != (high is None):
        raise ValueError(f"{name}: an interval needs both ends, not {low} and {high}")
    if low is None or high is None:
        return
    if not low <= (low if value is None else value) <= high:
        raise ValueError(f"{name} is {value}, outside its interval {low} to {high}")
