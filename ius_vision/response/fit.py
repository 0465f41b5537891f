"""From a cohort to a score: enough patients first, then the fit, its figures, and the files."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ius_vision import __version__
from ius_vision.errors import BadUsage
from ius_vision.findings.whole_file import whole_file
from ius_vision.response.development import (
    EXPLORATORY,
    NO_SIGNAL,
    SUPPORTED,
    Development,
    develop,
)
from ius_vision.response.features import Feature, find_features, values_of
from ius_vision.response.figures import performance_record
from ius_vision.response.model_file import (
    FORMAT,
    VERSION,
    FeaturePart,
    OutcomePart,
    Preprocessing,
    Provenance,
    ScoreFile,
    TermPart,
    formula,
    plain,
    write_model,
)
from ius_vision.response.outcome import outcomes_of
from ius_vision.response.ridge import Array
from ius_vision.response.sample_size import SampleSize, sample_size
from ius_vision.response.terms import Coding, learn_coding
from ius_vision.study.cohort import Cohort
from ius_vision.study.endpoints import AnyDefinition, find_definition

PERFORMANCE = "performance.json"
FEWEST_OF_A_CLASS = 5
"""Patients with and without the event below which no AUROC is told; a rule of this project."""
SIMULATED = "simulated"
"""A column of a cohort that holds `yes` where the patients are not real."""
PREPROCESSING = Preprocessing(
    missing_values="Conditional mean under a normal distribution of the terms, by "
    "expectation-maximisation; the "
    "outcome takes no part. Patients with a missing term are learnt from and not judged. Learnt in "
    "each resample.",
    scaling="The penalty is relative to each term's standard deviation in the resample; "
    "coefficients are per unit.",
    penalty="Ridge: normal prior on each coefficient, its standard deviation (0.05 to 2.5 log odds "
    "per SD of the "
    "term) averaged over by marginal likelihood times a half-normal prior of scale 0.5, in each resample.",
)


@dataclass(frozen=True, slots=True)
class FitOrder:
    """What to fit. `exams` is the folder whose tables were joined, for the record."""

    outcome: str
    week: int
    features: str
    seed: int = 0
    exploratory: bool = False
    exams: Path | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """A cohort brought into the shape that a fit needs.

    Attributes
    ----------
    x : (patients, terms), NaN where missing; y : (patients,) 0 or 1.
    flow : how the patients of the table became those of the fit, in order.
    """

    definition: AnyDefinition
    feature_set: str
    coding: Coding
    patients: tuple[str, ...]
    x: Array
    y: Array
    flow: dict[str, int]

    @property
    def size(self) -> SampleSize:
        return sample_size(len(self.y), int(self.y.sum()), len(self.coding.terms))


@dataclass(frozen=True, slots=True)
class Fitted:
    """A score with the development behind it."""

    score: ScoreFile
    material: Material
    development: Development


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
    definition = find_definition(order.outcome)
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
    return Material(definition, feature_set, coding, patients, x, y, flow)


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
    """Why these patients carry no score, if they do not; also with `--exploratory`, terms must be fewer than
    patients."""
    size = material.size
    if size.parameters >= size.n:
        return BadUsage(
            "sample_too_small",
            f"{size.parameters} parameters for {size.n} patients: no model can be told from chance",
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


def fit_score(
    cohort: Cohort, material: Material, order: FitOrder, progress: Callable[[int], None] = lambda done: None
) -> Fitted:
    """Develop the score of prepared material."""
    done = develop(material.x, material.y, material.size, order.seed, progress)
    return Fitted(_score(cohort, material, order, done), material, done)


def _score(cohort: Cohort, material: Material, order: FitOrder, done: Development) -> ScoreFile:
    terms = material.coding.terms
    intercept, *coefficients = (plain(value) for value in done.fit.coefficients[0])
    covariance = done.fit.covariance[0]
    features = tuple(_feature_part(each, material.coding) for each in material.coding.features)
    return ScoreFile(
        format=FORMAT,
        format_version=VERSION,
        evidence=evidence(cohort, material.size, done.verdict),
        verdict=done.verdict,
        outcome=OutcomePart(
            endpoint=material.definition.endpoint,
            definition=material.definition.name,
            rule=material.definition.rule,
            week=order.week,
        ),
        feature_set=material.feature_set,
        features=features,
        required_items=tuple(dict.fromkeys(each.column for each in features)),
        formula=formula(intercept, terms, coefficients),
        intercept=intercept,
        coefficients=tuple(
            TermPart(name=term.name, coefficient=value, training_mean=plain(mean), training_sd=plain(sd))
            for term, value, mean, sd in zip(
                terms, coefficients, np.nanmean(material.x, axis=0), done.fit.scales[0], strict=True
            )
        ),
        covariance=tuple(tuple(plain(value) for value in row) for row in (covariance + covariance.T) / 2),
        preprocessing=PREPROCESSING,
        training_ranges={each.name: each.levels or each.range for each in features},
        provenance=Provenance(
            cohort_file=cohort.path.name,
            cohort_sha256=cohort.sha256,
            exams_folder=order.exams.name if order.exams else None,
            seed=order.seed,
            patients=len(material.y),
            events=int(material.y.sum()),
            versions={
                "ius-vision": __version__,
                "numpy": np.__version__,
                "python": platform.python_version(),
            },
        ),
    )


def _feature_part(feature: Feature, coding: Coding) -> FeaturePart:
    levels = coding.levels.get(feature.name)
    return FeaturePart(
        name=feature.name,
        column=feature.column,
        moment=feature.moment,
        kind=feature.kind,
        levels=levels,
        range=coding.ranges.get(feature.name),
    )


def evidence(cohort: Cohort, size: SampleSize, judged: str) -> str:
    """What the score stands on, in one sentence that goes with every number it gives."""
    if any(str(visit.get(SIMULATED)).lower() in ("yes", "true", "1", "1.0") for visit in cohort.visits):
        return "simulated cohort, not for clinical use"
    return {
        SUPPORTED: f"internally validated on {size.n} patients, not on others; not for clinical use",
        NO_SIGNAL: f"no evidence of prediction in {size.n} patients; not for clinical use",
        EXPLORATORY: f"exploratory: {size.n} patients where {size.required} are needed; not for clinical use",
    }[judged]


def write_score(fitted: Fitted, order: FitOrder, out: Path) -> None:
    """Write what a fit leaves in `out`; model.json last, so that it is there only with the rest."""
    from ius_vision.response.card import model_card
    from ius_vision.response.page import score_page
    from ius_vision.response.plots import score_plots

    record = performance_record(fitted.material.size, fitted.material.flow, order.exploratory,
    fitted.development, [term.name for term in fitted.material.coding.terms])  # fmt: skip
    plots = score_plots(fitted.development)
    for name, drawn in plots.items():
        write_bytes(out / f"{name}.svg", drawn.svg)
        write_bytes(out / f"{name}.png", drawn.png)
    page = score_page(
        fitted.score, record, fitted.material.size, {name: plot.svg for name, plot in plots.items()}
    )
    write_bytes(out / "report.html", page.encode("utf-8"))
    write_bytes(out / "model_card.md", model_card(fitted.score, record).encode("utf-8"))
    write_json(out / PERFORMANCE, record)
    write_model(fitted.score, out)


def write_refusal(material: Material, order: FitOrder, out: Path) -> None:
    """Leave the arithmetic of a refusal in performance.json."""
    write_json(out / PERFORMANCE, performance_record(material.size, material.flow, order.exploratory))


def write_json(path: Path, record: dict) -> None:
    text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
    write_bytes(path, (text + "\n").encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    with whole_file(path) as stream:
        stream.write(content)
