"""Curves that no bolus makes, and boluses on scales that numbers hardly hold: measured right or abstained."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.contrast.curves import fit_curves
from ius_vision.contrast.models import MODELS
from ius_vision.phantom.boluses import BolusScene, bolus_curves, lognormal_bolus

T = np.arange(0.0, 90.0, 0.125)


def bolus(t0: float = 8.0, height: float = 1.0, m: float = 2.7, s: float = 0.5) -> np.ndarray:
    area = height * np.exp(m - 0.5 * s * s) * s * np.sqrt(2 * np.pi)
    return lognormal_bolus(T, *(np.array([each]) for each in (area, m, s, t0)))[0]


def noisy(y: np.ndarray, share: float = 0.02) -> np.ndarray:
    return y * (1.0 + share * np.random.default_rng(3).standard_normal(y.shape))


NO_BOLUS = {
    "a plateau, as saturation makes": np.minimum(bolus() + 0.1, 0.6),
    "two boluses that run into each other": bolus(3.0) + bolus(20.0) + 0.1,
    "a triangle": np.clip(1.0 - np.abs(T - 30.0) / 15.0, 0.0, 1.0) + 0.1,
    "a slow rise and a fast fall": bolus()[::-1] + 0.1,
    "a wave": 1.0 + np.sin(T),
    "a step": np.where(T > 20.0, 1.0, 0.1),
    "a fall": np.exp(-T / 20.0) + 0.05,
    "upside down": -(bolus() + 0.1),
    "nothing": np.zeros_like(T),
}


@pytest.mark.parametrize("name", NO_BOLUS)
def test_what_is_no_bolus_gives_no_figure(name):
    fits = fit_curves(T, noisy(NO_BOLUS[name]))
    assert fits.verdict[0] != 0
    assert fits.reason(0)
    assert all(np.isnan(values[0]) for values in fits.values.values())


@pytest.mark.parametrize("exponent", [-300, -200, -12, 12, 200, 300])
def test_scale_is_no_matter(exponent):
    y = noisy(bolus() + 0.1)
    here, there = fit_curves(T, y), fit_curves(T, y * 10.0**exponent)
    assert there.verdict[0] == 0
    for name in ("pe", "wiwo_auc", "wir", "baseline"):
        assert there.values[name][0] / 10.0**exponent == pytest.approx(here.values[name][0], rel=1e-6), name
    for name in ("ttp_s", "mtt_s", "t0_s"):
        assert there.values[name][0] == pytest.approx(here.values[name][0], rel=1e-6), name


def test_a_hole_over_the_rise_is_no_measurement():
    y = noisy(bolus() + 0.1)
    y[(T > 7.5) & (T < 22.5)] = np.nan
    fits = fit_curves(T, y)
    assert fits.reason(0) == "too_short"


def test_a_hole_beside_the_bolus_is_none():
    used = np.ones(T.size, dtype=bool)
    used[(T > 60.0) & (T < 75.0)] = False
    fits = fit_curves(T, noisy(bolus() + 0.1), used=used)
    assert fits.values["pe"][0] == pytest.approx(1.0, rel=0.02)


def test_samples_that_are_not_there_count_as_a_hole():
    kept = (T < 7.5) | (T > 22.5)
    fits = fit_curves(T[kept], noisy(bolus() + 0.1)[kept])
    assert fits.reason(0) == "too_short"


def test_every_interval_of_noisy_curves_is_of_a_size_that_says_something():
    """A few outlying samples once made a covariance indefinite and an interval endless."""
    rng = np.random.default_rng(11)
    for index in range(12):
        scene = BolusScene(rng.uniform(5, 12), rng.uniform(60, 120), (0.01, 0.02, 0.05)[index % 3])
        t, seen, _ = bolus_curves(scene, 30, rng)
        fits = fit_curves(t, seen)
        assert np.all(fits.verdict == 0)
        assert np.all(fits.half_widths["pe"] < 0.5 * fits.values["pe"])


@pytest.mark.parametrize("factor", [1000.0, 1 / 60], ids=["milliseconds", "minutes"])
@pytest.mark.parametrize("model", MODELS)
def test_times_in_another_unit_than_seconds_are_refused(model, factor):
    fits = fit_curves(T * factor, noisy(bolus() + 0.1), model)
    assert fits.reason(0) == "implausible_times"
    assert all(np.isnan(values[0]) for values in (*fits.values.values(), *fits.half_widths.values()))
    assert fits.figures["qof"][0] > 0.9


def test_decibels_are_refused_and_a_baseline_may_be_taken_off():
    curve = noisy(bolus() + 0.1)
    assert fit_curves(T, 10 * np.log10(curve / curve.max())).reason(0) == "below_zero"
    assert fit_curves(T, curve - 0.2).verdict[0] == 0
