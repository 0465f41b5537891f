"""Who of a cohort reached the outcome, and who is not known to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ius_vision.study.cohort import Cohort
from ius_vision.study.endpoints import AnyDefinition, decide
from ius_vision.study.visits import BASELINE


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The outcome of a cohort.

    Attributes
    ----------
    reached : by patient with a baseline and a known outcome, in the file's order.
    without : why the other patients have none, with their number.
    """

    reached: Mapping[str, bool]
    without: Mapping[str, int]


def outcomes_of(cohort: Cohort, definition: AnyDefinition, week: int) -> Outcomes:
    """Decide the outcome of every patient at a week's visit."""
    reached: dict[str, bool] = {}
    without: Counter[str] = Counter()
    for patient in cohort.patients:
        visit = cohort.at_week(patient, week)
        baseline = cohort.baseline(patient)
        if baseline is None:
            without["no_baseline"] += 1
        elif baseline.is_late:
            without["baseline_after_treatment"] += 1
        elif visit is None or visit.visit == BASELINE:
            without["no_visit_at_week"] += 1
        elif visit.precedes(baseline):
            without["visit_before_baseline"] += 1
        else:
            found = decide(cohort, definition, visit)
            if found.value is None:
                without[found.reason or "item_missing"] += 1
            else:
                reached[patient] = found.value
    return Outcomes(reached, dict(sorted(without.items())))
