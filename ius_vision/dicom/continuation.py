"""Files that one recording was stored in: which follow each other by the clock of their headers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from ius_vision.dicom.clip import Clip, TimeBase
from ius_vision.dicom.header import read_header, text, whole
from ius_vision.dicom.injection import day_second
from ius_vision.dicom.time_base import find_time_base
from ius_vision.errors import Unreadable

# A machine needs a moment to begin the next file; after more than this another recording began.
LARGEST_PAUSE_S = 3.0
_ROUNDING_S = 0.05
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class _Stretch:
    """One file's place in its series: `start_s` of the day, None where the header does not say."""

    path: Path
    kind: tuple[str, int | None, int | None]
    start_s: float | None
    times_s: tuple[float, ...]

    @property
    def interval_s(self) -> float:
        return self.times_s[-1] / max(len(self.times_s) - 1, 1)

    def precedes(self, other: _Stretch) -> bool:
        """Whether the other file goes on where this one ends."""
        if self.start_s is None or other.start_s is None:
            return False
        pause = (other.start_s - self.start_s) % _DAY_S - self.times_s[-1] - self.interval_s
        return -self.interval_s / 2 - _ROUNDING_S <= pause <= LARGEST_PAUSE_S


def recording_of(paths: Sequence[Path], path: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """The files of the recording that a file is part of, in their order, and those that could not be placed.

    Parameters
    ----------
    paths : files of the exam.
    path : one of them.

    Returns
    -------
    First the file alone where none goes before or after it. Second the other files with frames of its series
    and size where one of them, or the file itself, does not say when it began: nobody can tell whether they
    belong together.

    Notes
    -----
    Same series, rows and columns; Acquisition DateTime or Acquisition Time of the later one within 3 s after
    the last frame of the earlier one, and not before it. Content Time does not count: machines write the time
    of storing into it.
    """
    own = _stretch(path)
    if own is None:
        return (path,), ()
    others = [one for each in paths if each != path and (one := _stretch(each)) and one.kind == own.kind]
    found = [own, *others]
    if any(one.start_s is None for one in found):
        return (path,), tuple(one.path for one in others)
    # Half a day before this file to half a day after it: midnight is no end.
    found.sort(key=lambda one: ((one.start_s - own.start_s + _DAY_S / 2) % _DAY_S, str(one.path)))
    place = found.index(own)
    first = last = place
    while first > 0 and found[first - 1].precedes(found[first]):
        first -= 1
    while last + 1 < len(found) and found[last].precedes(found[last + 1]):
        last += 1
    return tuple(one.path for one in found[first : last + 1]), ()


def _stretch(path: Path) -> _Stretch | None:
    """A file's place; None for what has no frames in time."""
    try:
        dataset = read_header(path).dataset
    except (Unreadable, OSError):  # it has its own row that says so
        return None
    frames, series = whole(dataset, "NumberOfFrames") or 1, text(dataset, "SeriesInstanceUID")
    times = find_time_base(dataset, frames) if frames > 1 and series else None
    if not isinstance(times, TimeBase):
        return None
    moments = (text(dataset, "AcquisitionDateTime")[8:], text(dataset, "AcquisitionTime"))
    start = next((second for each in moments if (second := day_second(each)) is not None), None)
    return _Stretch(path, (series, whole(dataset, "Rows"), whole(dataset, "Columns")), start, times.times_s)


def joined_clip(clips: Sequence[Clip], starts_s: Sequence[float]) -> Clip:
    """Clips that follow each other as one: the first one's facts, the frames of all.

    Parameters
    ----------
    starts_s : of every clip's first frame, on the first one's clock.
    """
    times = tuple(
        round(start + time, 6)
        for clip, start in zip(clips, starts_s, strict=True)
        for time in clip.time_base.times_s
    )
    source = f"{clips[0].time_base.source}+dicom:AcquisitionTime"
    return replace(
        clips[0],
        frames=len(times),
        time_base=TimeBase(times, source),
        open_frames=_chained([(clip.frames, clip.open_frames) for clip in clips]),
    )


def starts(paths: Sequence[Path]) -> tuple[float, ...]:
    """When the files of a recording begin, in seconds from the first; none before the last one has ended."""
    stretches = [_stretch(path) for path in paths]
    found = [0.0]
    for one, after in pairwise(stretches):
        least = found[-1] + one.times_s[-1] + one.interval_s
        found.append(max(least, found[-1] + (after.start_s - one.start_s) % _DAY_S))
    return tuple(found)


def _chained(
    parts: Sequence[tuple[int, Callable]],
) -> Callable[[Sequence[int] | None, bool], Iterator[tuple[int, np.ndarray]]]:
    """Frames of several clips as those of one."""

    def open_frames(indices: Sequence[int] | None = None, colour: bool = False):
        first = 0
        for frames, frames_of in parts:
            here = None if indices is None else [i - first for i in indices if first <= i < first + frames]
            if here is None or here:
                yield from ((first + index, frame) for index, frame in frames_of(here, colour))
            first += frames

    return open_frames
