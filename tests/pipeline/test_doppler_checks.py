"""Doppler settings that are off are told, others are not."""

from __future__ import annotations

import pytest

from ius_vision.pipeline.doppler_checks import DopplerChecks


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        (DopplerChecks(velocity_cm_s=45.0), "45 cm/s"),
        (DopplerChecks(velocity_cm_s=1.0), "1 cm/s"),
        (DopplerChecks(in_box_percent=30.0), "holds 30 % of the wall"),
        (DopplerChecks(noise_percent=6.0), "6 % of the picture"),
    ],
)
def test_a_setting_that_is_off_is_told(checks, said):
    (warning,) = checks.warnings
    assert said in warning


@pytest.mark.parametrize("checks", [DopplerChecks(), DopplerChecks(5.0, "colour_bar_region", 90.0, 0.3)])
def test_usual_or_unknown_settings_are_not_told(checks):
    assert checks.warnings == ()
