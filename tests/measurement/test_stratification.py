"""Wall layers on synthetic walls."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.measurement.stratification import FOCAL_LIMIT_MM, LayerEvidence, grade_layers
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


def test_loss_on_one_side_of_a_bowel_seen_across_is_added_up():
    y, x = synthetic.grid_mm(36.0, 40.0, SQUARE)
    shown = synthetic.picture(np.hypot(y - 18.0, x - 20.0) - 5.0, 5.0, SQUARE, lost=x > 20.0)
    assert measured(shown).lost_layer_mm == pytest.approx(np.pi * 7.5, abs=4.0)


def test_a_thin_wall_that_shows_its_layers_clearly_elsewhere_has_lost_them():
    found = measured(loop_with_loss(25.0, thickness_mm=3.2))
    assert found.stratification == Measured(2)
    assert found.lost_layer_mm == pytest.approx(25.0, abs=4.0)


def test_a_thin_wall_without_visible_layers_is_not_called_lost():
    found = measured(loop_with_loss(60.0, thickness_mm=2.0, side=-1))
    assert found.stratification.reason == "layer_resolution"
    assert found.lost_layer_mm is None


def test_a_short_stretch_of_wall_is_not_graded():
    shown = synthetic.two_walls(4.0, 2.0)
    labels = shown.labels.copy()
    labels[:, 55:] = 0
    found = measured(shown, synthetic.Labelled(labels, (labels == 2).astype(np.float32)))
    assert isinstance(found.thickness, Measured)
    assert found.stratification.reason == "layers_too_short"


@pytest.mark.parametrize("seed", range(2))
def test_layers_that_are_half_as_clear_along_a_stretch_are_uncertain(seed):
    y, x = synthetic.grid_mm(36.0, 50.0, SQUARE)
    across = y - 18.0
    faint = (np.abs(x - 25.0) < 10.0) & (across < 0)
    clear, gone = (
        synthetic.picture(np.abs(across) - 2.0, 5.0, SQUARE, seed=seed, lost=lost).grey.astype(float)
        for lost in (None, faint)
    )
    shown = synthetic.picture(np.abs(across) - 2.0, 5.0, SQUARE, seed=seed)
    half = synthetic.Picture(np.rint((clear + gone) / 2).astype(np.uint8), shown.labels, SQUARE, shown.area)
    found = measured(half)
    assert found.stratification == Measured(1)
    assert found.layers.evidence.doubtful_mm == pytest.approx(20.0, abs=5.0)


def test_a_loss_goes_on_over_wall_that_cannot_be_judged():
    shown = loop_with_loss(36.0)
    labels = shown.labels.copy()
    labels[:, 240:262] = 0
    found = measured(shown, synthetic.Labelled(labels, (labels == 2).astype(np.float32)))
    assert found.lost_layer_mm == pytest.approx(36.0, abs=4.0)


def look(lost_mm: float, doubtful_mm: float = 0.0) -> LayerEvidence:
    return LayerEvidence(lost_mm, max(lost_mm, doubtful_mm), 60.0)


@pytest.mark.parametrize(
    ("looks", "grade"),
    [
        ([look(12.0)], 2),
        ([look(12.0), look(0.0), look(0.0)], 0),
        ([look(12.0), look(0.0)], 2),
        ([look(0.0, 8.0), look(0.0)], 1),
        ([look(8.0), look(0.0)], 2),
        ([look(0.0, 5.0), look(0.0)], 0),
        ([look(12.0), look(8.0), look(0.0)], 2),
        ([look(35.0), look(8.0), look(0.0)], 3),
        ([look(0.0, 9.0), look(0.0, 7.0), look(0.0)], 1),
    ],
)
def test_a_loss_has_to_be_confirmed_by_another_look(looks, grade):
    assert grade_layers(looks) == Measured(grade)
