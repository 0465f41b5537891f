"""The figures of a score as the records that are written: performance.json and validation.json."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np

from ius_vision.response.corrected_curves import Curves
from ius_vision.response.crossing import FOLDS, REPEATS
from ius_vision.response.decision import DecisionPoint
from ius_vision.response.development import REFUSED, Development
from ius_vision.response.model_file import plain
from ius_vision.response.performance import Z95, Interval
from ius_vision.response.resampling import BOOTSTRAPS
from ius_vision.response.ridge import Array, expit
from ius_vision.response.sample_size import NAGELKERKE, SampleSize, arithmetic

DEFINITIONS = {
    "calibration_slope": "b of logit(y) ~ a + b LP; 1 is right",
    "calibration_intercept": "a of logit(y) ~ a + LP, calibration in the large; 0 is right",
    "oe": "observed events / expected events; 1 is right",
    "intervals": "95 %; AUROC score interval (Newcombe 2006), slope and intercept Wald, O/E Wilson, "
    "Brier normal",
    "corrected": "apparent - mean optimism of bootstrap models (Harrell); intervals of slope, intercept and "
    "O/E move with it; AUROC: from the lower end around the .632+ or Harrell's figure to the apparent upper "
    "end; Brier: spread over bootstrap samples. Of trees: the cross-validated figures",
    "cross_validated": "repeated cross-validation by patient, every step anew in the training folds: mean "
    "over repeats of the figure and of its interval's ends; AUROC within folds",
    "same_sign": "share of bootstrap models in which the term moves the prediction as in the score",
    "chosen": "share of bootstrap models in which the term takes part",
    "permutation_p": "share of shuffled outcomes with which the whole procedure reaches the apparent AUROC",
}


def performance_record(
    size: SampleSize,
    flow: Mapping[str, int],
    exploratory: bool,
    done: Development | None = None,
    terms: Sequence[str] = (),
    curves: Curves | None = None,
) -> dict:
    """performance.json; without a development and its curves, that of a refusal."""
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
    if done is None or curves is None:
        return record
    y = done.y[done.whole]
    points = decision_record(done.decision)
    for point, benefit in zip(points, curves.net_benefit, strict=True):
        point["net_benefit_corrected"] = figure(float(benefit))
    return record | {
        "n_judged": int(done.whole.sum()),
        "apparent": measures_record(done.apparent),
        "corrected": measures_record(done.corrected) | {"auroc_632_plus": figure(done.auroc_632)},
        "cross_validated": measures_record(done.crossed.measures) | {"folds": FOLDS, "repeats": REPEATS},
        "permutation_p": figure(done.permutation_p),
        "verdict": done.verdict,
        "bootstrap_samples": BOOTSTRAPS,
        "permutations": done.method.permutations,
        "model": done.method.name,
        "select": done.method.select,
        "same_sign": {name: figure(share) for name, share in zip(terms, done.stability, strict=True)},
        "chosen": {name: figure(share) for name, share in zip(terms, done.chosen, strict=True)},
        "calibration_curve": [
            {**point, "corrected": figure(float(corrected))}
            for point, corrected in zip(
                curve_record(curves.predicted, curves.observed, curves.low, curves.high),
                curves.corrected,
                strict=True,
            )
        ],
        "decision_curve": points,
        "risk_distribution": risk_record(expit(done.linear), y),
        "mean_risk": mean_risk_record(expit(done.linear), y),
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


def risk_record(probability: Array, y: Array) -> dict[str, dict[str, float | None]]:
    """Quantiles of the probability of those who reached the outcome, and of those who did not."""
    return {
        name: _quantiles(probability[y == value]) for name, value in (("reached", 1.0), ("not_reached", 0.0))
    }


def mean_risk_record(probability: Array, y: Array) -> dict[str, dict[str, object]]:
    """Mean probability of each class with its 95 % interval (normal)."""
    found = {}
    for name, value in (("reached", 1.0), ("not_reached", 0.0)):
        mine = probability[y == value]
        if len(mine):
            mean = float(mine.mean())
            half = Z95 * float(mine.std(ddof=1)) / math.sqrt(len(mine)) if len(mine) > 1 else math.nan
            ends = [figure(mean - half), figure(mean + half)]
            found[name] = {"mean": figure(mean), "mean_ci": None if None in ends else ends}
    return found


def curve_record(predicted: Array, observed: Array, low: Array, high: Array) -> list[dict]:
    """Points of a smoothed calibration curve with the 95 % band."""
    columns = (each.tolist() for each in (predicted, observed, low, high))
    return [
        {"predicted": figure(x), "observed": figure(seen), "observed_ci": [figure(start), figure(end)]}
        for x, seen, start, end in zip(*columns, strict=True)
    ]


def _quantiles(probability: Array) -> dict[str, float | None]:
    if not len(probability):
        return {}
    shares = (0.05, 0.25, 0.5, 0.75, 0.95)
    values = np.quantile(probability, shares)
    return {
        f"q{int(100 * share):02d}": figure(float(value)) for share, value in zip(shares, values, strict=True)
    }


def figure(value: float | None) -> float | None:
    """A number for JSON; what is not determined is null."""
    return None if value is None or not math.isfinite(value) else plain(value)
