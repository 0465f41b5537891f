"""Spectral stills of known velocities, and such as cannot be read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ius_vision.measurement.spectral import (
    SpectralFigures,
    SpectralStrip,
    find_base_line,
    measure_spectrum,
)
from ius_vision.outcomes import Abstained
from ius_vision.phantom.spectral import (
    SpectralScene,
    cm_s_px,
    draw_spectral,
    render_spectral,
    strip_box,
    zero_row,
)

PLAIN = SpectralScene(
    seed=3, psv_cm_s=60.0, edv_cm_s=20.0, heart_rate_bpm=75.0, towards=True, scale_cm_s=100.0,
    below_share=0.3, seconds=4.0, fullness=0.6, fading=0.2, mirror_db=-30.0, noise_db=-28.0, range_db=36.0,
    size=(480, 640), jpeg_quality=None, trace=False,
)  # fmt: skip


def strip(scene: SpectralScene, seconds: float | None = None) -> SpectralStrip:
    box = strip_box(scene)
    patch = render_spectral(scene)[box.slices]
    if seconds is not None:
        patch = patch[:, : round(box.columns * seconds / scene.seconds)]
    return SpectralStrip(
        np.ascontiguousarray(patch), scene.seconds / box.columns, cm_s_px(scene), zero_row(scene)
    )


def read(scene: SpectralScene, seconds: float | None = None) -> SpectralFigures | Abstained:
    return measure_spectrum(strip(scene, seconds))


@pytest.mark.parametrize("seed", range(500, 512))
def test_velocities_and_index_come_back(seed):
    scene = draw_spectral(seed)
    found = read(scene)
    sign = 1 if scene.towards else -1
    assert sign * found.psv_cm_s == pytest.approx(scene.psv_cm_s, rel=0.1)
    assert sign * found.edv_cm_s == pytest.approx(scene.edv_cm_s, abs=0.06 * scene.psv_cm_s)
    assert found.resistive_index == pytest.approx(scene.resistive_index, abs=0.06)
    assert found.heart_rate_bpm == pytest.approx(scene.heart_rate_bpm, rel=0.03)


def test_the_machines_own_trace_does_not_count_as_spectrum():
    plain, traced = read(PLAIN), read(replace(PLAIN, trace=True))
    assert traced.psv_cm_s == pytest.approx(plain.psv_cm_s, rel=0.08)
    assert traced.resistive_index == pytest.approx(plain.resistive_index, abs=0.03)


def test_a_strip_that_is_filled_in_part_is_read_there():
    scene = strip(PLAIN)
    scene.rgb[:, 430:] = 0
    found = measure_spectrum(scene)
    assert found.psv_cm_s == pytest.approx(60.0, rel=0.08)
    assert np.isnan(found.envelope_rows[440:]).all()


def test_flow_away_from_the_probe_is_below_zero():
    found = read(replace(PLAIN, towards=False))
    assert (found.psv_cm_s < found.edv_cm_s < 0, 0 < found.resistive_index < 1) == (True, True)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"noise_db": 6.0}, "spectrum_too_faint"),
        ({"scale_cm_s": 50.0}, "velocity_aliased"),
        ({"psv_cm_s": 40.0, "edv_cm_s": 38.0}, "no_whole_beat"),
        ({"edv_cm_s": 0.5}, "end_diastole_not_seen"),
    ],
)
def test_what_cannot_be_read_is_not_guessed(changed, reason):
    assert read(replace(PLAIN, **changed)).reason == reason


def test_a_tinted_spectrum_is_read_too():
    plain, tinted = read(PLAIN), strip(PLAIN)
    tinted = replace(tinted, rgb=(tinted.rgb * (1.0, 0.75, 0.3)).astype(np.uint8))
    found = measure_spectrum(tinted)
    assert found.psv_cm_s == pytest.approx(plain.psv_cm_s, rel=0.05)
    assert found.resistive_index == pytest.approx(plain.resistive_index, abs=0.03)


def test_a_vein_that_swells_and_falls_evenly_has_no_systole():
    whole = strip(PLAIN)
    rows, columns = whole.rgb.shape[:2]
    time_s = np.arange(columns) * whole.second_px
    reach = (30 + 15 * np.sin(2 * np.pi * 1.2 * time_s)) / whole.cm_s_px
    above = whole.zero_row - np.arange(rows)[:, None]
    noise = np.random.default_rng(4).exponential(1.0, (rows, columns))
    grey = np.where((above > 2) & (above < reach[None]), 120 * noise, 6 * noise).clip(0, 255).astype(np.uint8)
    found = measure_spectrum(replace(whole, rgb=np.repeat(grey[..., None], 3, axis=2)))
    assert found.reason == "no_whole_beat"
    assert "artery" in found.detail


def test_one_systole_is_no_beat():
    assert read(PLAIN, seconds=1.1).reason == "no_whole_beat"


def test_uneven_beats_are_not_read():
    whole = strip(PLAIN)
    beat = round(60 / PLAIN.heart_rate_bpm / whole.second_px)
    # Half of a beat is cut out: the pulse is no longer even.
    torn = np.concatenate([whole.rgb[:, : 2 * beat], whole.rgb[:, 2 * beat + beat // 2 :]], axis=1)
    assert measure_spectrum(replace(whole, rgb=torn)).reason == "no_whole_beat"


@pytest.mark.parametrize("seed", range(4))
def test_noise_alone_gives_nothing(seed):
    noise = np.random.default_rng(seed).exponential(30, (200, 500)).clip(0, 255).astype(np.uint8)
    found = measure_spectrum(SpectralStrip(np.repeat(noise[..., None], 3, axis=2), 0.008, 0.5, 120))
    assert isinstance(found, Abstained)


def test_an_empty_or_tiny_strip_gives_nothing():
    assert measure_spectrum(SpectralStrip(np.zeros((200, 500, 3), np.uint8), 0.01, 0.5, 100)).reason
    assert measure_spectrum(SpectralStrip(np.zeros((9, 30, 3), np.uint8), 0.01, 0.5, 4)).reason


@pytest.mark.parametrize("seed", range(500, 508))
def test_the_base_line_is_found_in_the_picture(seed):
    scene = draw_spectral(seed)
    box = strip_box(scene)
    found = find_base_line(render_spectral(scene)[box.slices])
    assert found is None or found == pytest.approx(zero_row(scene), abs=1)


def test_a_plain_line_is_a_base_line_and_speckle_is_none():
    assert find_base_line(strip(PLAIN).rgb) == pytest.approx(zero_row(PLAIN), abs=1)
    noise = np.random.default_rng(1).exponential(60, (200, 500, 1)).clip(0, 255).astype(np.uint8)
    assert find_base_line(np.repeat(noise, 3, axis=2)) is None


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 90), st.integers(1, 160), st.integers(0, 2**31), st.floats(1e-4, 1.0), st.floats(-4, 94)
)
def test_no_strip_of_anything_breaks_the_reading(rows, columns, seed, second_px, zero):
    rgb = np.random.default_rng(seed).integers(0, 256, (rows, columns, 3)).astype(np.uint8)
    assert isinstance(measure_spectrum(SpectralStrip(rgb, second_px, 0.5, zero)), Abstained)
    find_base_line(rgb)
