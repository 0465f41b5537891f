"""Small dataset folders and bundles made on the spot."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ius_vision.vocabulary import Label

ROW_MM, COLUMN_MM = 0.25, 0.2
SHAPE = (96, 112)

TINY_CONFIG = """
[network]
channels = [4, 8, 8]
residual_units = 1
[data]
crop_px = 64
validation_share = 0.25
[training]
steps = 4
batch = 2
threads = 1
validate_every = 2
mixed_precision = false
"""


def layered_frame(rng: np.random.Generator, top: int, thick: int) -> tuple[np.ndarray, np.ndarray]:
    """A bright field with a dark band over a black lumen: grey and labels, (rows, columns) uint8."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[top : top + thick] = Label.WALL
    labels[top + thick : top + 2 * thick] = Label.LUMEN
    grey = np.array([150, 20, 70, 200])[labels] + rng.normal(0, 8, SHAPE)
    return grey.clip(0, 255).astype(np.uint8), labels


@pytest.fixture
def dataset_folder(tmp_path: Path) -> Callable[[int], Path]:
    """Write a dataset folder of so many cases; the last one holds no wall."""

    def write(cases: int = 8) -> Path:
        import cv2

        folder, rng = tmp_path / "data", np.random.default_rng(3)
        for part in ("imagesTr", "labelsTr"):
            (folder / part).mkdir(parents=True)
        rows = []
        for index in range(cases):
            grey, labels = layered_frame(rng, 20 + 3 * index, 12)
            if index == cases - 1:
                labels[:] = 0
            cv2.imwrite(str(folder / "imagesTr" / f"C{index}_0000.png"), grey)
            cv2.imwrite(str(folder / "labelsTr" / f"C{index}.png"), labels)
            rows.append(
                {"case": f"C{index}", "patient_id": f"P{index // 2}", "spacing_x_mm": COLUMN_MM}
                | {"spacing_y_mm": ROW_MM, "view": "longitudinal"}
                | {"bwt_mm": 12 * ROW_MM if labels.any() else ""}
            )
        with (folder / "cases.csv").open("w", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        names = {label.name.lower(): int(label) for label in Label}
        described = {"channel_names": {"0": "B-mode"}, "labels": names, "numTraining": cases}
        (folder / "dataset.json").write_text(json.dumps(described | {"file_ending": ".png"}))
        return folder

    return write


@pytest.fixture
def tiny_config(tmp_path: Path) -> Path:
    """A configuration that trains in seconds."""
    path = tmp_path / "tiny.toml"
    path.write_text(TINY_CONFIG)
    return path
