"""Dataset folders: the layout of docs/architecture.md, the same bytes for the same seed."""

from __future__ import annotations

import csv
import json

import cv2
import numpy as np
import pytest

from ius_vision.cli.main import main
from ius_vision.errors import BadUsage
from ius_vision.phantom.dataset import DatasetOrder, draw_case, write_dataset
from ius_vision.vocabulary import Label


def test_the_folder_holds_a_picture_a_label_and_a_row_for_every_frame(tmp_path, capsys):
    assert main(["phantom", "dataset", "--out", str(tmp_path), "--seed", "3", "--frames", "5"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "dataset.json")
    description = json.loads((tmp_path / "dataset.json").read_text("utf-8"))
    assert description["labels"] == {"background": 0, "lumen": 1, "wall": 2, "inflamed_fat": 3}
    assert description["numTraining"] == 5
    with (tmp_path / "cases.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len({row["patient_id"] for row in rows}) == 5
    for row in rows:
        grey = cv2.imread(str(tmp_path / "imagesTr" / f"{row['case']}_0000.png"), cv2.IMREAD_UNCHANGED)
        labels = cv2.imread(str(tmp_path / "labelsTr" / f"{row['case']}.png"), cv2.IMREAD_UNCHANGED)
        assert grey.shape == labels.shape
        assert grey.dtype == labels.dtype == np.uint8
        assert float(row["spacing_x_mm"]) > 0
        assert float(row["spacing_y_mm"]) > 0
        assert (row["bwt_mm"] == "") == (not (labels == Label.WALL).any())


def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_frames(tmp_path):
    write_dataset(DatasetOrder(tmp_path / "a", 8, 3))
    write_dataset(DatasetOrder(tmp_path / "b", 8, 2))
    for index in range(2):
        for name in (f"imagesTr/PHANTOM_{index:04d}_0000.png", f"labelsTr/PHANTOM_{index:04d}.png"):
            assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_looks_differ_far_and_some_frames_show_no_bowel():
    drawn = [draw_case(1, index) for index in range(24)]
    assert {scene.look.style for scene, _ in drawn} == {"scanner", "smooth", "grainy", "noisy"}
    assert {scene.scanner.probe for scene, _ in drawn} == {"linear", "convex"}
    without = [frame for scene, frame in drawn if scene.bowel is None]
    assert 1 <= len(without) <= 10
    assert not any(frame.labels.any() for frame in without)
    walls = [frame.truth.bwt_mm for _, frame in drawn if frame.truth.bwt_mm is not None]
    assert min(walls) < 3.0
    assert max(walls) > 6.0


@pytest.mark.parametrize(("option", "value"), [("--frames", "0"), ("--jobs", "0"), ("--seed", "-1")])
def test_a_number_out_of_range_is_refused_and_named(tmp_path, capsys, option, value):
    words = ["phantom", "dataset", "--out", str(tmp_path), "--seed", "1", "--frames", "1", option, value]
    assert main(words) == 2
    assert option in capsys.readouterr().err


def test_an_output_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadUsage) as caught:
        write_dataset(DatasetOrder(tmp_path / "file", 1, 1))
    assert caught.value.reason == "out_not_writable"
