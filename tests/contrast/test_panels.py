"""The contrast panel is told from the B-mode panel beside it."""

from __future__ import annotations

import numpy as np
import pytest

from contrast.screens import COLUMNS, GAP, Recording, box, screens
from ius_vision.contrast.crop import crop_panels
from ius_vision.contrast.panels import Picture, find_panels
from ius_vision.geometry import Box

SHAPE = (218, 424)


def picture(where: Box, **facts) -> Picture:
    mask = np.zeros(SHAPE, bool)
    mask[where.slices] = True
    return Picture(where, mask, **facts)


@pytest.mark.parametrize("tinted", [True, False], ids=["tinted", "grey"])
@pytest.mark.parametrize("left", [True, False], ids=["left", "right"])
def test_either_order_tinted_or_grey(left, tinted):
    frames = screens(Recording(frames=60, rate_hz=1.0, contrast_left=left, tinted=tinted))
    pictures = [picture(box(True)), picture(box(False))]
    found = find_panels(pictures, list(frames[::14]))
    assert found.contrast == (0 if left else 1)
    assert found.tissue == (1 if left else 0)
    assert found.shift == ((0, -(COLUMNS + GAP)) if left else (0, COLUMNS + GAP))
    assert found.evidence.startswith("Left" if left else "Right")


def test_one_picture_is_taken_whole_and_that_is_said():
    found = find_panels([picture(box(True))], list(screens(Recording(frames=3))))
    assert found.tissue is None
    assert "whole picture" in found.evidence


def test_a_small_inset_is_no_panel():
    found = find_panels(
        [picture(box(True)), picture(Box(20, 300, 50, 340))], list(screens(Recording(frames=3)))
    )
    assert found.contrast == 0
    assert found.tissue is None


def test_declared_boxes_give_the_shift_where_pixels_are_cut_unlike():
    frames = list(screens(Recording(frames=40, rate_hz=1.0))[::9])
    left, right = box(True), box(False)
    cut = Box(right.row0 + 9, right.column0 + 4, right.row1 - 2, right.column1)
    found = find_panels([picture(left, declared=left), picture(cut, declared=right)], frames)
    assert found.shift == (0, COLUMNS + GAP)
    crop = crop_panels([picture(left), picture(cut)], found)
    assert (crop.contrast.rows, crop.contrast.columns) == (crop.tissue.rows, crop.tissue.columns)
    assert not crop.valid[:9].any()
    assert crop.valid[9:-2, 4:].all()


def test_a_panel_that_is_dark_at_its_rims_is_paired_by_the_boxes_of_the_header():
    frames = list(screens(Recording(frames=40, rate_hz=1.0))[::9])
    left, right = box(True), box(False)
    dark = Box(right.row0 + 4, right.column0 + 30, right.row1, right.column1 - 25)
    assert find_panels([picture(left), picture(dark)], frames).tissue is None
    assert find_panels([picture(left, declared=left), picture(dark, declared=right)], frames).tissue == 0
