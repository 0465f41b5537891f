"""Figures of an evaluation, from results whose answers are known."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ius_vision.outcomes import Abstained, Measured
from ius_vision.pipeline.evaluation import LABELS, FrameResult, summarise
from ius_vision.pipeline.evaluation_page import evaluation_page
from ius_vision.segmentation.metrics import Overlap


def result(name: str, true_mm: float | None, found: float | None, **row: str) -> FrameResult:
    thickness = (
        Abstained("no_wall", "None was seen.") if found is None else Measured(found, found - 0.3, found + 0.3)
    )
    share = Overlap(None, None, None) if true_mm is None else Overlap(0.9, 0.5, 0.2)
    found_wall = found is not None
    return FrameResult(
        case=name,
        row=row,
        overlaps=dict.fromkeys(LABELS, share),
        wall_found=found_wall,
        true_mm=true_mm,
        thickness=thickness,
        quality=0.8 if found_wall else 0.0,
        confidence=0.9 if true_mm else 0.62,
        probability=np.tile([100.0, 95.0, 90.0], (10, 1)),
    )


@pytest.fixture
def figures() -> dict:
    return summarise(
        [
            result("a", 3.0, 3.1, view="longitudinal"),
            result("b", 5.0, 5.1, view="longitudinal"),
            result("c", 7.0, 7.4, view="longitudinal"),
            result("d", 4.0, None, view="cross_section"),
            result("e", None, 2.0, view="unknown"),
            result("f", None, None, view="unknown"),
        ]
    )


def test_thickness_figures_come_from_measured_frames_and_say_how_many_there_were(figures):
    bwt = figures["bwt"]
    assert (bwt["frames"], bwt["n"], bwt["measured_share"]) == (4, 3, 0.75)
    assert bwt["bias"] == pytest.approx(0.2)
    assert bwt["mae"] == pytest.approx(0.2)
    assert bwt["interval_coverage"] == pytest.approx(2 / 3)
    assert figures["abstained"] == {"no_wall": 1}


def test_frames_without_wall_are_counted_apart(figures):
    assert figures["without_wall"] == {"frames": 2, "wall_found_share": 0.5, "measured_share": 0.5}


def test_groups_hold_what_was_not_measured_too(figures):
    groups = figures["bwt_by"]["view"]
    assert groups["longitudinal"]["measured_share"] == 1.0
    missed = groups["cross_section"]
    assert (missed["frames"], missed["n"], missed["measured_share"]) == (1, 0, 0.0)
    assert missed["mae"] is None
    assert sum(part["frames"] for part in figures["bwt_by"]["true_bwt_mm"].values()) == 4


def test_labels_are_averaged_over_the_frames_that_hold_them(figures):
    assert figures["labels"]["wall"] == {
        "dice": pytest.approx(0.9),
        "hd95_mm": 0.5,
        "asd_mm": 0.2,
        "frames": 4,
    }


def test_the_figures_are_plain_json_without_nan(figures):
    json.dumps(figures, allow_nan=False)


def test_the_page_escapes_names_and_draws_one_dot_a_measured_frame(figures):
    page = evaluation_page(figures, model="<b>", version="1", sha256="0" * 64, data="a&b")
    assert "<b>" not in page
    assert "a&amp;b" in page
    assert page.count("<circle") == 2 * 3
    assert page.count("<svg") == 4


def test_no_frame_with_wall_gives_empty_figures_not_an_error():
    found = summarise([result("e", None, None), result("f", None, None)])
    assert (found["bwt"]["frames"], found["bwt"]["measured_share"], found["bwt"]["mae"]) == (0, None, None)
    assert "<circle" not in evaluation_page(found, "m", "1", "0", "d")


def test_reliability_says_what_more_confidence_would_cost_and_gain(figures):
    found = figures["reliability"]
    steps = {row["confidence"]: row for row in found["confidence_threshold"]}
    assert (steps[0.6]["kept_with_wall"], steps[0.6]["kept_without_wall"]) == (1.0, 1.0)
    assert (steps[0.8]["kept_with_wall"], steps[0.8]["kept_without_wall"]) == (1.0, 0.0)
    assert found["wall_probability"]["expected_error"] == pytest.approx(0.05)
    assert found["intervals"][-1] == {"level": 0.95, "held": pytest.approx(2 / 3)}
