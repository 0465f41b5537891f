"""Relatives of IBUS-SAS: BUSS, MUC, UC-IUS, SUS-CD and Simple-US."""

from __future__ import annotations

import math
import numbers
from decimal import Decimal

from ius_vision.scores.numbers_in import GRADES, ScoreInputError, grade, thickness
from ius_vision.scores.records import Record, by_name, limit, weight
from ius_vision.scores.score import NOTHING_KNOWN, Score, open_score

_BUSS = "BUSS, ECCO abstract P330, doi 10.1111/apt.16700"
_MUC = "Milan ultrasound criteria"
_UC_IUS = "UC-IUS, ECCO abstract P177"
_SUS_CD = "SUS-CD"
WEIGHTS = by_name(
    [
        weight("buss_bwt", "0.75", _BUSS, "P"),
        weight("buss_flow", "1.65", _BUSS, "P"),
        weight("muc_bwt", "1.4", _MUC, "S"),
        weight("muc_flow", "2.0", _MUC, "S"),
    ]
)
UC_IUS_BANDS = (
    limit("uc_ius_bwt_1", "> 2", _UC_IUS, "S"),
    limit("uc_ius_bwt_2", "> 3", _UC_IUS, "S"),
    limit("uc_ius_bwt_3", "> 4", _UC_IUS, "S"),
)
UC_IUS_DOPPLER = {0: 0, 1: 1, 2: 2, 3: 2}
SUS_CD_BANDS = (
    limit("sus_cd_bwt_1", ">= 3.0", _SUS_CD, "M"),
    limit("sus_cd_bwt_2", ">= 5.0", _SUS_CD, "M"),
    limit("sus_cd_bwt_3", ">= 8.0", _SUS_CD, "M"),
)
SUS_CD_VESSELS = (
    limit("sus_cd_vessels_1", ">= 2", _SUS_CD, "M"),
    limit("sus_cd_vessels_2", "> 5", _SUS_CD, "M"),
)


def buss(bwt_mm: float | None, cds: int | None) -> Score:
    """Bowel ultrasound score, Crohn's disease: 0.75*BWT_mm + 1.65*BWF, where BWF is 1 from CDS 1 on.

    Raises
    ------
    ScoreInputError
        An item is not a number that it can be.

    References
    ----------
    ECCO abstract P330; doi 10.1111/apt.16700.
    """
    return _wall_and_flow(bwt_mm, cds, "buss")


def muc(bwt_mm: float | None, cds: int | None) -> Score:
    """Milan ultrasound criteria, ulcerative colitis: 1.4*BWT_mm + 2.0*BWF, where BWF is 1 from CDS 1 on.

    Raises
    ------
    ScoreInputError
        An item is not a number that it can be.
    """
    return _wall_and_flow(bwt_mm, cds, "muc")


def _wall_and_flow(bwt_mm: float | None, cds: int | None, name: str) -> Score:
    wall, signal = thickness(bwt_mm), grade(cds, "cds")
    if wall is None:
        return NOTHING_KNOWN
    flow = (0, 1) if signal is None else (int(signal >= 1),) * 2
    low, high = (WEIGHTS[f"{name}_bwt"].value * wall + WEIGHTS[f"{name}_flow"].value * each for each in flow)
    return open_score(low, high, ("cds",) if signal is None else ())


def uc_ius(
    bwt_mm: float | None, cds: int | None, haustra_lost: bool | None, fat_wrapping: bool | None
) -> Score:
    """UC-IUS, 0-7: wall above 2, 3, 4 mm 1-3; spots 1, stretches 2; haustra lost 1; fat wrapping 1.

    Raises
    ------
    ScoreInputError
        An item is not what it can be.

    References
    ----------
    ECCO abstract P177.
    """
    wall, signal = thickness(bwt_mm), grade(cds, "cds")
    if wall is None:
        return NOTHING_KNOWN
    points = {
        "bwt_mm": _band(wall, UC_IUS_BANDS),
        "cds": None if signal is None else UC_IUS_DOPPLER[signal],
        "haustra_lost": _sign(haustra_lost, "haustra_lost"),
        "fat_wrapping": _sign(fat_wrapping, "fat_wrapping"),
    }
    return _sum_of_points(points, {"cds": 2, "haustra_lost": 1, "fat_wrapping": 1})


def sus_cd(bwt_mm: float | None, vessels_per_cm2: float | None) -> Score:
    """SUS-CD, 0-5: wall below 3.0 / 5.0 / 8.0 mm or more 0-3; below 2 / 2-5 / above 5 vessels per cm2 0-2.

    Every band is unverified. A count between 1 and 2 per cm2 scores as a single vessel.

    Raises
    ------
    ScoreInputError
        An item is not a number that it can be.
    """
    wall = thickness(bwt_mm)
    density = None if vessels_per_cm2 is None else _density(vessels_per_cm2)
    if wall is None:
        return NOTHING_KNOWN
    points = {
        "bwt_mm": _band(wall, SUS_CD_BANDS),
        "vessels_per_cm2": None if density is None else _band(density, SUS_CD_VESSELS),
    }
    return _sum_of_points(points, {"vessels_per_cm2": len(SUS_CD_VESSELS)})


def simple_us(bwt_mm: float | None, cds: int | None) -> Score:
    """Simple-US score: BWT_mm plus the colour Doppler grade, taken as 0-3.

    Raises
    ------
    ScoreInputError
        An item is not a number that it can be.
    """
    wall, signal = thickness(bwt_mm), grade(cds, "cds")
    if wall is None:
        return NOTHING_KNOWN
    if signal is None:
        return open_score(wall, wall + GRADES["cds"], ("cds",))
    return open_score(wall + signal, wall + signal, ())


def _band(number: Decimal, bands: tuple[Record, ...]) -> int:
    return sum(bool(band.met(number)) for band in bands)


def _sum_of_points(points: dict[str, int | None], maxima: dict[str, int]) -> Score:
    missing = tuple(name for name, value in points.items() if value is None)
    known = sum(value for value in points.values() if value is not None)
    return open_score(Decimal(known), Decimal(known + sum(maxima[name] for name in missing)), missing)


def _sign(value: bool | None, name: str) -> int | None:
    if value is not None and not isinstance(value, bool):
        raise ScoreInputError(f"{name} must be True, False or None, not {value!r}")
    return None if value is None else int(value)


def _density(value: float) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise ScoreInputError(f"vessels_per_cm2 must be a number, not {value!r}")
    if not (math.isfinite(value) and value >= 0):
        raise ScoreInputError(f"vessels_per_cm2 must be finite and 0 or more, not {value}")
    return Decimal(repr(float(value)))
