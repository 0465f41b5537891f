"""The bundle that ships: complete, described, quiet on empty frames, the same answer every time."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ius_vision.geometry import Spacing
from ius_vision.segmentation.bundle import (
    CARD_FILE,
    METADATA_FILE,
    ONNX_FILE,
    SHIPPED,
    WEIGHTS_FILE,
    file_sha256,
)
from ius_vision.segmentation.model import WallModel
from ius_vision.vocabulary import Label

MONAI_KEYS = {
    "version", "changelog", "monai_version", "pytorch_version", "numpy_version", "required_packages_version",
    "task", "description", "authors", "copyright", "network_data_format",
}  # fmt: skip


def test_the_bundle_has_what_monai_asks_for_and_its_hashes_hold():
    metadata = json.loads((SHIPPED / METADATA_FILE).read_text("utf-8"))
    assert set(metadata) >= MONAI_KEYS
    for name in (ONNX_FILE, WEIGHTS_FILE):
        assert metadata["sha256"][name] == file_sha256(SHIPPED / name)
    assert metadata["bwt_error"]["absolute_mm"] > 0


def test_the_card_says_that_no_labelled_bowel_scan_was_seen():
    assert "no labelled bowel scan" in (SHIPPED / CARD_FILE).read_text("utf-8")


@pytest.mark.parametrize("level", [0, 30, 90, 255])
def test_an_even_frame_shows_no_wall(level):
    result = WallModel.load().segment(np.full((300, 280), level, np.uint8), Spacing(0.15, 0.15))
    assert (result.labels == Label.WALL).mean() < 0.002


def test_the_same_frame_gives_the_same_answer_to_the_bit():
    grey = np.random.default_rng(2).integers(0, 200, (240, 300), dtype=np.uint8)
    first, second = (WallModel.load().segment(grey, Spacing(0.1, 0.13)) for _ in range(2))
    np.testing.assert_array_equal(first.wall_probability, second.wall_probability)
    np.testing.assert_array_equal(first.labels, second.labels)


def _ring(rows_mm: float, columns_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """A dark ring of 5 mm with a bright middle layer around black fluid: grey and true wall."""
    rows, columns = np.mgrid[: round(60 / rows_mm), : round(56 / columns_mm)]
    radius = np.hypot(rows * rows_mm - 30, columns * columns_mm - 28)
    grey = np.select([radius < 8, radius < 9.5, radius < 11, radius < 13], [5, 45, 130, 45], 110)
    noise = np.random.default_rng(5).normal(0, 12, grey.shape)
    return (grey + noise).clip(0, 255).astype(np.uint8), (radius >= 8) & (radius < 13)


def test_a_ring_is_found_alike_in_square_and_in_oblong_pixels():
    for spacing in (Spacing(0.12, 0.12), Spacing(0.08, 0.21)):
        grey, wall = _ring(spacing.row_mm, spacing.column_mm)
        found = WallModel.load().segment(grey, spacing).labels == Label.WALL
        assert 2 * (found & wall).sum() / (found.sum() + wall.sum()) > 0.8
