"""Frames: the same seed gives the same picture, and the truth is what the labels show."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import binary_erosion, distance_transform_edt

from ius_vision.phantom.drawing import random_scene
from ius_vision.phantom.render import render_frame
from ius_vision.phantom.scene import Wishes
from ius_vision.vocabulary import Label, View


def _frame(seed: int, view: View | None = None, **wishes):
    rng = np.random.default_rng(seed)
    scene = random_scene(rng, view, Wishes(**wishes))
    return scene, render_frame(scene, rng)


def test_the_same_seed_gives_the_same_frame():
    first, second = (_frame(5)[1] for _ in range(2))
    assert np.array_equal(first.grey, second.grey)
    assert np.array_equal(first.labels, second.labels)


def test_other_noise_leaves_truth_and_most_of_the_picture_alone():
    scene, frame = _frame(6, faithful=True)
    other = render_frame(scene, np.random.default_rng(99))
    assert np.array_equal(frame.labels, other.labels)
    assert not np.array_equal(frame.grey, other.grey)
    assert np.corrcoef(frame.grey.ravel(), other.grey.ravel())[0, 1] > 0.8


@pytest.mark.parametrize("seed", range(6))
def test_arrays_share_one_shape_and_labels_stay_in_the_area(seed):
    scene, frame = _frame(seed)
    shape = (scene.scanner.rows, scene.scanner.columns)
    assert frame.grey.shape == frame.labels.shape == frame.area_mask.shape == shape
    assert frame.grey.dtype == frame.labels.dtype == np.uint8
    assert not frame.labels[~frame.area_mask].any()
    assert not frame.grey[~frame.area_mask].any()
    assert np.array_equal(frame.truth.visible_wall, frame.labels == Label.WALL)


@pytest.mark.parametrize("seed", range(20, 32))
def test_thickness_measured_in_the_mask_is_the_true_one_within_half_a_pixel(seed):
    scene, frame = _frame(seed, View.LONGITUDINAL, probe="linear", lumen="fluid", faithful=True)
    wall = frame.labels == Label.WALL
    tilt = _slope(scene)
    upper = _first_run(wall)
    vertical = upper * frame.spacing.row_mm
    middle = slice(frame.grey.shape[1] // 4, -(frame.grey.shape[1] // 4))
    measured = np.mean((vertical * np.cos(tilt))[middle])
    # The mean over a quarter of the field may differ from the mean over all of it by the waviness.
    waviness = sum(abs(term[0]) for term in scene.bowel.thickness_wave.terms) * scene.bowel.thickness_mm
    assert abs(measured - frame.truth.bwt_mm) <= frame.spacing.row_mm / 2 + waviness


@pytest.mark.parametrize("seed", range(80, 88))
def test_the_wall_of_a_ring_is_as_wide_as_it_should_be_within_half_a_pixel(seed):
    scene, frame = _frame(seed, View.CROSS_SECTION, probe="linear", lumen="fluid", faithful=True)
    wall, lumen = frame.labels == Label.WALL, frame.labels == Label.LUMEN
    spacing = (frame.spacing.row_mm, frame.spacing.column_mm)
    to_lumen = distance_transform_edt(~lumen, sampling=spacing)
    edge = wall & ~binary_erosion(wall | lumen)
    # Both ends are pixel centres, half a pixel inside the wall and half a pixel inside the lumen.
    measured = np.median(to_lumen[edge])
    waviness = sum(abs(term[0]) for term in scene.bowel.thickness_wave.terms) * scene.bowel.thickness_mm
    assert abs(measured - frame.truth.bwt_mm) <= max(spacing) / 2 + waviness / 2


def _first_run(mask: np.ndarray) -> np.ndarray:
    """Length of the first run of true values in every column, in pixels."""
    start = mask.argmax(axis=0)
    rows = np.arange(mask.shape[0])[:, None]
    after = (~mask) & (rows > start[None, :])
    return after.argmax(axis=0) - start


def _slope(scene) -> np.ndarray:
    """Slope of the near wall's inner border at every column, radians."""
    from ius_vision.phantom.curves import inner_curves

    near = inner_curves(scene.bowel, scene.scanner.width_mm)[0]
    x = (np.arange(scene.scanner.columns) + 0.5) * scene.scanner.spacing.column_mm
    x -= scene.scanner.width_mm / 2
    slope = np.gradient(near.points_mm[:, 1], near.points_mm[:, 0])
    return np.arctan(np.interp(x, near.points_mm[:, 0], slope))


def test_gas_hides_the_far_wall():
    scene, frame = _frame(40, View.LONGITUDINAL, probe="linear", lumen="gas", faithful=True)
    wall_rows = np.nonzero((frame.labels == Label.WALL).any(axis=1))[0]
    deepest_mm = (wall_rows.max() + 1) * frame.spacing.row_mm
    if scene.bowel.lumen.gas[0] == (-scene.scanner.width_mm, scene.scanner.width_mm):
        assert deepest_mm < scene.bowel.z_mm + 8
    assert frame.truth.lumen == "gas"


def test_a_scene_without_bowel_has_no_labels_and_no_thickness():
    _, frame = _frame(41, bowel=False)
    assert not frame.labels.any()
    assert frame.truth.bwt_mm is None
    assert frame.truth.view == View.UNKNOWN


@pytest.mark.parametrize(
    ("view", "bws", "low", "high"),
    [
        (View.LONGITUDINAL, 0, 0, 0),
        (View.LONGITUDINAL, 2, 2, 30),
        (View.LONGITUDINAL, 3, 30.01, 200),
        (View.CROSS_SECTION, 0, 0, 0),
        (View.CROSS_SECTION, 2, 2, 30),
    ],
)
def test_lost_layers_have_the_length_of_their_grade(view, bws, low, high):
    for seed in range(2):
        _, frame = _frame(50 + seed, view, bws=bws, bwt_mm=7.0, probe="convex", lumen="fluid", faithful=True)
        assert low <= frame.truth.lost_length_mm <= high
        assert frame.truth.bws == bws


def test_inflamed_fat_is_brighter_than_the_other_fat():
    _, frame = _frame(60, View.CROSS_SECTION, ifat=2, bwt_mm=5.0, lumen="fluid", faithful=True)
    fat = frame.labels == Label.INFLAMED_FAT
    assert frame.truth.ifat == 2
    rows = np.nonzero(fat)[0]
    level = slice(rows.min(), rows.max())
    other = (frame.labels[level] == Label.BACKGROUND) & frame.area_mask[level]
    assert frame.grey[fat].mean() > frame.grey[level][other].mean() + 10


def test_the_wall_moves_and_keeps_its_thickness():
    rng = np.random.default_rng(70)
    scene = random_scene(rng, View.CROSS_SECTION, Wishes(lumen="fluid", faithful=True))
    first = render_frame(scene, rng, 0.0)
    later = render_frame(scene, rng, 1.0)
    assert not np.array_equal(first.labels, later.labels)
    assert later.truth.bwt_mm == pytest.approx(first.truth.bwt_mm, rel=0.01)
