"""Clinical remission and response."""

from __future__ import annotations

from ius_vision.scores.logic import Truth, all_of
from ius_vision.scores.records import by_name, limit
from ius_vision.study.endpoints.definition import Case, Definition

_TRIALS = "U-EXCEL, U-EXCEED"
_USUAL = "secondary sources"
LIMITS = by_name(
    [
        limit("cdai_remission", "< 150", _TRIALS, "P", figures="a registry entry uses <= 150"),
        limit("cr100_fall", ">= 100", _TRIALS, "P"),
        limit("cr70_fall", ">= 70", _TRIALS, "P"),
        limit("sf_aps_stools", "<= 2.8", _TRIALS, "P"),
        limit("sf_aps_pain", "<= 1.0", _TRIALS, "P"),
        limit("hbi_remission", "< 5", _USUAL, "S"),
        limit("pro2_stools", "<= 3", _USUAL, "S"),
        limit("pro2_pain", "<= 1", _USUAL, "S"),
    ]
)


def cdai_remission(case: Case) -> Truth:
    return LIMITS["cdai_remission"].met(case.now("cdai"))


def _sf_aps(case: Case) -> Truth:
    return all_of(
        LIMITS["sf_aps_stools"].met(case.now("sf_per_day")),
        LIMITS["sf_aps_pain"].met(case.now("aps")),
        case.not_above_baseline("sf_per_day"),
        case.not_above_baseline("aps"),
    )


def _hbi(case: Case) -> Truth:
    return LIMITS["hbi_remission"].met(case.now("hbi"))


def _pro2(case: Case) -> Truth:
    return all_of(LIMITS["pro2_pain"].met(case.now("aps")), LIMITS["pro2_stools"].met(case.now("sf_per_day")))


def _cr100(case: Case) -> Truth:
    return LIMITS["cr100_fall"].met(case.fall("cdai"))


def _cr70(case: Case) -> Truth:
    return LIMITS["cr70_fall"].met(case.fall("cdai"))


def _steroid_free(case: Case) -> Truth:
    return all_of(cdai_remission(case), case.says("steroid", "no"))


_PAIN_STOOLS = ("sf_per_day", "aps")
REMISSION = (
    Definition(
        "clinical_remission", "cdai", "CDAI < 150", cdai_remission, ("cdai",), citation=_TRIALS, mark="P"
    ),
    Definition(
        "clinical_remission",
        "sf_aps",
        "stools <= 2.8 and pain <= 1.0 a day, neither above the baseline",
        _sf_aps,
        _PAIN_STOOLS,
        _PAIN_STOOLS,
        citation=_TRIALS,
    ),
    Definition("clinical_remission", "hbi", "HBI < 5", _hbi, ("hbi",), citation=_USUAL, mark="S"),
    Definition(
        "clinical_remission",
        "pro2",
        "pain <= 1 and stools <= 3 a day",
        _pro2,
        _PAIN_STOOLS,
        citation=_USUAL,
        mark="S",
    ),
)
RESPONSE = (
    Definition(
        "clinical_response",
        "cr100",
        "CDAI falls by >= 100",
        _cr100,
        ("cdai",),
        ("cdai",),
        change=True,
        citation=_TRIALS,
    ),
    Definition(
        "clinical_response",
        "cr70",
        "CDAI falls by >= 70",
        _cr70,
        ("cdai",),
        ("cdai",),
        change=True,
        citation=_TRIALS,
    ),
)
STEROID_FREE = (
    Definition(
        "steroid_free_remission",
        "cdai",
        "CDAI < 150 and no steroid at the visit, whether or not there was one at the baseline",
        _steroid_free,
        ("cdai", "steroid"),
        citation="this project",
        mark="J",
    ),
)
