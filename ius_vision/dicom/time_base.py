"""When each frame was taken, by the attribute that says so."""

from __future__ import annotations

from itertools import accumulate

import pydicom

from ius_vision.dicom.clip import TimeBase
from ius_vision.dicom.header import number, numbers, whole
from ius_vision.outcomes import Abstained

FRAME_TIME, FRAME_TIME_VECTOR = 0x00181063, 0x00181065
# Outside these an interval is no ultrasound frame: a unit mistaken for another, or a placeholder.
SHORTEST_MS, LONGEST_MS = 0.1, 60_000.0


def find_time_base(dataset: pydicom.Dataset, frames: int) -> TimeBase | Abstained:
    """Give seconds of every frame from the first one.

    Returns
    -------
    Times and the attribute they come from, or `no_time_base`. A still is `single_frame` at 0 s.

    Notes
    -----
    Order: the attribute Frame Increment Pointer names, then Frame Time Vector with one entry a frame, Frame
    Time, Cine Rate, Recommended Display Frame Rate, Effective Duration. A vector's entries are the steps
    between frames (PS3.3 C.7.6.5.1.2); its first one should be 0, is not always, and is left out.
    """
    if frames == 1:
        return TimeBase((0.0,), "single_frame")
    pointed = _pointed(dataset)
    for source in sorted(SOURCES, key=lambda name: name != pointed):
        times = SOURCES[source](dataset, frames)
        if times is not None:
            return TimeBase(times, f"dicom:{source}")
    return Abstained(
        "no_time_base",
        f"The clip has {frames} frames and no usable frame time in its header, so no times are given; "
        "export it again with its frame times.",
    )


def _pointed(dataset: pydicom.Dataset) -> str:
    tag = whole(dataset, "FrameIncrementPointer")
    return {FRAME_TIME: "FrameTime", FRAME_TIME_VECTOR: "FrameTimeVector"}.get(tag, "FrameTimeVector")


def _even(interval_ms: float | None, frames: int) -> tuple[float, ...] | None:
    if interval_ms is None or not SHORTEST_MS <= interval_ms <= LONGEST_MS:
        return None
    return tuple(index * interval_ms / 1000 for index in range(frames))


def _from_vector(dataset: pydicom.Dataset, frames: int) -> tuple[float, ...] | None:
    steps_ms = numbers(dataset, "FrameTimeVector")
    if len(steps_ms) != frames or steps_ms[0] < 0:
        return None
    if not all(SHORTEST_MS <= step <= LONGEST_MS for step in steps_ms[1:]):
        return None
    return tuple(total / 1000 for total in accumulate(steps_ms[1:], initial=0.0))


def _from_frame_time(dataset: pydicom.Dataset, frames: int) -> tuple[float, ...] | None:
    return _even(number(dataset, "FrameTime"), frames)


def _from_cine_rate(dataset: pydicom.Dataset, frames: int) -> tuple[float, ...] | None:
    return _even(_interval_ms(number(dataset, "CineRate")), frames)


def _from_display_rate(dataset: pydicom.Dataset, frames: int) -> tuple[float, ...] | None:
    return _even(_interval_ms(number(dataset, "RecommendedDisplayFrameRate")), frames)


def _from_duration(dataset: pydicom.Dataset, frames: int) -> tuple[float, ...] | None:
    duration_s = number(dataset, "EffectiveDuration")
    return None if duration_s is None else _even(duration_s * 1000 / (frames - 1), frames)


def _interval_ms(rate_hz: float | None) -> float | None:
    return 1000 / rate_hz if rate_hz is not None and rate_hz > 0 else None


SOURCES = {
    "FrameTimeVector": _from_vector,
    "FrameTime": _from_frame_time,
    "CineRate": _from_cine_rate,
    "RecommendedDisplayFrameRate": _from_display_rate,
    "EffectiveDuration": _from_duration,
}
