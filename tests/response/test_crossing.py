"""Cross-validation by patient, and the curves without their optimism."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ius_vision.response.corrected_curves import corrected_curves
from ius_vision.response.crossing import cross_validated, fold_of
from ius_vision.response.development import develop
from ius_vision.response.groups import left_out_record
from ius_vision.response.method import method_of
from ius_vision.response.procedure import Fits, fit_all
from ius_vision.response.sample_size import sample_size

from .make import draw


def area(x, y, seed, procedure, repeats):
    found = cross_validated(x, y, np.random.default_rng(seed), procedure, repeats=repeats)
    return found.measures["auroc"].value


def test_every_fold_has_its_share_of_events():
    y = np.r_[np.ones(13), np.zeros(22)]
    fold = fold_of(y, 5, np.random.default_rng(1))
    assert np.bincount(fold[y == 1], minlength=5).tolist().count(3) == 3
    assert set(np.bincount(fold[y == 0], minlength=5)) == {4, 5}


def test_without_an_effect_folds_that_were_not_seen_tell_half():
    rng, areas = np.random.default_rng(2), []
    for run in range(25):
        x, y = draw(60, [0.0, 0.0, 0.0], rng)
        areas.append(area(x, y, run, fit_all, 4))
    assert np.mean(areas) == pytest.approx(0.5, abs=0.05)


def test_a_term_that_holds_the_outcome_itself_shows_in_every_fold():
    x, y = draw(60, [0.0], np.random.default_rng(3))
    found = cross_validated(x + 4.0 * y[:, None], y, np.random.default_rng(4), fit_all, repeats=2).measures
    assert found["auroc"].value > 0.97
    assert found["auroc"].low <= found["auroc"].value <= found["auroc"].high


def test_each_patient_is_judged_by_models_that_never_saw_him():
    seen = []

    def procedure(x, y, weights):
        seen.append(weights)
        return fit_all(x, y, weights)

    x, y = draw(40, [1.0], np.random.default_rng(5))
    cross_validated(x, y, np.random.default_rng(6), procedure, repeats=3)
    for weights in seen:
        assert ((weights == 0).sum(axis=0) == 1).all()
        assert set(np.unique(weights)) == {0.0, 1.0}


def test_a_planted_leak_of_the_outcome_through_preprocessing_shows_as_skill_in_noise():
    """The fault: terms are moved by everybody's outcome before the folds are drawn."""

    def leaking(x, y, weights):
        moved = x + 1.5 * np.atleast_2d(y)[0][:, None]
        fits = fit_all(moved, y, weights)
        return _Moved(fits, moved)

    rng, honest, faulty = np.random.default_rng(7), [], []
    for run in range(6):
        x, y = draw(60, [0.0, 0.0], rng)
        honest.append(area(x, y, run, fit_all, 2))
        faulty.append(area(x, y, run, leaking, 2))
    assert np.mean(honest) < 0.6
    assert np.mean(faulty) > 0.8


class _Moved:
    """Models that are asked of the moved terms."""

    def __init__(self, fits: Fits, moved: np.ndarray) -> None:
        self._fits, self._moved = fits, moved

    def linear(self, x: np.ndarray) -> np.ndarray:
        return self._fits.linear(self._moved)


def test_corrected_curves_lie_below_what_overfitting_shows():
    x, y = draw(60, [0.0] * 8, np.random.default_rng(8))
    done = develop(x, y, sample_size(60, int(y.sum()), 8), 1)
    curves = corrected_curves(done)
    seen = np.array([point.net_benefit for point in done.decision])
    assert (curves.net_benefit <= seen + 0.01).all()
    assert (curves.net_benefit < seen - 0.01).any()
    slope, lowered = (
        np.polyfit(curves.predicted, each, 1)[0] for each in (curves.observed, curves.corrected)
    )
    assert lowered < slope - 0.2


def test_a_site_is_judged_by_the_others():
    x, y = draw(120, [1.5], np.random.default_rng(9))
    groups = {"site": ("a",) * 60 + ("b",) * 56 + ("c",) * 4, "sex": ("female",) * 120}
    rows = left_out_record(groups, x, y, method_of("penalised"))
    assert [(row["column"], row["group"], row["n"]) for row in rows] == [("site", "a", 60), ("site", "b", 56)]
    by_hand = fit_all(x[60:], y[60:], np.ones((1, 60))).linear(x[:60])[0]
    from ius_vision.response.judged import judged

    assert rows[0]["auroc"] == pytest.approx(judged(by_hand, y[:60])["auroc"].value)


def test_the_performance_file_holds_cross_validation_curves_and_shares(model):
    found = json.loads((model / "performance.json").read_text("utf-8"))
    crossed = found["cross_validated"]
    assert (crossed["folds"], crossed["repeats"]) == (5, 20)
    for name in ("auroc", "calibration_slope", "calibration_intercept", "oe", "brier"):
        low, high = crossed[f"{name}_ci"]
        assert low <= crossed[name] <= high
    assert abs(crossed["auroc"] - found["corrected"]["auroc"]) < 0.03
    assert found["chosen"] == {"bwt_mm": 1.0, "crp_mg_l": 1.0}
    for point in found["calibration_curve"]:
        low, high = point["observed_ci"]
        assert 0 <= low <= high <= 1
        assert {"predicted", "observed", "corrected"} < set(point)
    assert all("net_benefit_corrected" in point for point in found["decision_curve"])
    assert set(found["risk_distribution"]) == {"reached", "not_reached"}
    low, high = found["mean_risk"]["reached"]["mean_ci"]
    assert found["mean_risk"]["not_reached"]["mean"] < low < found["mean_risk"]["reached"]["mean"] < high
