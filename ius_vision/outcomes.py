"""What can come of looking at something: a value, or a reason why there is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Measured(Generic[T]):
    """A value taken from pixels, with its 95 % interval where one is known."""

    value: T
    low: T | None = None
    high: T | None = None

    @property
    def status(self) -> str:
        return "measured"


@dataclass(frozen=True, slots=True)
class Entered(Generic[T]):
    """A reader's value, from the manifest or the review page."""

    value: T
    source: str = "manifest"

    @property
    def status(self) -> str:
        return "entered"


@dataclass(frozen=True, slots=True)
class _Reason:
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Abstained(_Reason):
    """Looked at and not measurable."""

    @property
    def status(self) -> str:
        return "abstained"


@dataclass(frozen=True, slots=True)
class Failed(_Reason):
    """Could not be read or analysed."""

    @property
    def status(self) -> str:
        return "failed"


@dataclass(frozen=True, slots=True)
class Skipped(_Reason):
    """Not an input."""

    @property
    def status(self) -> str:
        return "skipped"


NoValue = Abstained | Failed | Skipped


def commonest(doubts: Sequence[Abstained]) -> Abstained:
    """The first of those that give the reason given most often; there must be one."""
    (reason, _), *_ = Counter(doubt.reason for doubt in doubts).most_common(1)
    return next(doubt for doubt in doubts if doubt.reason == reason)
