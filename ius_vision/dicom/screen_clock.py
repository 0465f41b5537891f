"""Frame times from a timer that runs on the screen: readings on one straight line, or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ius_vision.dicom.screen_reader import Reading, TextLine

SOURCE = "screen_timer"
CLOCK = re.compile(r"(?<![\d:.])(?:(\d{1,2}):)?(\d{1,2}):(\d{2})(?:\.(\d{1,2}))?(?![\d:.])")
# Without a fraction, a lost point would make ten seconds of one.
SECONDS = re.compile(r"(?<![\d:.])(\d{1,3})\.(\d{1,2})(?![\d:.])")
UNIT = re.compile(r" ?s(?:ec)?(?![a-z?])")
LEAST_READINGS, LEAST_DIFFERENT = 12, 5
LAG_S = 0.05
AWRY_SHARE = 0.05
WORST_SHARE = 0.03
SHORTEST_S, LONGEST_S = 0.02, 10.0


@dataclass(frozen=True, slots=True)
class Timer:
    """What a timer showed: seconds, and the step in which it counts."""

    seconds: float
    step_s: float


@dataclass(frozen=True, slots=True)
class FramePace:
    """Seconds from frame to frame, and the most that this can be off, as a share of it."""

    interval_s: float
    error_share: float


def timer_of(line: TextLine) -> Timer | None:
    """The time that stands in a line: minutes and seconds with a colon, or seconds with their unit."""
    return line.agreed(_timer)


def _timer(reading: Reading) -> Timer | None:
    found = [timer for match in CLOCK.finditer(reading.digits) if (timer := _colons(match, reading))]
    found += [timer for match in SECONDS.finditer(reading.digits) if (timer := _unit(match, reading))]
    return found[0] if len(found) == 1 else None


def _colons(match: re.Match[str], reading: Reading) -> Timer | None:
    hours, minutes, seconds, part = match.groups()
    # A running hour is the time of day.
    if int(hours or 0) or int(minutes) > 59 or int(seconds) > 59 or not _apart(match, reading):
        return None
    return _timed(60 * int(minutes) + int(seconds), part)


def _unit(match: re.Match[str], reading: Reading) -> Timer | None:
    whole, part = match.groups()
    if not UNIT.match(reading.letters, match.end()) or not _apart(match, reading, behind=False):
        return None
    return _timed(int(whole), part)


def _apart(match: re.Match[str], reading: Reading, behind: bool = True) -> bool:
    """Whether a number is all of a number: no unread character touches it, such as a digit or a sign."""
    before = reading.letters[match.start() - 1] if match.start() else " "
    after = reading.letters[match.end()] if behind and match.end() < len(reading.letters) else " "
    return before != "?" and after != "?"


def _timed(whole: int, part: str | None) -> Timer:
    digits = len(part or "")
    return Timer(whole + int(part or 0) / 10**digits, 10.0**-digits)


def find_pace(frames: Sequence[int], timers: Sequence[Timer]) -> FramePace | None:
    """The pace at which a timer runs over the frames of a clip.

    Parameters
    ----------
    frames : numbers of the frames that were read, rising.
    timers : what was read in each.

    Returns
    -------
    None unless the timer counts in one step, at least 12 readings with 5 different times lie on one straight
    line to within its step and .05 s on either side, 1 in 20 of them at most does not, and no other line that
    they allow is steeper or flatter by more than 3 %.

    Notes
    -----
    A timer that stands at 0 has not been started: these readings do not count.
    """
    steps = {timer.step_s for timer in timers}
    if len(steps) != 1:
        return None
    index = np.array(frames, np.float64)
    seconds = np.array([timer.seconds for timer in timers])
    index, seconds = index[seconds > 0], seconds[seconds > 0]
    if len(index) < LEAST_READINGS or len(np.unique(seconds)) < LEAST_DIFFERENT:
        return None
    play_s = steps.pop() + 2 * LAG_S
    kept = _on_line(index, seconds, play_s)
    if np.mean(~kept) > AWRY_SHARE:
        return None
    return _pace(index[kept], seconds[kept], play_s)


def _on_line(index: NDArray[np.float64], seconds: NDArray[np.float64], play_s: float) -> NDArray[np.bool_]:
    """Readings near the median line through all of them."""
    first, second = np.triu_indices(len(index), 1)
    slope = np.median((seconds[second] - seconds[first]) / (index[second] - index[first]))
    off = seconds - slope * index
    return np.abs(off - np.median(off)) <= play_s


def _pace(index: NDArray[np.float64], seconds: NDArray[np.float64], play_s: float) -> FramePace | None:
    """The least-squares slope, and how far any line that all readings allow lies off."""
    first, second = np.triu_indices(len(index), 1)
    rise, run = seconds[second] - seconds[first], index[second] - index[first]
    flattest, steepest = float(((rise - play_s) / run).max()), float(((rise + play_s) / run).min())
    slope = float(np.polyfit(index, seconds, 1)[0])
    if flattest > steepest or not SHORTEST_S <= slope <= LONGEST_S:
        return None
    slope = min(max(slope, flattest), steepest)
    error = max(slope - flattest, steepest - slope) / slope
    return FramePace(slope, error) if error <= WORST_SHARE else None
