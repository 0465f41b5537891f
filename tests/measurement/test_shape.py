"""Layers' thickness, lumen and inner edge on synthetic walls."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.measurement.lumen import LumenWidth
from ius_vision.measurement.shape import NOTHING_SEEN, pooled_shape, stricture_seen

from . import synthetic
from .synthetic import SQUARE
from .test_thickness import measured


@pytest.mark.parametrize("thickness", [5.0, 8.0])
def test_the_layers_of_a_synthetic_wall_have_their_thickness(thickness):
    layers = measured(synthetic.two_walls(thickness, 4.0)).shape.layers
    true = [share * thickness for share in (0.35, 0.30, 0.35)]
    assert [layers.mucosa_mm, layers.submucosa_mm, layers.muscularis_mm] == pytest.approx(true, abs=0.3)
    assert layers.submucosa_share == pytest.approx(0.30, abs=0.04)


def test_a_wall_without_layers_has_no_thickness_of_layers():
    y, _ = synthetic.grid_mm(36.0, 40.0, SQUARE)
    lost = np.ones(y.shape, bool)
    found = measured(synthetic.picture(np.abs(y - 18.0) - 2.0, 5.0, SQUARE, lost=lost))
    assert found.shape.layers is None


@pytest.mark.parametrize("lumen", [1.0, 6.0])
def test_the_lumen_between_two_walls_has_its_width(lumen):
    width = measured(synthetic.two_walls(4.0, lumen, tilt_deg=8.0)).shape.lumen
    assert [width.median_mm, width.narrowest_mm, width.widest_mm] == pytest.approx([lumen] * 3, abs=0.3)


def test_a_round_lumen_has_its_diameter():
    assert measured(synthetic.ring(4.0, 5.0)).shape.lumen.median_mm == pytest.approx(10.0, abs=0.3)


def test_a_lumen_whose_far_wall_is_not_seen_has_no_width():
    assert measured(synthetic.one_wall(4.0)).shape.lumen is None


def test_a_notched_inner_edge_is_rougher_than_a_straight_one():
    y, x = synthetic.grid_mm(36.0, 40.0, SQUARE)
    across = np.abs(y - 18.0) - 3.0
    notched = across - 0.25 * np.sin(2 * np.pi * x / 5.0)
    rough, calm = (
        measured(synthetic.picture(shape, 5.0, SQUARE)).shape.roughness_mm for shape in (notched, across)
    )
    assert rough > 2 * calm


@pytest.mark.parametrize(
    ("narrowest", "widest", "seen"), [(5.0, 30.0, True), (5.0, 24.0, False), (20.0, 30.0, False)]
)
def test_a_stricture_is_a_narrow_lumen_beside_a_wide_one(narrowest, widest, seen):
    assert stricture_seen([LumenWidth(widest, narrowest, widest, 40.0)]) is seen


def test_narrow_and_wide_bowel_of_two_clips_are_no_stricture():
    lumens = [LumenWidth(5.0, 5.0, 6.0, 40.0), LumenWidth(28.0, 27.0, 30.0, 40.0)]
    assert not stricture_seen(lumens)


def test_looks_that_show_nothing_pool_to_nothing():
    assert pooled_shape([NOTHING_SEEN, NOTHING_SEEN]) == NOTHING_SEEN
    assert pooled_shape([]) == NOTHING_SEEN
