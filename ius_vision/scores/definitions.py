"""Response and remission under each named definition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ius_vision.scores.logic import Truth, all_of, any_of, at_least
from ius_vision.scores.normal_wall import NORMAL_WALL
from ius_vision.scores.records import by_name, limit
from ius_vision.scores.visit import Change, Visit

_ILVEMARK = "wording: doi 10.1007/s10620-025-09181-x; to Ilvemark 2022, JCC 16:554, jjab173 unverified"
_CONSENSUS = "trial consensus 2025, J Crohns Colitis 19(9), jjaf170"
_STARDUST = "STARDUST, Clin Gastroenterol Hepatol 2023;21:153"
_TRUST = "TRUST, J Crohns Colitis 2022"
_PAREDES = "Paredes 2019"
LIMITS = by_name(
    [
        limit("ilvemark_fall_percent", "> 25", _ILVEMARK, "P"),
        limit("ilvemark_fall_mm", "> 2.0", _ILVEMARK, "P"),
        limit("ilvemark_fall_mm_with_doppler", "> 1.0", _ILVEMARK, "P"),
        limit("ilvemark_doppler_steps", ">= 1", _ILVEMARK, "P"),
        limit("ilvemark_bwt", "<= 3.0", _ILVEMARK, "P"),
        limit("consensus_fall_percent", ">= 25", _CONSENSUS, "P"),
        limit("consensus_fall_mm_with_item", "> 0", _CONSENSUS, "P"),
        limit("consensus_doppler_steps", ">= 1", _CONSENSUS, "P"),
        limit("consensus_bwt", "<= 3.0", _CONSENSUS, "P"),
        limit("stardust_fall_percent", ">= 25", _STARDUST, "P"),
        limit("trust_bwt_colon", "<= 3.0", _TRUST, "P"),
        limit("paredes_fall_mm", "> 2.0", _PAREDES, "P"),
        limit("paredes_doppler_steps", ">= 1", _PAREDES, "P"),
        limit("paredes_bwt", "<= 3.0", _PAREDES, "P"),
    ]
)
_ILEUM = ("terminal_ileum", "small_bowel")


@dataclass(frozen=True, slots=True)
class Definition:
    """A published definition; `response` is None where the source states none.

    Attributes
    ----------
    response_rule, remission_rule : the rules in words; d and r are the fall of the thickness in mm and in
        percent, g the fall of CDS.
    response, remission : the rules as functions; None where a missing item leaves it open.
    items : what the rules look at.
    """

    name: str
    response_rule: str
    remission_rule: str
    response: Callable[[Change], Truth] | None
    remission: Callable[[Visit], Truth]
    items: tuple[str, ...]
    citation: str
    mark: str


def _ilvemark_response(change: Change) -> Truth:
    return any_of(
        LIMITS["ilvemark_fall_percent"].met(change.fall_percent),
        LIMITS["ilvemark_fall_mm"].met(change.fall_mm),
        all_of(
            LIMITS["ilvemark_fall_mm_with_doppler"].met(change.fall_mm),
            LIMITS["ilvemark_doppler_steps"].met(change.steps_down("cds")),
        ),
    )


def _ilvemark_remission(visit: Visit) -> Truth:
    return all_of(LIMITS["ilvemark_bwt"].met(visit.wall), visit.is_normal("cds"))


def _consensus_response(change: Change) -> Truth:
    item_better = any_of(
        LIMITS["consensus_doppler_steps"].met(change.steps_down("cds")), change.other_item_better()
    )
    return any_of(
        LIMITS["consensus_fall_percent"].met(change.fall_percent),
        all_of(LIMITS["consensus_fall_mm_with_item"].met(change.fall_mm), item_better),
    )


def _consensus_remission_bwt(visit: Visit) -> Truth:
    return LIMITS["consensus_bwt"].met(visit.wall)


def _consensus_remission_all(visit: Visit) -> Truth:
    return all_of(_consensus_remission_bwt(visit), *_others_normal(visit))


def _stardust_response(change: Change) -> Truth:
    return LIMITS["stardust_fall_percent"].met(change.fall_percent)


def _stardust_remission(visit: Visit) -> Truth:
    return all_of(NORMAL_WALL["most_sources"].met(visit.wall), *_others_normal(visit))


def _trust_a(visit: Visit) -> Truth:
    """An unknown segment may be ileum or colon: what holds for both is decided."""
    ileum, colon = NORMAL_WALL["trust_ileum"].met(visit.wall), LIMITS["trust_bwt_colon"].met(visit.wall)
    if visit.segment == "unknown":
        return ileum if ileum == colon else None
    return ileum if visit.segment in _ILEUM else colon


def _trust_b(visit: Visit) -> Truth:
    return all_of(_trust_a(visit), at_least(2, _others_normal(visit)))


def _trust_c(visit: Visit) -> Truth:
    return all_of(_trust_a(visit), *_others_normal(visit))


def _paredes_response(change: Change) -> Truth:
    return all_of(
        LIMITS["paredes_fall_mm"].met(change.fall_mm),
        LIMITS["paredes_doppler_steps"].met(change.steps_down("cds")),
    )


def _paredes_remission(visit: Visit) -> Truth:
    return all_of(LIMITS["paredes_bwt"].met(visit.wall), visit.is_at_most("cds", 1))


def _others_normal(visit: Visit) -> tuple[Truth, Truth, Truth]:
    return visit.is_normal("cds"), visit.is_normal("ifat"), visit.is_normal("bws")


_WALL, _FLOW, _ALL = ("bwt_mm",), ("bwt_mm", "cds"), ("bwt_mm", "cds", "ifat", "bws")
_CONSENSUS_RULE = "r >= 25, or d > 0 and (g >= 1 or fat or stratification better)"
_LISTED = (
    Definition(
        "ilvemark_2022",
        "r > 25, or d > 2.0, or (d > 1.0 and g >= 1)",
        "BWT <= 3.0 and CDS = 0",
        _ilvemark_response,
        _ilvemark_remission,
        _FLOW,
        _ILVEMARK,
        "P",
    ),
    Definition(
        "trial_consensus_2025_bwt",
        _CONSENSUS_RULE,
        "BWT <= 3.0",
        _consensus_response,
        _consensus_remission_bwt,
        _ALL,
        _CONSENSUS,
        "P",
    ),
    Definition(
        "trial_consensus_2025_all",
        _CONSENSUS_RULE,
        "BWT <= 3.0, and Doppler, fat and stratification normal",
        _consensus_response,
        _consensus_remission_all,
        _ALL,
        _CONSENSUS,
        "P",
    ),
    Definition(
        "stardust",
        "r >= 25",
        "BWT <= 3.0, and Doppler, fat and stratification normal",
        _stardust_response,
        _stardust_remission,
        _ALL,
        _STARDUST,
        "P",
    ),
    Definition(
        "trust_a",
        "not stated",
        "BWT <= 2.0 in the ileum, <= 3.0 in the colon",
        None,
        _trust_a,
        _WALL,
        _TRUST,
        "P",
    ),
    Definition(
        "trust_b",
        "not stated",
        "as trust_a, and two of Doppler, fat and stratification normal",
        None,
        _trust_b,
        _ALL,
        _TRUST,
        "P",
    ),
    Definition(
        "trust_c",
        "not stated",
        "as trust_a, and Doppler, fat and stratification normal",
        None,
        _trust_c,
        _ALL,
        _TRUST,
        "P",
    ),
    Definition(
        "paredes_2019",
        "d > 2.0 and g >= 1",
        "BWT <= 3.0 and CDS <= 1",
        _paredes_response,
        _paredes_remission,
        _FLOW,
        _PAREDES,
        "P",
    ),
)
DEFINITIONS: Mapping[str, Definition] = MappingProxyType({each.name: each for each in _LISTED})
