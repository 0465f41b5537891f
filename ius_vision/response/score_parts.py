"""A developed score as what its file holds."""

from __future__ import annotations

import platform
from collections.abc import Sequence

import numpy as np

from ius_vision import __version__
from ius_vision.response.boosting import Boosted
from ius_vision.response.development import Development
from ius_vision.response.features import Feature
from ius_vision.response.material import FitOrder, Material
from ius_vision.response.model_file import (
    FORMAT,
    VERSION,
    FeaturePart,
    ForestPart,
    OutcomePart,
    Preprocessing,
    Provenance,
    ScoreFile,
    TermPart,
    TreePart,
    formula,
    plain,
)
from ius_vision.response.procedure import Fits
from ius_vision.response.terms import Coding
from ius_vision.study.cohort import Cohort

MISSING_VALUES = (
    "Conditional mean under a normal distribution of the terms, by expectation-maximisation; the outcome "
    "takes no part. Patients with a missing term are learnt from and not judged. Learnt in each resample."
)
SCALING = {
    "penalised": "The penalty is relative to each term's standard deviation in the resample; coefficients "
    "are per unit.",
    "boosting": "None; trees split at values of the table.",
}
INTERVAL_MODELS = 100
"""Bootstrap models that a boosted score keeps, so that each answer has an interval."""


def score_file(
    cohort: Cohort, material: Material, order: FitOrder, done: Development, evidence: str
) -> ScoreFile:
    """The file of a developed score; of candidates, only what it looks at."""
    kept, places = _kept(material, done)
    parts = {
        "penalised": _penalised_parts,
        "boosting": _boosted_parts,
    }[material.method.name](done, kept, places)
    features = tuple(_feature_part(each, kept) for each in kept.features)
    return ScoreFile(
        format=FORMAT,
        format_version=VERSION,
        model=material.method.name,
        evidence=evidence,
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
        coefficients=_term_parts(material, done, kept, places),
        preprocessing=Preprocessing(
            missing_values=MISSING_VALUES,
            scaling=SCALING[material.method.name],
            penalty=material.method.words,
        ),
        training_ranges={each.name: each.levels or each.range for each in features},
        provenance=_provenance(cohort, material, order),
        **parts,
    )


def _kept(material: Material, done: Development) -> tuple[Coding, list[int]]:
    """Features that the score looks at, and the places of their terms among the candidates."""
    coding, used = material.coding, done.fit.signs[0] != 0.0
    names = {term.feature for term, takes_part in zip(coding.terms, used, strict=True) if takes_part}
    if material.method.select is None or not names:
        return coding, list(range(len(coding.terms)))
    features = tuple(each for each in coding.features if each.name in names)
    places = [place for place, term in enumerate(coding.terms) if term.feature in names]
    levels, ranges = (
        {name: value for name, value in each.items() if name in names}
        for each in (coding.levels, coding.ranges)
    )
    return Coding(features, levels, ranges), places


def _penalised_parts(done: Development, kept: Coding, places: Sequence[int]) -> dict:
    assert isinstance(done.fit, Fits)
    rows = [0, *(1 + place for place in places)]
    covariance = done.fit.covariance[0][np.ix_(rows, rows)]
    intercept, *coefficients = (plain(value) for value in done.fit.coefficients[0][rows])
    return {
        "formula": formula(intercept, kept.terms, coefficients),
        "intercept": intercept,
        "covariance": tuple(tuple(plain(value) for value in row) for row in (covariance + covariance.T) / 2),
    }


def _boosted_parts(done: Development, kept: Coding, places: Sequence[int]) -> dict:
    """Trees of the score and of the first bootstrap models; trees choose their terms themselves."""
    assert isinstance(done.fit, Boosted)
    score = _forest(done.fit, 0)
    first = done.bootstrap.models[0]
    return {
        "formula": f"logit(p) = {score.intercept:.6g} + one leaf's value of each of {len(score.trees)} trees",
        "intercept": score.intercept,
        "covariance": (),
        "boosted": score,
        "bootstrap_models": tuple(
            _forest(first, row) for row in range(len(first.intercept))[:INTERVAL_MODELS]
        ),
    }


def _forest(models: Boosted, row: int) -> ForestPart:
    def numbers(values: np.ndarray) -> tuple[float, ...]:
        return tuple(plain(value) for value in values)

    trees = zip(models.split[row], models.threshold[row], models.value[row], strict=True)
    return ForestPart(
        intercept=plain(models.intercept[row]),
        trees=tuple(
            TreePart(term=tuple(map(int, split)), threshold=numbers(threshold), value=numbers(value))
            for split, threshold, value in trees
        ),
    )


def _term_parts(
    material: Material, done: Development, kept: Coding, places: Sequence[int]
) -> tuple[TermPart, ...]:
    linear = isinstance(done.fit, Fits)
    means, spreads = np.nanmean(material.x, axis=0), np.nanstd(material.x, axis=0)
    scales = done.fit.scales[0] if linear else spreads
    return tuple(
        TermPart(
            name=term.name,
            coefficient=plain(done.fit.coefficients[0][1 + place]) if linear else None,
            training_mean=plain(means[place]),
            training_sd=plain(scales[place]),
        )
        for term, place in zip(kept.terms, places, strict=True)
    )


def _feature_part(feature: Feature, coding: Coding) -> FeaturePart:
    return FeaturePart(
        name=feature.name,
        column=feature.column,
        moment=feature.moment,
        kind=feature.kind,
        levels=coding.levels.get(feature.name),
        range=coding.ranges.get(feature.name),
    )


def _provenance(cohort: Cohort, material: Material, order: FitOrder) -> Provenance:
    versions = {"ius-vision": __version__, "numpy": np.__version__, "python": platform.python_version()}
    if material.method.name == "boosting":
        import sklearn

        versions["scikit-learn"] = sklearn.__version__
    return Provenance(
        cohort_file=cohort.path.name,
        cohort_sha256=cohort.sha256,
        exams_folder=order.exams.name if order.exams else None,
        seed=order.seed,
        patients=len(material.y),
        events=int(material.y.sum()),
        versions=versions,
    )
