"""A score held against new patients."""

from __future__ import annotations

from collections import Counter

import numpy as np

from ius_vision.errors import BadUsage
from ius_vision.response.decision import decision_curve
from ius_vision.response.figures import (
    DEFINITIONS,
    curve_record,
    decision_record,
    mean_risk_record,
    measures_record,
    risk_record,
)
from ius_vision.response.groups import groups_of, groups_record
from ius_vision.response.judged import judged
from ius_vision.response.model_file import ScoreFile
from ius_vision.response.outcome import outcomes_of
from ius_vision.response.predict import ask
from ius_vision.response.ridge import Array, expit
from ius_vision.response.scoring import scored
from ius_vision.response.smooth import band, drawn_again, smooth_grid, smoothed
from ius_vision.study.cohort import Cohort
from ius_vision.study.endpoints import find_definition


def validation_record(score: ScoreFile, cohort: Cohort, model_sha256: str) -> tuple[dict, Array, Array]:
    """validation.json, with the linear predictors and outcomes behind it.

    Patients are judged whose outcome is known and to whom the score gives a probability.

    Raises
    ------
    BadUsage
        `nobody_to_judge`: there is no such patient. `unknown_name`: the score's outcome is not known here.
    """
    definition = find_definition(f"{score.outcome.endpoint}:{score.outcome.definition}")
    outcomes = outcomes_of(cohort, definition, score.outcome.week)
    asked = ask(score, cohort)
    rows = [
        place
        for place, patient in enumerate(asked.patients)
        if patient in outcomes.reached and patient not in asked.without
    ]
    no_score = Counter(
        reason for patient, (reason, _) in asked.without.items() if patient in outcomes.reached
    )
    flow = {"patients": len(asked.patients)}
    flow |= {f"without_outcome: {reason}": count for reason, count in outcomes.without.items()}
    flow |= {f"without_probability: {reason}": count for reason, count in sorted(no_score.items())}
    flow["judged"] = len(rows)
    if not rows:
        raise BadUsage(
            "nobody_to_judge",
            f"of {len(asked.patients)} patients none has both a known outcome and a probability "
            f"({', '.join(f'{count} {name}' for name, count in flow.items() if 'without' in name)})",
            str(cohort.path),
            f"Give patients with {', '.join(score.required_items)} and the outcome at week "
            f"{score.outcome.week}",
        )
    linear = scored(score, asked.x[rows]).linear
    y = np.array([float(outcomes.reached[asked.patients[place]]) for place in rows])
    record = _record(score, cohort, model_sha256, flow, linear, y)
    groups = groups_of(cohort, [asked.patients[place] for place in rows])
    record["groups"] = groups_record(groups, np.ones(len(y), dtype=bool), linear, y)
    return record, linear, y


def _record(
    score: ScoreFile, cohort: Cohort, model_sha256: str, flow: dict[str, int], linear: Array, y: Array
) -> dict:
    probability = expit(linear)
    record: dict[str, object] = {
        "n": len(y),
        "events": int(y.sum()),
        "outcome": score.outcome.model_dump(),
        "evidence": score.evidence,
        "flow": flow,
    }
    record |= measures_record(judged(linear, y))
    record["decision_curve"] = decision_record(decision_curve(probability, y))
    record["calibration_curve"] = calibration_record(linear, y, score.provenance.seed)
    record["risk_distribution"] = risk_record(probability, y)
    record["mean_risk"] = mean_risk_record(probability, y)
    record["definitions"] = {name: DEFINITIONS[name] for name in list(DEFINITIONS)[:4]}
    record["model_sha256"] = model_sha256
    record["cohort_file"], record["cohort_sha256"] = cohort.path.name, cohort.sha256
    return record


def calibration_record(linear: Array, y: Array, seed: int) -> list[dict]:
    """The smoothed calibration curve with its band; empty where all probabilities are alike."""
    probability = expit(linear)
    grid = smooth_grid(probability)
    if not grid[-1] > grid[0]:
        return []
    low, high = band(drawn_again(linear, y, seed), grid)
    return curve_record(grid, smoothed(probability, y, grid), low, high)
