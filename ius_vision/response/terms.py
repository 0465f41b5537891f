"""From features to the terms of the formula: numbers as they are, text as one term a level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ius_vision.errors import BadUsage
from ius_vision.response.features import Feature, Value
from ius_vision.response.ridge import Array

MOST_LEVELS, LONGEST_LEVEL = 20, 100
Known = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Term:
    """One coefficient's term: a number or, where `level` is given, 1 for that level of a text and else 0."""

    feature: str
    level: str | None = None

    @property
    def name(self) -> str:
        return self.feature if self.level is None else f"{self.feature}={self.level}"


@dataclass(frozen=True, slots=True)
class Coding:
    """How features become terms, and what was seen of them in training.

    Attributes
    ----------
    levels : by text feature, its levels; the first, the most frequent one, is the reference and has no term.
    ranges : by other feature, smallest and largest value seen.
    """

    features: tuple[Feature, ...]
    levels: Mapping[str, tuple[str, ...]]
    ranges: Mapping[str, tuple[float, float]]

    @property
    def terms(self) -> tuple[Term, ...]:
        found = []
        for feature in self.features:
            if feature.kind == "text":
                found += [Term(feature.name, level) for level in self.levels[feature.name][1:]]
            else:
                found.append(Term(feature.name))
        return tuple(found)

    def matrix(self, patients: Sequence[Known]) -> Array:
        """(patients, terms), NaN where a feature is not known or a level was never seen."""
        rows = np.full((len(patients), len(self.terms)), np.nan)
        for row, known in zip(rows, patients, strict=True):
            for place, term in enumerate(self.terms):
                value = known.get(term.feature)
                if value is None or (term.level is not None and value not in self.levels[term.feature]):
                    continue
                row[place] = float(value) if term.level is None else float(value == term.level)
        return rows

    def outside(self, known: Known) -> list[str]:
        """What of a patient lies outside of what was seen in training, in words."""
        said = []
        for feature in self.features:
            value = known.get(feature.name)
            if value is None:
                continue
            if feature.kind == "text":
                if value not in self.levels[feature.name]:
                    said.append(
                        f"{feature.name} is {value!r}, seen were {', '.join(self.levels[feature.name])}"
                    )
                continue
            low, high = self.ranges[feature.name]
            if not low <= float(value) <= high:
                said.append(f"{feature.name} is {value:g}, seen were {low:g} to {high:g}")
        return said


def _check_levels(name: str, counts: Counter[str]) -> None:
    longest = max(map(len, counts))
    if len(counts) > MOST_LEVELS or longest > LONGEST_LEVEL:
        raise BadUsage(
            "bad_features",
            f"{name} holds {len(counts)} different texts, the longest of {longest} characters; a "
            f"category has at "
            f"most {MOST_LEVELS} of at most {LONGEST_LEVEL}",
            "--features",
            "Correct cells that should be numbers, or give a column with categories",
        )


def learn_coding(features: Sequence[Feature], patients: Sequence[Known]) -> Coding:
    """What the training patients hold of each feature; outcomes take no part.

    Raises
    ------
    BadUsage
        `bad_features`: a feature is known in no patient, or none of them varies.
    """
    levels, ranges, varies = {}, {}, False
    for feature in features:
        seen = [known[feature.name] for known in patients if feature.name in known]
        if not seen:
            raise BadUsage(
                "bad_features",
                f"{feature.name} is known in none of the {len(patients)} patients",
                "--features",
                "Leave it out, or enter its values",
            )
        if feature.kind == "text":
            counts = Counter(map(str, seen))
            _check_levels(feature.name, counts)
            levels[feature.name] = tuple(sorted(counts, key=lambda level: (-counts[level], level)))
            varies |= len(counts) > 1
        else:
            numbers = [float(value) for value in seen]
            ranges[feature.name] = (min(numbers), max(numbers))
            varies |= min(numbers) < max(numbers)
    if not varies:
        raise BadUsage(
            "bad_features", "no feature differs between patients", "--features", "Give one that does"
        )
    return Coding(tuple(features), levels, ranges)
