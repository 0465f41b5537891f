"""`train segmentation` and `evaluate segmentation`, from the words typed to the files on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ius_vision.cli.main import main


def test_a_model_is_trained_and_evaluated_by_the_two_commands(dataset_folder, tiny_config, tmp_path, capsys):
    pytest.importorskip("torch")
    data, run, found = dataset_folder(), tmp_path / "run", tmp_path / "found"
    words = ["train", "segmentation", "--data", str(data), "--out", str(run), "--config", str(tiny_config)]
    assert main(words) == 0
    bundle = Path(capsys.readouterr().out.strip())
    card = (bundle / "docs" / "README.md").read_text("utf-8")
    assert "ius-vision train segmentation --data data --out run --config tiny.toml" in card
    assert str(tmp_path) not in card
    words = ["evaluate", "segmentation", "--model", str(bundle), "--data", str(data), "--out", str(found)]
    assert main(words) == 0
    figures = json.loads((found / "evaluation.json").read_text("utf-8"))
    assert figures["frames"] == 8
    assert figures["bwt"]["frames"] == 7
    assert (found / "evaluation.html").read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["train", "segmentation", "--data", "nowhere", "--out", "out"], "bad_dataset"),
        (["evaluate", "segmentation", "--model", "nowhere", "--data", ".", "--out", "out"], "model_missing"),
    ],
)
def test_what_is_not_there_is_one_line_and_exit_code_2(words, reason, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith(f"ius-vision: {reason}: ")
    assert "\n" not in said
    assert not (tmp_path / "out").exists()
