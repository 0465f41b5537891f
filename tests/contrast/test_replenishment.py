"""Refilling after a flash: found, measured with intervals that hold, and abstained where it is none."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.contrast.replenishment import Refill, fit_refill
from ius_vision.phantom.boluses import BolusScene, bolus_curves

HEIGHT, BASE, RATE, FLASH_S, SPIKE = 2.0, 0.3, 0.6, 3.0, 3
TIMES_S = np.arange(240) / 10.0


def curve(noise: float = 0.0, seed: int = 0, rate: float = RATE, spike: float = 4.0) -> np.ndarray:
    """A steady level, a bright flash, and what fills again."""
    rising = BASE - HEIGHT * np.expm1(-rate * np.maximum(TIMES_S - FLASH_S, 0.0))
    y = np.where(TIMES_S < FLASH_S - 1e-9, BASE + HEIGHT, rising)
    first = int(np.searchsorted(TIMES_S, FLASH_S - 1e-9))
    y[first - SPIKE : first] *= spike
    return y * (1.0 + noise * np.random.default_rng(seed).standard_normal(y.size))


def test_without_noise_the_truth_is_found():
    found = fit_refill(TIMES_S, curve())
    assert isinstance(found, Refill)
    assert found.t0_s == pytest.approx(FLASH_S)
    truth = {"pe": HEIGHT, "baseline": BASE, "beta_per_s": RATE, "inflow_per_s": HEIGHT * RATE}
    for name, value in truth.items():
        assert found.values[name] == pytest.approx(value, rel=1e-6), name
    assert found.qof == pytest.approx(1.0)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_units_of_the_intensity_do_not_matter(scale):
    found = fit_refill(TIMES_S, scale * curve(0.05))
    assert found.values["beta_per_s"] == pytest.approx(fit_refill(TIMES_S, curve(0.05)).values["beta_per_s"])
    assert found.values["pe"] == pytest.approx(scale * fit_refill(TIMES_S, curve(0.05)).values["pe"])


def test_intervals_hold_the_truth():
    held = {"pe": 0, "baseline": 0, "beta_per_s": 0, "inflow_per_s": 0}
    truth = {"pe": HEIGHT, "baseline": BASE, "beta_per_s": RATE, "inflow_per_s": HEIGHT * RATE}
    for seed in range(120):
        found = fit_refill(TIMES_S, curve(0.08, seed, spike=1.0 + seed % 3))
        for name in held:
            held[name] += abs(found.values[name] - truth[name]) <= found.half_widths[name]
    assert all(0.89 <= each / 120 <= 1.0 for each in held.values()), held


def test_only_what_follows_one_flash_up_to_the_next_is_fitted():
    twice = np.concatenate([curve(0.03), curve(0.03, 1)])
    times = np.arange(len(twice)) / 10.0
    found = fit_refill(times, twice)
    assert found.values["beta_per_s"] == pytest.approx(RATE, rel=0.1)
    assert found.window_end_s - found.t0_s < 25.0


def test_a_curve_that_ends_before_its_plateau_is_too_short():
    assert fit_refill(TIMES_S, curve(0.02, rate=0.05)).reason == "too_short"
    few = TIMES_S < FLASH_S + 0.8
    assert fit_refill(TIMES_S[few], curve()[few]).reason == "too_short"


def test_what_has_no_flash_is_not_measured():
    rng = np.random.default_rng(3)
    t, boluses, _ = bolus_curves(BolusScene(8.0, 80.0, 0.05, 150.0, 0.5), 40, rng)
    assert not any(isinstance(fit_refill(t, each), Refill) for each in boluses)
    assert fit_refill(TIMES_S, np.ones(240)).reason == "no_disruption"
    assert fit_refill(TIMES_S, 1.0 + 0.05 * rng.standard_normal(240)).reason == "no_disruption"
    assert fit_refill(TIMES_S, curve()[::-1]).reason in ("no_disruption", "too_short", "poor_curve_fit")


@pytest.mark.parametrize("length", [0, 1, 5, 14])
def test_short_curves_are_no_error(length):
    assert fit_refill(TIMES_S[:length], np.ones(length)).reason in ("non_finite", "no_disruption")


def test_missing_frames_do_not_count():
    y = curve()
    y[::9] = np.nan
    assert fit_refill(TIMES_S, y).values["beta_per_s"] == pytest.approx(RATE, rel=1e-5)
    y[::3] = y[1::3] = np.nan
    assert fit_refill(TIMES_S, y).reason == "non_finite"


def test_a_hump_instead_of_a_plateau_is_told():
    y = curve(0.01)
    y[90:150] += 1.5 * np.hanning(60)
    assert fit_refill(TIMES_S, y).reason == "poor_curve_fit"
