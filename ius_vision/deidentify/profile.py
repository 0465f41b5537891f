"""What the standard says about each attribute: DICOM PS3.15 table E.1-1, edition 2026c.

The table comes from the `dicom-anonymizer` package; what is done with it is in `header.py`.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c as table
from pydicom.tag import BaseTag

EDITION = "2026c"


class Action(StrEnum):
    """The table's codes; of those that depend on the kind of object, the safer one that ultrasound allows."""

    REMOVE = "X"
    EMPTY = "Z"
    REPLACE = "D"
    UID = "U"


_LISTS = (
    (Action.REMOVE, table.X_TAGS),
    (Action.EMPTY, table.Z_TAGS),
    (Action.EMPTY, table.X_Z_TAGS),
    (Action.EMPTY, table.X_D_TAGS),
    (Action.EMPTY, table.X_Z_D_TAGS),
    (Action.REMOVE, table.X_Z_U_STAR_TAGS),
    (Action.REPLACE, table.D_TAGS),
    (Action.REPLACE, table.Z_D_TAGS),
    (Action.UID, table.U_TAGS),
)


def action_for(tag: BaseTag) -> Action | None:
    """The action for an attribute; None where the table does not name it. Private ones are removed."""
    if tag.is_private:
        return Action.REMOVE
    single, masked = _table()
    if tag in single:
        return single[tag]
    for group, element, group_mask, element_mask, action in masked:
        if (tag.group & group_mask) == group and (tag.element & element_mask) == element:
            return action
    return None


@cache
def _table() -> tuple[dict[int, Action], tuple[tuple[int, int, int, int, Action], ...]]:
    """Attributes by number, and repeating groups (curves, overlays) by mask."""
    single: dict[int, Action] = {}
    masked = []
    for action, tags in _LISTS:
        for tag in tags:
            if len(tag) == 2:
                single[(tag[0] << 16) | tag[1]] = action
            else:
                masked.append((tag[0], tag[1], tag[2], tag[3], action))
    return single, tuple(masked)
