"""The pattern of the layers on straightened walls."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.measurement.compiled.chain import likely_states
from ius_vision.measurement.layer_pattern import (
    CLEAR,
    FAINT,
    GONE,
    SAMPLES,
    StraightLine,
    find_pattern,
    likely_layers,
)

SPECKLE = 20.0


def line(amount: np.ndarray, seed: int = 0, ring: bool = False, sharp: np.ndarray | None = None):
    """A wall with so much of a pattern at every station, in independent speckle."""
    share = np.linspace(0.0, 1.0, SAMPLES + 1)
    layers = np.where((share > 0.35) & (share < 0.65), 60.0, 0.0)
    calm = 70.0 + amount[:, None] * layers
    grey = calm + SPECKLE * np.random.default_rng(seed).standard_normal(calm.shape)
    kept = np.ones(len(amount), bool)
    sharp = kept if sharp is None else sharp
    far = np.zeros(len(amount), bool)
    return StraightLine(grey, calm, np.full(len(amount), 5.0), kept, sharp, far, SPECKLE, False, ring)


def states(wall: StraightLine) -> np.ndarray:
    return likely_layers(wall, find_pattern([wall])).argmax(axis=1)


def with_stretch(level: float, start: int = 40, stop: int = 70, stations: int = 120) -> np.ndarray:
    amount = np.ones(stations)
    amount[start:stop] = level
    return amount


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("level", "state"), [(0.0, GONE), (0.5, FAINT)])
def test_a_stretch_is_found_where_it_is(level, state, seed):
    found = states(line(with_stretch(level), seed))
    assert np.abs(np.flatnonzero(found == state)[[0, -1]] - [40, 69]).max() <= 3
    assert (found[:36] == CLEAR).all()
    assert (found[74:] == CLEAR).all()


def test_a_wall_whose_layers_are_gone_nearly_everywhere_is_held_against_the_rest():
    found = states(line(with_stretch(0.0, 0, 100)))
    assert np.count_nonzero(found == GONE) == pytest.approx(100, abs=5)


def test_a_wall_that_shows_only_noise_has_no_layers():
    assert (states(line(np.zeros(120))) == GONE).all()


def test_a_stretch_that_cannot_be_judged_belongs_half_to_each_side():
    sharp = np.ones(120, bool)
    sharp[30:50] = False
    wall = line(with_stretch(0.0), sharp=sharp)
    wall.grey[30:50] = 70.0
    first = np.flatnonzero(states(wall) == GONE)[0]
    assert first == pytest.approx(40, abs=3)


def test_a_ring_has_no_ends():
    amount = np.roll(with_stretch(0.0), 65)
    found = states(line(amount, ring=True))
    assert (found[[0, -1]] == GONE).all()
    assert np.count_nonzero(found == GONE) == pytest.approx(30, abs=5)


@pytest.mark.parametrize("seed", range(3))
def test_likely_states_are_those_of_all_ways_through_the_chain(seed):
    evidence = np.random.default_rng(seed).normal(0.0, 2.0, (5, 3))
    change, found = 0.05, np.empty((5, 3))
    likely_states(evidence, change, found)
    total = np.zeros((5, 3))
    for way in np.ndindex(*[3] * 5):
        steps = np.diff(way) != 0
        weight = np.exp(evidence[np.arange(5), way].sum()) * np.where(steps, change, 1 - 2 * change).prod()
        total[np.arange(5), way] += weight
    assert found == pytest.approx(total / total.sum(axis=1, keepdims=True))
