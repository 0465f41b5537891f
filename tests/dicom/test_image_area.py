from __future__ import annotations

import numpy as np
import pytest

from ius_vision.dicom.image_area import find_picture, find_pictures, screen_brightness
from ius_vision.dicom.outline import fill_outline
from ius_vision.geometry import Box

from .screens import (
    add_fan,
    add_grey_bar,
    add_rectangle,
    add_ruler,
    add_text,
    add_velocity_bar,
    as_jpeg,
    blank,
)

FAN = {"apex": (-60, 400), "radii": (140, 560), "half_degrees": 34}


def furnished(screen: np.ndarray) -> np.ndarray:
    """Surround a picture with what scanners put there."""
    screen[:30] = (40, 60, 90)
    add_text(screen, "GENERAL HOSPITAL  DOE, JANE  2026-01-02", 20, 10)
    for place, text in enumerate(["C5-1", "28Hz", "11cm", "2D", "Gn 60", "C 61", "3/3/4"]):
        add_text(screen, text, 60 + 22 * place, 5)
    add_text(screen, "+ Dist 1.43 cm", 585, 20)
    add_text(screen, "TERM ILEUM TRANS", 590, 320)
    add_grey_bar(screen, 60, 775, 160, 12)
    add_velocity_bar(screen, 260, 770, 120, 20)
    add_ruler(screen, 755, 40, 40, 13, major_every=5)
    return screen


def brightness(*frames: np.ndarray) -> np.ndarray:
    return screen_brightness(frames)


def shape_of(picture, shape) -> np.ndarray:
    mask = np.zeros(shape, bool)
    if picture.outline is None:
        mask[picture.box.slices] = True
        return mask
    return fill_outline(np.asarray(picture.outline), shape)


def overlap(found: np.ndarray, truth: np.ndarray) -> float:
    return (found & truth).sum() / (found | truth).sum()


@pytest.mark.parametrize("lossy", [False, True])
def test_a_rectangle_is_found_to_the_pixel_amid_furniture(lossy):
    screen = furnished(blank())
    add_rectangle(screen, 50, 120, 550, 700)
    (picture,) = find_pictures(brightness(as_jpeg(screen) if lossy else screen))
    edges = (picture.box.row0, picture.box.column0, picture.box.row1, picture.box.column1)
    assert edges == pytest.approx((50, 120, 550, 700), abs=3 if lossy else 1)


@pytest.mark.parametrize("lossy", [False, True])
def test_a_fan_is_found_amid_furniture(lossy):
    screen = furnished(blank())
    truth = add_fan(screen, **FAN)
    (picture,) = find_pictures(brightness(as_jpeg(screen) if lossy else screen))
    assert picture.outline is not None
    assert overlap(shape_of(picture, truth.shape), truth) > 0.95


def test_the_hollow_under_a_curved_probe_is_left_out():
    screen = blank()
    truth = add_fan(screen, **FAN)
    (picture,) = find_pictures(brightness(screen))
    top = np.flatnonzero(truth.any(axis=1))[0]
    assert not shape_of(picture, truth.shape)[top + 5, 400]


def test_a_dark_field_one_grey_level_above_the_screen_belongs_to_the_fan():
    screen = blank()
    truth = add_fan(screen, **FAN)
    rows = np.arange(600)[:, None]
    screen[truth & (rows > 200)] = 1
    (picture,) = find_pictures(brightness(furnished(screen)))
    assert overlap(shape_of(picture, truth.shape), truth) > 0.9


def test_a_probe_mark_touching_the_picture_is_left_out():
    screen = blank()
    add_rectangle(screen, 50, 120, 550, 700)
    row, column = np.mgrid[0:600, 0:800]
    screen[np.hypot(row - 70, column - 109) < 11] = 200
    (picture,) = find_pictures(brightness(screen))
    assert picture.box.column0 == pytest.approx(120, abs=2)


@pytest.mark.parametrize("gap", [0, 12])
def test_two_pictures_side_by_side_are_two(gap):
    screen = blank()
    add_rectangle(screen, 80, 60, 480, 396, seed=1)
    add_rectangle(screen, 80, 396 + gap, 480, 732 + gap, seed=2)
    screen[80:480, 60:396] //= 2
    found = find_pictures(brightness(screen))
    assert [(picture.box.column0, picture.box.column1) for picture in found] == [
        pytest.approx((60, 396), abs=2),
        pytest.approx((396 + gap, 732 + gap), abs=2),
    ]


def test_a_colour_boxs_edge_in_the_middle_makes_no_two_pictures():
    screen = blank()
    add_rectangle(screen, 80, 60, 480, 732)
    screen[120:440, 396:398] = 255
    screen[120:440, 600:602] = 255
    screen[120, 396:602] = screen[440, 396:602] = 255
    assert len(find_pictures(brightness(screen))) == 1


def test_a_picture_that_fills_the_frame_is_the_frame():
    screen = blank(240, 320)
    add_rectangle(screen, 0, 0, 240, 320)
    (picture,) = find_pictures(brightness(screen))
    assert (picture.box, picture.outline) == (Box(0, 0, 240, 320), None)


@pytest.mark.parametrize(
    "screen",
    [blank(), blank(1, 1), blank(3, 900), np.full((60, 80, 3), 128, np.uint8), furnished(blank())],
    ids=["black", "one pixel", "three rows", "grey", "furniture alone"],
)
def test_a_screen_without_a_picture_gives_none_or_the_frame_and_no_error(screen):
    for picture in find_pictures(brightness(screen)):
        assert picture.box == Box(0, 0, *screen.shape[:2])


def test_a_declared_window_keeps_out_what_lies_beyond():
    screen = blank()
    add_rectangle(screen, 50, 0, 550, 800)
    picture = find_picture(brightness(screen), Box(50, 200, 550, 600))
    assert picture.box == Box(50, 200, 550, 600)


def test_a_moving_picture_is_found_from_all_frames_together():
    first, second = blank(), blank()
    add_rectangle(first, 50, 120, 300, 700)
    add_rectangle(second, 300, 120, 550, 700)
    (picture,) = find_pictures(brightness(first, second))
    assert (picture.box.row0, picture.box.row1) == pytest.approx((50, 550), abs=2)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 500), (500, 1), (7, 300)])
def test_a_line_of_pixels_is_no_picture(rows, columns):
    lit = np.random.default_rng(1).integers(60, 255, (rows, columns), dtype=np.uint8)
    assert find_pictures(lit) == ()
