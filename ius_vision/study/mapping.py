"""A mapping file: how another table, such as a REDCap export, names and codes what the dictionary holds."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ius_vision.errors import BadUsage
from ius_vision.study.cells import Cell, Reading, plain_number, text_of
from ius_vision.study.dictionary import DICTIONARY


class Mapping(BaseModel):
    """A mapping as its TOML file states it. Columns that are not named keep their name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: dict[str, str] = Field(default={}, description="our column = their column")
    codes: dict[str, dict[str, str]] = Field(default={}, description="our column: their code = our word")
    factors: dict[str, float] = Field(default={}, description="our column = factor from their unit to ours")
    missing: list[str] = Field(default=[], description="texts that say that a value is not known")
    decimal_comma: bool = Field(default=False, description="numbers have a decimal comma")
    date_format: str | None = Field(default=None, description="how dates are written, as in %d.%m.%Y")

    @model_validator(mode="after")
    def _names_are_ours(self) -> Mapping:
        for name in (*self.columns, *self.codes, *self.factors):
            if name not in DICTIONARY:
                raise ValueError(f"{name} is no column of the data dictionary")
        theirs = list(self.columns.values())
        twice = sorted({name for name in theirs if theirs.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands for two columns")
        return self

    @property
    def reading(self) -> Reading:
        return Reading(self.decimal_comma, self.date_format)

    def header(self, header: list[str]) -> list[str]:
        """The header with our names for theirs.

        A column that has our name already and is not the one that the mapping names, gets `_original` behind
        its name: it is carried along and not read.
        """
        ours = {theirs: name for name, theirs in self.columns.items()}
        return [ours.get(name) or (f"{name}_original" if name in self.columns else name) for name in header]

    def cell(self, name: str, cell: Cell) -> Cell:
        """A cell with its code translated and its unit converted."""
        if cell is None:
            return None
        text = text_of(cell).strip()
        if text in self.missing:
            return None
        if name in self.codes:
            return self.codes[name].get(text, cell)
        if name in self.factors:
            number = plain_number(text, self.reading) if isinstance(cell, str) else cell
            if isinstance(number, (int, float)) and not isinstance(number, bool):
                return float(Decimal(repr(number)) * Decimal(repr(self.factors[name])))
        return cell


NO_MAPPING = Mapping()


def read_mapping(path: Path | None) -> Mapping:
    """Read a mapping file; without one, names and codes are the dictionary's own.

    Raises
    ------
    BadUsage
        `bad_mapping`: it cannot be read, is no TOML, or names what does not exist.
    """
    if path is None:
        return NO_MAPPING
    try:
        return Mapping.model_validate(tomllib.loads(path.read_text("utf-8-sig")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        what = f"the mapping cannot be read ({error})"
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        what = f"{place or 'mapping'}: {first['msg']}"
    raise BadUsage("bad_mapping", what, str(path), "See docs/study.md for what a mapping file holds")
