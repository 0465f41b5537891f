"""Three-valued logic: True, False, and None where a missing item leaves it open."""

from __future__ import annotations

from collections.abc import Iterable

Truth = bool | None


def any_of(*truths: Truth) -> Truth:
    """True if one is True, False if all are False, else None."""
    return at_least(1, truths)


def all_of(*truths: Truth) -> Truth:
    """False if one is False, True if all are True, else None."""
    return at_least(len(truths), truths)


def at_least(count: int, truths: Iterable[Truth]) -> Truth:
    """Whether `count` or more are True, where that does not depend on the missing ones."""
    listed = list(truths)
    if listed.count(True) >= count:
        return True
    return False if len(listed) - listed.count(False) < count else None
