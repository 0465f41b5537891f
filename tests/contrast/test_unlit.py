"""A part of the wall's mask without contrast is seen, its share is told, and intervals reach over it."""

from __future__ import annotations

import numpy as np
import pytest

from contrast.screens import BOLUS, COLUMNS, FLAT, ROWS, SPACING, lumen_mask, wall_mask
from ius_vision.contrast.linear import DisplayMap, PowerScale
from ius_vision.contrast.perfusion import RegionFit
from ius_vision.contrast.recorder import shown
from ius_vision.contrast.regions import Mask, Wall, make_wall
from ius_vision.contrast.unlit import BEFORE, FALLING, RISING, RiseRecorder, Unlit, stages
from ius_vision.phantom.perfusion import Bolus, contrast_panel

TIMES_S = np.arange(150) / 3.0
AROUND = 0.07


def outlined(too_deep_px: int) -> Wall:
    """The wall with its outer lines some pixels too deep."""
    drawn = wall_mask()
    drawn[30 - too_deep_px : 30] = drawn[105 : 105 + too_deep_px] = True
    made = make_wall(drawn, drawn, lumen_mask(), [], [], SPACING)
    assert isinstance(made, Wall)
    return made


def spared() -> Mask:
    """The wall without its outer 2 of 6 mm."""
    lit = wall_mask()
    lit[30:40] = lit[95:105] = False
    return lit


def seen(wall: Wall, lit: Mask, bolus: Bolus = BOLUS) -> Unlit | None:
    """What is told of a wall whose `lit` pixels enhance."""
    rng = np.random.default_rng(5)
    light = np.array([bolus(time_s) for time_s in TIMES_S[::10]])
    stage = stages(light, np.arange(len(TIMES_S))[::10], len(TIMES_S))
    recorder = RiseRecorder(wall, stage, PowerScale.of(DisplayMap.grey(), 50.0))
    for index, time_s in enumerate(TIMES_S):
        around = bolus.baseline + AROUND * (bolus(time_s) - bolus.baseline)
        power = np.where(lit, bolus(time_s), around).astype(np.float32)
        panel = contrast_panel(power, 1.0, 50.0, rng)
        recorder.add(index, shown(panel, np.ones((ROWS, COLUMNS), bool)), (0.0, 0.0))
    return recorder.unlit(SPACING)


def true_factor(region: Mask, lit: Mask) -> float:
    return 1.0 / (1.0 - (1.0 - AROUND) * float(np.mean(~lit[region])))


def test_an_even_wall_in_its_outline_has_no_part_without_contrast():
    wall = outlined(0)
    told = seen(wall, wall_mask())
    assert told.share(wall.mask) < 0.01
    assert told.factor(wall.mask) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("too_deep_px", [4, 8, 14])
def test_an_outline_too_deep_is_seen_with_what_it_costs(too_deep_px):
    wall = outlined(too_deep_px)
    told = seen(wall, wall_mask())
    for region in (wall.mask, wall.half(inner=False)):
        beside = float(np.mean(~wall_mask()[region]))
        assert beside <= told.share(region) <= beside + 0.1
        assert told.factor(region) == pytest.approx(true_factor(region, wall_mask()), rel=0.03)
    assert told.factor(wall.half(inner=True)) < 1.02


def test_a_spared_layer_stays_in_the_region_and_only_widens_the_interval():
    wall = outlined(0)
    told = seen(wall, spared())
    fit = RegionFit(
        "wall", "lognormal", {"pe": 0.6}, {"pe": 0.01}, height_reach=(1.0, told.factor(wall.mask))
    )
    low, high = fit.interval("pe")
    assert low == pytest.approx(0.59)
    assert high > 0.6 * 1.3


def test_a_half_with_hardly_any_contrast_may_be_as_high_as_the_rest():
    wall = outlined(0)
    lit = spared()
    lit[40:46] = lit[89:95] = False
    told = seen(wall, lit)
    half = wall.half(inner=False)
    assert told.share(half) > 0.8
    assert told.factor(half) > 5.0


def test_without_a_bolus_nothing_is_told_of_parts():
    told = seen(outlined(0), wall_mask(), FLAT)
    assert told is None


def test_stages_lie_before_arrival_and_on_both_sides_of_the_peak():
    light = np.array([0.0, 0.0, 0.1, 0.8, 1.0, 0.9, 0.4, 0.1, 0.0])
    stage = stages(light, np.arange(9), 9)
    assert stage.tolist() == [BEFORE, BEFORE, BEFORE, RISING, FALLING, FALLING, -1, -1, -1]


def test_intervals_reach_over_heights_alone_and_keep_the_sign_of_slopes():
    values, halves = {"pe": 1.0, "wor": -2.0, "ttp_s": 9.0}, {"pe": 0.1, "wor": 0.1, "ttp_s": 0.2}
    fit = RegionFit("wall", "lognormal", values, halves, height_reach=(0.9, 1.5))
    assert fit.interval("pe") == pytest.approx((0.81, 1.65))
    assert fit.interval("wor") == pytest.approx((-3.15, -1.71))
    assert fit.interval("ttp_s") == pytest.approx((8.8, 9.2))
    assert fit.interval("mtt_s") is None
    assert RegionFit("wall", "lognormal", values, halves, height_reach=(1.0, np.inf)).interval("pe") is None
