"""Other label sets than bowel, datalists, early stopping, TensorBoard and several processes."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from ius_vision.cli.main import main
from ius_vision.errors import BadUsage
from ius_vision.segmentation.bundle import read_bundle
from ius_vision.segmentation.dataset import BOWEL, read_dataset, read_labels, split_by_patient
from ius_vision.segmentation.model import WallModel
from ius_vision.segmentation.training.train import _open

from .conftest import TINY_CONFIG

NERVES = ("background", "nerve", "vessel")


@pytest.fixture
def datalist(tmp_path) -> Path:
    """Six frames with a bright nerve and a dark vessel, the last two held out by the list itself."""
    rng, lists = np.random.default_rng(5), {"training": [], "validation": []}
    for index in range(6):
        labels = np.zeros((80, 96), np.uint8)
        labels[20:40, 10 + 4 * index : 34 + 4 * index] = 1
        labels[50:70, 30:60] = 2
        grey = np.array([90, 200, 15])[labels] + rng.normal(0, 8, labels.shape)
        cv2.imwrite(str(tmp_path / f"frame{index}.png"), grey.clip(0, 255).astype(np.uint8))
        cv2.imwrite(str(tmp_path / f"mask{index}.png"), labels)
        item = {"image": f"frame{index}.png", "label": f"mask{index}.png", "patient_id": f"P{index}"}
        lists["training" if index < 4 else "validation"].append(
            item | {"spacing_x_mm": 0.2, "spacing_y_mm": 0.2}
        )
    path = tmp_path / "datalist.json"
    path.write_text(json.dumps({"labels": dict(enumerate(NERVES))} | lists))
    return path


def _config(tmp_path: Path, extra: str = "") -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(TINY_CONFIG + extra)
    return path


def test_a_datalist_says_its_labels_and_its_own_split(datalist):
    assert read_labels(datalist) == NERVES
    training, held = split_by_patient(read_dataset(datalist, NERVES), 0.5, 1)
    assert [case.patient_id for case in training] == ["P0", "P1", "P2", "P3"]
    assert [case.patient_id for case in held] == ["P4", "P5"]
    with pytest.raises(BadUsage, match="nerve") as caught:
        read_dataset(datalist)
    assert caught.value.reason == "bad_dataset"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lists: lists["training"][0].pop("patient_id"), "training item 0 has no patient_id"),
        (lambda lists: lists["training"][1].update(image="none.png"), "no such picture"),
        (lambda lists: lists["validation"][0].update(patient_id="P1"), "patient P1 is in training and in"),
        (lambda lists: lists.update(labels={"0": "background", "2": "nerve"}), "without a gap"),
        (lambda lists: lists["training"].append("frame0.png"), "is no object"),
    ],
)
def test_a_wrong_datalist_says_what_and_where(datalist, change, said):
    lists = json.loads(datalist.read_text())
    change(lists)
    datalist.write_text(json.dumps(lists))
    with pytest.raises(BadUsage, match=said):
        split_by_patient(read_dataset(datalist, read_labels(datalist)), 0.5, 1)


def test_other_labels_train_to_a_bundle_that_is_never_taken_for_bowel(datalist, tmp_path, capsys):
    out = tmp_path / "run"
    words = ["train", "segmentation", "--data", str(datalist), "--out", str(out)]
    assert main([*words, "--config", str(_config(tmp_path, "stop_after = 1\n"))]) == 0
    assert read_bundle(out / "bundle", NERVES).inference.classes == NERVES
    assert "nerve_dice,vessel_dice" in (out / "metrics.csv").read_text().splitlines()[0]
    with pytest.raises(BadUsage, match="nerve, vessel") as caught:
        WallModel.load(out / "bundle")
    assert caught.value.reason == "bad_model_bundle"
    assert list((out / "tensorboard").glob("events*"))
    assert "not a bowel model" in (out / "bundle" / "docs" / "README.md").read_text()


def test_training_stops_after_checks_without_gain(dataset_folder, tmp_path):
    out, data = tmp_path / "run", dataset_folder(8)
    extra = "stop_after = 2\nlearning_rate = 1e-12\n"
    config = _config(tmp_path, extra)
    config.write_text(config.read_text().replace("steps = 4", "steps = 40"))
    assert (
        main(["train", "segmentation", "--data", str(data), "--out", str(out), "--config", str(config)]) == 0
    )
    with (out / "metrics.csv").open() as stream:
        steps = [int(row["step"]) for row in csv.DictReader(stream)]
    assert steps[-1] < 40
    assert read_bundle(out / "bundle").inference.classes == BOWEL


def test_class_weights_must_fit_the_labels(datalist, tmp_path, capsys):
    config = _config(tmp_path, "class_weights = [1, 2, 1, 1]\n")
    words = ["train", "segmentation", "--data", str(datalist), "--out", str(tmp_path / "run")]
    assert main([*words, "--config", str(config)]) == 2
    assert "class_weights: 4 weights for 3 labels" in capsys.readouterr().err


def test_processes_that_start_together_may_all_write(tmp_path):
    with ThreadPoolExecutor(8) as together:
        assert list(together.map(_open, [tmp_path / "run"] * 2000)) == [None] * 2000
    assert list((tmp_path / "run").iterdir()) == []


@pytest.mark.slow
def test_two_processes_train_one_network_and_one_of_them_writes(datalist, tmp_path):
    out = tmp_path / "run"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"),
            *("-m", "ius_vision.cli.main", "train", "segmentation", "--data", str(datalist)),
            *("--out", str(out), "--config", str(_config(tmp_path))),
        ],
        env=os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("bundle") == 1
    with (out / "metrics.csv").open() as stream:
        assert [row["step"] for row in csv.DictReader(stream)] == ["2", "4"]
    assert read_bundle(out / "bundle", NERVES)
