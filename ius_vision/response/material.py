"""Who and what a fit is made from, and whether that is enough."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ius_vision.errors import BadUsage
from ius_vision.response.features import find_features, values_of
from ius_vision.response.groups import groups_of
from ius_vision.response.method import PENALISED, Method, method_of
from ius_vision.response.outcome import outcomes_of
from ius_vision.response.ridge import Array
from ius_vision.response.sample_size import SampleSize, sample_size
from ius_vision.response.terms import Coding, learn_coding
from ius_vision.study.cohort import Cohort
from ius_vision.study.endpoints import AnyDefinition, find_definition

FEWEST_OF_A_CLASS = 5
"""Patients with and without the event below which no AUROC is told; a rule of this project."""
MOST_TERMS = 50
"""More have no place in a score that is fixed before the data are seen; a rule of this project."""
MOST_CANDIDATES = 200
"""More are not chosen from, where each resample keeps a few; a rule of this project."""


@dataclass(frozen=True, slots=True)
class FitOrder:
    """What to fit. `exams` is the folder that was joined, for the record; `select` terms are kept."""

    outcome: str
    week: int
    features: str
    seed: int = 0
    exploratory: bool = False
    exams: Path | None = None
    model: str = PENALISED
    select: int | None = None

    @property
    def method(self) -> Method:
        return method_of(self.model, self.select)


@dataclass(frozen=True, slots=True)
class Material:
    """A cohort brought into the shape that a fit needs.

    Attributes
    ----------
    x : (patients, terms), NaN where missing; y : (patients,) 0 or 1.
    flow : how the patients of the table became those of the fit, in order.
    groups : by grouping column, each patient's group.
    """

    definition: AnyDefinition
    feature_set: str
    coding: Coding
    patients: tuple[str, ...]
    x: Array
    y: Array
    flow: dict[str, int]
    groups: dict[str, tuple[str | None, ...]]
    method: Method

    @property
    def size(self) -> SampleSize:
        """By every candidate, also where a few of them are kept: choosing is learning too."""
        count = self.method.parameters_a_term * len(self.coding.terms)
        return sample_size(len(self.y), int(self.y.sum()), count)


def prepare(cohort: Cohort, order: FitOrder) -> Material:
    """Outcomes and features of every patient who has them.

    Raises
    ------
    BadUsage
        `unknown_name`, `number_out_of_range`, `bad_features`, `too_few_events`.
    """
    if not 1 <= order.week <= 520:
        raise BadUsage(
            "number_out_of_range", f"week {order.week} is not 1 to 520", "--week", "Give another week"
        )
    definition, method = find_definition(order.outcome), order.method
    feature_set, features = find_features(order.features, cohort, order.week)
    outcomes = outcomes_of(cohort, definition, order.week)
    known = {patient: values_of(cohort, patient, features, order.week) for patient in outcomes.reached}
    patients = tuple(patient for patient in outcomes.reached if known[patient])
    y = np.array([float(outcomes.reached[patient]) for patient in patients])
    _enough_events(y, definition, order.week)
    coding = learn_coding(features, [known[patient] for patient in patients])
    x = coding.matrix([known[patient] for patient in patients])
    whole = ~np.isnan(x).any(axis=1)
    flow = {"patients": len(cohort.patients)}
    flow |= {f"without_outcome: {reason}": count for reason, count in outcomes.without.items()}
    flow |= {
        "no_feature_known": len(outcomes.reached) - len(patients),
        "analysed": len(patients),
        "every_feature_known": int(whole.sum()),
    }
    _judgeable(y[whole], len(y))
    groups = groups_of(cohort, patients)
    return Material(definition, feature_set, coding, patients, x, y, flow, groups, method)


def _enough_events(y: Array, definition: AnyDefinition, week: int) -> None:
    events, others = int(y.sum()), int(len(y) - y.sum())
    if min(events, others) < FEWEST_OF_A_CLASS:
        raise BadUsage(
            "too_few_events",
            f"of {len(y)} patients with a known {definition.endpoint} ({definition.name}) at week "
            f"{week} and a known "
            f"feature, {events} reached it and {others} did not; at least {FEWEST_OF_A_CLASS} of "
            f"each are needed",
            "--outcome",
            "Give more patients, or an outcome that is less one-sided",
        )


def _judgeable(y: Array, patients: int) -> None:
    events, others = int(y.sum()), int(len(y) - y.sum())
    if min(events, others) < FEWEST_OF_A_CLASS:
        raise BadUsage(
            "too_few_events",
            f"only {len(y)} of {patients} patients have every feature, {events} with the outcome "
            f"and {others} "
            f"without; at least {FEWEST_OF_A_CLASS} of each are needed to judge a score",
            "--features",
            "Give features that are known of more patients",
        )


def refusal(material: Material, order: FitOrder) -> BadUsage | None:
    """Why these patients carry no score, if they do not.

    Also with `--exploratory`, terms are fewer than patients and at most `MOST_TERMS` (to choose from:
    `MOST_CANDIDATES`).
    """
    size, terms = material.size, len(material.coding.terms)
    kept = terms if material.method.select is None else min(terms, material.method.select)
    if kept > MOST_TERMS or terms > MOST_CANDIDATES:
        return BadUsage(
            "bad_features",
            f"{terms} parameters were asked for, {kept} of them to be kept; a score has at most "
            f"{MOST_TERMS}, chosen from at most {MOST_CANDIDATES}",
            "--features",
            "Give fewer features, or let --select N keep a few of them",
        )
    if terms >= size.n:
        return BadUsage(
            "sample_too_small",
            f"{terms} parameters for {size.n} patients: no model can be told from chance",
            "--features",
            "Give fewer features",
        )
    if size.met or order.exploratory:
        return None
    carried = f"{size.parameters_carried} parameter{'' if size.parameters_carried == 1 else 's'}"
    return BadUsage(
        "sample_too_small",
        f"{size.required} patients are needed and {size.n} are there, which carry {carried}; no "
        f"score was made",
        "--features",
        "Give more patients or fewer features, or --exploratory for a score that says it is only that",
    )
