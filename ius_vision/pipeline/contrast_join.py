"""One bolus that was stored in several files, put together again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ius_vision.dicom.clip import Clip, ExamFiles, ImageArea, TimeBase
from ius_vision.dicom.continuation import joined_clip, recording_of, starts
from ius_vision.dicom.load import load_exam
from ius_vision.outcomes import Abstained
from ius_vision.pipeline.tools import Tools
from ius_vision.vocabulary import Mode

_SAME_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Siblings:
    """The files of a clip's exam: `given` as they lie on disk, `shown` by the names that tables carry."""

    given: ExamFiles
    shown: ExamFiles

    def names(self) -> dict[Path, str]:
        """Shown names by path."""
        pairs = zip(self.given.files, self.shown.files, strict=True)
        return {path: shown for (path, _), (_, shown) in pairs}


@dataclass(frozen=True, slots=True)
class Recording:
    """A contrast clip with what goes on from it.

    Attributes
    ----------
    clip : all its frames.
    files : of the recording, as tables show them; one where it is a file of its own.
    unplaced : whether other clips of its series do not say when they began.
    """

    clip: Clip
    files: tuple[str, ...]
    unplaced: bool = False


def whole_recording(clip: Clip, siblings: Siblings | None, tools: Tools) -> Recording | Abstained:
    """The recording that a contrast clip begins.

    Returns
    -------
    `part_of_bolus` where the clip goes on from another file: then it is measured with that one.

    Notes
    -----
    Files belong together where the clock of their headers says so (`dicom.continuation`), both are contrast
    clips and their pictures lie at the same places.
    """
    alone = Recording(clip, (clip.file,))
    if siblings is None or not isinstance(clip.time_base, TimeBase):
        return alone
    paths, unplaced = recording_of([path for path, _ in siblings.given.files], clip.path)
    if len(paths) == 1:
        fitting = any(_fits(other, clip) for other in _loaded(unplaced, clip, siblings, tools))
        return replace(alone, unplaced=fitting)
    clips = _loaded(paths, clip, siblings, tools)
    place = paths.index(clip.path)
    first = last = place
    while first > 0 and _fits(clips[first - 1], clip):
        first -= 1
    while last + 1 < len(clips) and _fits(clips[last + 1], clip):
        last += 1
    names = siblings.names()
    if first < place:
        begun = names[paths[first]]
        return Abstained("part_of_bolus", f"The clip goes on from {begun} and is measured together with it.")
    run = slice(first, last + 1)
    return Recording(
        joined_clip(clips[run], starts(paths[run])) if last > first else clip,
        tuple(names[path] for path in paths[run]),
    )


def _loaded(paths: tuple[Path, ...], clip: Clip, siblings: Siblings, tools: Tools) -> list[Clip | None]:
    """The files as clips, None for what is none."""
    own = dict(siblings.given.files)
    others = replace(siblings.given, files=tuple((path, own[path]) for path in paths if path != clip.path))
    shown = {own[path]: name for path, name in siblings.names().items()}
    clips, _ = load_exam(others, tools.manifest, shown) if others.files else ([], [])
    found = {one.path: one for one in clips} | {clip.path: clip}
    return [found.get(path) for path in paths]


def _fits(other: Clip | None, clip: Clip) -> bool:
    """Whether two clips show the same pictures at the same places."""
    if other is None or other.mode != Mode.CONTRAST or not isinstance(other.time_base, TimeBase):
        return False
    if len(other.areas) != len(clip.areas) or other.segment.value != clip.segment.value:
        return False
    return all(_same_place(one, two) for one, two in zip(other.areas, clip.areas, strict=True))


def _same_place(one: ImageArea, two: ImageArea) -> bool:
    """What was found in pixels alone may be cut where a panel is dark."""
    if one.declared or two.declared:
        return one.declared == two.declared
    rows = min(one.box.row1, two.box.row1) - max(one.box.row0, two.box.row0)
    columns = min(one.box.column1, two.box.column1) - max(one.box.column0, two.box.column0)
    larger = max(area.box.rows * area.box.columns for area in (one, two))
    return max(rows, 0) * max(columns, 0) > _SAME_SHARE * larger
