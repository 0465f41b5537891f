"""The wall model at run time, with small networks whose answer is known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ius_vision.errors import BadUsage, IusError
from ius_vision.geometry import Spacing
from ius_vision.segmentation.bundle import INFERENCE_FILE, METADATA_FILE, ONNX_FILE, file_sha256
from ius_vision.segmentation.model import WallModel
from ius_vision.vocabulary import Label

onnx = pytest.importorskip("onnx")


def write_threshold_bundle(folder: Path, **changes: object) -> Path:
    """A bundle whose network calls grey 0..0.5 background and 0.5..1 wall, with probability grey."""
    from onnx import TensorProto, helper, numpy_helper

    for part in ("configs", "models"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    weight = np.array([-1, 0, 1, 0], np.float32).reshape(4, 1, 1, 1)
    bias = np.array([1, 0, 0, 0], np.float32)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "weight", "bias"], ["probabilities"])],
        "threshold",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, None, None])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, 4, None, None])],
        [numpy_helper.from_array(weight, "weight"), numpy_helper.from_array(bias, "bias")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(made, folder / ONNX_FILE)
    settings = {"pixel_mm": 0.2, "grey_scale": 255.0, "size_multiple": 16, "tile_px": 128}
    settings |= {"tile_overlap_px": 32, "classes": ["background", "lumen", "wall", "inflamed_fat"]}
    (folder / INFERENCE_FILE).write_text(json.dumps(settings | changes))
    metadata = {"name": "threshold", "version": "1", "sha256": {ONNX_FILE: file_sha256(folder / ONNX_FILE)}}
    (folder / METADATA_FILE).write_text(json.dumps(metadata))
    return folder


@pytest.fixture
def threshold_model(tmp_path: Path) -> WallModel:
    return WallModel.load(write_threshold_bundle(tmp_path / "threshold"))


def ramp(rows: int, columns: int, edge: float, axis: int, width: float) -> np.ndarray:
    """Grey that crosses one half at pixel coordinate `edge` of an axis, over `width` pixels."""
    along = np.arange((rows, columns)[axis])
    line = 255 * np.clip(0.5 + (along - edge) / width, 0, 1)
    return np.round(np.broadcast_to(line[:, None] if axis == 0 else line, (rows, columns))).astype(np.uint8)


def crossing(probability: np.ndarray) -> float:
    """Sub-pixel place where a rising line passes one half."""
    place = int(np.argmax(probability >= 0.5))
    low, high = probability[place - 1], probability[place]
    return place - 1 + float((0.5 - low) / (high - low))


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("spacing", [Spacing(0.07, 0.11), Spacing(0.2, 0.2), Spacing(0.31, 0.05)])
def test_an_edge_comes_back_at_the_same_sub_pixel_place(threshold_model, axis, spacing):
    pixel_mm = (spacing.row_mm, spacing.column_mm)[axis]
    edge = 57.37
    grey = ramp(140, 160, edge, axis, width=3.0 / pixel_mm)
    probability = threshold_model.segment(grey, spacing).wall_probability
    found = crossing(probability[:, 80] if axis == 0 else probability[70])
    assert abs(found - edge) * pixel_mm < 0.01


def test_an_edge_does_not_move_when_the_area_starts_elsewhere(threshold_model):
    grey = ramp(200, 150, 90.4, axis=0, width=30)
    for top, left in ((0, 0), (13, 7), (40, 61)):
        mask = np.zeros(grey.shape, bool)
        mask[top:190, left:140] = True
        result = threshold_model.segment(grey, Spacing(0.09, 0.09), mask)
        assert crossing(result.wall_probability[:, 100]) == pytest.approx(90.4, abs=0.1)
        assert not result.wall_probability[~mask].any()
        assert not result.labels[~mask].any()


def test_tiles_of_a_large_area_join_without_a_seam(tmp_path):
    whole = WallModel.load(write_threshold_bundle(tmp_path / "whole", tile_px=4096))
    tiled = WallModel.load(write_threshold_bundle(tmp_path / "tiled"))
    grey = np.random.default_rng(1).integers(0, 255, (300, 410), dtype=np.uint8)
    one, other = (model.segment(grey, Spacing(0.2, 0.2)) for model in (whole, tiled))
    np.testing.assert_allclose(one.wall_probability, other.wall_probability, atol=1e-5)


def test_the_network_s_probability_of_wall_is_kept(threshold_model):
    grey = np.zeros((64, 64), np.uint8)
    grey[:32] = 204
    result = threshold_model.segment(grey, Spacing(0.2, 0.2))
    assert (result.labels[:32] == Label.WALL).all()
    np.testing.assert_allclose(result.wall_probability[:32], 0.8, atol=1e-6)


@pytest.mark.parametrize("level", [0, 60])
def test_a_flat_frame_gives_no_wall(threshold_model, level):
    result = threshold_model.segment(np.full((37, 53), level, np.uint8), Spacing(0.1, 0.1))
    assert not result.labels.any()
    assert not result.wall_probability[result.labels == Label.WALL].any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (5, 2)])
def test_a_frame_of_few_pixels_keeps_its_shape(threshold_model, shape):
    result = threshold_model.segment(np.full(shape, 200, np.uint8), Spacing(0.1, 0.1))
    assert result.labels.shape == result.wall_probability.shape == shape


def test_an_empty_area_gives_no_wall(threshold_model):
    grey = np.full((40, 40), 250, np.uint8)
    result = threshold_model.segment(grey, Spacing(0.1, 0.1), np.zeros((40, 40), bool))
    assert not result.labels.any()
    assert not result.wall_probability[result.labels == Label.WALL].any()


def test_a_field_of_metres_is_refused(threshold_model):
    with pytest.raises(IusError) as caught:
        threshold_model.segment(np.zeros((600, 800), np.uint8), Spacing(1.0, 1.0))
    assert caught.value.reason == "implausible_spacing"


def test_changed_weights_are_refused(tmp_path):
    bundle = write_threshold_bundle(tmp_path / "bundle")
    weights = bundle / ONNX_FILE
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    with pytest.raises(IusError) as caught:
        WallModel.load(bundle)
    assert caught.value.reason == "model_changed"


def test_a_missing_bundle_and_an_unknown_setting_are_named(tmp_path):
    with pytest.raises(BadUsage) as caught:
        WallModel.load(tmp_path / "nowhere")
    assert caught.value.reason == "model_missing"
    bundle = write_threshold_bundle(tmp_path / "bundle", pixels_mm=0.2)
    with pytest.raises(BadUsage, match="pixels_mm") as caught:
        WallModel.load(bundle)
    assert caught.value.reason == "bad_model_bundle"


def test_a_bundle_is_loaded_once_a_process(tmp_path):
    bundle = write_threshold_bundle(tmp_path / "bundle")
    assert WallModel.load(bundle) is WallModel.load(bundle)
