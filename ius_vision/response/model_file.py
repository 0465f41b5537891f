"""A score as a file: readable JSON, checked when it is read, without anything that could run."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ius_vision.errors import BadUsage
from ius_vision.findings.whole_file import whole_file
from ius_vision.response.boosting import NO_SPLIT, NODES
from ius_vision.response.features import Feature
from ius_vision.response.terms import Coding, Term

MODEL = "model.json"
FORMAT, VERSION = "ius-vision response score", 1
LARGEST_BYTES = 20_000_000
Name = Annotated[str, Field(min_length=1, max_length=500)]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e12, le=1e12)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class OutcomePart(_Part):
    """What the score foretells."""

    endpoint: Name
    definition: Name
    rule: str
    week: Annotated[int, Field(ge=1, le=520)]


class FeaturePart(_Part):
    """What the score looks at; `range` or `levels` is what was seen in training."""

    name: Name
    column: Name
    moment: Literal["baseline", "early_change"]
    kind: Literal["number", "yes_no", "text"]
    range: tuple[Number, Number] | None = None
    levels: tuple[Name, ...] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> FeaturePart:
        if (self.kind == "text") != (self.levels is not None) or (self.kind == "text") == (
            self.range is not None
        ):
            raise ValueError("a text feature has levels and no range, any other a range and no levels")
        if self.levels is not None and (not self.levels or len(set(self.levels)) != len(self.levels)):
            raise ValueError("levels are empty or listed twice")
        if self.range is not None and self.range[0] > self.range[1]:
            raise ValueError("the range ends before it begins")
        if self.name != Feature(self.column, self.moment, self.kind).name:
            raise ValueError("the name is not that of its column and moment")
        return self


class TermPart(_Part):
    """A coefficient: log odds for one unit of the feature, or for a level against the reference level.

    Empty where the score is a sum of trees.
    """

    name: Name
    coefficient: Number | None
    training_mean: Number
    training_sd: Annotated[Number, Field(ge=0)]


Nodes = Annotated[tuple[Number, ...], Field(min_length=NODES, max_length=NODES)]


class TreePart(_Part):
    """A tree of seven nodes; those of node i are 2i + 1, where term <= threshold, and 2i + 2, else.

    `term` counts the coefficients from 0, -1 is a leaf; `value` is in log odds, an inner node's the mean of
    its patients, so that a path's differences are what each term contributes.
    """

    term: Annotated[tuple[Annotated[int, Field(ge=NO_SPLIT)], ...], Field(min_length=NODES, max_length=NODES)]
    threshold: Nodes
    value: Nodes

    @model_validator(mode="after")
    def _consistent(self) -> TreePart:
        inner = NODES // 2
        if any(term != NO_SPLIT for term in self.term[inner:]):
            raise ValueError("a node without children splits")
        return self


class ForestPart(_Part):
    """A sum of trees: log odds = intercept + one leaf's value of every tree."""

    intercept: Number
    trees: Annotated[tuple[TreePart, ...], Field(min_length=1, max_length=200)]


class Preprocessing(_Part):
    """What was done to the table before the fit, within every resample."""

    missing_values: str
    scaling: str
    penalty: str


class Provenance(_Part):
    """What the score was made from, and with what."""

    cohort_file: str
    cohort_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    exams_folder: str | None
    seed: int
    patients: Annotated[int, Field(ge=1)]
    events: Annotated[int, Field(ge=0)]
    versions: dict[str, str]


