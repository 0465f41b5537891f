"""Colour of drawn vessels turned into velocity."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ius_vision.measurement.flow_velocity import ColourCode, FlowReader, FlowReading
from ius_vision.outcomes import Abstained

SHAPE = (200, 260)
AREA = np.ones(SHAPE, bool)


def colours_of(places: np.ndarray) -> np.ndarray:
    """Red to yellow above 0, blue to cyan below it, (..., 3) float."""
    strength = np.clip(np.abs(places), 0, 1)[..., None]
    red = strength * (230, 0, 0) + strength**2 * (25, 210, 0)
    blue = strength * (0, 0, 230) + strength**2 * (0, 200, 25)
    return np.where(np.asarray(places)[..., None] > 0, red, blue)


def code_from(low: float = -1.0, high: float = 1.0) -> ColourCode:
    places = np.linspace(low, high, 161)
    places = places[np.abs(places) > 0.05]
    return ColourCode(colours_of(places).astype(np.float32), places.astype(np.float32))


def frame(*vessels: tuple[int, int, float | np.ndarray], seed: int = 0) -> np.ndarray:
    """Speckle with upright-edged vessels: first row, rows, place of their colour (or one for each row)."""
    grey = np.random.default_rng(seed).integers(10, 110, SHAPE).astype(float)
    rgb = np.repeat(grey[..., None], 3, axis=2)
    for row, rows, place in vessels:
        shown = np.broadcast_to(np.asarray(place, float).reshape(-1, 1), (rows, 200))
        rgb[row : row + rows, 30:230] = colours_of(shown)
    return rgb.clip(0, 255).astype(np.uint8)


def as_jpeg(rgb: np.ndarray, quality: int) -> np.ndarray:
    _, data = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1].copy()


def read(*frames: np.ndarray, code: ColourCode | None = None) -> FlowReading | Abstained:
    reader = FlowReader(code or code_from())
    for rgb in frames:
        reader.add(rgb, AREA, AREA)
    return reader.result()


@pytest.mark.parametrize("quality", [None, 90, 60])
@pytest.mark.parametrize("place", [-0.9, -0.5, -0.2, 0.2, 0.5, 0.9])
def test_a_vessel_of_one_velocity_has_that_velocity(place, quality):
    rgb = frame((80, 14, place))
    found = read(rgb if quality is None else as_jpeg(rgb, quality))
    figures = found.places
    assert figures.mean == pytest.approx(place, abs=0.06)
    peaks = figures.peak_towards, figures.peak_away
    assert peaks[place < 0] == pytest.approx(place, abs=0.08)
    assert peaks[place > 0] is None
    assert found.towards_percent == pytest.approx(100.0 * (place > 0), abs=2)
    assert not found.aliased


@settings(max_examples=25, deadline=None)
@given(st.floats(-0.95, 0.95).filter(lambda place: abs(place) > 0.15), st.integers(0, 50))
def test_any_velocity_comes_back(place, seed):
    assert read(frame((60, 16, place), seed=seed)).places.mean == pytest.approx(place, abs=0.03)


def test_two_vessels_cancel_in_the_mean_but_not_in_the_speed():
    found = read(frame((40, 16, 0.6), (120, 16, -0.4)))
    figures = found.places
    assert figures.mean == pytest.approx(0.1, abs=0.02)
    assert figures.speed == pytest.approx(0.5, abs=0.02)
    assert (figures.peak_away, figures.peak_towards) == pytest.approx((-0.4, 0.6), abs=0.02)
    assert found.towards_percent == pytest.approx(50, abs=1)


def test_a_baseline_that_is_shifted_lets_faster_flow_through():
    found = read(frame((60, 16, 0.8)), code=ColourCode(*_shifted()))
    assert found.places.mean == pytest.approx(1.2, abs=0.05)


def _shifted() -> tuple[np.ndarray, np.ndarray]:
    """A bar whose colours of -1 to 1 stand for -0.5 to 1.5."""
    code = code_from()
    return code.colours, np.where(code.places > 0, 1.5, 0.5).astype(np.float32) * code.places


@pytest.mark.parametrize("quality", [None, 75])
def test_flow_that_wraps_over_is_told(quality):
    # Faster to the middle, as in a vessel, and beyond the end of the scale.
    true = 1.35 * (1 - np.linspace(-1, 1, 24) ** 2)
    rgb = frame((60, 24, (true + 1) % 2 - 1))
    found = read(rgb if quality is None else as_jpeg(rgb, quality))
    assert found.aliased


@pytest.mark.parametrize("quality", [None, 75])
def test_fast_flow_below_the_end_and_flow_that_turns_are_no_aliasing(quality):
    fast = 0.95 * (1 - np.linspace(-1, 1, 24) ** 2)
    turning = np.linspace(-0.95, 0.95, 24)
    rgb = frame((40, 24, fast), (120, 24, turning))
    assert not read(rgb if quality is None else as_jpeg(rgb, quality)).aliased


def test_colours_that_the_bar_does_not_have_give_nothing():
    rgb = frame()
    rgb[60:80, 30:230] = (255, 0, 255)
    assert read(rgb).reason == "colours_off_the_bar"


def test_a_thin_vessel_has_a_direction_only():
    found = read(frame((60, 2, 0.7)))
    assert (found.towards_percent, found.places) == (100.0, None)


def test_without_flow_there_is_nothing_to_read():
    assert read(frame(), frame(seed=1)).reason == "no_flow_in_wall"
    assert read().reason == "no_flow_in_wall"
