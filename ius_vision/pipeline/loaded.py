"""Clips of an exam, or of a part of it, under the names that everything about them carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ius_vision.dicom.clip import Clip, ExamFiles, Unread
from ius_vision.dicom.load import load_exam
from ius_vision.pipeline.disguise import Disguise, shown_exam
from ius_vision.pipeline.pictures import clip_name
from ius_vision.pipeline.tools import Tools


@dataclass(frozen=True, slots=True)
class Loaded:
    """An exam and what of it was loaded.

    `given` has the files' own names, `exam` those that are shown. `tools` hold the manifest by shown names.
    """

    given: ExamFiles
    exam: ExamFiles
    clips: tuple[Clip, ...]
    unread: tuple[Unread, ...]
    tools: Tools
    disguise: Disguise | None = None
    places: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        places = {file: number for number, (_, file) in enumerate(self.exam.files, start=1)}
        object.__setattr__(self, "places", places)

    def name_of(self, file: str) -> str:
        """A clip's name in the names of masks and pictures: the same whatever else was loaded."""
        return clip_name(self.places[file], file)


def load_shown(given: ExamFiles, places: Sequence[int], tools: Tools, disguise: Disguise | None) -> Loaded:
    """Load files of an exam.

    Parameters
    ----------
    places : which of its files, from 0.
    """
    exam = shown_exam(given, disguise)
    part = replace(given, files=tuple(given.files[place] for place in places))
    if disguise is None:
        clips, unread = load_exam(part, tools.manifest)
        return Loaded(given, exam, tuple(clips), tuple(unread), tools)
    names = {own: shown for (_, own), (_, shown) in zip(given.files, exam.files, strict=True)}
    clips, unread = load_exam(part, tools.manifest, names)
    uids = {one.sop_instance_uid for one in (*clips, *unread)}
    return Loaded(
        given,
        exam,
        tuple(disguise.clip(clip) for clip in clips),
        tuple(disguise.unread(one) for one in unread),
        replace(tools, manifest=disguise.manifest_of(tools.manifest, names, uids)),
        disguise,
    )
