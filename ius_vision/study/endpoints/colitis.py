"""Endpoints of ulcerative colitis. The clinical ones are unverified; a clinician should confirm them."""

from __future__ import annotations

from decimal import Decimal

from ius_vision.scores.logic import Truth, all_of, any_of
from ius_vision.scores.records import by_name, limit
from ius_vision.study.endpoints.definition import Case, Definition, fall, fall_percent

_USUAL = "secondary sources"
LIMITS = by_name(
    [
        limit("mayo_stool_remission", "<= 1", _USUAL, "M"),
        limit("mayo_bleeding_remission", "= 0", _USUAL, "M"),
        limit("mayo_endoscopic_remission", "<= 1", _USUAL, "M"),
        limit("modified_mayo_fall", ">= 2", _USUAL, "M"),
        limit("modified_mayo_fall_percent", ">= 30", _USUAL, "M"),
        limit("mayo_bleeding_fall", ">= 1", _USUAL, "M"),
        limit("mayo_bleeding_low", "<= 1", _USUAL, "M"),
        limit("mayo_endoscopic_improvement", "<= 1", _USUAL, "S"),
        limit("uceis_remission", "<= 1", _USUAL, "S"),
    ]
)
_MAYO = ("mayo_stool", "mayo_bleeding", "mayo_endoscopic")


def _remission(case: Case) -> Truth:
    return all_of(
        LIMITS["mayo_stool_remission"].met(case.now("mayo_stool")),
        case.not_above_baseline("mayo_stool"),
        LIMITS["mayo_bleeding_remission"].met(case.now("mayo_bleeding")),
        LIMITS["mayo_endoscopic_remission"].met(case.now("mayo_endoscopic")),
    )


def _response(case: Case) -> Truth:
    first, second = (_modified_mayo(part(name) for name in _MAYO) for part in (case.then, case.now))
    return all_of(
        LIMITS["modified_mayo_fall"].met(fall(first, second)),
        LIMITS["modified_mayo_fall_percent"].met(fall_percent(first, second)),
        any_of(
            LIMITS["mayo_bleeding_fall"].met(case.fall("mayo_bleeding")),
            LIMITS["mayo_bleeding_low"].met(case.now("mayo_bleeding")),
        ),
    )


def _modified_mayo(parts) -> Decimal | None:
    """Stools, bleeding and endoscopy, 0-9; without the physician's judgement."""
    known = list(parts)
    return None if None in known else sum(known, Decimal(0))


def _improvement(case: Case) -> Truth:
    return LIMITS["mayo_endoscopic_improvement"].met(case.now("mayo_endoscopic"))


def _uceis(case: Case) -> Truth:
    return LIMITS["uceis_remission"].met(case.now("uceis"))


REMISSION = (
    Definition(
        "uc_clinical_remission",
        "mayo",
        "stools <= 1 and not above the baseline, bleeding 0, endoscopy <= 1",
        _remission,
        _MAYO,
        ("mayo_stool",),
        citation=_USUAL,
        mark="M",
    ),
)
RESPONSE = (
    Definition(
        "uc_clinical_response",
        "mayo",
        "modified Mayo falls by >= 2 and >= 30 %, and bleeding falls by >= 1 or is <= 1",
        _response,
        _MAYO,
        _MAYO,
        change=True,
        citation=_USUAL,
        mark="M",
    ),
)
IMPROVEMENT = (
    Definition(
        "uc_endoscopic_improvement",
        "mayo",
        "Mayo endoscopic subscore <= 1",
        _improvement,
        ("mayo_endoscopic",),
        citation=_USUAL,
        mark="S",
    ),
)
ENDOSCOPIC_REMISSION = (
    Definition(
        "uc_endoscopic_remission", "uceis", "UCEIS <= 1", _uceis, ("uceis",), citation=_USUAL, mark="S"
    ),
)
