"""CDAI and Harvey-Bradshaw index from their parts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ius_vision.scores.numbers_in import settled
from ius_vision.scores.records import by_name, limit, weight
from ius_vision.study.visits import PatientVisit

_BEST = "Best 1976, as secondary sources print it"
_HBI = "Harvey and Bradshaw 1980"
WEIGHTS = by_name(
    [
        weight("cdai_stools_7d", "2", _BEST, "S"),
        weight("cdai_pain_7d", "5", _BEST, "S"),
        weight("cdai_wellbeing_7d", "7", _BEST, "S"),
        weight("cdai_complications", "20", _BEST, "S"),
        weight("cdai_antidiarrhoeal", "30", _BEST, "S"),
        weight("cdai_mass", "10", _BEST, "S"),
        weight("cdai_hematocrit", "6", _BEST, "S"),
        weight("cdai_weight", "1", _BEST, "S"),
    ]
)
HEMATOCRIT = by_name(
    [
        limit("cdai_hematocrit_male", "< 47", _BEST, "M", "counts by how far it is below, %"),
        limit("cdai_hematocrit_female", "< 42", _BEST, "M", "counts by how far it is below, %"),
    ]
)
COUNTS = ("cdai_stools_7d", "cdai_pain_7d", "cdai_wellbeing_7d", "cdai_complications", "cdai_mass")
CDAI_PARTS = (*COUNTS, "cdai_antidiarrhoeal", "hematocrit_pct", "sex", "weight_kg", "standard_weight_kg")
HBI_PARTS = ("hbi_wellbeing", "hbi_pain", "hbi_stools", "hbi_mass", "hbi_complications")
COMPUTED = "computed"


def cdai_of_parts(visit: PatientVisit) -> Decimal | None:
    """CDAI; None where a part is not known.

    Returns
    -------
    2 stools + 5 pain + 7 well-being (sums of 7 days) + 20 complications + 30 antidiarrhoeal + 10 mass
    + 6 (47 or 42 - haematocrit) + percent below standard weight; the last two are at least 0. Six decimals.
    """
    if any(visit.get(part) is None for part in CDAI_PARTS):
        return None
    total = sum((WEIGHTS[part].value * visit.exact(part) for part in COUNTS), Decimal(0))
    if visit.get("cdai_antidiarrhoeal") == "yes":
        total += WEIGHTS["cdai_antidiarrhoeal"].value
    normal = HEMATOCRIT[f"cdai_hematocrit_{visit.get('sex')}"].value
    total += WEIGHTS["cdai_hematocrit"].value * max(normal - visit.exact("hematocrit_pct"), Decimal(0))
    below = 100 * (1 - visit.exact("weight_kg") / visit.exact("standard_weight_kg"))
    return settled(total + WEIGHTS["cdai_weight"].value * max(below, Decimal(0)))


def hbi_of_parts(visit: PatientVisit) -> Decimal | None:
    """Harvey-Bradshaw index (parts unverified), their sum; None where a part is not known."""
    if any(visit.get(part) is None for part in HBI_PARTS):
        return None
    return sum((visit.exact(part) for part in HBI_PARTS), Decimal(0))


def with_indices(visits: Sequence[PatientVisit]) -> list[PatientVisit]:
    """Visits with CDAI and HBI computed where they are empty and every part is known."""
    return [_with_index(_with_index(each, "cdai", cdai_of_parts), "hbi", hbi_of_parts) for each in visits]


def _with_index(visit: PatientVisit, name: str, compute) -> PatientVisit:
    if visit.get(name) is not None or name in visit.doubtful:
        return visit
    total = compute(visit)
    if total is None:
        return visit
    return visit.adding({name: float(total), f"{name}_source": COMPUTED}, "its parts")
