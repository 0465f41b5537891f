"""Values to linear power: the exact mean, before anything is averaged."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.contrast.linear import DisplayMap, PowerScale, power_table


@pytest.mark.parametrize(("range_db", "c"), [(40, 27.69), (45, 24.61), (50, 22.15), (60, 18.46), (65, 17.04)])
def test_the_table_is_the_reference_s_exponential(range_db, c):
    values = np.arange(256)
    assert power_table(DisplayMap.grey(), range_db) == pytest.approx(np.exp((values - 255) / c), rel=5e-3)


def test_peak_white_is_one():
    assert power_table(DisplayMap.grey(), 53.0)[255] == 1.0


def test_the_mean_power_is_that_of_the_pixels():
    pixels = np.random.default_rng(0).integers(0, 256, 5000).astype(np.uint8)
    scale = PowerScale.of(DisplayMap.grey(), 45.0)
    power, saturated, darkest = scale(np.bincount(pixels, minlength=256))
    assert power == pytest.approx(np.mean(10 ** ((pixels / 255.0 - 1) * 4.5)), rel=1e-12)
    assert saturated == pytest.approx(np.mean(pixels >= 252))
    assert darkest == pytest.approx(np.mean(pixels < 3))


@pytest.mark.parametrize("range_db", [45.0, 60.0])
def test_speckle_keeps_its_mean_power(range_db):
    """Averaging the log pixels first would lose 2.5 dB."""
    power = 0.01 * np.random.default_rng(1).exponential(1.0, 400_000)
    pixels = np.clip(np.rint(255 * (1 + 10 * np.log10(power) / range_db)), 0, 255).astype(np.uint8)
    mean, _, _ = PowerScale.of(DisplayMap.grey(), range_db)(np.bincount(pixels, minlength=256))
    assert mean == pytest.approx(0.01, rel=0.01)
