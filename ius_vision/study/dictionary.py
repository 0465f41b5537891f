"""The data dictionary: every column a cohort table may have, its type, unit, range and meaning."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

DICTIONARY_FILE = Path(__file__).with_name("dictionary.csv")
KEYS = ("patient_id", "visit")
PERSON = ("sex", "birth_date", "diagnosis", "diagnosis_date", "height_cm")
"""What does not change from visit to visit: known from one row of a patient, it is known in all."""
KINDS = ("text", "number", "whole", "date", "yes_no", "zero_one", "choice", "choice_whole")


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the dictionary.

    Attributes
    ----------
    kind : `text`, `number`, `whole` (whole number), `date` (ISO 8601), `yes_no`, `zero_one` (yes/no or 1/0),
        `choice` (one of `choices`), `choice_whole` (a whole number of `choices`).
    low, high : the range of a number, ends included.
    choices : words allowed; in a `date` column, words allowed beside dates.
    """

    name: str
    group: str
    kind: str
    unit: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    meaning: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.name}: there is no kind of column called {self.kind!r}")

    @property
    def holds(self) -> str:
        """What a cell holds, in words."""
        if self.kind in ("choice", "choice_whole"):
            return ", ".join(self.choices[:-1]) + f" or {self.choices[-1]}"
        if self.kind == "date":
            return " or ".join(["a date as YYYY-MM-DD", *self.choices])
        words = {"yes_no": "yes or no", "zero_one": "yes or no (1 or 0)", "text": "text"}
        if self.kind in words:
            return words[self.kind]
        number = {"number": "a number", "whole": "a whole number"}[self.kind]
        return f"{number}{self._range}" + (f" in {self.unit}" if self.unit else "")

    @property
    def _range(self) -> str:
        if self.low is None and self.high is None:
            return ""
        if self.low is None:
            return f" of {self.high:g} or less"
        return f" of {self.low:g} or more" if self.high is None else f" from {self.low:g} to {self.high:g}"


def _read() -> Mapping[str, Field]:
    with DICTIONARY_FILE.open(encoding="utf-8", newline="") as stream:
        fields = [
            Field(
                name=each["column"],
                group=each["group"],
                kind=each["kind"],
                unit=each["unit"],
                low=float(each["low"]) if each["low"] else None,
                high=float(each["high"]) if each["high"] else None,
                choices=tuple(each["choices"].split()),
                meaning=each["meaning"],
            )
            for each in csv.DictReader(stream)
        ]
    return MappingProxyType({each.name: each for each in fields})


DICTIONARY: Mapping[str, Field] = _read()