class ScoreFile(_Part):
    """Everything in model.json."""

    format: Literal["ius-vision response score"]
    format_version: Literal[1]
    model: Literal["penalised", "boosting"] = "penalised"
    evidence: Name
    verdict: Literal["supported", "no_signal", "exploratory"]
    outcome: OutcomePart
    feature_set: Literal["baseline", "early_change", "radiomics", "columns"]
    features: Annotated[tuple[FeaturePart, ...], Field(min_length=1)]
    required_items: tuple[Name, ...]
    formula: str
    intercept: Number
    coefficients: tuple[TermPart, ...]
    covariance: tuple[tuple[Number, ...], ...]
    preprocessing: Preprocessing
    training_ranges: dict[str, tuple[Number, Number] | tuple[Name, ...]]
    provenance: Provenance
    boosted: ForestPart | None = None
    bootstrap_models: Annotated[tuple[ForestPart, ...], Field(max_length=200)] = ()

    @model_validator(mode="after")
    def _consistent(self) -> ScoreFile:
        names = [feature.name for feature in self.features]
        if len(set(names)) != len(names):
            raise ValueError("a feature is listed twice")
        if list(self.required_items) != list(dict.fromkeys(feature.column for feature in self.features)):
            raise ValueError("required_items are not the columns of the features")
        expected = [term.name for term in self.coding.terms]
        if [term.name for term in self.coefficients] != expected:
            raise ValueError(f"coefficients are not those of the features: {', '.join(expected)[:200]}")
        self._check_covariance(1 + len(expected)) if self.model == "penalised" else self._check_trees()
        return self

    def _check_trees(self) -> None:
        if self.boosted is None or len(self.bootstrap_models) < 2 or self.covariance:
            raise ValueError("a boosted score has trees, bootstrap models and no covariance")
        if any(term.coefficient is not None for term in self.coefficients):
            raise ValueError("a boosted score has no coefficients")
        for forest in (self.boosted, *self.bootstrap_models):
            if any(max(tree.term) >= len(self.coefficients) for tree in forest.trees):
                raise ValueError("a tree looks at a term that there is not")
            if len(forest.trees) != len(self.boosted.trees):
                raise ValueError("bootstrap models differ in their number of trees")

    def _check_covariance(self, size: int) -> None:
        if self.boosted is not None or self.bootstrap_models:
            raise ValueError("a penalised score has no trees")
        if any(term.coefficient is None for term in self.coefficients):
            raise ValueError("a coefficient is empty")
        if len(self.covariance) != size or any(len(row) != size for row in self.covariance):
            raise ValueError(f"covariance is not {size} by {size}")
        matrix = np.array(self.covariance)
        if not np.allclose(matrix, matrix.T, rtol=1e-6, atol=1e-12) or np.linalg.eigvalsh(matrix)[
            0
        ] < -1e-9 * (1 + np.abs(matrix).max()):
            raise ValueError("covariance is not a covariance")

    @property
    def coding(self) -> Coding:
        features = tuple(Feature(each.column, each.moment, each.kind) for each in self.features)
        return Coding(
            features,
            {each.name: each.levels for each in self.features if each.levels is not None},
            {each.name: each.range for each in self.features if each.range is not None},
        )


def formula(intercept: float, terms: Sequence[Term], coefficients: Sequence[float]) -> str:
    """The penalised score in one line."""
    parts = [
        f"{'-' if value < 0 else '+'} {abs(value):.6g} * "
        + (term.feature if term.level is None else f"[{term.feature} is {term.level}]")
        for term, value in zip(terms, coefficients, strict=True)
    ]
    return f"logit(p) = {intercept:.6g} " + " ".join(parts)


_TREES_ONLY = ("boosted", "bootstrap_models")


def write_model(score: ScoreFile, folder: Path) -> None:
    """Write model.json; equal scores give equal bytes."""
    document = score.model_dump(mode="json")
    if score.model == "penalised":
        document = {name: part for name, part in document.items() if name not in _TREES_ONLY}
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    with whole_file(folder / MODEL) as stream:
        stream.write((text + "\n").encode("utf-8"))


def read_model(folder: Path) -> ScoreFile:
    """Read and check a score.

    Parameters
    ----------
    folder : holds model.json, or is that file.

    Raises
    ------
    BadUsage
        `model_missing`, `bad_score_file`.
    """
    path = _file(folder)
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise BadUsage(
            "model_missing",
            f"no score can be read ({error.strerror})",
            str(path),
            "Give the folder that `ius-vision response fit` wrote",
        ) from error
    if len(raw) > LARGEST_BYTES:
        raise _bad(f"it is larger than {LARGEST_BYTES} bytes", path)
    try:
        document = json.loads(raw.decode("utf-8"), parse_constant=_no_number, object_pairs_hook=_once)
        return ScoreFile.model_validate_json(json.dumps(document, allow_nan=False))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"][:6])
        raise _bad(f"{place + ': ' if place else ''}{first['msg']}"[:300], path) from error
    except RecursionError as error:
        raise _bad("it is nested too deeply", path) from error
    except (ValueError, np.linalg.LinAlgError) as error:
        raise _bad(f"it is not JSON of a score ({error})"[:300], path) from error


def sha256_of(folder: Path) -> str:
    """SHA-256 of a score's file."""
    return hashlib.sha256(_file(folder).read_bytes()).hexdigest()


def _file(folder: Path) -> Path:
    return folder if folder.is_file() else folder / MODEL


def _bad(what: str, path: Path) -> BadUsage:
    return BadUsage("bad_score_file", what, str(path), "Use the file as `ius-vision response fit` wrote it")


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def plain(value: float) -> float:
    """A figure for JSON: twelve significant digits, so that noise in the last ones is not shown."""
    return float(f"{value:.12g}") if math.isfinite(value) else value
