"""The contact sheet: every copy on one page, for the person who decides whether it may leave."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


@dataclass(frozen=True, slots=True)
class Shown:
    """A copy: its name, frames, places with writing inside, share of the screen that is left, and a JPEG."""

    name: str
    frames: int
    texts: int
    share_kept: float
    picture: bytes

    @property
    def source(self) -> str:
        """The picture as an address that needs no file."""
        return f"data:image/jpeg;base64,{base64.b64encode(self.picture).decode('ascii')}"


def contact_sheet(shown: Sequence[Shown]) -> str:
    """One self-contained HTML page; copies with writing inside the picture come first."""
    ordered = sorted(shown, key=lambda one: (-one.texts, one.name))
    return _environment().get_template("contact_sheet.html").render(shown=ordered)


@cache
def _environment() -> Environment:
    loader = PackageLoader("ius_vision.deidentify", "templates")
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
