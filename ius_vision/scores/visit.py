"""A segment at one visit, and what changed between two."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ius_vision.scores.logic import Truth, any_of
from ius_vision.scores.numbers_in import grade, settled, thickness


@dataclass(frozen=True, slots=True)
class Visit:
    """The items of one bowel segment at one visit; None where nobody assessed one.

    Raises
    ------
    ScoreInputError
        An item is not a number that it can be.
    """

    bwt_mm: float | None
    cds: int | None = None
    ifat: int | None = None
    bws: int | None = None
    segment: str = "unknown"

    def __post_init__(self) -> None:
        thickness(self.bwt_mm)
        for name in ("cds", "ifat", "bws"):
            grade(getattr(self, name), name)

    @property
    def wall(self) -> Decimal | None:
        """The thickness as an exact decimal number, mm; never rounded, so 3.04 is above 3.0."""
        return thickness(self.bwt_mm)

    def is_normal(self, item: str) -> Truth:
        """Whether a graded item is 0; `uncertain` is not normal."""
        value = getattr(self, item)
        return None if value is None else value == 0

    def is_at_most(self, item: str, top: int) -> Truth:
        """Whether a graded item is `top` or less."""
        value = getattr(self, item)
        return None if value is None else value <= top


@dataclass(frozen=True, slots=True)
class Change:
    """From `before` to `after`. Falls are positive; they have six decimals before a rule looks at them."""

    before: Visit
    after: Visit

    @property
    def fall_mm(self) -> Decimal | None:
        """d = B0 - B1."""
        first, second = self.before.wall, self.after.wall
        return None if first is None or second is None else settled(first - second)

    @property
    def fall_percent(self) -> Decimal | None:
        """r = 100 * d / B0."""
        first, second = self.before.wall, self.after.wall
        return None if first is None or second is None else settled(100 * (first - second) / first)

    def steps_down(self, item: str) -> Decimal | None:
        """Grades that an item fell; g for `cds`."""
        first, second = getattr(self.before, item), getattr(self.after, item)
        return None if first is None or second is None else Decimal(first - second)

    def other_item_better(self) -> Truth:
        """Whether fat or stratification has a lower grade than before."""
        steps = (self.steps_down("ifat"), self.steps_down("bws"))
        return any_of(*(None if step is None else step > 0 for step in steps))
