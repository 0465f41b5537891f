"""Closed forms against the truth tables and against sums on a fine grid."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from ius_vision.contrast.models import MODELS, evaluate, from_textbook, textbook
from ius_vision.contrast.parameters import PARAMETERS, Bolus, gradients, perfusion
from ius_vision.contrast.shapes import landmarks

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
LOGNORMAL = {
    "pe": "PE", "ttp_s": "TTP", "ti_s": "TI", "to_s": "TO", "rt_s": "RT", "ft_s": "FT",
    "wir": "WiR", "wor": "WoR", "wi_auc": "WiAUC", "wo_auc": "WoAUC", "wiwo_auc": "WiWoAUC",
    "wipi": "WiPI", "mean_s": "mTT", "mtt_s": "mTTl",
}  # fmt: skip


def rows(name: str) -> list[dict[str, str]]:
    with (GOLDEN / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def bolus_of_area(model: str, area: float, t0: float, first: float, second: float) -> Bolus:
    to_peak, width, skew = from_textbook(model, np.array([first]), np.array([second]))
    pe = area / (landmarks(model, skew).area * width)
    return Bolus(np.zeros(1), pe, t0 + to_peak, width, skew)


@pytest.mark.parametrize("row", rows("contrast_lognormal.csv"), ids=lambda row: f"A={row['A']}")
def test_the_lognormal_truth_table_holds_to_a_billionth(row):
    bolus = bolus_of_area("lognormal", *(float(row[name]) for name in ("A", "t0", "m", "s")))
    values = perfusion("lognormal", bolus)
    for name, column in LOGNORMAL.items():
        assert values[name][0] == pytest.approx(float(row[column]), rel=1e-9), name
    fwhm = 2.0 * np.sinh(bolus.skew * np.sqrt(2.0 * np.log(2.0))) / bolus.skew * bolus.width_s
    assert fwhm[0] == pytest.approx(float(row["FWHM"]), rel=1e-9)


@pytest.mark.parametrize("row", rows("contrast_models.csv"), ids=lambda row: row["model"])
def test_the_other_models_truth_table_holds_to_six_digits(row):
    first, second = (float(row[name].split("=")[1]) for name in ("p1", "p2"))
    values = perfusion(row["model"], bolus_of_area(row["model"], 100.0, 5.0, first, second))
    for name in ("pe", "ttp_s", "ti_s", "to_s", "wir", "wor", "wi_auc", "wo_auc", "mtt_s"):
        assert values[name][0] == pytest.approx(float(row[LOGNORMAL[name]]), rel=5e-6), name


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("skew", [0.05, 0.3, 0.6, 0.9])
def test_landmarks_agree_with_sums_on_a_fine_grid(model, skew):
    v = np.linspace(-30.0, 300.0, 1_000_001)
    step = v[1] - v[0]
    h = evaluate(model, v[None], np.array([[skew]])).h[0]
    at = landmarks(model, np.array([skew]))
    total = np.concatenate([[0.0], np.cumsum(0.5 * (h[1:] + h[:-1]))]) * step
    slope = np.diff(h) / step

    def until(position):
        return np.interp(position, v, total)

    assert at.rise_slope[0] == pytest.approx(slope.max(), rel=1e-5)
    assert at.fall_slope[0] == pytest.approx(slope.min(), rel=1e-5)
    assert at.rise_area[0] == pytest.approx(until(0.0) - until(at.rise_start[0]), rel=1e-5)
    assert at.fall_area[0] == pytest.approx(until(at.fall_end[0]) - until(0.0), rel=1e-5)
    assert at.area[0] == pytest.approx(total[-1], rel=1e-5)
    assert at.mean[0] == pytest.approx(np.sum(h * v) / np.sum(h), rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("model", MODELS)
def test_derivatives_of_the_curve_agree_with_differences(model):
    rng = np.random.default_rng(3)
    v, skew, step = rng.uniform(-0.9, 4.0, (5, 40)), np.array([[0.05], [0.2], [0.5], [0.8], [0.95]]), 1e-6
    basis = evaluate(model, v, skew)
    by_v = (evaluate(model, v + step, skew).h - evaluate(model, v - step, skew).h) / (2 * step)
    by_skew = (evaluate(model, v, skew + step).h - evaluate(model, v, skew - step).h) / (2 * step)
    np.testing.assert_allclose(basis.by_time, -by_v, atol=1e-7)
    np.testing.assert_allclose(basis.by_log_width, -v * by_v, atol=4e-7)
    np.testing.assert_allclose(basis.by_skew, by_skew, atol=1e-7)


@pytest.mark.parametrize("model", MODELS)
def test_gradients_of_every_parameter_agree_with_differences(model):
    point = [
        np.full(3, 3.0),
        np.full(3, 0.4),
        np.full(3, 20.0),
        np.log(np.full(3, 6.0)),
        np.array([0.1, 0.4, 0.8]),
    ]

    def values(pe, baseline, ttp, log_width, skew):
        return perfusion(model, Bolus(baseline, pe, ttp, np.exp(log_width), skew))

    bolus = Bolus(point[1], point[0], point[2], np.exp(point[3]), point[4])
    slopes, step = gradients(model, bolus, values(*point)), 1e-5
    assert set(slopes) == set(PARAMETERS)
    for i in range(5):
        moved = [[p + sign * step * (j == i) for j, p in enumerate(point)] for sign in (1, -1)]
        up, down = values(*moved[0]), values(*moved[1])
        for name in PARAMETERS:
            difference = (up[name] - down[name]) / (2 * step)
            slope = 0.0 if slopes[name][i] is None else slopes[name][i]
            np.testing.assert_allclose(slope, difference, rtol=2e-5, atol=2e-5, err_msg=name)


@pytest.mark.parametrize("model", MODELS)
def test_textbook_parameters_survive_the_round_trip(model):
    first, second = (
        np.array([2.2, 3.1]),
        np.array([0.6, 0.4]) if model == "lognormal" else np.array([9.0, 14.0]),
    )
    _, width, skew = from_textbook(model, first, second)
    for back, given in zip(textbook(model, width, skew), (first, second), strict=True):
        np.testing.assert_allclose(back, given, rtol=1e-12)


def test_a_gamma_curve_that_starts_with_its_steepest_slope_has_no_wash_in():
    steep, limit = landmarks("gamma", np.array([1.2])), landmarks("gamma", np.array([1.0]))
    assert np.isnan(steep.rise_slope[0])
    assert np.isnan(steep.rise_area[0])
    assert np.isnan(steep.rise_start[0])
    assert steep.fall_slope[0] < 0
    assert limit.rise_start[0] == pytest.approx(limit.onset[0])
    assert limit.rise_slope[0] == pytest.approx(np.e)
