"""Blood that comes back is told from a first pass that few speckles leave open."""

from __future__ import annotations

import numpy as np

from ius_vision.contrast.curves import fit_curves
from ius_vision.phantom.boluses import BolusScene, bolus_curves


def few_speckles(recirculation: float, curves: int = 500):
    """Curves of a small part of a wall, their fits and the truth."""
    scene = BolusScene(5.0, 60.0, 0.01, 40.0, recirculation)
    times_s, seen, truth = bolus_curves(scene, curves, np.random.default_rng(31))
    return fit_curves(times_s, seen), truth


def test_few_speckles_are_not_taken_for_blood_that_comes_back():
    fits, truth = few_speckles(0.0)
    assert fits.flags["recirculation"].mean() <= 0.02
    off = np.abs(fits.values["mtt_s"] / truth["mtt_s"] - 1.0)
    assert np.nanquantile(off, 0.95) <= 0.06


def test_blood_that_comes_back_is_still_told_under_few_speckles():
    fits, _ = few_speckles(1.0)
    assert fits.flags["recirculation"].mean() >= 0.9


def test_a_noisier_wash_out_that_goes_on_as_foretold_is_fitted_too():
    scene = BolusScene(5.0, 60.0, 0.0, 0.0, 0.0)
    times_s, clean, truth = bolus_curves(scene, 300, np.random.default_rng(32))
    past_peak_s = times_s - truth["ttp_s"][:, None]
    gone = (clean < 0.5 * clean.max(axis=1, keepdims=True)) & (past_peak_s > 0)
    noise = np.where(gone, 0.06, 0.03) * np.random.default_rng(33).standard_normal(clean.shape)
    fits = fit_curves(times_s, clean * (1.0 + noise))
    recorded = past_peak_s[:, -1] > 2.0 * truth["ft_s"]
    fitted_s = fits.figures["window_end_s"] - truth["ttp_s"]
    assert np.mean(fitted_s[recorded] > 1.2 * truth["ft_s"][recorded]) >= 0.98
