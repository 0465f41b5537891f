"""Reliability figures against cases whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.outcomes import Measured
from ius_vision.pipeline.reliability import (
    gain_of_abstaining,
    gain_of_threshold,
    interval_calibration,
    probability_calibration,
    probability_counts,
)


def test_normal_errors_of_the_stated_spread_lie_in_their_intervals_at_every_level():
    rng = np.random.default_rng(1)
    error = rng.normal(0, 0.4, 4000)
    found = [Measured(5.0 + each, 5.0 + each - 1.96 * 0.4, 5.0 + each + 1.96 * 0.4) for each in error]
    for row in interval_calibration(found, [5.0] * len(found)):
        assert row["held"] == pytest.approx(row["level"], abs=0.025)


def test_leaving_out_the_least_sure_frames_lowers_the_error_where_the_score_tells_it():
    error = np.array([0.1, -0.2, 0.3, -2.0])
    rows = gain_of_abstaining([0.9, 0.8, 0.7, 0.6], error)
    assert rows[0] == {"kept_share": 1.0, "mae": pytest.approx(0.65), "p95": pytest.approx(1.745)}
    assert rows[-1]["mae"] == pytest.approx(0.15)


def test_a_threshold_without_any_frame_is_not_defined():
    rows = gain_of_threshold([0.7, 0.92], [])
    assert {row["confidence"]: row["kept_with_wall"] for row in rows}[0.75] == 0.5
    assert {row["kept_without_wall"] for row in rows} == {None}


def test_honest_probabilities_have_no_gap_and_bold_ones_have():
    rng = np.random.default_rng(2)
    stated = rng.random((300, 300))
    honest = probability_calibration(probability_counts(stated, rng.random(stated.shape) < stated))
    bold = probability_calibration(probability_counts(stated, rng.random(stated.shape) < stated / 2))
    assert honest["expected_error"] < 0.02
    assert bold["expected_error"] > 0.2
    assert sum(row["pixels"] for row in honest["bins"]) == stated.size


def test_nothing_measured_gives_empty_tables():
    assert interval_calibration([], []) == []
    assert gain_of_abstaining([], []) == []
    assert probability_calibration(np.zeros((10, 3))) == {"bins": [], "expected_error": None}
