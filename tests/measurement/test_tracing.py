"""Tracing from a rough line or box: known bands to parts of a pixel, and three human readers."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ius_vision.cli.main import main
from ius_vision.geometry import Box, Spacing
from ius_vision.measurement.tracing import TracedLayer, trace_box, trace_layer
from ius_vision.outcomes import Abstained

PROJECT = Path(__file__).resolve().parents[2]


def layer_picture(upper: float, lower: float, slope: float, grain: float = 0.0, seed: int = 0) -> np.ndarray:
    """A dark layer between two bright bands of 8 px, on grey; `slope` rows a column."""
    rows, columns = np.mgrid[:220, :260].astype(float)
    high, low = upper + slope * columns, lower + slope * columns
    # Pixels that a border crosses are mixed, so that the picture holds the border's parts of a pixel.
    inside = np.clip(np.minimum(rows - high, low - rows) + 0.5, 0, 1)
    near = np.clip(np.minimum(rows - high, low - rows) + 8.5, 0, 1)
    picture = 40 * inside + 190 * (near - inside) + 90 * (1 - near)
    picture = cv2.GaussianBlur(picture, (0, 0), 1.0)
    noise = np.random.default_rng(seed).normal(1.0, grain, picture.shape)
    return np.clip(picture * cv2.GaussianBlur(noise, (0, 0), 1.0), 0, 255).astype(np.uint8)


@settings(max_examples=12, deadline=None)
@given(
    thickness=st.floats(16, 90),
    slope=st.floats(-0.15, 0.15),
    off=st.floats(-0.1, 0.1),
    wide=st.floats(-0.1, 0.1),
)
def test_a_band_is_found_to_parts_of_a_pixel_from_a_rough_line(thickness, slope, off, wide):
    upper = 80 - thickness / 4
    picture = layer_picture(upper, upper + thickness, slope, 0.4)
    middle = upper + thickness * (0.5 + off)
    line = np.array([(middle + slope * 20, 20.0), (middle + slope * 240, 240.0)])
    layer = trace_layer(picture, line, thickness * (1 + wide) / 2)
    assert isinstance(layer, TracedLayer)
    true = thickness * np.cos(np.arctan(slope))
    assert np.median(layer.thickness_px()) == pytest.approx(true, abs=0.8)
    assert np.median(layer.upper[:, 0] - slope * layer.upper[:, 1]) == pytest.approx(upper, abs=0.8)


def test_a_box_does_as_well_and_millimetres_follow_the_spacing():
    layer = trace_box(layer_picture(70.3, 110.8, 0.0), Box(66, 10, 116, 250))
    assert np.median(layer.thickness_px()) == pytest.approx(40.5, abs=0.4)
    assert np.median(layer.thickness_mm(Spacing(0.1, 0.2))) == pytest.approx(4.05, abs=0.04)


def test_grain_alone_or_a_tiny_line_has_no_edge():
    grain = np.random.default_rng(3).integers(60, 120, (200, 200)).astype(np.uint8)
    flat = trace_box(np.full((200, 200), 80, np.uint8), Box(60, 10, 120, 190))
    tiny = trace_box(grain, Box(60, 10, 66, 14))
    assert isinstance(flat, Abstained)
    assert isinstance(tiny, Abstained)
    assert {flat.reason, tiny.reason} == {"no_clear_edge"}


def test_the_input_is_not_changed():
    picture = layer_picture(70, 110, 0.0)
    before = picture.copy()
    trace_box(picture, Box(66, 10, 116, 250))
    assert (picture == before).all()


def test_the_command_prints_a_thickness_and_draws_it(tmp_path, capsys):
    cv2.imwrite(str(tmp_path / "frame.png"), layer_picture(70, 110, 0.0))
    words = ["trace", str(tmp_path / "frame.png"), "--box", "10", "66", "249", "115", "--mm-per-pixel", "0.1"]
    assert main([*words, "--json", "--picture", str(tmp_path / "drawn.png")]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["thickness_mm"] == pytest.approx(4.0, abs=0.05)
    drawn = cv2.imread(str(tmp_path / "drawn.png"))
    assert drawn.shape == (220, 260, 3)
    assert (drawn[..., 0] != drawn[..., 1]).any()


def test_without_a_scale_there_are_no_millimetres(tmp_path, capsys):
    cv2.imwrite(str(tmp_path / "frame.png"), layer_picture(70, 110, 0.0))
    line = ["--line", "10,90", "250,90", "--thickness-px", "42"]
    assert main(["trace", str(tmp_path / "frame.png"), *line]) == 0
    said = capsys.readouterr().out
    assert "thickness 40.0" in said or "thickness 39.9" in said
    assert " mm (" not in said
    assert "--mm-per-pixel" in said


@pytest.mark.parametrize("words", [[], ["--box", "9", "9", "1", "1"], ["--line", "1,1", "9,9"]])
def test_wrong_usage_is_one_line(tmp_path, capsys, words):
    cv2.imwrite(str(tmp_path / "frame.png"), layer_picture(70, 110, 0.0))
    assert main(["trace", str(tmp_path / "frame.png"), *words]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_as_near_to_three_readers_as_they_are_to_each_other():
    folder = Path(os.environ.get("IUS_REAL_DATA", PROJECT.parent / "shared" / "data")) / "timtrack"
    if not folder.exists():
        pytest.skip("real data folder ../shared/data is not here")
    place = PROJECT / "scripts" / "check" / "tracing.py"
    spec = importlib.util.spec_from_file_location("check_tracing", place)
    check = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by name.
    sys.modules[spec.name] = check
    spec.loader.exec_module(check)
    found = {name: check.figures(items) for name, items in check.trace_all(folder, 0.05, 0).items()}
    assert sum(row["images"] for row in found.values()) == 133
    assert sum(row["traced"] for row in found.values()) >= 130
    for name, row in found.items():
        assert row["mae_px"] < row["readers_range_px"], (name, row)
