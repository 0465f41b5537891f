"""From a cohort brought into shape to a score, its figures, and the files."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ius_vision import __version__
from ius_vision.findings.whole_file import whole_file
from ius_vision.response.cautions import cautions
from ius_vision.response.development import (
    EXPLORATORY,
    NO_SIGNAL,
    SUPPORTED,
    Development,
    develop,
)
from ius_vision.response.features import Feature
from ius_vision.response.figures import performance_record
from ius_vision.response.groups import groups_record
from ius_vision.response.material import FitOrder, Material
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
from ius_vision.response.sample_size import SampleSize
from ius_vision.response.terms import Coding
from ius_vision.study.cohort import Cohort

PERFORMANCE = "performance.json"
EVIDENCE = "evidence"
"""A column of a cohort that says what its patients are, such as that they are simulated."""
LONGEST_EVIDENCE = 300
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
class Fitted:
    """A score with the development behind it."""

    score: ScoreFile
    material: Material
    development: Development


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
    """What the score stands on, to go with every number it gives: the table's own word where it has one."""
    stated = dict.fromkeys(str(word) for visit in cohort.visits if (word := visit.get(EVIDENCE)) is not None)
    if stated:
        return "; ".join(stated)[:LONGEST_EVIDENCE]
    few = "" if size.met else f"exploratory: {size.n} patients where {size.required} are needed; "
    said = {
        SUPPORTED: f"internally validated on {size.n} patients, not on others",
        NO_SIGNAL: f"no evidence of prediction in {size.n} patients",
        EXPLORATORY: "not validated on others",
    }[judged]
    return f"{few}{said}; not for clinical use"


def write_score(fitted: Fitted, order: FitOrder, out: Path) -> list[str]:
    """Write what a fit leaves in `out`; model.json last, so that it is there only with the rest.

    Returns
    -------
    Sentences that a reader should see before believing the score.
    """
    from ius_vision.response.card import model_card
    from ius_vision.response.page import score_page
    from ius_vision.response.plots import score_plots

    material, done = fitted.material, fitted.development
    names = [term.name for term in material.coding.terms]
    record = performance_record(material.size, material.flow, order.exploratory, done, names)
    record["groups"] = groups_record(material.groups, done.whole, done.linear, material.y[done.whole])
    record["cautions"] = list(cautions(done, names))
    plots = score_plots(done)
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
    return record["cautions"]


def write_refusal(material: Material, order: FitOrder, out: Path) -> None:
    """Leave the arithmetic of a refusal in performance.json."""
    write_json(out / PERFORMANCE, performance_record(material.size, material.flow, order.exploratory))


def write_json(path: Path, record: dict) -> None:
    text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
    write_bytes(path, (text + "\n").encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    with whole_file(path) as stream:
        stream.write(content)
