"""Whether a segment responded or is in remission, under a definition chosen by name."""

from __future__ import annotations

from dataclasses import dataclass

from ius_vision.scores.definitions import DEFINITIONS, Definition
from ius_vision.scores.logic import Truth
from ius_vision.scores.normal_wall import DEFAULT_NORMAL_WALL
from ius_vision.scores.records import Record
from ius_vision.scores.visit import Change, Visit


class NotStatedError(ValueError):
    """The definition's source states no response."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes, no, or None with the reason code and the items that are missing."""

    value: Truth
    reason: str | None = None
    missing: tuple[str, ...] = ()


def response(name: str, before: Visit, after: Visit, normal: Record = DEFAULT_NORMAL_WALL) -> Decision:
    """Whether the segment responded between two visits.

    Returns
    -------
    None with `baseline_wall_normal` where the wall was normal before (by `normal`), or with `item_missing`
    where a missing item leaves it open.

    Raises
    ------
    KeyError
        No definition has this name.
    NotStatedError
        The definition states no response.
    """
    definition = definition_of(name)
    if definition.response is None:
        raise NotStatedError(f"{name} states no response; it defines remission only")
    if before.wall is None:
        # Whether the wall was abnormal is not known, so no other item can decide.
        return Decision(None, "item_missing", ("bwt_mm",))
    if normal.met(before.wall):
        return Decision(None, "baseline_wall_normal")
    return _decision(definition.response(Change(before, after)), definition, before, after)


def remission(name: str, visit: Visit) -> Decision:
    """Whether the segment is in remission at a visit; None with `item_missing` where that is open.

    Raises
    ------
    KeyError
        No definition has this name.
    """
    definition = definition_of(name)
    return _decision(definition.remission(visit), definition, visit)


def definition_of(name: str) -> Definition:
    """The definition of this name.

    Raises
    ------
    KeyError
        There is none; the message lists the names.
    """
    if name not in DEFINITIONS:
        raise KeyError(f"no definition is called {name!r}; there are {', '.join(DEFINITIONS)}")
    return DEFINITIONS[name]


def _decision(value: Truth, definition: Definition, *visits: Visit) -> Decision:
    if value is not None:
        return Decision(value)
    missing = {item for visit in visits for item in definition.items if getattr(visit, item) is None}
    if any(visit.segment == "unknown" for visit in visits) and definition.name.startswith("trust"):
        missing.add("segment")
    return Decision(None, "item_missing", tuple(sorted(missing)))
