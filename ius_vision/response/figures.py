"""The figures of a score as the records that are written: performance.json and validation.json."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from ius_vision.response.decision import DecisionPoint
from ius_vision.response.development import REFUSED, Development
from ius_vision.response.model_file import plain
from ius_vision.response.performance import Interval
from ius_vision.response.resampling import BOOTSTRAPS, PERMUTATIONS
from ius_vision.response.sample_size import NAGELKERKE, SampleSize, arithmetic

DEFINITIONS = {
    "calibration_slope": "b of logit(y) ~ a + b LP; 1 is right",
    "calibration_intercept": "a of logit(y) ~ a + LP, calibration in the large; 0 is right",
    "oe": "observed events / expected events; 1 is right",
    "intervals": "95 %; AUROC score interval (Newcombe 2006), slope and intercept Wald, O/E Wilson, "
    "Brier normal",
    "corrected": "apparent - mean optimism of bootstrap models (Harrell); intervals of slope, intercept and "
    "O/E move with it; AUROC: from the lower end around the .632+ or Harrell's figure to the apparent upper "
    "end; Brier: spread over bootstrap samples",
    "permutation_p": "share of shuffled outcomes with which the whole procedure reaches the apparent AUROC",
}


def performance_record(
    size: SampleSize,
    flow: Mapping[str, int],
    exploratory: bool,
    done: Development | None = None,
    terms: Sequence[str] = (),
) -> dict:
    """performance.json; without a development, that of a refusal."""
    record = {
        "n": size.n,
        "events": size.events,
        "parameters": size.parameters,
        "sample_size": sample_size_record(size),
        "flow": dict(flow),
        "exploratory_allowed": exploratory,
        "apparent": None,
        "corrected": None,
        "permutation_p": None,
        "verdict": REFUSED,
    }
    if done is None:
        return record
    return record | {
        "n_judged": int(done.whole.sum()),
        "apparent": measures_record(done.apparent),
        "corrected": measures_record(done.corrected) | {"auroc_632_plus": figure(done.auroc_632)},
        "permutation_p": figure(done.permutation_p),
        "verdict": done.verdict,
        "bootstrap_samples": BOOTSTRAPS,
        "permutations": PERMUTATIONS,
        "same_sign": {name: figure(share) for name, share in zip(terms, done.stability, strict=True)},
        "decision_curve": decision_record(done.decision),
        "definitions": DEFINITIONS,
    }


def sample_size_record(size: SampleSize) -> dict:
    rounded = {
        name: plain(value) if isinstance(value, float) else value for name, value in asdict(size).items()
    }
    return rounded | {
        "nagelkerke_expected": NAGELKERKE,
        "met": size.met,
        "arithmetic": list(arithmetic(size)),
    }


def measures_record(found: Mapping[str, Interval]) -> dict:
    """Each measure with its interval beside it, as NAME and NAME_ci."""
    record: dict[str, object] = {}
    for name, one in found.items():
        record[name] = figure(one.value)
        ends = [figure(one.low), figure(one.high)]
        record[f"{name}_ci"] = None if None in ends else ends
    return record


def decision_record(points: Sequence[DecisionPoint]) -> list[dict]:
    return [
        {
            "threshold": point.threshold,
            "net_benefit": figure(point.net_benefit),
            "net_benefit_ci": [figure(point.ci_low), figure(point.ci_high)],
            "treat_all": figure(point.treat_all),
            "treat_none": 0.0,
        }
        for point in points
    ]


def figure(value: float | None) -> float | None:
    """A number for JSON; what is not determined is null."""
    return None if value is None or not math.isfinite(value) else plain(value)
