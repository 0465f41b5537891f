"""Every score of one segment with the cut-offs it meets, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from ius_vision.scores.cut_offs import CUT_OFFS
from ius_vision.scores.doppler import LimbergGrade, limberg, modified_limberg
from ius_vision.scores.ibus_sas import ibus_sas
from ius_vision.scores.indices import buss, muc
from ius_vision.scores.records import Record
from ius_vision.scores.score import Score


@dataclass(frozen=True, slots=True)
class Verdict:
    """A named cut-off of a score, and whether it is met; None where a missing item leaves that open."""

    score: str
    record: Record
    met: bool | None


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    """The scores of one segment, by name, and how they stand to every published cut-off."""

    scores: dict[str, Score]
    limberg: LimbergGrade
    modified_limberg: int | None
    verdicts: tuple[Verdict, ...]

    @property
    def reasons(self) -> dict[str, str]:
        """Reason codes of what has no value, by score."""
        found = {name: "item_missing" for name, score in self.scores.items() if score.value is None}
        return found | ({"limberg": self.limberg.reason} if self.limberg.reason else {})


def score_sheet(
    bwt_mm: float | None,
    ifat: int | None,
    cds: int | None,
    bws: int | None,
    bwt_interval_mm: tuple[float, float] | None = None,
) -> ScoreSheet:
    """Score a segment; the items are those of `ibus_sas`.

    Raises
    ------
    ScoreInputError
        An item is not a number that it can be.
    """
    scores = {
        "ibus_sas": ibus_sas(bwt_mm, ifat, cds, bws, bwt_interval_mm),
        "buss": buss(bwt_mm, cds),
        "muc": muc(bwt_mm, cds),
    }
    verdicts = tuple(
        Verdict(name, record, score.met(record))
        for name, score in scores.items()
        for record in CUT_OFFS[name].values()
    )
    return ScoreSheet(scores, limberg(cds, bwt_mm), modified_limberg(cds), verdicts)
