"""The same image given twice: equal pixels count once, other pixels under one UID are a reported conflict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ius_vision.dicom.clip import Clip, Unread
from ius_vision.errors import Unreadable
from ius_vision.outcomes import Skipped


def resolve_duplicates(clips: Sequence[Clip]) -> tuple[list[Clip], list[Unread]]:
    """Keep one clip of each image.

    Returns
    -------
    The clips in their order, those that share a SOPInstanceUID and differ in pixels each with a warning; and
    a `duplicate_file` for every clip whose pixels are already there.
    """
    kept: list[Clip] = []
    dropped: list[Unread] = []
    for clip in clips:
        twins = [other for other in kept if _same_identity(clip, other)]
        equal = next((other for other in twins if _same_pixels(clip, other)), None)
        if equal is None:
            kept.append(clip)
        else:
            dropped.append(_duplicate(clip, equal))
    return [_with_conflicts(clip, kept) for clip in kept], dropped


def _same_identity(clip: Clip, other: Clip) -> bool:
    same_uid = bool(clip.sop_instance_uid) and clip.sop_instance_uid == other.sop_instance_uid
    return same_uid or clip.sha256 == other.sha256


def _same_pixels(clip: Clip, other: Clip) -> bool:
    if clip.sha256 == other.sha256:
        return True
    if (clip.rows, clip.columns, clip.frames) != (other.rows, other.columns, other.frames):
        return False
    try:
        pairs = zip(clip.rgb_frames(), other.rgb_frames(), strict=True)
        return all(np.array_equal(first, second) for (_, first), (_, second) in pairs)
    except Unreadable:
        # What cannot be compared is kept: no image is lost over a damaged frame.
        return False


def _duplicate(clip: Clip, equal: Clip) -> Unread:
    detail = f"The file holds the same image as {equal.file} and is counted once."
    return Unread(
        clip.path,
        clip.file,
        Skipped("duplicate_file", detail),
        clip.study_instance_uid,
        clip.patient_id,
        clip.study_date,
        clip.sop_instance_uid,
    )


def _with_conflicts(clip: Clip, kept: Sequence[Clip]) -> Clip:
    others = [other.file for other in kept if other is not clip and _same_identity(clip, other)]
    if not others:
        return clip
    shares = f"shares its SOPInstanceUID with {', '.join(others)}"
    said = f"conflicting_duplicate: {shares}, but its pixels differ."
    return replace(clip, warnings=(*clip.warnings, said))
