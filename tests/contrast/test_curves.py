"""Fits of curves: exact without noise, right with it, honest where there is nothing to fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ius_vision.contrast.curves import best_of, fit_best, fit_curves
from ius_vision.contrast.models import MODELS, evaluate
from ius_vision.contrast.parameters import PARAMETERS, Bolus, perfusion
from ius_vision.phantom.boluses import BolusScene, bolus_curves, lognormal_bolus

TIMES = {"t0_s", "ttp_s", "ti_s", "to_s", "mean_s"}
AMPLITUDES = {"baseline", "pe", "wi_auc", "wo_auc", "wiwo_auc", "wir", "wor", "wipi", "auc"}
T = np.arange(180) * 0.5


def one_bolus(t=T, pe=5.0, ttp=20.0, width=7.0, skew=0.5, baseline=1.0, model="lognormal"):
    v, shape = (t - ttp)[None] / width, np.array([[skew]])
    return baseline + pe * evaluate(model, v, shape).h[0]


def truth_of(model="lognormal", pe=5.0, ttp=20.0, width=7.0, skew=0.5, baseline=1.0):
    bolus = Bolus(*(np.array([each]) for each in (baseline, pe, ttp, width, skew)))
    return {name: value[0] for name, value in perfusion(model, bolus).items()}


def wobbly(rng, noise=0.03, t=T, **kwargs):
    clean = one_bolus(t, **kwargs)
    return clean * (1.0 + noise * rng.standard_normal(clean.shape))


def test_noise_free_lognormal_curves_are_recovered_to_a_millionth():
    rng = np.random.default_rng(0)
    t, seen, truth = bolus_curves(BolusScene(5.0, 110.0, 0.0, 0.0, 0.0), 400, rng)
    fits = fit_curves(t, seen)
    assert np.all(fits.verdict == 0)
    for name, values in truth.items():
        np.testing.assert_allclose(fits.values[name], values, rtol=1e-6, err_msg=name)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("skew", [0.25, 0.45, 0.65])
def test_noise_free_curves_of_every_model_are_recovered(model, skew):
    fits = fit_curves(T, one_bolus(skew=skew, model=model), model)
    truth = truth_of(model, skew=skew)
    assert fits.reason(0) == ""
    for name in PARAMETERS:
        assert fits.values[name][0] == pytest.approx(truth[name], rel=1e-6), name


def test_uneven_times_are_used_as_they_are():
    t = np.cumsum(np.random.default_rng(5).uniform(0.05, 0.6, 300))
    fits = fit_curves(t, one_bolus(t))
    truth = truth_of()
    for name in PARAMETERS:
        assert fits.values[name][0] == pytest.approx(truth[name], rel=1e-6), name


def noisy_errors(recirculation):
    rng = np.random.default_rng(11)
    errors, held, abstained = {}, {}, 0
    for index in range(24):
        scene = BolusScene(
            rng.uniform(5, 12), rng.uniform(60, 120), (0.01, 0.02, 0.05)[index % 3], 150.0, recirculation
        )
        t, seen, truth = bolus_curves(scene, 30, rng)
        fits = fit_curves(t, seen)
        good = fits.verdict == 0
        abstained += np.count_nonzero(~good)
        for name in ("pe", "ttp_s", "mtt_s", "wiwo_auc", "t0_s"):
            off = (fits.values[name] - truth[name])[good]
            errors.setdefault(name, []).append(off / truth[name][good])
            held.setdefault(name, []).append(np.abs(off) <= fits.half_widths[name][good])
    assert abstained == 0
    return tuple({name: np.concatenate(each) for name, each in part.items()} for part in (errors, held))


def test_speckled_curves_are_measured_without_bias_and_intervals_hold_the_truth():
    errors, held = noisy_errors(recirculation=0.0)
    for name in ("pe", "wiwo_auc", "mtt_s"):
        assert abs(errors[name].mean()) < 0.006, name
    for name, each in held.items():
        assert 0.92 <= each.mean() <= 0.98, name


def test_half_of_the_curves_with_recirculation_still_meet_the_limits():
    errors, held = noisy_errors(recirculation=0.5)
    assert abs(errors["pe"].mean()) < 0.02
    assert abs(errors["wiwo_auc"].mean()) < 0.02
    assert np.median(np.abs(errors["ttp_s"])) < 0.03
    assert np.median(np.abs(errors["mtt_s"])) < 0.08
    for name, each in held.items():
        assert 0.88 <= each.mean() <= 0.98, name


def test_recirculation_is_flagged_and_its_window_is_shorter():
    clean = one_bolus()
    plateau = 0.15 * 5.0 / (1.0 + np.exp(-(T - 34.0) / 3.0))
    fits = fit_curves(T, np.stack([clean, clean + plateau]))
    assert fits.flag_names(0) == ""
    assert fits.flag_names(1) == "recirculation"
    assert fits.figures["window_end_s"][1] < fits.figures["window_end_s"][0]
    assert fits.values["wiwo_auc"][1] == pytest.approx(truth_of()["wiwo_auc"], rel=0.03)


def test_a_curve_gives_the_same_numbers_alone_and_in_any_batch():
    rng = np.random.default_rng(2)
    t, seen, _ = bolus_curves(BolusScene(6.0, 70.0, 0.05), 700, rng)
    together = fit_curves(t, seen)
    shuffled = rng.permutation(700)
    mixed = fit_curves(t, seen[shuffled])
    for row in (0, 3, 350, 699):
        alone = fit_curves(t, seen[row])
        where = int(np.flatnonzero(shuffled == row)[0])
        for name in PARAMETERS:
            values = [together.values[name][row], alone.values[name][0], mixed.values[name][where]]
            halves = [together.half_widths[name][row], alone.half_widths[name][0]]
            assert values[0] == values[1] == values[2], name
            assert halves[0] == halves[1], name


@settings(deadline=None, max_examples=25)
@given(shift=st.floats(-1e5, 1e9), seed=st.integers(0, 99))
def test_a_curve_shifted_in_time_shifts_times_only(shift, seed):
    y = wobbly(np.random.default_rng(seed))
    here, there = fit_curves(T, y), fit_curves(T + shift, y)
    for name in PARAMETERS:
        expected = here.values[name][0] + (shift if name in TIMES else 0.0)
        assert there.values[name][0] == pytest.approx(expected, rel=1e-6, abs=1e-5 + 1e-13 * abs(shift)), name


@settings(deadline=None, max_examples=25)
@given(factor=st.floats(1e-8, 1e8), seed=st.integers(0, 99))
def test_scaled_intensity_scales_amplitudes_only(factor, seed):
    y = wobbly(np.random.default_rng(seed))
    here, there = fit_curves(T, y), fit_curves(T, y * factor)
    for name in PARAMETERS:
        scale = factor if name in AMPLITUDES else 1.0
        assert there.values[name][0] == pytest.approx(here.values[name][0] * scale, rel=1e-5), name
    assert there.figures["qof"][0] == pytest.approx(here.figures["qof"][0], rel=1e-6)


def test_frames_dropped_for_motion_are_masked_and_not_zeroed():
    y, used = one_bolus(), np.ones(180, dtype=bool)
    used[35:48] = False
    y[~used] = 0.0
    fits = fit_curves(T, y, used=used)
    for name in ("pe", "ttp_s", "mtt_s", "wiwo_auc"):
        assert fits.values[name][0] == pytest.approx(truth_of()[name], rel=1e-6), name


def test_breathing_outliers_hardly_move_the_parameters():
    rng = np.random.default_rng(8)
    y = np.stack([wobbly(rng, 0.03) for _ in range(200)])
    spoiled = y.copy()
    hit = rng.random(y.shape) < 0.06
    spoiled[hit] *= 0.5
    clean, bad = fit_curves(T, y), fit_curves(T, spoiled)
    both = (clean.verdict == 0) & (bad.verdict == 0)
    assert both.mean() > 0.98
    for name, limit in (("pe", 0.01), ("wiwo_auc", 0.01), ("mtt_s", 0.02)):
        ratio = bad.values[name][both] / clean.values[name][both]
        assert abs(np.median(ratio) - 1.0) < limit, name


REASONS = {
    "no_bolus": np.ones(180),
    "non_finite": np.where(T % 2 < 0.6, np.nan, one_bolus()),
    "no_arrival": one_bolus(ttp=1.0),
    "second_bolus": one_bolus(ttp=15.0, width=4.0) + one_bolus(ttp=60.0, width=5.0),
    "too_short": one_bolus(ttp=95.0, width=20.0),
}


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("model", MODELS)
def test_a_curve_that_cannot_be_measured_says_why_and_gives_no_number(reason, model):
    fits = fit_curves(T, REASONS[reason], model)
    assert fits.reason(0) == reason
    assert fits.detail(0).endswith(".")
    assert all(np.isnan(fits.values[name][0]) and np.isnan(fits.half_widths[name][0]) for name in PARAMETERS)


def test_a_symmetric_curve_has_no_onset_and_keeps_the_rest():
    fits = fit_curves(T, 1.0 + 5.0 * np.exp(-0.5 * ((T - 30.0) / 6.0) ** 2))
    assert fits.flag_names(0) == "onset_not_identified"
    assert fits.parameter("t0_s", 0).reason == "not_in_curve"
    peak = fits.parameter("ttp_s", 0)
    assert peak.low < peak.value < peak.high
    assert peak.value == pytest.approx(30.0, abs=0.3)
    assert fit_curves(T, np.ones(180)).parameter("pe", 0).reason == "no_bolus"


@pytest.mark.parametrize("noise", [0.02, 0.1, 0.3])
def test_noise_without_a_bolus_is_never_measured(noise):
    rng = np.random.default_rng(4)
    y = 1.0 + noise * rng.standard_normal((300, 180))
    assert np.all(fit_curves(T, y).verdict != 0)


def test_a_curve_that_is_no_bolus_is_abstained_with_its_quality_kept():
    triangle = np.maximum(0.0, 1.0 - np.abs((T - 40.0) % 16.0 - 8.0) / 8.0) * (T > 32) * (T < 64)
    rng = np.random.default_rng(1)
    y = triangle * 0.3 + np.where((T > 20) & (T < 60), 1.0 + rng.standard_normal(180), 0.0)
    fits = fit_curves(T, y)
    assert fits.reason(0) == "poor_curve_fit"
    assert fits.figures["qof"][0] < 0.75
    assert "0.75" in fits.detail(0)
    assert np.isnan(fits.values["pe"][0])


def test_a_clip_that_ends_before_half_wash_out_is_flagged():
    t = T[T < 27.0]
    fits = fit_curves(t, wobbly(np.random.default_rng(6), 0.01, t))
    assert fits.flag_names(0) == "truncated_washout"
    assert fits.half_widths["wiwo_auc"][0] > 0


def test_a_curve_without_frames_before_arrival_is_flagged():
    fits = fit_curves(T, wobbly(np.random.default_rng(6), 0.01, ttp=6.5, width=4.0))
    assert "no_baseline" in fits.flag_names(0)


def test_twelve_samples_are_the_fewest():
    assert fit_curves(T[:11], one_bolus()[:11]).reason(0) == "too_short"


def test_no_curves_give_no_fits():
    assert len(fit_curves(T, np.empty((0, 180)))) == 0


@pytest.mark.parametrize(
    ("times", "values", "model", "part"),
    [
        (T, one_bolus(), "spline", "spline"),
        (T[::-1], one_bolus(), "gamma", "increase"),
        (np.full(180, np.nan), one_bolus(), "gamma", "increase"),
        (T, np.ones((2, 2, 180)), "gamma", "shape"),
    ],
)
def test_what_cannot_be_curves_is_refused(times, values, model, part):
    with pytest.raises(ValueError, match=part):
        fit_curves(times, values, model)


@pytest.mark.parametrize("model", MODELS)
def test_the_information_criterion_finds_the_model_that_made_the_curve(model):
    rng = np.random.default_rng(9)
    t = np.arange(600) * 0.12
    y = np.stack([wobbly(rng, 0.005, t, skew=0.6, model=model) for _ in range(40)])
    chosen = best_of(fit_best(t, y))
    assert np.mean(chosen == MODELS.index(model)) > 0.7


def test_peer_nan_above_10_and_peer_pe_is_one():
    y = one_bolus(pe=1.0, baseline=0.1)
    for peak in (0.01, 1.0, 9.9, 10.0, 255.0, 1e5):
        fits = fit_curves(T, y * peak)
        assert fits.values["pe"][0] == pytest.approx(peak, rel=1e-6)
        assert fits.values["mtt_s"][0] == pytest.approx(truth_of()["mtt_s"], rel=1e-6)


def test_peer_min_baseline():
    rng = np.random.default_rng(10)
    t = np.arange(900) * 0.1
    area, m, s, t0 = (np.full(200, each) for each in (1000.0, 3.0, 0.5, 8.0))
    clean = lognormal_bolus(t, area, m, s, t0) + 9.0
    fits = fit_curves(t, clean + 0.02 * 45.0 * rng.standard_normal(clean.shape))
    assert abs(np.mean(fits.values["wiwo_auc"]) / 895.274733 - 1.0) < 0.01
    assert abs(np.mean(fits.values["auc"]) / 1000.0 - 1.0) < 0.01


def test_peer_t0_dropped():
    y = np.stack([one_bolus(ttp=20.0), one_bolus(ttp=25.0)])
    fits = fit_curves(T, y)
    assert fits.values["ttp_s"][1] - fits.values["ttp_s"][0] == pytest.approx(5.0, abs=1e-6)
    assert fits.values["t0_s"][1] - fits.values["t0_s"][0] == pytest.approx(5.0, abs=1e-6)
    assert fits.values["rt_s"][1] == pytest.approx(fits.values["rt_s"][0], rel=1e-6)


def test_peer_per_frame_rate():
    t = np.arange(900) * 0.1
    fast, slow = fit_curves(t, one_bolus(t)), fit_curves(t[::2], one_bolus(t)[::2])
    assert slow.values["wir"][0] == pytest.approx(fast.values["wir"][0], rel=0.01)
    assert slow.values["wir"][0] == pytest.approx(truth_of()["wir"], rel=1e-6)


def test_peer_index_start():
    assert fit_curves(T, 5.0 * np.exp(-T / 10.0)).reason(0) == "no_arrival"


def test_peer_mutation():
    t, y, used = T.copy(), np.stack([one_bolus(), one_bolus()]), np.ones((2, 180), dtype=bool)
    y[1, 7] = np.nan
    before = t.tobytes(), y.tobytes(), used.tobytes()
    fit_curves(t, y, used=used)
    assert (t.tobytes(), y.tobytes(), used.tobytes()) == before


def test_peer_no_qof(capsys):
    rng = np.random.default_rng(12)
    y = np.stack([one_bolus(), np.ones(180), rng.standard_normal(180), np.full(180, np.nan)])
    fits = fit_curves(T, y)
    for row in range(4):
        assert np.isfinite(fits.figures["qof"][row]) or fits.reason(row)
    assert capsys.readouterr().out == ""
