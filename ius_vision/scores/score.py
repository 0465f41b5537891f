"""A score as it is known: its value, or the range that missing items leave open."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ius_vision.scores.numbers_in import settled
from ius_vision.scores.records import Record


@dataclass(frozen=True, slots=True)
class Score:
    """A score of one bowel segment.

    Attributes
    ----------
    value : the score; None where an item is missing.
    low, high : what it can be; None where the thickness is missing.
    missing : names of the items nobody assessed.
    warnings : what a reader should know, one sentence each.
    """

    value: float | None
    low: float | None
    high: float | None
    missing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def met(self, record: Record) -> bool | None:
        """Whether the score meets a cut-off; None where that depends on a missing item.

        The cut-off is held against the value where there is one, else against both ends of the range.
        """
        ends = (self.low, self.high) if self.value is None else (self.value,)
        verdicts = {record.met(None if end is None else settled(Decimal(repr(end)))) for end in ends}
        return verdicts.pop() if len(verdicts) == 1 else None


NOTHING_KNOWN = Score(None, None, None, ("bwt_mm",))


def open_score(low: Decimal, high: Decimal, missing: tuple[str, ...]) -> Score:
    """A score from the two ends that its missing items leave; equal ends where none is missing."""
    return Score(None if missing else float(low), float(low), float(high), missing)
