"""A baseline that drifts: the intervals of a fit with a constant one still hold the truth."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.contrast.curves import fit_curves
from ius_vision.phantom.boluses import BolusScene, bolus_curves

WASH_IN = ("pe", "wi_auc", "wipi", "wir")


def held(drift_a_minute: float, seed: int) -> dict[str, float]:
    """Share of the intervals that hold the truth; drifts up to a share of the peak a minute, up or down."""
    rng = np.random.default_rng(seed)
    inside: dict[str, list[np.ndarray]] = {name: [] for name in WASH_IN}
    for noise in (0.01, 0.02, 0.05) * 4:
        t, seen, truth = bolus_curves(BolusScene(8.0, 90.0, noise, 150.0, 0.0), 60, rng)
        drift = rng.uniform(-drift_a_minute, drift_a_minute, len(seen)) * truth["pe"]
        fits = fit_curves(t, seen + drift[:, None] * t / 60.0)
        good = fits.verdict == 0
        for name in WASH_IN:
            off = np.abs(fits.values[name] - truth[name])[good]
            inside[name].append(off <= fits.half_widths[name][good])
    return {name: float(np.mean(np.concatenate(each))) for name, each in inside.items()}


@pytest.mark.parametrize("name", WASH_IN)
def test_intervals_hold_the_truth_under_a_drift(name):
    assert held(0.1, 7)[name] >= 0.90


@pytest.mark.parametrize("name", WASH_IN)
def test_without_a_drift_they_hold_it_no_more_than_they_should(name):
    assert 0.93 <= held(0.0, 8)[name] <= 0.985
