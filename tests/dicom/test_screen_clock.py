"""A timer on the screen: times from readings on one line, or none at all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicom.lettering import CYAN, GREY, LEARNED, YELLOW, blank, compressed, everywhere, write
from ius_vision.dicom.screen_clock import Timer, find_pace, timer_of
from ius_vision.dicom.screen_reader import read_lines


def read(text: str, ink=GREY, height_px: int = 14) -> list[Timer]:
    screen = blank()
    write(screen, text, (20, 20), LEARNED, height_px, ink)
    screen = compressed(screen)
    return [timer for line in read_lines(screen, everywhere(screen)) if (timer := timer_of(line))]


@pytest.mark.parametrize("ink", [GREY, YELLOW, CYAN])
@pytest.mark.parametrize(
    ("text", "seconds", "step_s"),
    [
        ("00:23", 23, 1),
        ("1:07", 67, 1),
        ("0:23.4", 23.4, 0.1),
        ("00:01:09", 69, 1),
        ("T 23.4s", 23.4, 0.1),
        ("Timer 02:58", 178, 1),
        ("12.34 sec", 12.34, 0.01),
    ],
)
def test_a_time_is_read_with_its_step(text, seconds, step_s, ink):
    (timer,) = read(text, ink)
    assert (timer.seconds, timer.step_s) == (pytest.approx(seconds), pytest.approx(step_s))


@pytest.mark.parametrize(
    "text", ["12:34:56", "23", "0.06", "23.4", "61:75", "1:2", "2024.11", "123/600", "5.0 cm/s"]
)
def test_what_is_no_time_is_not_read(text):
    assert read(text) == []


def timers(seconds, step_s: float) -> list[Timer]:
    return [Timer(float(np.floor(each / step_s + 1e-9) * step_s), step_s) for each in seconds]


@given(
    interval_s=st.floats(0.04, 1.5),
    ahead_s=st.floats(0.5, 90),
    step_s=st.sampled_from([1.0, 0.1, 0.01]),
)
def test_the_pace_is_right_to_what_is_said(interval_s, ahead_s, step_s):
    frames = np.unique(np.linspace(0, 60 / interval_s, 200).round().astype(int))
    pace = find_pace(frames, timers(ahead_s + frames * interval_s, step_s))
    assert pace is not None
    assert abs(pace.interval_s / interval_s - 1) <= pace.error_share + 1e-9 <= 0.03 + 1e-9


def test_a_few_misread_times_do_no_harm_and_many_give_nothing():
    frames = np.arange(0, 300, 2)
    told = timers(5 + frames * 0.2, 1.0)
    few = [Timer(each.seconds + 40, 1.0) if place % 25 == 3 else each for place, each in enumerate(told)]
    many = [Timer(each.seconds + 40, 1.0) if place % 9 == 3 else each for place, each in enumerate(told)]
    assert find_pace(frames, few).interval_s == pytest.approx(0.2, rel=0.01)
    assert find_pace(frames, many) is None


def test_a_timer_that_has_not_been_started_yet_does_not_count():
    frames = np.arange(0, 300, 2)
    told = timers(np.maximum(frames * 0.2 - 8.0, 0.0), 1.0)
    assert find_pace(frames, told).interval_s == pytest.approx(0.2, rel=0.01)


NOT_A_LINE = {
    "frames at uneven times": 10 + np.r_[np.arange(100) * 0.1, 10 + np.arange(100) * 0.4],
    "a pause in the middle": 10 + np.r_[np.arange(100) * 0.2, 25 + np.arange(100) * 0.2],
    "a timer that stopped": 10 + np.minimum(np.arange(200) * 0.2, 20.0),
    "running backwards": 60 - np.arange(200) * 0.2,
    "too short": 10 + np.arange(200) * 0.02,
    "standing": np.full(200, 23.0),
    "the time of day": 700 + np.arange(200) * 0.2 / 60,
}


@pytest.mark.parametrize("seconds", NOT_A_LINE.values(), ids=NOT_A_LINE)
def test_what_does_not_run_evenly_gives_no_times(seconds):
    assert find_pace(np.arange(len(seconds)), timers(seconds, 1.0)) is None


def test_two_kinds_of_steps_are_no_timer():
    frames = np.arange(0, 300, 2)
    told = timers(5 + frames * 0.2, 1.0)
    told[7] = Timer(told[7].seconds, 0.1)
    assert find_pace(frames, told) is None
