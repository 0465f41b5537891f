"""Which part of the wall's depth enhances, from curves of five layers."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.contrast.pattern import LAYER, wall_pattern
from ius_vision.contrast.recorder import RegionCurves
from ius_vision.contrast.regions import LAYERS, Wall
from ius_vision.phantom.perfusion import Bolus

T = np.arange(0.0, 60.0, 0.25)
BOLUS = np.array([Bolus(1.0, 2.6, 0.5, 6.0, 0.0)(time) for time in T])


def wall(thickness_mm: float = 5.0) -> Wall:
    nothing = np.zeros((4, 4), bool)
    return Wall(nothing, nothing, np.zeros((4, 4), np.float32), nothing, thickness_mm)


def pattern(heights: tuple[float, ...], thickness_mm: float = 5.0) -> str:
    rng = np.random.default_rng(0)
    power = np.array([1e-3 + height * BOLUS for height in heights])
    power *= 1.0 + 0.03 * rng.standard_normal(power.shape)
    names = tuple(LAYER.format(number) for number in range(LAYERS))
    curves = RegionCurves(names, (power,), np.zeros_like(power), np.zeros_like(power))
    return wall_pattern(T, curves, np.ones(T.size, dtype=bool), wall(thickness_mm))


@pytest.mark.parametrize(
    ("heights", "expected"),
    [
        ((1.0, 1.0, 0.9, 0.9, 0.8), "whole_wall"),
        ((1.0, 0.9, 0.9, 0.8, 0.1), "outer_band_spared"),
        ((1.0, 0.9, 0.8, 0.1, 0.0), "outer_band_spared"),
        ((1.0, 0.8, 0.1, 0.1, 0.0), "inner_layer_only"),
        ((0.0, 0.0, 0.0, 0.0, 0.0), "none"),
        ((0.1, 0.1, 1.0, 1.0, 1.0), "uneven"),
    ],
)
def test_patterns(heights, expected):
    assert pattern(heights) == expected


def test_a_thin_wall_has_no_layers_to_tell():
    assert pattern((1.0, 1.0, 1.0, 1.0, 1.0), thickness_mm=1.8) == ""
