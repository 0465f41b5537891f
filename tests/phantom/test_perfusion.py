"""Contrast: exact curve parameters, and pictures that carry the curve."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ius_vision.phantom.perfusion import Bolus, contrast_panel, contrast_power, draw_bolus, tint
from ius_vision.vocabulary import Label

# From the truth table of the contrast reference: A, m, s, t0, then the values of NAMES.
TRUTH = [
    ((100, 2.7, 0.55, 5), (5.67073451555, 15.9956528584, 7.89212775721, 17.7924269271, 1.07051127008,
     -0.351489637744, 28.8973243006, 59.3757015896, 3.66153782473, 14.2058799784)),
    ((1000, 3.0, 0.5, 8), (45.0135666902, 23.6426318842, 10.6163582885, 22.2713942491, 6.15812082449,
     -2.2421843428, 305.740245892, 589.534487206, 28.798975843, 17.7336214979)),
    ((1, 3.2, 0.4, 8), (0.0440404036636, 28.9052432351, 12.2799564034, 22.2714906107, 0.00497312840793,
     -0.00222275478028, 0.340094033263, 0.57663128137, 0.0276950521721, 17.9504858682)),
]  # fmt: skip
NAMES = ("pe", "ttp_s", "rt_s", "ft_s", "wir", "wor", "wi_auc", "wo_auc", "wipi", "mtt_s")


@pytest.mark.parametrize(("shape", "wanted"), TRUTH)
def test_parameters_equal_the_truth_table(shape, wanted):
    area, m, s, t0_s = shape
    found = Bolus(area, m, s, t0_s, 0.0).parameters()
    for name, value in zip(NAMES, wanted, strict=True):
        assert found[name] == pytest.approx(value, rel=1e-9), name


def test_the_curve_is_flat_before_arrival_and_peaks_where_it_says():
    bolus = Bolus(0.5, 2.6, 0.5, 6.0, 0.001)
    assert bolus(0.0) == bolus(6.0) == 0.001
    times = np.arange(0, 60, 0.01)
    curve = np.array([bolus(time) for time in times])
    assert times[curve.argmax()] == pytest.approx(bolus.parameters()["ttp_s"], abs=0.01)


@pytest.mark.parametrize("range_db", [45.0, 60.0])
def test_linearised_pixels_of_the_panel_average_to_the_curve(range_db):
    labels = np.full((220, 220), Label.WALL, np.uint8)
    bolus = draw_bolus(np.random.default_rng(2), 1.0)
    peak_s = bolus.parameters()["ttp_s"]
    panel = contrast_panel(contrast_power(labels, bolus, peak_s), 1.0, range_db, np.random.default_rng(3))
    linear = 10 ** ((panel / 255.0 - 1) * range_db / 10)
    assert linear.mean() == pytest.approx(bolus(peak_s), rel=0.03)
    assert (panel == 255).mean() < 0.002


def test_the_tint_keeps_the_luminance():
    values = np.arange(0, 210, dtype=np.uint8)
    luminance = tint(values) @ np.array([0.299, 0.587, 0.114])
    assert np.abs(luminance - values).max() < 2.0


def test_activity_raises_the_peak():
    peaks = [draw_bolus(np.random.default_rng(5), activity).parameters()["pe"] for activity in (0.0, 1.0)]
    assert 10 * math.log10(peaks[1] / peaks[0]) == pytest.approx(9.0, abs=0.01)
