"""Tissue is followed on the B-mode panel; frames of another plane stand out."""

from __future__ import annotations

import numpy as np
import pytest

from contrast.screens import COLUMNS, ROWS, tissue_picture
from ius_vision.contrast.motion import Tracker, plane_limit
from ius_vision.geometry import Box

PANEL = Box(0, 0, ROWS, COLUMNS)
PATCH = Box(20, 20, 115, 170)


def view(down: int, right: int, seed: int = 1, noise: float = 6.0) -> np.ndarray:
    tissue = tissue_picture(seed)[20 - down : 20 - down + ROWS, 20 - right : 20 - right + COLUMNS]
    grain = np.random.default_rng([down + 20, right + 20]).normal(0, noise, tissue.shape)
    return np.clip(tissue + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("moved", [(0, 0), (3, -2), (-7, 5), (12, 12), (0, -15)])
def test_a_shift_is_found(moved):
    place = Tracker(view(0, 0), PATCH, PANEL).locate(view(*moved))
    assert (place.rows, place.columns) == pytest.approx(moved, abs=0.3)
    assert place.similarity > 0.6


def test_a_large_patch_is_found_on_a_coarser_grid():
    large, moved = (np.kron(view(*each), np.ones((3, 3), np.uint8)) for each in ((0, 0), (4, -3)))
    panel = Box(0, 0, *large.shape)
    place = Tracker(large, Box(60, 60, 345, 510), panel).locate(moved)
    assert (place.rows, place.columns) == pytest.approx((12, -9), abs=1.5)


def test_another_plane_is_far_less_alike():
    tracker = Tracker(view(0, 0), PATCH, PANEL)
    same = [tracker.locate(view(index % 5, -index % 3)).similarity for index in range(20)]
    other = tracker.locate(view(0, 0, seed=2)).similarity
    limit = plane_limit(np.array([*same, other, other]))
    assert other < limit < min(same)


def test_frames_of_one_plane_are_all_kept():
    scattered = 0.8 + 0.02 * np.random.default_rng(0).standard_normal(200)
    assert (scattered >= plane_limit(scattered)).mean() > 0.99


def test_where_nothing_can_be_followed_no_frame_is_judged():
    assert np.isnan(plane_limit(np.full(30, 0.05)))


def test_an_empty_picture_is_no_likeness():
    black = np.zeros((ROWS, COLUMNS), np.uint8)
    assert Tracker(black, PATCH, PANEL).locate(black).similarity == 0.0
