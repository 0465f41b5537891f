"""The loops in machine code against the same rules written out plainly."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.measurement.compiled.depths import medians_near
from ius_vision.measurement.edges import BEND_COST, smoothest_path
from ius_vision.measurement.layer_thickness import BORDER_LEVEL, _borders


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
