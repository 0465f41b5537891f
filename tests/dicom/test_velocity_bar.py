"""Velocity bars read row by row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ius_vision.dicom.load import load_exam
from ius_vision.dicom.scan import scan
from ius_vision.dicom.velocity_bar import read_velocity_bar
from ius_vision.geometry import Box

from .screens import add_power_bar, add_rectangle, add_text, add_velocity_bar, add_vessel, as_jpeg, blank

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "dicom"


def screen_with(place) -> np.ndarray:
    screen = blank()
    add_rectangle(screen, 50, 120, 550, 700)
    place(screen)
    return screen


def shifted_bar(screen: np.ndarray, zero: int) -> None:
    """A bar of 160 rows from row 100 on whose zero lies `zero` rows below its upper end."""
    above = np.linspace(1, 0, zero, endpoint=False)[:, None]
    below = np.linspace(0, 1, 160 - zero)[:, None]
    red = np.concatenate([255 * above, 200 * above**2, 0 * above], axis=1)
    blue = np.concatenate([0 * below, 200 * below**2, 255 * below], axis=1)
    screen[100:260, 740:754] = np.concatenate([red, blue])[:, None].astype(np.uint8)


@pytest.mark.parametrize("quality", [None, 90, 60])
@pytest.mark.parametrize("zero", [80, 40, 120])
def test_rows_and_zero_are_found_also_where_the_baseline_is_shifted(zero, quality):
    screen = screen_with(lambda screen: shifted_bar(screen, zero))
    bar = read_velocity_bar(screen if quality is None else as_jpeg(screen, quality))
    assert (bar.box.row0, bar.box.row1) == (pytest.approx(100, abs=3), pytest.approx(260, abs=3))
    assert bar.zero_row == pytest.approx(100 + zero, abs=4)
    assert bar.places.max() == pytest.approx(zero / 80, abs=0.06)
    assert bar.places.min() == pytest.approx(zero / 80 - 2, abs=0.06)


def test_colours_and_places_belong_together():
    bar = read_velocity_bar(screen_with(lambda screen: add_velocity_bar(screen, 100, 740, 160, 14)))
    assert np.all((bar.colours[:, 0] > bar.colours[:, 2]) == (bar.places > 0))
    fastest = bar.colours[np.argmax(bar.places)]
    assert fastest == pytest.approx((255, 200, 0), abs=8)


def test_letters_that_touch_a_bar_are_no_part_of_it():
    def place(screen):
        add_velocity_bar(screen, 100, 740, 160, 28)
        add_text(screen, "5.0", 98, 738, (168, 169, 98))
        add_text(screen, "-5.0", 275, 734, (168, 169, 98))

    bar = read_velocity_bar(screen_with(place))
    assert (bar.box.row0, bar.box.row1) == (pytest.approx(100, abs=3), pytest.approx(260, abs=3))


def test_a_bar_whose_header_says_where_it_is_is_read_there():
    screen = screen_with(lambda screen: add_velocity_bar(screen, 100, 740, 160, 14))
    assert read_velocity_bar(screen, Box(100, 740, 260, 754)).zero_row == pytest.approx(180, abs=3)
    assert read_velocity_bar(screen, Box(300, 740, 460, 754)) is None


@pytest.mark.parametrize(
    "place",
    [
        lambda screen: None,
        lambda screen: add_power_bar(screen, 100, 740, 120, 16),
        lambda screen: add_vessel(screen, 300, 400, (255, 90, 0), 25),
    ],
)
def test_what_is_no_bar_of_two_sides_is_not_read(place):
    assert read_velocity_bar(screen_with(place)) is None


# Rows by eye on the enlarged picture: first row, row after the last, middle of the dark band.
REAL = {
    "US-PAL-8-10x-echo": (28, 152, 90.0), "will-jxl.dcm": (42, 226, 134.0), "US1_UNCR.dcm": None,
    "IM00001.implicit_little_endian.dcm": None, "color-px.dcm": None,
}  # fmt: skip


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared real files are not there")
@pytest.mark.parametrize("name", REAL)
def test_bars_of_real_files_are_read_where_an_eye_sees_them(name):
    (exam,) = scan([FOLDER / name]).exams
    (clip,), _ = load_exam(exam)
    ((_, rgb),) = clip.rgb_frames([0])
    bar = read_velocity_bar(rgb)
    found = None if bar is None else (bar.box.row0, bar.box.row1, bar.zero_row)
    assert found == (None if REAL[name] is None else pytest.approx(REAL[name], abs=2))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 2**31), st.data())
def test_no_box_in_anything_breaks_the_reading(rows, columns, seed, data):
    rgb = np.random.default_rng(seed).integers(0, 256, (rows, 1, 3)).repeat(columns, axis=1).astype(np.uint8)
    row, column = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    box = Box(row, column, data.draw(st.integers(row + 1, rows)), data.draw(st.integers(column + 1, columns)))
    for bar in (read_velocity_bar(rgb), read_velocity_bar(rgb, box)):
        assert bar is None or np.isfinite(bar.places).all()
