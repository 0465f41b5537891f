"""Thickness from masks with the faults that networks make."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.measurement.loop import _inside_wall
from ius_vision.outcomes import Abstained, Measured
from ius_vision.vocabulary import Label

from . import synthetic
from .synthetic import OBLONG, SQUARE, Labelled
from .test_thickness import measured

MIDDLE_ROW_MM = 18.0


@pytest.mark.parametrize("seed", range(5))
def test_wandering_borders_cost_less_than_two_tenths(seed):
    shown = synthetic.two_walls(4.0, 3.0, OBLONG, seed=seed)
    labels = synthetic.warped(shown.labels, OBLONG, np.random.default_rng(seed))
    found = measured(shown, synthetic.uncertain(labels, OBLONG))
    assert found.thickness.value == pytest.approx(4.0, abs=0.2)


@pytest.mark.parametrize("grow", [-3, 3])
def test_a_mask_too_thin_or_too_thick_on_both_sides_is_set_right_by_the_image(grow):
    y, _ = synthetic.grid_mm(36.0, 40.0, SQUARE)
    outside = np.abs(y - MIDDLE_ROW_MM) - 2.0
    shown = synthetic.picture(outside, 4.0, SQUARE)
    wrong = synthetic.picture(outside + grow * 0.1, 4.0 + 2 * grow * 0.1, SQUARE)
    found = measured(shown, wrong.truth)
    assert found.thickness.value == pytest.approx(4.0, abs=0.15)


def test_without_an_edge_in_the_image_the_mask_stays():
    shown = synthetic.two_walls(4.0, 4.0)
    flat = synthetic.speckled(np.zeros(shown.labels.shape), SQUARE, seed=3)
    found = measured(synthetic.Picture(flat, shown.labels, SQUARE, shown.area))
    assert found.thickness.value == pytest.approx(4.0, abs=0.1)


def test_a_hole_in_the_wall_is_no_second_lumen():
    shown = synthetic.two_walls(5.0, 4.0)
    labels = synthetic.punched(shown.labels, SQUARE, MIDDLE_ROW_MM - 4.5, 20.0, 0.9, Label.BACKGROUND)
    assert measured(shown, synthetic.uncertain(labels, SQUARE)).thickness.value == pytest.approx(
        5.0, abs=0.15
    )


def test_a_false_blob_elsewhere_does_not_count():
    shown = synthetic.two_walls(4.0, 4.0)
    labels = synthetic.punched(shown.labels, SQUARE, 4.0, 8.0, 2.5, Label.WALL)
    assert measured(shown, synthetic.uncertain(labels, SQUARE)).thickness.value == pytest.approx(
        4.0, abs=0.15
    )


def test_a_false_blob_on_the_wall_is_left_out_as_a_fold():
    shown = synthetic.two_walls(4.0, 4.0)
    labels = synthetic.punched(shown.labels, SQUARE, MIDDLE_ROW_MM - 6.5, 20.0, 2.0, Label.WALL)
    found = measured(shown, Labelled(labels, (labels == Label.WALL).astype(np.float32)))
    assert found.thickness.value == pytest.approx(4.0, abs=0.2)
    assert max(caliper.thickness_mm for caliper in found.calipers) < 5.8


@pytest.mark.parametrize("width_mm", [1.0, 3.0, 8.0])
def test_a_cut_by_a_shadow_is_left_out_and_the_rest_is_measured(width_mm):
    shown = synthetic.two_walls(4.0, 3.0)
    labels = shown.labels.copy()
    cut = slice(round((20 - width_mm / 2) / 0.1), round((20 + width_mm / 2) / 0.1))
    labels[:, cut] = Label.BACKGROUND
    found = measured(shown, Labelled(labels, (labels == Label.WALL).astype(np.float32)))
    assert found.thickness.value == pytest.approx(4.0, abs=0.15)
    columns = np.array([caliper.outer[1] for caliper in found.calipers])
    assert not np.any((columns > cut.start + 2) & (columns < cut.stop - 2))


def test_a_shadow_in_the_image_is_left_out_though_it_is_labelled():
    shown = synthetic.two_walls(4.0, 4.0)
    grey = shown.grey.copy()
    grey[:, 150:250] = 0
    found = measured(synthetic.Picture(grey, shown.labels, SQUARE, shown.area))
    columns = np.array([caliper.outer[1] for caliper in found.calipers])
    assert not np.any((columns > 155) & (columns < 245))
    assert found.thickness.value == pytest.approx(4.0, abs=0.15)


@pytest.mark.parametrize("seed", range(4))
def test_a_collapsed_lumen_that_won_no_pixel_is_found_where_the_model_is_unsure(seed):
    shown = synthetic.two_walls(3.5, 0.5, seed=seed)
    seen = synthetic.uncertain(shown.labels, SQUARE, blur_mm=0.4)
    assert not (seen.labels == Label.LUMEN).any()
    assert measured(shown, seen).thickness.value == pytest.approx(3.5, abs=0.35)


def test_a_collapsed_lumen_in_pieces_is_joined():
    shown = synthetic.two_walls(3.5, 0.5)
    labels = shown.labels.copy()
    for start in range(20, 400, 50):
        labels[:, start : start + 22][labels[:, start : start + 22] == Label.LUMEN] = Label.WALL
    found = measured(shown, Labelled(labels, (labels == Label.WALL).astype(np.float32)))
    assert found.thickness.value == pytest.approx(3.5, abs=0.2)


def test_merged_walls_without_any_trace_of_a_lumen_are_not_measured_as_one():
    shown = synthetic.two_walls(3.5, 0.5)
    labels = np.where(shown.labels == Label.LUMEN, Label.WALL, shown.labels).astype(np.uint8)
    found = measured(shown, Labelled(labels, (labels == Label.WALL).astype(np.float32)))
    assert found.thickness.reason == "lumen_not_found"


def test_a_dip_inside_one_wall_does_not_halve_it():
    shown = synthetic.one_wall(6.0)
    probability = (shown.labels == Label.WALL).astype(np.float32)
    y, _ = synthetic.grid_mm(30.0, 40.0, SQUARE)
    probability[np.abs(y - 11.0) < 0.4] -= 0.3
    found = measured(shown, Labelled(shown.labels, probability))
    assert found.thickness.value == pytest.approx(6.0, abs=0.15)


def test_a_slit_of_background_between_two_walls_is_their_lumen():
    shown = synthetic.two_walls(3.5, 0.8)
    labels = np.where(shown.labels == Label.LUMEN, Label.BACKGROUND, shown.labels).astype(np.uint8)
    found = measured(shown, Labelled(labels, (labels == Label.WALL).astype(np.float32)))
    assert found.thickness.value == pytest.approx(3.5, abs=0.25)


def test_the_unlabelled_middle_of_a_ring_is_its_lumen():
    shown = synthetic.ring(4.0, 4.0)
    labels = np.where(shown.labels == Label.LUMEN, Label.BACKGROUND, shown.labels).astype(np.uint8)
    found = measured(shown, Labelled(labels, (labels == Label.WALL).astype(np.float32)))
    assert found.thickness.value == pytest.approx(4.0, abs=0.15)


def test_wall_at_the_border_of_the_picture_is_left_out():
    shown = synthetic.two_walls(4.0, 4.0)
    area = shown.area.copy()
    area[:, :100] = False
    found = measured(synthetic.Picture(shown.grey, shown.labels, SQUARE, area))
    assert min(caliper.outer[1] for caliper in found.calipers) > 104
    assert found.thickness.value == pytest.approx(4.0, abs=0.15)


def test_the_outer_edge_beyond_the_picture_is_not_invented():
    shown = synthetic.two_walls(4.0, 4.0)
    area = shown.area.copy()
    # The near wall's outer edge, at 12 mm, is cut off: only the far wall can be measured.
    area[:130] = False
    found = measured(synthetic.Picture(shown.grey, shown.labels, SQUARE, area))
    rows = np.array([caliper.outer[0] for caliper in found.calipers])
    assert rows.min() > 200


@pytest.mark.parametrize("seed", range(3))
def test_random_labels_give_no_crash_and_no_wall_outside_what_is_plausible(seed):
    rng = np.random.default_rng(seed)
    field = synthetic.smooth_noise(rng, (300, 360), SQUARE, rng.uniform(1.0, 6.0))
    labels = np.digitize(field, (-0.5, 0.2, 1.2)).astype(np.uint8)
    grey = rng.integers(0, 256, labels.shape, dtype=np.uint8)
    shown = synthetic.Picture(grey, labels, SQUARE, np.ones(labels.shape, bool))
    match measured(shown).thickness:
        case Measured(value, low, high):
            assert 0.8 <= value <= 20.0
            assert 0.0 <= low < value < high
        case Abstained(reason, detail):
            assert reason
            assert detail.endswith(".")


def test_a_strip_of_lumen_along_the_outside_does_not_make_one_wall_of_two():
    shown = synthetic.two_walls(3.0, 1.0)
    labels = shown.labels.copy()
    wall = np.flatnonzero(labels[:, 200] == Label.WALL)
    below = slice(int(wall[-1]) + 1, int(wall[-1]) + 9)
    labels[below, 20:200] = Label.LUMEN
    labels[int(wall[0]) : int(wall[-1]) + 1, 40:190] = Label.WALL
    found = measured(shown, synthetic.uncertain(labels, SQUARE))
    assert found.thickness.value == pytest.approx(3.0, abs=0.25)


def test_lumen_without_a_border_to_the_wall_is_not_taken_for_wall():
    wall, lumen = np.zeros((60, 60), bool), np.zeros((60, 60), bool)
    wall[10:30, 5:55] = True
    lumen[18:24, 5:55], lumen[12:14, 20:24], lumen[45:50, 10:40] = True, True, True
    wall &= ~lumen
    stray = _inside_wall(wall, lumen, None)
    assert stray[12:14, 20:24].all()
    assert stray.sum() == 8
