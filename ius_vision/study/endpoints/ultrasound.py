"""Response and remission in ultrasound, under the definitions of `ius_vision.scores`.

Remission is that of the worst segment of the visit. Response is that of the target segment, the worst of the
baseline, where the exams say which segment is which; else the visit's own values are compared.
"""

from __future__ import annotations

from functools import partial

from ius_vision.scores import DEFINITIONS, NORMAL_WALL, Visit, remission, response
from ius_vision.scores.logic import Truth
from ius_vision.study.checks import THINNEST_MM
from ius_vision.study.endpoints.definition import Case, Definition, Open
from ius_vision.study.visits import PatientVisit

ITEMS = ("bwt_mm", "cds", "ifat", "bws")
TARGET = tuple(f"target_{item}" for item in ITEMS)
# The two consensus names share one response.
_RESPONSES = {
    "ilvemark_2022": "ilvemark_2022",
    "trial_consensus_2025": "trial_consensus_2025_bwt",
    "stardust": "stardust",
    "paredes_2019": "paredes_2019",
}


def visit_of(row: PatientVisit | None, target: bool = False) -> Visit:
    """The ultrasound items of a row: its worst segment, or the target segment."""
    if row is None:
        return Visit(None)
    names = TARGET if target else ITEMS
    segment = row.get("target_segment" if target else "worst_segment")
    values = dict(zip(ITEMS, (row.get(name) for name in names), strict=True))
    return Visit(**values, segment=str(segment or "unknown"))


def _response(name: str, case: Case) -> Truth:
    target = case.after.get("target_segment") is not None
    return response(name, visit_of(case.before), visit_of(case.after, target)).value


def _in_doubt(*rows: PatientVisit | None) -> Open | None:
    """A wall that was typed in and may be in cm decides nothing: 0.5 cm is thick, 0.5 mm would be normal."""
    for row in rows:
        wall = row and row.exact("bwt_mm")
        if wall is not None and "bwt_mm" not in row.computed and wall < THINNEST_MM:
            return Open(
                "wall_may_be_in_cm",
                f"Row {row.row}: a wall of {wall} mm is thinner than healthy ones are; "
                f"if it is in cm, enter {10 * wall}.",
            )
    return None


def _not_comparable(case: Case) -> Open | None:
    joined = case.after.get("target_segment") is not None
    return _in_doubt(case.before, None if joined else case.after) or _was_normal(case)


def _not_sure(case: Case) -> Open | None:
    return _in_doubt(case.after)


def _was_normal(case: Case) -> Open | None:
    wall = visit_of(case.before).wall
    if wall is not None and NORMAL_WALL["most_sources"].met(wall):
        return Open("baseline_wall_normal", f"The wall was {wall} mm before, which is normal.")
    return None


def _remission(name: str, case: Case) -> Truth:
    return remission(name, visit_of(case.after)).value


def _looked_at(name: str, items: tuple[str, ...]) -> tuple[str, ...]:
    """Columns of a remission: one of the consensus needs the wall only, those of TRUST the segment too."""
    if name == "trial_consensus_2025_bwt":
        return ("bwt_mm",)
    return (*items, "worst_segment") if name.startswith("trust") else items


RESPONSE = tuple(
    Definition(
        "ius_response",
        name,
        DEFINITIONS[source].response_rule,
        partial(_response, source),
        ("bwt_mm",) if name == "stardust" else DEFINITIONS[source].items,
        ("bwt_mm",) if name == "stardust" else DEFINITIONS[source].items,
        True,
        _not_comparable,
        DEFINITIONS[source].citation,
        DEFINITIONS[source].mark,
    )
    for name, source in _RESPONSES.items()
)
REMISSION = tuple(
    Definition(
        "ius_remission",
        name,
        each.remission_rule,
        partial(_remission, name),
        _looked_at(name, each.items),
        barrier=_not_sure,
        citation=each.citation,
        mark=each.mark,
    )
    for name, each in DEFINITIONS.items()
)
