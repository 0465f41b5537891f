from __future__ import annotations

import numpy as np
import pytest

from ius_vision.dicom.colour_content import colour_content, coloured_pixels, find_colour_bars

from .screens import (
    add_grey_bar,
    add_power_bar,
    add_rectangle,
    add_text,
    add_velocity_bar,
    add_vessel,
    as_jpeg,
    blank,
    speckle,
)

RED, BLUE = (255, 90, 0), (0, 90, 255)


def tissue() -> tuple[np.ndarray, np.ndarray]:
    screen = blank()
    add_rectangle(screen, 50, 120, 550, 700)
    mask = np.zeros(screen.shape[:2], bool)
    mask[50:550, 120:700] = True
    return screen, mask


@pytest.mark.parametrize("quality", [100, 60, 30])
def test_grey_tissue_has_no_flow_however_it_was_compressed(quality):
    screen, mask = tissue()
    assert colour_content([as_jpeg(screen, quality)], [mask]).flow_px == 0


@pytest.mark.parametrize("lossy", [False, True])
def test_a_small_vessel_is_seen(lossy):
    screen, mask = tissue()
    add_vessel(screen, 300, 400, RED, radius=5)
    found = colour_content([as_jpeg(screen) if lossy else screen], [mask])
    assert found.flow_px > 60
    assert found.hues.warm > 0.95


def test_both_directions_of_flow_are_told_apart():
    screen, mask = tissue()
    add_vessel(screen, 200, 300, RED)
    add_vessel(screen, 400, 500, BLUE)
    hues = colour_content([screen], [mask]).hues
    assert hues.warm == pytest.approx(0.5, abs=0.1)
    assert hues.cold == pytest.approx(0.5, abs=0.1)


def test_colour_outside_the_picture_does_not_count():
    screen, mask = tissue()
    screen[:40] = (40, 90, 160)
    screen[560:] = (200, 30, 30)
    assert colour_content([screen], [mask]).flow_px == 0


def test_coloured_text_and_lines_are_no_flow():
    screen, mask = tissue()
    add_text(screen, "MUSCLE", 200, 200, (0, 230, 0))
    screen[100:102, 150:600] = (255, 255, 0)
    screen[100:500, 150] = (0, 255, 255)
    found = colour_content([screen], [mask])
    assert found.flow_px < 60


@pytest.mark.parametrize("tint", [(1.0, 0.78, 0.45), (0.75, 0.85, 1.0)])
def test_a_tinted_grey_map_is_no_flow_and_flow_on_it_is(tint):
    screen, mask = tissue()
    screen[mask] = (screen[mask] * np.array(tint)).astype(np.uint8)
    plain = colour_content([screen], [mask])
    assert plain.tinted
    assert plain.flow_share < 0.002
    add_vessel(screen, 300, 400, (0, 60, 255), radius=12)
    assert colour_content([screen], [mask]).flow_px > 300


def test_an_inverted_palette_is_no_flow():
    screen, mask = tissue()
    screen[mask & (np.arange(600)[:, None] > 150)] = (58, 98, 150)
    assert colour_content([screen], [mask]).flow_px == 0


def test_a_power_map_at_its_end_is_flow_even_where_it_is_all_one_yellow():
    screen = np.full((60, 80, 3), (255, 255, 0), np.uint8)
    screen[:10, :10] = speckle(10, 10)[..., None]
    found, _ = coloured_pixels(screen, np.ones((60, 80), bool))
    assert found.mean() > 0.9


def test_the_frame_with_most_flow_speaks_for_the_clip():
    quiet, mask = tissue()
    busy = quiet.copy()
    add_vessel(busy, 300, 400, RED)
    assert colour_content([quiet, busy, quiet], [mask]).flow_px == colour_content([busy], [mask]).flow_px > 0


@pytest.mark.parametrize("width", [8, 14, 28])
@pytest.mark.parametrize("lossy", [False, True])
def test_a_velocity_bar_is_two_sided(width, lossy):
    screen, _ = tissue()
    add_velocity_bar(screen, 100, 740, 160, width)
    bar = find_colour_bars(as_jpeg(screen, 85) if lossy else screen)[0]
    assert bar.two_sided
    assert not bar.power
    assert bar.box.row0 == pytest.approx(100, abs=12)
    assert bar.box.row1 == pytest.approx(260, abs=12)


def test_a_power_bar_is_one_sided():
    screen, _ = tissue()
    add_power_bar(screen, 100, 740, 120, 16)
    bar = find_colour_bars(screen)[0]
    assert bar.power
    assert not bar.two_sided


def test_a_bar_drawn_over_the_picture_is_no_flow():
    screen, mask = tissue()
    add_velocity_bar(screen, 100, 125, 160, 20)
    assert colour_content([screen], [mask]).flow_px == 0


@pytest.mark.parametrize("seed", range(3))
def test_vessels_banners_and_grey_bars_are_no_colour_bars(seed):
    screen, _ = tissue()
    add_grey_bar(screen, 60, 775, 160, 12)
    screen[:40] = (40, 90, 160)
    screen[100:220, 720:740] = (30, 80, 200)
    rng = np.random.default_rng(seed)
    for _ in range(6):
        row, column = rng.integers(100, 500), rng.integers(160, 660)
        add_vessel(screen, row, column, RED if rng.random() < 0.5 else BLUE, int(rng.integers(4, 30)))
    assert find_colour_bars(screen) == ()
