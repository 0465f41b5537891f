"""Training crops: labels stay on their pixels, changes stay in range and out of the dark."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.segmentation.training.augment import borrow, change_look, random_crop
from ius_vision.segmentation.training.config import AugmentSection
from ius_vision.vocabulary import Label

LOOKS = (
    "tissue_contrast",
    "grey_curve",
    "speckle",
    "sharpness",
    "resolution",
    "depth_gain",
    "shadow",
    "jpeg",
    "marks",
)


def _disc(size: int = 200, radius: float = 40) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.mgrid[:size, :size]
    inside = (rows - 90) ** 2 + (columns - 110) ** 2 < radius**2
    return np.where(inside, 200, 40).astype(np.uint8), np.where(inside, Label.WALL, 0).astype(np.uint8)


@pytest.mark.parametrize("seed", range(12))
def test_labels_stay_on_the_pixels_they_name_in_turned_and_scaled_crops(seed):
    grey, labels = _disc()
    picture, truth = random_crop(grey, labels, 128, 1.0, AugmentSection(), np.random.default_rng(seed))
    bright, wall = picture > 120 / 255, truth == Label.WALL
    assert wall.sum() > 300
    assert (bright != wall).sum() < 0.03 * wall.sum()


def test_an_unturned_crop_holds_the_frame_s_own_grey_values():
    grey, labels = _disc()
    settings = AugmentSection(geometry=0, flip_rows=0)
    picture, truth = random_crop(grey, labels, 64, 1.0, settings, np.random.default_rng(0))
    assert set(np.unique(np.round(picture * 255))) <= {40, 200}
    assert ((picture > 0.5) == (truth == Label.WALL)).all()


def test_a_frame_smaller_than_the_crop_lies_in_black():
    grey, labels = np.full((30, 40), 90, np.uint8), np.zeros((30, 40), np.uint8)
    settings = AugmentSection(geometry=0)
    picture, truth = random_crop(grey, labels, 96, 0.5, settings, np.random.default_rng(0))
    assert (picture > 0).sum() == 30 * 40
    assert not truth.any()


@pytest.mark.parametrize("seed", range(5))
def test_every_change_keeps_grey_between_0_and_1_and_black_outside_the_fan(seed):
    rng = np.random.default_rng(seed)
    picture = rng.random((96, 96), dtype=np.float32) * 0.9 + 0.05
    picture[:, :20] = 0
    truth = rng.integers(0, 4, (96, 96), dtype=np.uint8)
    every = AugmentSection(**dict.fromkeys(LOOKS, 1.0))
    changed = change_look(picture, truth, every, rng)
    assert changed.dtype == np.float32
    assert changed.min() >= 0
    assert changed.max() <= 1
    assert not changed[:, :20].any()
    assert (changed[:, 20:] != picture[:, 20:]).mean() > 0.5


def test_borrowed_surroundings_leave_the_bowel_and_replace_what_is_far():
    grey, truth = _disc()
    other = np.full(grey.shape, 0.77, np.float32)
    picture = grey.astype(np.float32) / 255
    settings = AugmentSection(borrowed_texture=0, borrowed_background=1)
    mixed = borrow(picture, truth, other, settings, np.random.default_rng(0))
    np.testing.assert_allclose(mixed[80:100, 100:120], picture[80:100, 100:120], atol=1e-3)
    np.testing.assert_allclose(mixed[-20:, :20], 0.77, atol=1e-3)


def test_borrowed_speckle_keeps_the_mean_grey_of_each_tissue():
    grey, truth = _disc()
    rng = np.random.default_rng(0)
    other = np.clip(0.5 + 0.1 * rng.standard_normal(grey.shape), 0, 1).astype(np.float32)
    settings = AugmentSection(borrowed_texture=1, borrowed_background=0)
    mixed = borrow(grey.astype(np.float32) / 255, truth, other, settings, rng)
    assert mixed[truth == Label.WALL].mean() == pytest.approx(200 / 255, abs=0.02)
    assert mixed[truth == Label.WALL].std() > 0.02
