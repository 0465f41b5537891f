"""The loops in machine code against the same rules written out plainly."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.measure import find_contours

from ius_vision.measurement.compiled.depths import medians_near
from ius_vision.measurement.compiled.shares import cell_means, cell_shares
from ius_vision.measurement.compiled.speckle import local_variance
from ius_vision.measurement.edges import BEND_COST, smoothest_path
from ius_vision.measurement.layer_thickness import BORDER_LEVEL, _borders
from ius_vision.measurement.resample import resize
from ius_vision.measurement.taps import axis_taps
from ius_vision.measurement.zero_lines import zero_lines


def cost_of(cost: np.ndarray, path: np.ndarray) -> float:
    steps = np.diff(path)
    assert np.abs(steps).max(initial=0) <= 2
    return float(cost[np.arange(len(path)), path].sum() + BEND_COST * (steps**2).sum())


@pytest.mark.parametrize("seed", range(5))
def test_no_path_of_a_small_table_is_cheaper(seed):
    rng = np.random.default_rng(seed)
    cost = rng.normal(0.0, 2.0, (5, 4))
    every = [np.array(path) for path in np.ndindex(*[4] * 5)]
    cheapest = min(cost_of(cost, path) for path in every if np.abs(np.diff(path)).max() <= 2)
    assert cost_of(cost, smoothest_path(cost)) == pytest.approx(cheapest)


def test_a_path_of_one_row_is_its_cheapest_place():
    assert smoothest_path(np.array([[3.0, 1.0, 1.0]])).tolist() == [1]


def plain_medians(light, ends, at_rows, step, least, near, farthest):
    depth = (np.arange(len(ends) - 1) + 0.5) * step
    found = []
    for at in at_rows:
        apart = np.abs(depth - depth[at])
        inside = [np.count_nonzero(np.repeat(apart, np.diff(ends)) <= reach) for reach in apart]
        enough = [reach for reach, count in zip(apart, inside, strict=True) if count >= least]
        reach = max(near, min(enough, default=np.inf))
        here = light[np.repeat(apart, np.diff(ends)) <= reach]
        found.append(np.median(here) if reach <= farthest else np.nan)
    return np.array(found)


@pytest.mark.parametrize("seed", range(4))
def test_medians_are_those_of_the_nearest_rows(seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 9, 40) * (rng.random(40) < 0.5)
    counts[12:34] = 0
    ends = np.concatenate([[0], np.cumsum(counts)])
    light = rng.normal(90.0, 20.0, ends[-1]).astype(np.float32)
    at_rows, found = np.arange(40), np.empty(40)
    setting = (0.5, 12, 1.5, 5.0)
    medians_near(light, ends, at_rows, *setting, found)
    np.testing.assert_array_equal(found, plain_medians(light, ends, at_rows, *setting))
    assert 0 < np.count_nonzero(np.isnan(found)) < 40


def plain_fall(row: np.ndarray) -> float:
    level = row.min() + BORDER_LEVEL * (row[0] - row.min())
    for at in range(1, len(row)):
        if row[at] < level:
            return at - 1 + (row[at - 1] - level) / max(row[at - 1] - row[at], 1e-6)
    return np.nan


def test_borders_of_many_rows_are_those_of_each():
    rng = np.random.default_rng(3)
    rows = np.cumsum(rng.normal(size=(50, 41)), axis=1)
    rows[0] = 7.0
    borders = 40 * _borders(rows, 12, 30)
    for row, inner, outer in zip(rows, *borders, strict=True):
        top = 12 + int(np.argmax(row[12:31]))
        assert top - inner == pytest.approx(plain_fall(row[: top + 1][::-1]), nan_ok=True)
        assert outer - top == pytest.approx(plain_fall(row[top:]), nan_ok=True)
    assert np.isnan(borders[:, 0]).all()


@pytest.mark.parametrize("seed", range(60))
def test_zero_lines_are_those_of_scikit_image(seed):
    rng = np.random.default_rng(seed)
    shape = rng.integers(2, 14, 2)
    # Whole numbers put many zeros on pixels, where lines meet and touch.
    field = (rng.integers(-2, 3, shape) if seed % 3 else rng.normal(size=shape)).astype(np.float32)
    mask = rng.random(shape) < (1.0 if seed % 2 else 0.9)
    found, expected = zero_lines(field, mask), find_contours(field, 0.0, mask=mask)
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(("pixels", "cells"), [(300, 71), (128, 128), (128, 32), (40, 77), (7, 2), (2, 5)])
def test_taps_average_as_resizing_does(pixels, cells):
    field = np.random.default_rng(1).random((pixels, 3)).astype(np.float32)
    taps, got = axis_taps(pixels, cells), np.empty((cells, 3), np.float32)
    cell_means(field, *taps.all, *axis_taps(3, 3).all, got)
    np.testing.assert_allclose(got, resize(field, (cells, 3)), atol=1e-6)
    part = slice(cells // 3, cells // 3 + 1)
    seen, own = taps.of(part)
    cell_means(field[seen].copy(), *own, *axis_taps(3, 3).all, got[part])
    np.testing.assert_allclose(got, resize(field, (cells, 3)), atol=1e-6)


def test_shares_are_those_of_each_label():
    rng = np.random.default_rng(2)
    grey, labels = rng.integers(0, 256, (61, 83), np.uint8), rng.integers(0, 4, (61, 83), np.uint8)
    area = rng.random((61, 83)) < 0.7
    cells = np.empty((5, 17, 20), np.float32)
    cell_shares(grey, labels, area, *axis_taps(61, 17).all, *axis_taps(83, 20).all, cells)
    fields = (area, area * grey, labels == 1, labels == 2, labels == 3)
    for ours, field in zip(cells, fields, strict=True):
        np.testing.assert_allclose(ours, resize(field.astype(np.float32), (17, 20)), rtol=1e-5)


@pytest.mark.parametrize("half", [(1, 3), (4, 2), (12, 9)])
def test_variance_around_a_pixel_is_that_of_its_window(half):
    grey = np.random.default_rng(4).integers(0, 256, (9, 11), np.uint8)
    wide = np.pad(grey.astype(float), [(side, side) for side in half], mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(wide, [2 * side + 1 for side in half])
    found = np.empty((5, 11), np.float32)
    local_variance(grey, *half, 3, found)
    np.testing.assert_allclose(found, windows.var(axis=(2, 3))[3:8], rtol=1e-4)
