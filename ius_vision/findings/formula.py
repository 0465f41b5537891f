"""Text in a spreadsheet: what would run as a formula gets an apostrophe in front, until it is read back."""

from __future__ import annotations

import re

# What a spreadsheet takes for the start of a formula, full-width signs included; blanks may stand before it.
_FORMULA = re.compile(r"[\s']*[=+\-@\uff1d\uff0b\uff0d\uff20]")


def guarded(text: str) -> str:
    """The text as it may stand in a CSV cell."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """The text that `guarded` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell
