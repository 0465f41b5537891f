"""The compiled engine: its arithmetic, its shapes, and where its machine code is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from ius_vision.contrast.compiled import mathematics, shape
from ius_vision.contrast.compiled.solve import invert
from ius_vision.contrast.curves import fit_curves
from ius_vision.contrast.models import MODELS, SKEW_LIMITS, evaluate
from ius_vision.contrast.parameters import PARAMETERS
from ius_vision.machine import order
from ius_vision.phantom.boluses import BolusScene, bolus_curves

PROJECT = Path(__file__).resolve().parents[2]


@njit
def each_exp(x):
    return np.array([mathematics.exp(one) for one in x])


@njit
def each_log(x):
    return np.array([mathematics.log(one) for one in x])


@njit
def basis(model, t, ttp, width, skew):
    out = np.empty((3, len(t)))
    shape.fill_basis(model, t, len(t), ttp, width, skew, out[0], out[1], out[2])
    return out


@njit
def heights(model, t, ttp, width, skew):
    return np.array([shape.height_at(model, one, ttp, width, skew) for one in t])


@njit
def smallest(values, rank):
    return order.smallest(values.copy(), len(values), rank)


@njit
def inverse(matrix):
    out = np.empty((5, 5))
    invert(matrix, np.empty((5, 5)), np.empty(5), np.empty(5), out)
    return out


def test_exponential_and_logarithm_are_right_to_the_last_digits():
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.uniform(-150.0, 10.0, 20_000), rng.normal(0.0, 1e-8, 100), [0.0]])
    np.testing.assert_allclose(each_exp(x), np.exp(x), rtol=5e-16)
    y = np.concatenate([10.0 ** rng.uniform(-12.0, 300.0, 20_000), 1.0 + rng.normal(0.0, 1e-8, 100), [1.0]])
    np.testing.assert_allclose(each_log(y), np.log(y), rtol=5e-16, atol=1e-22)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("skew", [0.02, 0.3, 0.9, 1.4])
def test_compiled_shapes_are_those_of_the_arrays(model, skew):
    t = np.linspace(-30.0, 300.0, 2000)
    h, by_time, by_skew = basis(MODELS.index(model), t, 20.0, 7.0, skew)
    v = (t - 20.0) / 7.0
    expected = evaluate(model, v[None], np.array([[skew]]))
    for ours, theirs in ((h, expected.h), (by_time, expected.by_time), (by_skew, expected.by_skew)):
        np.testing.assert_allclose(ours, theirs[0], rtol=1e-9, atol=1e-15 / skew**3)
    np.testing.assert_allclose(heights(MODELS.index(model), t, 20.0, 7.0, skew), expected.h[0], rtol=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_the_limits_of_skewness_are_written_down_once_and_once_more(model):
    assert shape.skew_limits.py_func(MODELS.index(model)) == SKEW_LIMITS[model]


@settings(deadline=None, max_examples=60)
@given(values=st.lists(st.floats(0.0, 1e6), min_size=1, max_size=40), seed=st.integers(0, 99))
def test_the_median_is_that_of_sorting(values, seed):
    rank = seed % len(values)
    assert smallest(np.array(values), rank) == sorted(values)[rank]


def test_the_inverse_of_a_symmetric_matrix():
    rng = np.random.default_rng(1)
    for _ in range(20):
        root = rng.standard_normal((5, 9))
        matrix = root @ root.T
        np.testing.assert_allclose(inverse(matrix), np.linalg.inv(matrix), rtol=1e-8, atol=1e-10)


def test_threads_and_read_only_inputs_change_no_bit():
    t, seen, _ = bolus_curves(BolusScene(4.0, 70.0, 0.05), 301, np.random.default_rng(2))
    seen.flags.writeable = t.flags.writeable = False
    one, three = fit_curves(t, seen), fit_curves(t, seen, threads=3)
    for name in PARAMETERS:
        assert np.array_equal(one.values[name], three.values[name], equal_nan=True), name
        assert np.array_equal(one.half_widths[name], three.half_widths[name], equal_nan=True), name
    own_times = fit_curves(np.repeat(t[None], len(seen), axis=0), seen)
    by_columns = fit_curves(t, np.asfortranarray(seen))
    for other in (own_times, by_columns):
        assert np.array_equal(one.values["pe"], other.values["pe"], equal_nan=True)
