"""What may go into a score: a thickness and whole grades, or None where nobody assessed the item."""

from __future__ import annotations

import math
import numbers
from decimal import Context, Decimal

GRADES = {"ifat": 2, "cds": 3, "bws": 3}
DECIMALS_THAT_DECIDE = 6
# Digits enough for any float, so that an absurd number is compared and not refused by the arithmetic.
_WIDE = Context(prec=400)


class ScoreInputError(ValueError):
    """A number that no reader and no measurement can have given."""


def thickness(bwt_mm: float | None, name: str = "bwt_mm") -> Decimal | None:
    """A wall thickness in mm as the decimal number it is printed as.

    Raises
    ------
    ScoreInputError
        Not a number, not finite, or not above 0.
    """
    if bwt_mm is None:
        return None
    if isinstance(bwt_mm, bool) or not isinstance(bwt_mm, (numbers.Real, Decimal)):
        raise ScoreInputError(f"{name} must be a number of millimetres, not {bwt_mm!r}")
    if not (math.isfinite(bwt_mm) and bwt_mm > 0):
        raise ScoreInputError(f"{name} must be finite and above 0 mm, not {bwt_mm}")
    return bwt_mm if isinstance(bwt_mm, Decimal) else Decimal(repr(float(bwt_mm)))


def grade(value: int | None, name: str) -> int | None:
    """A grade of `GRADES`, 0 to its maximum.

    Raises
    ------
    ScoreInputError
        Not a whole number, or out of range.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise ScoreInputError(f"{name} must be a whole number from 0 to {GRADES[name]}, not {value!r}")
    if not 0 <= value <= GRADES[name]:
        raise ScoreInputError(f"{name} must be 0 to {GRADES[name]}, not {value}")
    return int(value)


def settled(number: Decimal) -> Decimal:
    """Six decimals: what a computed number is compared by, so that binary noise decides nothing."""
    return number.quantize(Decimal(1).scaleb(-DECIMALS_THAT_DECIDE), context=_WIDE)
