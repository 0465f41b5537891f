"""Overlap and surface distances of masks."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.geometry import Spacing
from ius_vision.segmentation.metrics import overlap


def _band(first: int, last: int) -> np.ndarray:
    mask = np.zeros((40, 30), bool)
    mask[first:last] = True
    return mask


def test_equal_masks_agree_fully():
    found = overlap(_band(10, 20), _band(10, 20), Spacing(0.2, 0.2))
    assert (found.dice, found.hd95_mm, found.asd_mm) == (1.0, 0.0, 0.0)


def test_a_shifted_band_is_off_by_the_shift_in_millimetres_of_its_own_direction():
    found = overlap(_band(12, 22), _band(10, 20), Spacing(row_mm=0.5, column_mm=0.1))
    assert found.dice == pytest.approx(0.8)
    assert found.hd95_mm == pytest.approx(1.0)
    assert found.asd_mm == pytest.approx(1.0)


def test_a_label_in_neither_mask_has_no_figure_and_one_in_a_single_mask_no_distance():
    nothing = np.zeros((40, 30), bool)
    assert overlap(nothing, nothing, Spacing(1, 1)).dice is None
    missed = overlap(nothing, _band(10, 20), Spacing(1, 1))
    assert (missed.dice, missed.hd95_mm, missed.asd_mm) == (0.0, None, None)


def test_one_bright_error_far_away_moves_the_mean_but_not_the_95th_percentile():
    predicted = _band(10, 20)
    predicted[39, 0] = True
    found = overlap(predicted, _band(10, 20), Spacing(1, 1))
    assert found.hd95_mm == 0.0
    assert found.asd_mm > 0
