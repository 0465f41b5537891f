"""Maps of the wall: every cell a curve, memory that does not grow with the clip."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.contrast.linear import DisplayMap, PowerScale
from ius_vision.contrast.maps import MOST_BINS, MapRecorder
from ius_vision.contrast.recorder import Places, shown
from ius_vision.contrast.regions import Wall
from ius_vision.phantom.perfusion import Bolus, contrast_panel

SHAPE = (40, 64)
LEFT, RIGHT = Bolus(1.0, 2.6, 0.5, 4.0, 1e-4), Bolus(0.4, 2.6, 0.5, 9.0, 1e-4)


def wall() -> Wall:
    mask = np.zeros(SHAPE, bool)
    mask[8:32, 8:56] = True
    return Wall(mask, mask, np.zeros(SHAPE, np.float32), np.zeros(SHAPE, bool), 5.0)


@pytest.fixture(scope="module")
def series():
    rng = np.random.default_rng(2)
    times = np.arange(400) / 7.0
    scale = PowerScale.of(DisplayMap.grey(), 50.0)
    recorder = MapRecorder(wall(), times, scale)
    for index, time_s in enumerate(times):
        power = np.full(SHAPE, LEFT(time_s))
        power[:, 32:] = RIGHT(time_s)
        moved = (index % 3, -(index % 2))
        panel = contrast_panel(np.roll(power, moved, (0, 1)), 0.9, 50.0, rng)
        recorder.add(index, shown(panel, np.ones(SHAPE, bool)), moved)
    return recorder.series()


def test_each_half_of_the_map_shows_its_own_bolus(series):
    fits = series.fit()
    peak, height = series.image(fits.values["ttp_s"]), series.image(fits.values["pe"])
    for half, bolus in ((slice(0, 5), LEFT), (slice(7, None), RIGHT)):
        truth = bolus.parameters()
        assert np.nanmedian(peak[:, half]) == pytest.approx(truth["ttp_s"], rel=0.05)
        assert np.nanmedian(height[:, half]) == pytest.approx(truth["pe"], rel=0.08)


def test_bins_of_time_do_not_grow_with_the_clip(series):
    assert series.times_s.size == MOST_BINS
    assert np.all(np.diff(series.times_s) > 0)


def test_cells_cover_the_wall_and_nothing_else(series):
    assert series.shape == (6, 12)
    assert len(series.rows) == 72


def test_places_that_leave_the_panel_or_the_picture_are_hidden():
    panel = np.arange(12, dtype=np.uint8).reshape(3, 4)
    valid = panel != 6
    places = Places(np.array([0, 1, 2]), np.array([1, 1, 2]), panel.shape)
    seen = shown(panel, valid)
    assert places.values(seen, (0, 0)).tolist() == [1, 5, 10]
    assert places.values(seen, (0, 1)).tolist() == [2, 256, 11]
    assert places.values(seen, (1, 0)).tolist() == [5, 9, 256]
    assert places.values(seen, (0, -2)).tolist() == [256, 256, 8]
