"""What only the screen of a contrast clip says: its frame times and its dynamic range."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ius_vision.dicom.clip import Clip, TimeBase
from ius_vision.dicom.dynamic_range import DynamicRange
from ius_vision.dicom.image_area import brightest_channel
from ius_vision.dicom.screen_clock import SOURCE, FramePace, Timer, find_pace, timer_of
from ius_vision.dicom.screen_range import range_on_screen
from ius_vision.dicom.screen_reader import hull_of, overlapping, read_lines
from ius_vision.geometry import Box
from ius_vision.pipeline.scene import evenly_spaced

RANGE_LOOKS, TIMER_LOOKS, TIMER_FRAMES = 3, 9, 300
LEAST_LOOKS = 4
BESIDE_PX = 3
TURNED, NEAR_PX = 40, (25, 241)
READ_SHARE = 0.5
ROOM = 1.5
SAME_PACE = 0.05


def range_from_screen(clip: Clip) -> DynamicRange | None:
    """The dynamic range that stands beside the pictures; None where it is not read for sure."""
    outside = _outside(clip)
    looks = clip.rgb_frames(evenly_spaced(clip.frames, RANGE_LOOKS))
    return range_on_screen([read_lines(frame, outside) for _, frame in looks])


def timed_by_screen(clip: Clip) -> Clip:
    """The clip with frame times from a timer that runs on its screen; as it was where none is read for sure.

    Notes
    -----
    A timer is a time that rises over a few frames spread over the clip. It is then read in up to 300 frames.
    """
    paces = _paces(clip)
    intervals = [pace.interval_s for pace in paces]
    if not paces or max(intervals) > (1 + SAME_PACE) * min(intervals):
        return clip
    best = min(paces, key=lambda pace: pace.error_share)
    times = tuple(index * best.interval_s for index in range(clip.frames))
    said = (
        f"The frame times are read off the timer on the screen: {best.interval_s:.4g} s a frame, "
        f"off by {100 * best.error_share:.1f} % at most"
    )
    return replace(clip, time_base=TimeBase(times, SOURCE), warnings=(*clip.warnings, said))


def _outside(clip: Clip) -> NDArray[np.bool_]:
    """Everything beside the pictures."""
    inside = np.zeros((clip.rows, clip.columns), np.uint8)
    for area in clip.areas:
        inside |= area.mask(clip.rows, clip.columns).astype(np.uint8)
    side = 2 * BESIDE_PX + 1
    return cv2.dilate(inside, np.ones((side, side), np.uint8)) == 0


@dataclass(slots=True, eq=False)
class _TimerFace:
    """Where a timer stands, and what it told by frame; a face that did not change is not read again."""

    window: Box
    outside: NDArray[np.bool_]
    told: list[tuple[int, Timer]] = field(default_factory=list)
    seen: NDArray[np.uint8] | None = None
    timer: Timer | None = None

    def read(self, index: int, frame: NDArray[np.uint8]) -> None:
        """Take in one frame, (rows, columns, 3) uint8 RGB."""
        face = frame[self.window.slices]
        if self.seen is None or cv2.absdiff(face, self.seen).max() > TURNED:
            timers = _timers(face, self.outside)
            self.timer = timers[0][1] if len(timers) == 1 else None
            self.seen = face.copy()
        if self.timer is not None:
            self.told.append((index, self.timer))


def _paces(clip: Clip) -> list[FramePace]:
    """The pace of every timer on the screen."""
    outside = _outside(clip)
    windows = _timer_windows(clip, outside)
    if not windows:
        return []
    faces = [_TimerFace(window, outside[window.slices]) for window in windows]
    looked_at = evenly_spaced(clip.frames, TIMER_FRAMES)
    for index, frame in clip.rgb_frames(looked_at):
        for face in faces:
            face.read(index, frame)
    read = [face.told for face in faces if len(face.told) >= READ_SHARE * len(looked_at)]
    paces = [find_pace(*zip(*told, strict=True)) for told in read]
    return [pace for pace in paces if pace is not None]


def _timers(frame: NDArray[np.uint8], outside: NDArray[np.bool_]) -> list[tuple[Box, Timer]]:
    told = [(line.box, timer_of(line)) for line in read_lines(frame, outside)]
    return [(box, timer) for box, timer in told if timer is not None]


def _timer_windows(clip: Clip, outside: NDArray[np.bool_]) -> list[Box]:
    """Where a time stands that rises over some frames spread over the clip."""
    looks = [frame for _, frame in clip.rgb_frames(evenly_spaced(clip.frames, TIMER_LOOKS))]
    brightness = np.stack([brightest_channel(frame) for frame in looks])
    turned = (np.ptp(brightness, axis=0) > TURNED) & outside
    near = cv2.dilate(turned.astype(np.uint8), np.ones(NEAR_PX, np.uint8)).astype(bool) & outside
    places: list[tuple[Box, list[float]]] = []
    for frame in looks:
        for box, timer in _timers(frame, near):
            same = next((place for place, (hull, _) in enumerate(places) if overlapping(hull, box)), None)
            if same is None:
                places.append((box, [timer.seconds]))
            else:
                hull, told = places[same]
                places[same] = (hull_of(hull, box), [*told, timer.seconds])
    return [
        _with_room(hull, clip)
        for hull, told in places
        if len(told) >= LEAST_LOOKS and told == sorted(told) and len(set(told)) >= LEAST_LOOKS
    ]


def _with_room(box: Box, clip: Clip) -> Box:
    """Room for a time that grows by a digit."""
    room = round(ROOM * box.rows)
    return Box(
        max(0, box.row0 - room), max(0, box.column0 - room),
        min(clip.rows, box.row1 + room), min(clip.columns, box.column1 + room),
    )  # fmt: skip
