"""Criteria of eligibility, read from a file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ius_vision.errors import BadUsage
from ius_vision.study.rules import Rule

DEFAULT_CRITERIA = Path(__file__).with_name("nct06573944.toml")


class Criterion(BaseModel):
    """A criterion: met where its rule holds. An exclusion's rule says what must hold to stay in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[A-Za-z0-9_.-]+$", description="short name, unique")
    kind: Literal["inclusion", "exclusion"]
    text: str = Field(description="what it asks, in words")
    rule: Rule


class Criteria(BaseModel):
    """The criteria of a study."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    source: str = ""
    criterion: tuple[Criterion, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_differ(self) -> Criteria:
        ids = [each.id for each in self.criterion]
        if len(set(ids)) != len(ids):
            raise ValueError("two criteria share an id")
        return self


def read_criteria(path: Path | None = None) -> Criteria:
    """Read criteria from a TOML file; without one, those of NCT06573944.

    Raises
    ------
    BadUsage
        `bad_criteria`: it cannot be read, is no TOML, or holds what is no rule.
    """
    place = path or DEFAULT_CRITERIA
    try:
        return Criteria.model_validate(tomllib.loads(place.read_text("utf-8-sig")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        what = f"the criteria cannot be read ({error})"
    except ValidationError as error:
        first = error.errors()[0]
        what = f"{'.'.join(map(str, first['loc'])) or 'criteria'}: {first['msg']}"
    raise BadUsage("bad_criteria", what, str(place), "See docs/study.md for the form of a rule")
