"""Tints are taken back to the values behind them."""

from __future__ import annotations

import numpy as np
import pytest
import simplejpeg

from ius_vision.contrast.tint import find_display_map
from ius_vision.geometry import Box
from ius_vision.phantom.perfusion import tint

PANEL = np.zeros((120, 200), bool)
PANEL[10:110, 20:140] = True
BAR = Box(15, 170, 95, 182)


def frames(colours: np.ndarray, bar: bool, highest: int = 200) -> list[np.ndarray]:
    """Two screens of a panel of all values up to a highest one, and a bar of 90 rows beside it."""
    rng = np.random.default_rng(0)
    out = []
    for _ in range(2):
        screen = np.zeros((*PANEL.shape, 3), np.uint8)
        screen[PANEL] = colours[rng.integers(0, highest, PANEL.sum())]
        if bar:
            screen[15:105, 170:182] = colours[np.linspace(255, 0, 90).astype(int)][:, None]
        out.append(screen)
    return out


def luminance(colours: np.ndarray) -> np.ndarray:
    return np.rint(colours @ np.array([0.299, 0.587, 0.114])).astype(int)


GREY = np.repeat(np.arange(256)[:, None], 3, axis=1).astype(np.uint8)
GOLD = (np.arange(256)[:, None] * np.array([1.0, 0.8, 0.3])).astype(np.uint8)
BLUE = (np.arange(256)[:, None] * np.array([0.3, 0.6, 1.0])).astype(np.uint8)
HOT = np.stack([np.clip(np.arange(256) * k, 0, 255) for k in (2.0, 1.0, 0.4)], axis=1).astype(np.uint8)


def test_a_grey_panel_is_its_own_value():
    found = find_display_map(frames(GREY, bar=True), PANEL, [])
    assert found.source == "grey"
    assert found.values == pytest.approx(np.arange(256))


@pytest.mark.parametrize("colours", [GOLD, BLUE], ids=["gold", "blue"])
def test_a_tint_that_keeps_its_proportions_to_the_end_needs_no_bar(colours):
    found = find_display_map(frames(colours, bar=False, highest=256), PANEL, [])
    assert found.source == "proportional_tint"
    values = np.arange(20, 200)
    assert found.values[luminance(colours)[values]] == pytest.approx(values, abs=2.0)


@pytest.mark.parametrize(
    "colours", [GOLD, BLUE, HOT, tint(np.arange(256, dtype=np.uint8))], ids=["gold", "blue", "hot", "phantom"]
)
def test_a_bar_shows_the_map(colours):
    found = find_display_map(frames(colours, bar=True), PANEL, [BAR])
    assert found.source == "colour_bar"
    values = np.arange(20, 240)
    assert found.values[luminance(colours)[values]] == pytest.approx(values, abs=3.5)


def test_a_bar_whose_end_compression_blurs_is_read():
    colours = tint(np.arange(256, dtype=np.uint8))
    screens = frames(colours, bar=True)
    for screen in screens:
        screen[14, 170:182] = colours[120]
        screen[13, 170:182] = colours[10]
    found = find_display_map(screens, PANEL, [Box(13, 170, 95, 182)])
    assert found.source == "colour_bar"
    assert found.values[:180] == pytest.approx(np.arange(180), abs=3.5)


@pytest.mark.parametrize("quality", [80, 85, 92])
def test_the_bent_end_of_a_compressed_bar_is_read_within_a_level_on_average(quality):
    """A level at the bright end is 5 % of the power at 55 dB."""
    colours = tint(np.arange(256, dtype=np.uint8))
    screen = np.zeros((480, 200, 3), np.uint8)
    noise = np.random.default_rng(1)
    panel = np.zeros(screen.shape[:2], bool)
    panel[10:400, 20:140] = True
    screen[panel] = colours[noise.integers(0, 256, panel.sum())]
    screen[67:211, 170:184] = colours[np.linspace(255, 0, 144).astype(int)][:, None]
    seen = simplejpeg.decode_jpeg(simplejpeg.encode_jpeg(screen, quality, "RGB", "422"), "RGB")
    found = find_display_map([seen], panel, [Box(67, 170, 200, 184)])
    assert found.source == "colour_bar"
    values = np.arange(215, 248)
    off = found.values[luminance(colours)[values]] - values
    assert abs(off.mean()) < 1.0
    assert np.abs(off).max() < 3.5


def test_a_bar_of_another_hue_is_another_bar():
    screens = frames(GOLD, bar=False, highest=256)
    for screen in screens:
        screen[15:105, 170:182] = BLUE[np.linspace(255, 0, 90).astype(int)][:, None]
    assert find_display_map(screens, PANEL, [BAR]).source == "proportional_tint"


@pytest.mark.parametrize(
    ("colours", "highest"),
    [(HOT, 200), (GOLD, 200), (tint(np.arange(256, dtype=np.uint8)), 200), (HOT, 256)],
    ids=["bends", "end not seen", "end not seen either", "bends at its end"],
)
def test_a_tint_whose_values_nothing_tells_is_not_guessed(colours, highest):
    found = find_display_map(frames(colours, bar=False, highest=highest), PANEL, [])
    assert found.source == "unknown_tint"
    assert not found.is_known


@pytest.mark.parametrize("bar", [True, False])
def test_the_map_never_falls(bar):
    found = find_display_map(frames(HOT, bar=bar), PANEL, [BAR] if bar else [])
    assert np.all(np.diff(found.values) >= 0)
