"""Marks on the picture: they cover little, and leave the original alone."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.phantom.marks import add_marks


@pytest.mark.parametrize("seed", range(8))
def test_marks_are_bright_small_and_leave_the_input_untouched(seed):
    grey = np.full((300, 260), 60, np.uint8)
    marked = add_marks(grey, np.random.default_rng(seed))
    changed = marked != grey
    assert (grey == 60).all()
    assert 0 < changed.sum() < 0.03 * grey.size
    assert marked[changed].max() >= 100
