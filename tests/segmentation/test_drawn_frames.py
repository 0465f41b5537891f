"""Training on simulated frames that are drawn while it runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ius_vision.errors import BadUsage
from ius_vision.phantom.stream import PhantomStream

pytest.importorskip("torch")
training = pytest.importorskip("ius_vision.segmentation.training.train", exc_type=ImportError)
batches = pytest.importorskip("ius_vision.segmentation.training.batches", exc_type=ImportError)
config = pytest.importorskip("ius_vision.segmentation.training.config", exc_type=ImportError)


def _phantoms(path: Path, share: float) -> Path:
    path.write_text(
        f"{path.read_text()}validation_cases = 2\n[phantoms]\nshare = {share}\nengine = 'plain'\n"
    )
    return path


def _train(data: tuple[Path, ...], out: Path, settings: Path, stepped=None) -> Path:
    listener = training.Listener(stepped=stepped) if stepped else None
    open_stream = lambda wanted: PhantomStream(wanted.engine, wanted.seed, wanted.workers)  # noqa: E731
    order = training.TrainOrder(data, out, settings, "ius-vision train segmentation", open_stream)
    return training.train_segmentation(order, listener)


def test_a_share_of_the_crops_comes_from_new_frames(tiny_config):
    asked = []

    def source(indices):
        asked.extend(indices)
        with PhantomStream("plain", 1, 1) as stream:
            return stream(indices)

    settings = config.read_config(_phantoms(tiny_config, 0.5))
    frame = batches.Frame("read", np.full((80, 80), 90, np.uint8), np.zeros((80, 80), np.uint8))
    first = [batches.make_batch([frame], settings, step, source) for step in range(3)]
    assert asked == [1, 3, 5]
    again = batches.make_batch([frame], settings, 2, source)
    np.testing.assert_array_equal(again[0], first[2][0])


def test_a_training_without_folders_draws_all_it_needs_and_resumes_to_the_same_weights(tiny_config, tmp_path):
    settings = _phantoms(tiny_config, 1.0)
    whole = _train((), tmp_path / "whole", settings)

    def cut(step: int, steps: int, loss: float) -> None:
        if step == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        _train((), tmp_path / "parts", settings, cut)
    parts = _train((), tmp_path / "parts", settings)
    assert (parts / "models" / "model.safetensors").read_bytes() == (
        whole / "models" / "model.safetensors"
    ).read_bytes()
    card = (whole / "docs" / "README.md").read_text("utf-8")
    assert "8 frames of the engine `plain`, seed 1, drawn on the fly" in card
    assert "8 frames trained on, 2 held out" in card


def test_without_folders_every_frame_has_to_be_drawn(tiny_config, tmp_path):
    with pytest.raises(BadUsage, match=r"phantoms\.share"):
        _train((), tmp_path / "out", _phantoms(tiny_config, 0.5))
    assert not (tmp_path / "out").exists()
