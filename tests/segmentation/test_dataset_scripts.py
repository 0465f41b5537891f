"""The scripts around training: folders of pictures without bowel, and the fit of the intervals."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from ius_vision.measurement.bwt_error import BwtErrorModel
from ius_vision.segmentation.dataset import read_dataset, split_by_patient

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_copies_of_a_picture_have_scales_of_their_own_and_stay_on_one_side_of_a_split(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    pictures = [tmp_path / f"{name}.png" for name in "abcd"]
    for path in pictures:
        screen = np.zeros((300, 400), np.uint8)
        screen[40:260, 60:340] = rng.integers(60, 200, (220, 280))
        cv2.imwrite(str(path), screen)
    words = [*map(str, pictures), "--out", str(tmp_path / "out"), "--seed", "5", "--copies", "3"]
    monkeypatch.setattr(sys, "argv", ["make_negatives", *words])
    load("make_negatives").main()
    cases = read_dataset(tmp_path / "out")
    assert len(cases) == 12
    assert len({case.spacing.row_mm for case in cases}) > 8
    assert not any(case.read()[1].any() for case in cases)
    grey, _ = cases[0].read()
    assert grey.shape[0] <= 222
    assert grey.shape[1] <= 282
    assert (grey > 0).mean() > 0.95
    kept, held = split_by_patient(cases, 0.25, 1)
    assert {case.patient_id for case in kept}.isdisjoint(case.patient_id for case in held)
    assert len(held) == 3


def test_the_share_inside_the_fitted_intervals_is_what_was_asked_for():
    rng = np.random.default_rng(1)
    true = rng.uniform(2, 10, 400)
    found = true + rng.normal(0, 0.1 + 0.05 * true)
    quality = rng.uniform(0.7, 1.0, 400)
    share = load("calibrate_thickness").inside(
        BwtErrorModel.fit(found, true, quality), list(zip(found, true, quality, strict=True))
    )
    assert share == pytest.approx(0.95, abs=0.02)


def test_averaged_weights_are_the_mean_and_counters_those_of_the_last():
    torch = pytest.importorskip("torch")
    first = {"weight": torch.tensor([1.0, 3.0]), "batches": torch.tensor(7)}
    second = {"weight": torch.tensor([2.0, 5.0]), "batches": torch.tensor(9)}
    mean = load("average_models").mean_weights([first, second])
    assert mean["weight"].tolist() == [1.5, 4.0]
    assert mean["batches"].item() == 9
