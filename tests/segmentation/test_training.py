"""Training on a handful of tiny frames: it runs, resumes, exports, and names a wrong field."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from safetensors.numpy import load_file

from ius_vision.errors import BadUsage
from ius_vision.geometry import Spacing
from ius_vision.segmentation.bundle import TRAIN_FILE, WEIGHTS_FILE
from ius_vision.segmentation.dataset import read_dataset, split_by_patient
from ius_vision.segmentation.model import WallModel
from ius_vision.segmentation.training.config import TrainConfig, read_config, to_toml
from ius_vision.segmentation.training.loop import rate_factor
from ius_vision.segmentation.training.train import Listener, TrainOrder, train_segmentation


class PowerCutError(Exception):
    """Stands for a power cut."""


def _train(data: Path, out: Path, config: Path, listener: Listener | None = None) -> Path:
    return train_segmentation(TrainOrder((data,), out, config, "ius-vision train segmentation"), listener)


def test_training_writes_a_bundle_that_loads_and_says_how_it_was_made(dataset_folder, tiny_config, tmp_path):
    bundle = _train(dataset_folder(), tmp_path / "out", tiny_config)
    model = WallModel.load(bundle)
    result = model.segment(np.full((50, 70), 90, np.uint8), Spacing(0.3, 0.15))
    assert result.labels.shape == result.wall_probability.shape == (50, 70)
    assert model.card["training"]["steps"] == 4
    assert model.card["onnx_pytorch_max_difference"] < 1e-4
    assert "ius-vision train segmentation" in (bundle / "docs" / "README.md").read_text("utf-8")
    assert read_config(bundle / TRAIN_FILE) == read_config(tiny_config)


def test_resumed_training_ends_in_the_same_weights_as_one_in_one_go(dataset_folder, tiny_config, tmp_path):
    data = dataset_folder()
    whole = _train(data, tmp_path / "whole", tiny_config)

    def cut(step: int, steps: int, loss: float) -> None:
        if step == 3:
            raise PowerCutError

    with pytest.raises(PowerCutError):
        _train(data, tmp_path / "parts", tiny_config, Listener(stepped=cut))
    assert not (tmp_path / "parts" / "bundle").exists()
    seen = []
    resumed = _train(
        data, tmp_path / "parts", tiny_config, Listener(stepped=lambda step, *rest: seen.append(step))
    )
    assert seen == [3, 4]
    assert (resumed / WEIGHTS_FILE).read_bytes() == (whole / WEIGHTS_FILE).read_bytes()


def test_training_can_go_on_from_another_model_and_refuses_one_of_another_shape(
    dataset_folder, tiny_config, tmp_path
):
    data = dataset_folder()
    first = _train(data, tmp_path / "first", tiny_config)
    plain = tiny_config.read_text()
    tiny_config.write_text(
        f"{plain}learning_rate = 1e-12\nweight_decay = 0\nstart_from = '{first.as_posix()}'"
    )
    second = _train(data, tmp_path / "second", tiny_config)
    before, after = (load_file(folder / WEIGHTS_FILE) for folder in (first, second))
    name = "model.0.conv.unit0.conv.weight"
    np.testing.assert_allclose(before[name], after[name], atol=1e-6)
    tiny_config.write_text(f"{tiny_config.read_text()}".replace("[4, 8, 8]", "[4, 6, 8]"))
    with pytest.raises(BadUsage, match="start_from"):
        _train(data, tmp_path / "third", tiny_config)


def test_going_on_with_another_configuration_is_refused(dataset_folder, tiny_config, tmp_path):
    data = dataset_folder()
    _train(data, tmp_path / "out", tiny_config)
    tiny_config.write_text(tiny_config.read_text().replace("batch = 2", "batch = 3"))
    with pytest.raises(BadUsage, match="another configuration") as caught:
        _train(data, tmp_path / "out", tiny_config)
    assert caught.value.reason == "bad_checkpoint"


def test_a_damaged_checkpoint_is_refused_with_its_name(dataset_folder, tiny_config, tmp_path):
    data = dataset_folder()
    _train(data, tmp_path / "out", tiny_config)
    stored = tmp_path / "out" / "last.safetensors"
    stored.write_bytes(stored.read_bytes()[:500])
    with pytest.raises(BadUsage, match=r"last\.safetensors") as caught:
        _train(data, tmp_path / "out", tiny_config)
    assert caught.value.reason == "bad_checkpoint"


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("[training]\nbatches = 3", "training.batches"),
        ("[training]\nbatch = 0", "training.batch"),
        ("[network]\nchannels = 'many'", "network.channels"),
        ("[data]\ncrop_px = 100", "data.crop_px"),
        ("[augment]\nscale_low = 2.0", "augment.scale_low"),
        ("[augmentation]\njpeg = 0.1", "augmentation"),
    ],
)
def test_a_wrong_configuration_fails_at_once_with_the_field_named(tmp_path, line, field):
    path = tmp_path / "wrong.toml"
    path.write_text(line)
    with pytest.raises(BadUsage, match=field) as caught:
        _train(tmp_path / "no_data", tmp_path / "out", path)
    assert caught.value.reason == "bad_config"
    assert not (tmp_path / "out").exists()


def test_the_written_configuration_reads_back_to_the_same_values(tmp_path):
    config = TrainConfig.model_validate(
        {
            "training": {"minutes": 1.5, "learning_rate": 1e-5},
            "card": {"data": 'Seen "once"\nand é', "limits": []},
        }
    )
    (tmp_path / "same.toml").write_text(to_toml(config), "utf-8")
    assert read_config(tmp_path / "same.toml") == config


def test_no_patient_is_on_both_sides_of_the_split(dataset_folder):
    cases = read_dataset(dataset_folder())
    training, held = split_by_patient(cases, 0.25, seed=0)
    assert {case.patient_id for case in training}.isdisjoint(case.patient_id for case in held)
    assert len(training) == 6
    assert len(held) == 2
    assert split_by_patient(cases, 0.25, seed=0) == (training, held)


def test_the_rate_rises_then_falls_to_zero():
    factors = [rate_factor(done / 100, 0.1) for done in range(101)]
    assert factors[0] < 0.05
    assert factors[10] == pytest.approx(1)
    assert factors == sorted(factors[:11]) + sorted(factors[11:], reverse=True)
    assert factors[-1] == pytest.approx(0)
