"""STRIDE-II endoscopic response and remission, for comparison with ultrasound."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from decimal import Decimal

from ius_vision.scores.logic import Truth, all_of
from ius_vision.scores.numbers_in import ScoreInputError, settled
from ius_vision.scores.records import by_name, limit

_STRIDE = "STRIDE-II"
LIMITS = by_name(
    [
        limit("stride2_fall_percent", "> 50", _STRIDE, "S"),
        limit("stride2_ses_cd", "<= 2", _STRIDE, "S"),
        limit("stride2_cdeis", "< 3", _STRIDE, "S"),
    ]
)


@dataclass(frozen=True, slots=True)
class Endoscopy:
    """An ileocolonoscopy: SES-CD, CDEIS and whether there are ulcers; None where not known.

    Raises
    ------
    ScoreInputError
        A score is not a finite number of 0 or more.
    """

    ses_cd: float | None = None
    cdeis: float | None = None
    ulcers: bool | None = None

    def __post_init__(self) -> None:
        for name in ("ses_cd", "cdeis"):
            value = getattr(self, name)
            if value is None:
                continue
            number = isinstance(value, numbers.Real) and not isinstance(value, bool)
            if not (number and math.isfinite(value) and value >= 0):
                raise ScoreInputError(f"{name} must be a finite number of 0 or more, not {value!r}")


def stride2_response(before: Endoscopy, after: Endoscopy) -> Truth:
    """More than 50 % fall of SES-CD, or of CDEIS where SES-CD is not known; None for a fall from 0."""
    for name in ("ses_cd", "cdeis"):
        first, second = _exact(getattr(before, name)), _exact(getattr(after, name))
        if first is not None and second is not None:
            return LIMITS["stride2_fall_percent"].met(_fall_percent(first, second))
    return None


def stride2_remission(visit: Endoscopy) -> Truth:
    """SES-CD <= 2, or CDEIS < 3 where SES-CD is not known, and no ulcers; None where that is open."""
    if visit.ses_cd is None:
        quiet = LIMITS["stride2_cdeis"].met(_exact(visit.cdeis))
    else:
        quiet = LIMITS["stride2_ses_cd"].met(_exact(visit.ses_cd))
    return all_of(quiet, None if visit.ulcers is None else not visit.ulcers)


def _fall_percent(first: Decimal, second: Decimal) -> Decimal | None:
    return settled(100 * (first - second) / first) if first else None


def _exact(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(repr(float(value)))
