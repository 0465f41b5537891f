"""Doppler grades: Limberg from the colour Doppler signal and the wall, and back."""

from __future__ import annotations

import numbers
from dataclasses import dataclass

from ius_vision.scores.normal_wall import DEFAULT_NORMAL_WALL
from ius_vision.scores.numbers_in import ScoreInputError, grade, thickness
from ius_vision.scores.records import Record

LIMBERG_MAXIMUM = 4


@dataclass(frozen=True, slots=True)
class LimbergGrade:
    """A grade 0-4, or the reason code of why it is not defined."""

    value: int | None
    reason: str | None = None


def limberg(cds: int | None, bwt_mm: float | None, normal: Record = DEFAULT_NORMAL_WALL) -> LimbergGrade:
    """Limberg grade 0-4 of a segment.

    Parameters
    ----------
    cds : colour Doppler signal 0-3, which is the modified Limberg grade.
    bwt_mm : wall thickness; above `normal` the wall counts as thick.
    normal : the named limit of a normal wall.

    Returns
    -------
    0 or 1 without flow; CDS + 1 with flow in a thick wall. Not defined for flow in a wall that is not
    thick (`limberg_undefined_thin_wall`), without a thickness (`limberg_needs_thickness`) or without a
    Doppler grade (`limberg_needs_doppler`).

    Raises
    ------
    ScoreInputError
        An item is not a number that it can be.

    References
    ----------
    Wording of the grades: BMC Res Notes 2014;7:363. The mapping is this project's.
    """
    signal, wall = grade(cds, "cds"), thickness(bwt_mm)
    if wall is None:
        return LimbergGrade(None, "limberg_needs_thickness")
    if signal is None:
        return LimbergGrade(None, "limberg_needs_doppler")
    thick = not normal.met(wall)
    if signal == 0:
        return LimbergGrade(int(thick))
    return LimbergGrade(signal + 1) if thick else LimbergGrade(None, "limberg_undefined_thin_wall")


def modified_limberg(cds: int | None) -> int | None:
    """Modified Limberg grade 0-3, which is the CDS scale.

    Raises
    ------
    ScoreInputError
        The signal is not a grade 0-3.
    """
    return grade(cds, "cds")


def cds_of_limberg(limberg_grade: int | None) -> int | None:
    """Colour Doppler signal that a Limberg grade stands for: grade - 1, at least 0.

    Raises
    ------
    ScoreInputError
        The grade is not a whole number 0-4.
    """
    if limberg_grade is None:
        return None
    whole = isinstance(limberg_grade, numbers.Integral) and not isinstance(limberg_grade, bool)
    if not whole or not 0 <= limberg_grade <= LIMBERG_MAXIMUM:
        raise ScoreInputError(
            f"limberg must be a whole number from 0 to {LIMBERG_MAXIMUM}, not {limberg_grade!r}"
        )
    return max(int(limberg_grade) - 1, 0)
