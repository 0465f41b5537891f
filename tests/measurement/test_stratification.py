"""Wall layers on synthetic walls."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.measurement.stratification import FOCAL_LIMIT_MM
from ius_vision.outcomes import Measured

from . import synthetic
from .synthetic import SQUARE
from .test_thickness import measured


def loop_with_loss(
    lost_mm: float, thickness_mm: float = 5.0, side: int = -1, width_mm: float = 50.0, seed: int = 0
):
    y, x = synthetic.grid_mm(36.0, width_mm, SQUARE)
    across = y - 18.0
    lost = (np.abs(x - width_mm / 2) < lost_mm / 2) & (np.sign(across) == side)
    return synthetic.picture(np.abs(across) - 2.0, thickness_mm, SQUARE, seed=seed, lost=lost)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("thickness", [3.5, 6.0])
def test_clear_layers_are_preserved(thickness, seed):
    found = measured(loop_with_loss(0.0, thickness, seed=seed))
    assert found.stratification == Measured(0)
    assert found.lost_layer_mm < 4.0
    assert found.layers.contrast > 1.4


@pytest.mark.parametrize(("lost_mm", "grade"), [(12.0, 2), (24.0, 2), (38.0, 3)])
def test_lost_layers_are_graded_by_their_length(lost_mm, grade):
    found = measured(loop_with_loss(lost_mm))
    assert found.stratification == Measured(grade)
    assert found.lost_layer_mm == pytest.approx(lost_mm, abs=4.0)


def test_loss_on_both_walls_of_one_stretch_is_not_added_up():
    y, x = synthetic.grid_mm(36.0, 50.0, SQUARE)
    lost = np.abs(x - 25.0) < 10.0
    found = measured(synthetic.picture(np.abs(y - 18.0) - 2.0, 5.0, SQUARE, lost=lost))
    assert found.lost_layer_mm == pytest.approx(20.0, abs=4.0)
    assert found.lost_layer_mm < FOCAL_LIMIT_MM
    assert found.stratification == Measured(2)


def test_a_thin_wall_without_visible_layers_is_not_called_lost():
    found = measured(loop_with_loss(60.0, thickness_mm=2.0, side=-1))
    assert found.stratification.reason == "layer_resolution"
    assert found.lost_layer_mm is None


def test_a_short_stretch_of_wall_is_not_graded():
    shown = synthetic.one_wall(4.0)
    labels = shown.labels.copy()
    labels[:, 85:] = 0
    found = measured(shown, synthetic.Labelled(labels, (labels == 2).astype(np.float32)))
    assert isinstance(found.thickness, Measured)
    assert found.stratification.reason == "layers_too_short"
