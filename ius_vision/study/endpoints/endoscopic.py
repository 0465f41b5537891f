"""Endoscopic response and remission, and healing of the mucosa."""

from __future__ import annotations

from ius_vision.scores.endoscopy import Endoscopy, stride2_remission, stride2_response
from ius_vision.scores.logic import Truth, all_of, any_of
from ius_vision.scores.records import by_name, limit
from ius_vision.study.endpoints.definition import Case, Definition, Open
from ius_vision.study.visits import PatientVisit

_EXCEL, _VOOGD, _STRIDE = "U-EXCEL", "de Voogd 2022, BUSS papers", "STRIDE-II"
_TRIAL, _CHINA = "trials of the drug", "Chinese consensus 2023"
LIMITS = by_name(
    [
        limit("u_excel_fall_percent", "> 50", _EXCEL, "P"),
        limit("u_excel_low_baseline", "= 4", _EXCEL, "P"),
        limit("u_excel_fall_from_low", ">= 2", _EXCEL, "P"),
        limit("ge50_fall_percent", ">= 50", _VOOGD, "P"),
        limit("trial_sescd", "<= 4", _TRIAL, "M"),
        limit("trial_fall", ">= 2", _TRIAL, "M"),
        limit("trial_subscore", "<= 1", _TRIAL, "M"),
        limit("cn2023_sescd", "< 3", _CHINA, "P"),
        limit("zero_sescd", "= 0", _VOOGD, "P"),
    ]
)


def _from_zero(case: Case) -> Open | None:
    if case.then("sescd") == 0 and case.now("sescd") is not None:
        return Open("baseline_score_zero", "The SES-CD was 0 at the baseline and cannot fall.")
    return None


def _u_excel(case: Case) -> Truth:
    low = all_of(
        LIMITS["u_excel_low_baseline"].met(case.then("sescd")),
        LIMITS["u_excel_fall_from_low"].met(case.fall("sescd")),
    )
    return any_of(LIMITS["u_excel_fall_percent"].met(case.fall_percent("sescd")), low)


def _ge50(case: Case) -> Truth:
    return LIMITS["ge50_fall_percent"].met(case.fall_percent("sescd"))


def _seen(visit: PatientVisit | None) -> Endoscopy:
    if visit is None:
        return Endoscopy()
    ulcers = visit.get("ulcers")
    return Endoscopy(visit.get("sescd"), visit.get("cdeis"), None if ulcers is None else ulcers == "yes")


def _stride2_response(case: Case) -> Truth:
    return stride2_response(_seen(case.before), _seen(case.after))


def _stride2_remission(case: Case) -> Truth:
    return stride2_remission(_seen(case.after))


def _trial(case: Case) -> Truth:
    return all_of(
        LIMITS["trial_sescd"].met(case.now("sescd")),
        LIMITS["trial_fall"].met(case.fall("sescd")),
        LIMITS["trial_subscore"].met(case.now("sescd_max_subscore")),
    )


def _cn2023(case: Case) -> Truth:
    return LIMITS["cn2023_sescd"].met(case.now("sescd"))


def _zero(case: Case) -> Truth:
    return LIMITS["zero_sescd"].met(case.now("sescd"))


def _no_ulcers(case: Case) -> Truth:
    return case.says("ulcers", "no")


_SCORE = ("sescd",)


def _response(name: str, rule: str, decide, citation: str, mark: str, items=_SCORE) -> Definition:
    return Definition(
        "endoscopic_response", name, rule, decide, items, items, True, _from_zero, citation, mark
    )


RESPONSE = (
    _response("u_excel", "SES-CD falls by > 50 %, or by >= 2 from 4", _u_excel, _EXCEL, "P"),
    _response("ge50", "SES-CD falls by >= 50 %", _ge50, _VOOGD, "P"),
    _response(
        "stride2",
        "SES-CD, or CDEIS where that is not known, falls by > 50 %",
        _stride2_response,
        _STRIDE,
        "S",
        ("sescd", "cdeis"),
    ),
)
REMISSION = (
    Definition(
        "endoscopic_remission",
        "stride2",
        "SES-CD <= 2, or CDEIS < 3 where that is not known, and no ulcers",
        _stride2_remission,
        ("sescd", "cdeis", "ulcers"),
        citation=_STRIDE,
        mark="S",
    ),
    Definition(
        "endoscopic_remission",
        "trial",
        "SES-CD <= 4, >= 2 below the baseline, no subscore above 1",
        _trial,
        ("sescd", "sescd_max_subscore"),
        _SCORE,
        citation=_TRIAL,
        mark="M",
    ),
    Definition("endoscopic_remission", "cn2023", "SES-CD < 3", _cn2023, _SCORE, citation=_CHINA, mark="P"),
    Definition("endoscopic_remission", "zero", "SES-CD 0", _zero, _SCORE, citation=_VOOGD, mark="P"),
)
HEALING = (
    Definition(
        "mucosal_healing",
        "no_ulcers",
        "no ulcers",
        _no_ulcers,
        ("ulcers",),
        citation="this project",
        mark="J",
    ),
    Definition("mucosal_healing", "zero", "SES-CD 0", _zero, _SCORE, citation=_VOOGD, mark="P"),
)
