"""Endpoints: remission, response and healing under every named definition, in three-valued logic.

cohort = read_cohort(path)
definition = find_definition("clinical_remission:hbi")
decide(cohort, definition, cohort.at("P01", "week_12")).value        # True, False or None
"""

from ius_vision.study.endpoints.decided import (
    ENDPOINTS,
    AnyDefinition,
    EndpointRow,
    decide,
    evaluate,
    find_definition,
)
from ius_vision.study.endpoints.definition import Definition, Outcome

__all__ = [
    "ENDPOINTS",
    "AnyDefinition",
    "Definition",
    "EndpointRow",
    "Outcome",
    "decide",
    "evaluate",
    "find_definition",
]
