from __future__ import annotations

import numpy as np
import pytest

from ius_vision.dicom.ruler import changed_ruler, find_rulers, read_unit, rulers_of
from ius_vision.dicom.ticks import find_tick_rows
from ius_vision.geometry import Box

from .screens import add_rectangle, add_ruler, add_text, as_jpeg, blank, header, speckle

PICTURE = Box(50, 100, 550, 650)


def screen_with(period_px: float, ticks: int, column: int = 680, **more) -> np.ndarray:
    screen = blank()
    add_rectangle(screen, 50, 100, 550, 650)
    add_ruler(screen, column, 50, period_px, ticks, **more)
    return screen


def one_ruler(screen: np.ndarray):
    found = rulers_of(find_rulers(screen, [PICTURE]), PICTURE, [])
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("period_px", [9.7, 15.0, 39.86, 52.4, 76.8, 100.3])
def test_the_distance_of_ticks_is_read_to_half_a_percent(period_px):
    ruler = one_ruler(screen_with(period_px, int(490 / period_px) + 1))
    assert ruler.period_px == pytest.approx(period_px, rel=0.005)
    assert ruler.along == "rows"
    assert ruler.major_every is None


@pytest.mark.parametrize("missing", [(3,), (1, 5), (4, 8)])
def test_missing_ticks_do_not_double_the_distance(missing):
    ruler = one_ruler(screen_with(45.0, 11, missing=missing))
    assert ruler.period_px == pytest.approx(45.0, rel=0.005)


@pytest.mark.parametrize("order", [2, 4, 5, 10])
def test_the_order_of_long_ticks_is_seen(order):
    assert one_ruler(screen_with(22.3, 22, major_every=order)).major_every == order


def test_compression_does_not_move_the_ticks():
    ruler = one_ruler(as_jpeg(screen_with(38.1, 13, major_every=5), quality=60))
    assert ruler.period_px == pytest.approx(38.1, rel=0.005)
    assert ruler.major_every == 5


def test_a_ruler_on_the_pictures_rim_is_found():
    assert one_ruler(screen_with(45.0, 11, column=644)).period_px == pytest.approx(45.0, rel=0.005)


def test_a_horizontal_ruler_is_found():
    turned = np.ascontiguousarray(screen_with(45.0, 11).transpose(1, 0, 2))
    found = find_rulers(turned, [Box(100, 50, 650, 550)])
    assert [ruler.along for ruler in found] == ["columns"]


def test_a_faint_line_beside_the_ticks_does_not_hide_them():
    screen = screen_with(45.0, 11)
    screen[50:550, 678:680] = 180
    assert one_ruler(screen).period_px == pytest.approx(45.0, rel=0.005)


def test_lines_of_text_are_no_ruler():
    screen = blank()
    add_rectangle(screen, 50, 300, 550, 700)
    for place, text in enumerate(
        ["2D", "Gn 60", "C 55", "P Low", "Gen", "Res", "TIB 0.2", "HGen", "DR 64", "FR 36"]
    ):
        add_text(screen, text, 60 + 22 * place, 10)
    box = Box(50, 300, 550, 700)
    assert rulers_of(find_rulers(screen, [box]), box, []) == ()


@pytest.mark.parametrize("seed", range(4))
def test_speckle_is_no_ruler(seed):
    screen = np.repeat(speckle(400, 500, seed)[..., None], 3, axis=2)
    assert find_rulers(screen, []) == ()


def test_uneven_marks_are_no_ruler():
    screen = blank()
    for row in (60, 90, 150, 230, 260, 340, 420, 470):
        screen[row : row + 2, 680:686] = 235
    assert find_tick_rows(screen.max(axis=2), np.ones(screen.shape[:2], bool)) == ()


def test_a_short_ruler_such_as_a_focus_mark_is_left_out():
    screen = screen_with(12.0, 6)
    assert rulers_of(find_rulers(screen, [PICTURE]), PICTURE, []) == ()


def test_a_ruler_belongs_to_the_nearest_of_two_pictures():
    left, right = Box(50, 20, 550, 380), Box(50, 400, 550, 760)
    rulers = find_rulers(screen_with(45.0, 11, column=775), [left, right])
    assert rulers_of(rulers, right, [left])
    assert not rulers_of(rulers, left, [right])


def test_a_changed_zoom_is_noticed_and_an_equal_one_is_not():
    first = find_rulers(screen_with(45.0, 11), [PICTURE])
    later = find_rulers(screen_with(60.0, 9), [PICTURE])
    assert changed_ruler(first, first) is None
    assert changed_ruler(first, later)[1].period_px == pytest.approx(60.0, rel=0.005)


@pytest.mark.parametrize(
    ("period_px", "order", "tags", "pixel_mm"),
    [
        (76.8, 2, {}, 5 / 76.8),  # 5 and 10 mm
        (28.87, 4, {}, 2.5 / 28.87),
        (15.0, 10, {}, 1 / 15.0),  # 1 and 10 mm; 10 and 100 mm would be 33 cm deep
        (39.86, 5, {}, None),  # 2 and 10 mm or 10 and 50 mm: both are possible
        (39.86, 5, {"TransducerData": ["C5_1", "", ""]}, 10 / 39.86),
        (39.86, 5, {"DepthOfScanField": 125}, 10 / 39.86),
        (39.86, 5, {"DepthOfScanField": 25}, 2 / 39.86),
        (39.86, 5, {"DepthOfScanField": 70}, None),
        (39.86, None, {}, None),
        (39.86, None, {"DepthOfScanField": 125}, 10 / 39.86),
        (300.0, 2, {}, None),  # less than 2 cm deep
    ],
)
def test_a_ruler_is_read_alone_only_where_one_reading_is_possible(period_px, order, tags, pixel_mm):
    ruler = one_ruler(screen_with(45.0, 11))
    ruler = type(ruler)("rows", 680.0, 50.0, 550.0, period_px, 9, order)
    assert read_unit(ruler, PICTURE, header(**tags)) == pytest.approx(pixel_mm)


def test_the_time_axis_of_a_strip_far_below_is_no_ruler_of_the_picture():
    screen = blank()
    add_rectangle(screen, 40, 100, 300, 650)
    turned = np.ascontiguousarray(screen.transpose(1, 0, 2))
    add_ruler(turned, 560, 100, 55.0, 11)
    screen = np.ascontiguousarray(turned.transpose(1, 0, 2))
    box = Box(40, 100, 300, 650)
    found = find_rulers(screen, [box])
    assert [ruler.along for ruler in found] == ["columns"]
    assert rulers_of(found, box, []) == ()
