"""The final softmax taken off an ONNX file."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.segmentation.bundle import SHIPPED, read_bundle
from ius_vision.segmentation.onnx_file import without_softmax
from ius_vision.segmentation.runtime import start_network

onnx = pytest.importorskip("onnx")
IMAGE = np.random.default_rng(5).random((1, 1, 64, 96), dtype=np.float32)


def small_model(axis: int = 1, last: str = "Softmax", outputs: int = 1) -> bytes:
    from onnx import TensorProto, helper, numpy_helper

    settings = {"axis": axis} if last == "Softmax" else {}
    shape, names = [1, 3, None, None], ("shares", "logits")[:outputs]
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["image", "weight"], ["logits"]),
            helper.make_node(last, ["logits"], ["shares"], **settings),
        ],
        "small",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, None, None])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in names],
        [numpy_helper.from_array(np.array([1, 2, -3], np.float32).reshape(3, 1, 1, 1), "weight")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return made.SerializeToString()


def test_the_output_is_what_the_softmax_took():
    import onnxruntime

    cut = without_softmax(small_model())
    onnx.checker.check_model(onnx.load_from_string(cut))
    (found,) = onnxruntime.InferenceSession(cut).run(None, {"image": IMAGE})
    np.testing.assert_array_equal(found[0], IMAGE[0] * np.array([1, 2, -3], np.float32)[:, None, None])


@pytest.mark.parametrize(
    "model",
    [small_model(axis=3), small_model(last="Relu"), small_model(outputs=2), b"", b"no model", b"\xff" * 40],
    ids=["axis", "relu", "outputs", "empty", "text", "noise"],
)
def test_any_other_model_stays_as_it_is(model):
    assert without_softmax(model) is None


def test_the_shipped_model_gives_the_same_shares_with_and_without_it():
    import onnxruntime

    path = read_bundle(SHIPPED).onnx
    (whole,) = onnxruntime.InferenceSession(str(path)).run(None, {"image": IMAGE})
    assert without_softmax(path.read_bytes()) is not None
    np.testing.assert_allclose(start_network(path)(IMAGE), whole, atol=2e-6)


def test_a_model_with_another_end_runs_as_it_is(tmp_path):
    (tmp_path / "relu.onnx").write_bytes(small_model(last="Relu"))
    found = start_network(tmp_path / "relu.onnx")(IMAGE)
    np.testing.assert_array_equal(found[0, 1], 2 * IMAGE[0, 0])
