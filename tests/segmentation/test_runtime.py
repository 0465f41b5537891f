"""The network's runtime: named by the environment, and the same answer from each."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from ius_vision.errors import BadUsage
from ius_vision.segmentation.bundle import SHIPPED, read_bundle
from ius_vision.segmentation.runtime import VARIABLE, start_network

IMAGE = np.random.default_rng(0).random((1, 1, 64, 96), dtype=np.float32)


def test_an_unknown_runtime_is_refused_by_name(monkeypatch):
    monkeypatch.setenv(VARIABLE, "abacus")
    with pytest.raises(BadUsage, match="abacus, not one of onnxruntime, openvino"):
        start_network(read_bundle(SHIPPED).onnx)


def test_a_runtime_that_is_not_installed_says_what_to_install(monkeypatch):
    monkeypatch.setenv(VARIABLE, "openvino")
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(BadUsage, match=r"ius-vision\[openvino\]") as caught:
        start_network(read_bundle(SHIPPED).onnx)
    assert caught.value.reason == "missing_extra"


def test_the_same_picture_gives_the_same_bits():
    first, second = (start_network(read_bundle(SHIPPED).onnx)(IMAGE) for _ in range(2))
    assert np.array_equal(first, second)


def test_openvino_agrees_with_onnx_runtime(monkeypatch):
    pytest.importorskip("openvino", reason="the extra openvino is not installed")
    onnx = read_bundle(SHIPPED).onnx
    standard = start_network(onnx)(IMAGE)
    monkeypatch.setenv(VARIABLE, "openvino")
    network = start_network(onnx)
    assert np.abs(network(IMAGE) - standard).max() < 1e-4
    assert np.array_equal(network(IMAGE), network(IMAGE))
