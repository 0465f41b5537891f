"""Normalisation of laboratory values: above the upper limit of normal before, not above it after."""

from __future__ import annotations

from functools import partial

from ius_vision.scores.logic import Truth
from ius_vision.study.endpoints.definition import Case, Definition, Open

_VALUES = {
    "crp_normalised": ("CRP", "crp_mg_l", "crp_uln_mg_l"),
    "esr_normalised": ("ESR", "esr_mm_h", "esr_uln_mm_h"),
    "fcp_normalised": ("calprotectin", "fcp_ug_g", "fcp_uln_ug_g"),
}


def _was_normal(value: str, upper: str, case: Case) -> Open | None:
    """Those who were normal before are not asked about: published denominators fit that."""
    first, limit = case.then(value), case.then(upper)
    if first is not None and limit is not None and first <= limit:
        return Open("normal_at_baseline", f"{value} was {first}, not above its limit of {limit}, before.")
    return None


def _normalised(value: str, upper: str, case: Case) -> Truth:
    if case.then(value) is None or case.then(upper) is None:
        # Whether the patient was abnormal is not known, so what is found later decides nothing.
        return None
    now, limit = case.now(value), case.now(upper)
    return None if now is None or limit is None else now <= limit


NORMALISED = {
    endpoint: (
        Definition(
            endpoint,
            "uln",
            f"{title} above its row's upper limit of normal at the baseline, and not above it after",
            partial(_normalised, value, upper),
            (value, upper),
            (value, upper),
            change=True,
            barrier=partial(_was_normal, value, upper),
            citation="this project; the published denominators fit it",
            mark="J",
        ),
    )
    for endpoint, (title, value, upper) in _VALUES.items()
}
