"""The error model of a thickness and the intervals made from it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ius_vision.measurement.bwt_error import BwtErrorModel, Interval, sampling_variance_mm2


def test_a_card_without_calibration_gives_the_defaults():
    assert BwtErrorModel.from_card({}) == BwtErrorModel()


def test_a_card_says_what_it_knows_and_the_rest_keeps_its_default():
    model = BwtErrorModel.from_card({"bwt_error": {"absolute_mm": 0.2, "relative": 0.05}})
    assert model == BwtErrorModel(0.2, 0.05, BwtErrorModel().shared)


@pytest.mark.parametrize(
    "table", [{"absolute": 0.2}, {"absolute_mm": -1}, {"relative": math.nan}, {"shared": 1.5}, [0.2]]
)
def test_a_card_that_makes_no_sense_is_refused(table):
    with pytest.raises(ValueError, match=r"must|unknown"):
        BwtErrorModel.from_card({"bwt_error": table})


def test_variance_joins_the_absolute_and_the_relative_part():
    assert BwtErrorModel(0.3, 0.1).variance_mm2(4.0, 0.5) == pytest.approx(0.09 + 0.16)


def test_an_interval_never_goes_below_zero():
    assert Interval.around(1.0, 1.0) == Interval(0.0, pytest.approx(2.96))


def test_a_longer_stretch_of_wall_gives_a_surer_mean():
    assert sampling_variance_mm2(0.4, 40.0) == pytest.approx(0.016)
    assert sampling_variance_mm2(0.4, 2.0) == pytest.approx(0.16)


@pytest.mark.parametrize(("absolute", "relative"), [(0.3, 0.0), (0.1, 0.08), (0.2, 0.04)])
def test_a_fitted_model_covers_95_percent(absolute, relative):
    rng = np.random.default_rng(5)
    true = rng.uniform(1.0, 12.0, 4000)
    measured = true + rng.standard_normal(4000) * np.hypot(absolute, relative * true)
    quality = rng.uniform(0.4, 1.0, 4000)
    model = BwtErrorModel.fit(measured, true, quality)
    half = [1.96 * math.sqrt(model.variance_mm2(*pair)) for pair in zip(measured, quality, strict=True)]
    inside = np.abs(measured - true) <= half
    assert np.mean(inside) == pytest.approx(0.95, abs=0.01)
    assert math.sqrt(model.variance_mm2(10.0, 0.7)) == pytest.approx(
        np.hypot(absolute, relative * 10), rel=0.25
    )


def test_twenty_pairs_are_needed_to_fit():
    with pytest.raises(ValueError, match="20 pairs"):
        BwtErrorModel.fit([1.0] * 19, [1.0] * 19, [1.0] * 19)


def test_a_doubted_frame_is_given_a_wider_interval():
    model = BwtErrorModel(0.3, 0.1, doubt=2.0)
    assert model.variance_mm2(4.0, 1.0) == pytest.approx(0.25)
    assert model.variance_mm2(4.0, 0.8) == pytest.approx(0.25 * math.exp(0.8))
    assert model.variance_mm2(4.0, 0.2) == model.variance_mm2(4.0, 0.7)


def test_errors_that_grow_with_low_quality_are_found_by_the_fit():
    rng = np.random.default_rng(6)
    true, quality = rng.uniform(1.0, 12.0, 4000), rng.uniform(0.7, 1.0, 4000)
    measured = true + rng.standard_normal(4000) * 0.2 * np.exp(3.0 * (1.0 - quality))
    model = BwtErrorModel.fit(measured, true, quality)
    assert model.doubt == pytest.approx(3.0, abs=0.5)
    half = np.array(
        [1.96 * math.sqrt(model.variance_mm2(*pair)) for pair in zip(measured, quality, strict=True)]
    )
    for doubted in (quality < 0.8, quality > 0.9):
        assert np.mean(np.abs(measured - true)[doubted] <= half[doubted]) == pytest.approx(0.95, abs=0.02)
