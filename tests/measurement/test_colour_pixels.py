"""Coloured pixels against grey ones."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.measurement.colour_pixels import ColourGauge, green_lines, remove_colour, straight_lines
from ius_vision.outcomes import Measured

from .cines import NEAR_MM, Cine


def coloured(picture: np.ndarray) -> np.ndarray:
    area = np.ones(picture.shape[:2], np.uint8)
    return ColourGauge().coloured(np.ascontiguousarray(picture), area) > 0


@pytest.mark.parametrize("quality", [None, 90, 60])
def test_a_grey_frame_has_no_coloured_pixel(quality):
    cine = Cine(1)
    picture = (cine if quality is None else cine.compressed(quality)).frames[0]
    assert coloured(picture).mean() < 1e-4


@pytest.mark.parametrize("tint", [(1.0, 0.82, 0.55), (0.7, 0.85, 1.0), (1.0, 0.6, 0.3)])
def test_a_tinted_grey_map_is_not_flow(tint):
    assert coloured(Cine(1).tinted(tint).compressed(85).frames[0]).mean() < 6e-3


def test_flow_is_found_with_its_size_in_compressed_frames():
    cine = Cine(1).vessel((NEAR_MM, 10.0), (NEAR_MM, 30.0), width_mm=2.0)
    drawn = np.ptp(cine.frames[0].astype(int), axis=2) > 30
    found = coloured(cine.compressed(75).frames[0])
    assert (found & drawn).sum() / (found | drawn).sum() > 0.8


def test_a_big_vessel_of_one_colour_does_not_pass_for_the_grey_map():
    cine = Cine(1).vessel((8.0, 10.0), (8.0, 30.0), width_mm=7.0)
    drawn = np.ptp(cine.frames[0].astype(int), axis=2) > 30
    found = coloured(cine.frames[0])
    assert (found & drawn).sum() > 0.99 * drawn.sum()
    assert (found & ~drawn).sum() < 20


def test_long_thin_upright_lines_are_graphics_and_vessels_are_not():
    mask = np.zeros((200, 200), np.uint8)
    mask[50, 20:180] = mask[20:180, 30] = 1
    mask[100:108, 40:190] = 1
    lines = straight_lines(mask) > 0
    assert lines[50, 100]
    assert lines[120, 30]
    assert not lines[100:108, 60:].any()


def test_removing_colour_leaves_grey_pixels_as_they_are_and_fills_the_rest_like_them():
    cine = Cine(1)
    plain = cine.frames[0][:, :, 0].copy()
    cine.vessel((6.0, 10.0), (6.0, 30.0), width_mm=2.0)
    drawn = np.ptp(cine.frames[0].astype(int), axis=2) > 30
    grey = remove_colour(cine.frames[0])
    far = np.ones_like(drawn)
    far[20:70] = False
    np.testing.assert_array_equal(grey[far], plain[far])
    assert abs(float(grey[drawn].mean()) - float(plain[drawn].mean())) < 8


def test_a_frame_without_colour_keeps_its_luminance():
    picture = Cine(1).frames[0]
    np.testing.assert_array_equal(remove_colour(picture), picture[:, :, 0])


def test_a_frame_all_of_one_colour_does_not_fail():
    picture = np.full((60, 60, 3), (200, 30, 30), np.uint8)
    assert remove_colour(picture).shape == (60, 60)


def test_flow_and_graphics_in_the_brightest_bands_do_not_tint_the_grey():
    rng = np.random.default_rng(3)
    grey = np.minimum(rng.exponential(25.0, (300, 300)), 130).astype(np.uint8)
    rgb = np.repeat(grey[..., None], 3, axis=2)
    for step, blue in enumerate(range(180, 256, 5)):
        rgb[100:130, 20 + 12 * step : 32 + 12 * step] = (0, 0.75 * blue, blue)
    found = ColourGauge().coloured(rgb, np.ones(grey.shape, np.uint8)) > 0
    assert found[100:130, 20:212].all()
    assert not found[np.ptp(rgb, axis=2) == 0].any()


def test_a_short_thin_outline_that_is_not_of_a_colour_of_flow_is_graphics():
    rgb = np.full((120, 120, 3), 70, np.uint8)
    rgb[20:80, 30:35] = (64, 92, 60)
    rgb[20:80, 60:65] = (150, 30, 20)
    rgb[95:105, 30:90] = (64, 92, 60)
    coloured = ColourGauge().coloured(rgb, np.ones(rgb.shape[:2], np.uint8))
    lines = green_lines(rgb, coloured) > 0
    assert lines[20:80, 30:35].all()
    assert not lines[20:80, 60:65].any()
    assert not lines[95:105, 30:90].any()


def test_a_small_box_whose_side_crosses_the_wall_adds_no_flow():
    cine = Cine()
    for index, frame in enumerate(cine.frames):
        frame[60:120, 40:44] = np.array((64, 110, 60)) * (0.7 + 0.3 * (index % 3))
    assert cine.grade().cds == Measured(0)
