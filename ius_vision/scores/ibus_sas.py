"""IBUS-SAS, the segmental activity score; the study documents write IUS-SAS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from ius_vision.scores.numbers_in import GRADES, ScoreInputError, grade, settled, thickness
from ius_vision.scores.records import by_name, limit, weight
from ius_vision.scores.score import NOTHING_KNOWN, Score, open_score

NOVAK = "Novak 2021, J Crohns Colitis 15(4):609-616, doi 10.1093/ecco-jcc/jjaa216"
WEIGHTS = by_name(
    [
        weight("ibus_sas_bwt", "4", NOVAK, "S"),
        weight("ibus_sas_ifat", "15", NOVAK, "S"),
        weight("ibus_sas_cds", "7", NOVAK, "S"),
        weight("ibus_sas_bws", "4", NOVAK, "S"),
    ]
)
USUAL_MAXIMUM = limit("ibus_sas_usual_maximum", "> 100", "habit of quoting 0-100", "M", "unusually high")
UNUSUAL_WALL = limit("bwt_unusual", "> 15", "this project", "J", "unusually thick")

THIN_WALL = limit("bwt_thin", "< 1", "this project", "J", "unusually thin")


def ibus_sas(
    bwt_mm: float | None,
    ifat: int | None,
    cds: int | None,
    bws: int | None,
    bwt_interval_mm: tuple[float, float] | None = None,
) -> Score:
    """Score a bowel segment: 4*BWT_mm + 15*i-fat + 7*CDS + 4*BWS, never capped.

    Parameters
    ----------
    bwt_mm, ifat, cds, bws : the items; None where nobody assessed one. For i-fat and BWS, 1 is `uncertain`,
        which is an answer and not missing.
    bwt_interval_mm : 95 % interval of the thickness; it gives the ends where every item is there.

    Returns
    -------
    The value with its two ends. With an item missing: no value, and ends at 0 and at the item's maximum.
    Without a thickness: nothing.

    Raises
    ------
    ScoreInputError
        An item is not a number that it can be, or the interval does not hold the thickness.

    References
    ----------
    Novak 2021, doi 10.1093/ecco-jcc/jjaa216.
    """
    wall = thickness(bwt_mm)
    grades = {"ifat": grade(ifat, "ifat"), "cds": grade(cds, "cds"), "bws": grade(bws, "bws")}
    if wall is None:
        return replace(NOTHING_KNOWN, missing=("bwt_mm", *_missing(grades)))
    least = {name: value or 0 for name, value in grades.items()}
    most = {name: GRADES[name] if value is None else value for name, value in grades.items()}
    score = open_score(_formula(wall, least), _formula(wall, most), _missing(grades))
    if not score.missing and bwt_interval_mm is not None:
        thin, thick = _interval(wall, bwt_interval_mm)
        score = replace(score, low=float(_formula(thin, least)), high=float(_formula(thick, least)))
    return replace(score, warnings=_warnings(wall, score))


def _formula(wall: Decimal, grades: Mapping[str, int]) -> Decimal:
    parts = (WEIGHTS[f"ibus_sas_{name}"].value * value for name, value in grades.items())
    return WEIGHTS["ibus_sas_bwt"].value * wall + sum(parts)


def _missing(grades: Mapping[str, int | None]) -> tuple[str, ...]:
    return tuple(name for name, value in grades.items() if value is None)


def _interval(wall: Decimal, interval_mm: tuple[float, float]) -> tuple[Decimal, Decimal]:
    low, high = (Decimal(repr(float(end))) for end in interval_mm)
    if not (low.is_finite() and high.is_finite() and 0 <= low <= wall <= high):
        raise ScoreInputError(f"the interval {low} to {high} mm does not hold the thickness {wall} mm")
    return low, high


def _warnings(wall: Decimal, score: Score) -> tuple[str, ...]:
    found = []
    if UNUSUAL_WALL.met(wall):
        found.append(f"The wall is {wall} mm thick, above {UNUSUAL_WALL.value} mm: check the calibration.")
    if THIN_WALL.met(wall):
        found.append(
            f"The wall is {wall} mm thick, below {THIN_WALL.value} mm: check that it is in mm and not in cm."
        )
    if score.high is not None and USUAL_MAXIMUM.met(settled(Decimal(repr(score.high)))):
        which = "can be" if score.value is None or score.value <= USUAL_MAXIMUM.value else "is"
        found.append(
            f"IBUS-SAS {which} above {USUAL_MAXIMUM.value}, where scales usually end; it is not capped."
        )
    return tuple(found)
