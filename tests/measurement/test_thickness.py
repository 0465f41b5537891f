"""Thickness of walls whose thickness is known."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ius_vision.geometry import Spacing
from ius_vision.measurement.bwt_error import BwtErrorModel
from ius_vision.measurement.frame import FrameMeasurement, measure_frame
from ius_vision.measurement.thickness import _thickest
from ius_vision.outcomes import Abstained, Measured
from ius_vision.vocabulary import Label, View

from . import synthetic
from .synthetic import OBLONG, SQUARE, Labelled, Picture

ERROR = BwtErrorModel()


def measured(
    shown: Picture, seen: Labelled | None = None, spacing: Spacing | None = None
) -> FrameMeasurement:
    return measure_frame(shown.grey, seen or shown.truth, spacing or shown.spacing, shown.area, ERROR)


@pytest.mark.parametrize("spacing", [SQUARE, OBLONG], ids=["square", "oblong"])
@pytest.mark.parametrize("thickness", [1.6, 3.0, 5.5, 9.0])
def test_two_flat_walls_are_right_within_a_tenth_of_a_mm(thickness, spacing):
    shown = synthetic.two_walls(thickness, 4.0, spacing, tilt_deg=8.0)
    found = measured(shown)
    assert found.thickness.value == pytest.approx(thickness, abs=0.1)
    assert found.thickness.low < thickness < found.thickness.high
    assert found.wall_length_mm > 50
    assert found.view == View.LONGITUDINAL


@pytest.mark.parametrize("spacing", [SQUARE, OBLONG], ids=["square", "oblong"])
@pytest.mark.parametrize(("thickness", "radius"), [(2.0, 6.0), (4.0, 4.0), (7.0, 3.0)])
def test_a_ring_is_right_within_a_tenth_of_a_mm(thickness, radius, spacing):
    found = measured(synthetic.ring(thickness, radius, spacing))
    assert found.thickness.value == pytest.approx(thickness, abs=0.1)
    assert found.view == View.CROSS_SECTION


def test_one_wall_beside_an_open_lumen_is_not_halved():
    found = measured(synthetic.one_wall(6.0))
    assert found.thickness.value == pytest.approx(6.0, abs=0.1)


def test_walls_on_a_collapsed_lumen_are_not_measured_as_one():
    found = measured(synthetic.two_walls(3.5, 0.35))
    assert found.thickness.value == pytest.approx(3.5, abs=0.15)


def test_lines_and_calipers_end_on_the_edges_of_the_frame_they_came_from():
    shown = synthetic.two_walls(4.0, 4.0, OBLONG)
    found = measured(shown)
    # Inner edges lie 2 mm from the middle at 18 mm, outer ones 6 mm.
    inner = np.concatenate(found.inner_lines)[:, 0] * OBLONG.row_mm + OBLONG.row_mm / 2
    outer = np.concatenate(found.outer_lines)[:, 0] * OBLONG.row_mm + OBLONG.row_mm / 2
    assert np.abs(inner - 18.0) == pytest.approx(2.0, abs=0.3)
    assert np.abs(outer - 18.0) == pytest.approx(6.0, abs=0.3)
    caliper = found.caliper
    ends = (np.array(caliper.outer) - np.array(caliper.inner)) * (OBLONG.row_mm, OBLONG.column_mm)
    assert np.hypot(*ends) == pytest.approx(caliper.thickness_mm, abs=1e-6)
    assert caliper.thickness_mm == pytest.approx(found.thickness.value, rel=0.03)


def test_the_standing_caliper_is_not_at_an_end_of_an_even_wall():
    found = measured(synthetic.two_walls(4.0, 4.0, SQUARE))
    columns = [caliper.outer[1] for caliper in found.calipers]
    share = (found.caliper.outer[1] - min(columns)) / (max(columns) - min(columns))
    assert 0.2 < share < 0.8
    assert found.wall_length_mm == pytest.approx(0.4 * len(found.calipers))


@pytest.mark.parametrize("how", ["left_right", "upside_down", "quarter_turn", "half_turn", "moved"])
@pytest.mark.parametrize("kind", ["loop", "ring"])
def test_thickness_does_not_change_when_the_picture_is_turned(how, kind):
    shown = (
        synthetic.two_walls(3.7, 3.0, OBLONG, tilt_deg=5.0)
        if kind == "loop"
        else synthetic.ring(3.7, 5.0, OBLONG)
    )
    as_it_is = measured(shown).thickness.value
    assert measured(synthetic.turned(shown, how)).thickness.value == pytest.approx(as_it_is, abs=0.05)


@settings(max_examples=6, deadline=None)
@given(scale=st.floats(0.6, 1.6))
def test_thickness_scales_with_the_spacing(scale):
    shown = synthetic.ring(4.0, 5.0)
    spacing = Spacing(SQUARE.row_mm * scale, SQUARE.column_mm * scale)
    assert measured(shown, spacing=spacing).thickness.value == pytest.approx(4.0 * scale, rel=0.03)


def test_thickest_ten_millimetres_stand_out_of_the_mean():
    y, x = synthetic.grid_mm(36.0, 40.0, SQUARE)
    thickness = 3.0 + 2.0 * np.exp(-(((x - 20.0) / 8.0) ** 2))
    found = measured(synthetic.picture(np.abs(y - 18.0) - 2.0, thickness, SQUARE))
    mean = float(thickness[0, 20:-20].mean())
    assert found.thickness.value == pytest.approx(mean, abs=0.15)
    assert found.thickest_mm == pytest.approx(float(np.sort(thickness[0])[-100:].mean()), abs=0.2)


@given(
    st.lists(st.lists(st.floats(1.0, 12.0), min_size=1, max_size=40), min_size=1, max_size=4).filter(
        lambda lines: sum(map(len, lines)) >= 25
    )
)
def test_the_thickest_ten_millimetres_are_never_below_the_mean(lines):
    wall = SimpleNamespace(lines=[SimpleNamespace(thickness_mm=np.array(line)) for line in lines])
    values = np.concatenate(lines)
    assert values.mean() - 1e-9 <= _thickest(wall) <= values.max() + 1e-9


def test_less_than_eight_millimetres_of_wall_have_no_thickest_ten():
    assert _thickest(SimpleNamespace(lines=[SimpleNamespace(thickness_mm=np.full(19, 4.0))])) is None


def test_a_frame_without_wall_gives_no_number():
    shown = synthetic.ring(4.0, 5.0)
    nothing = Labelled(np.zeros_like(shown.labels), np.zeros(shown.labels.shape, np.float32))
    found = measured(shown, nothing)
    assert found.thickness.reason == "no_wall_found"
    assert found.wall_length_mm == 0.0
    assert found.thickest_mm is None
    assert found.caliper is None
    assert found.calipers == ()
    assert isinstance(found.stratification, Abstained)
    assert isinstance(found.fat, Abstained)
    assert found.quality == 0.0


def test_a_short_piece_of_wall_is_too_short():
    shown = synthetic.one_wall(3.0)
    labels = shown.labels.copy()
    labels[:, 60:] = Label.BACKGROUND
    assert (
        measured(shown, Labelled(labels, (labels == Label.WALL) * 1.0)).thickness.reason == "wall_too_short"
    )


def test_a_wall_thicker_than_any_bowel_wall_is_not_plausible():
    shown = synthetic.one_wall(8.0)
    spacing = Spacing(0.3, 0.3)
    assert measured(shown, spacing=spacing).thickness.reason == "wall_not_plausible"


def sure(shown, confidence):
    return Labelled(shown.labels, shown.truth.wall_probability * np.float32(confidence))


@pytest.mark.parametrize(
    ("confidence", "said"), [(0.4, "low_confidence"), (0.88, "low_confidence"), (0.92, None)]
)
def test_an_unsure_model_gives_no_number(confidence, said):
    shown = synthetic.ring(4.0, 5.0)
    found = measured(shown, sure(shown, confidence))
    assert getattr(found.thickness, "reason", None) == said
    assert found.confidence == pytest.approx(confidence, abs=0.01)


def test_a_short_wall_counts_only_around_a_lumen():
    shown = synthetic.one_wall(3.0)
    labels = shown.labels.copy()
    # 10 mm of wall above a wide lumen.
    labels[(labels == Label.WALL) & (np.arange(labels.shape[1]) > 100)] = Label.BACKGROUND
    found = measured(shown, synthetic.Labelled(labels, (labels == Label.WALL) * np.float32(1.0)))
    assert found.thickness.reason == "wall_too_short"
    assert "close around" in found.thickness.detail
    # A ring of no more wall does.
    assert isinstance(measured(synthetic.ring(2.0, 0.9)).thickness, Measured)


def test_a_wall_whose_edges_do_not_show_is_unclear_however_sure_the_model_is():
    shown = synthetic.two_walls(4.0, 4.0)
    grey = synthetic.speckled(np.zeros(shown.labels.shape), SQUARE, seed=3)
    guessed = synthetic.warped(shown.labels, SQUARE, np.random.default_rng(3), spread_mm=0.9)
    hidden = replace(shown, grey=grey, labels=guessed)
    assert isinstance(measured(shown).thickness, Measured)
    assert measured(hidden).thickness.reason == "wall_unclear"


def test_arrays_of_different_shape_are_refused():
    shown = synthetic.ring(4.0, 5.0)
    with pytest.raises(ValueError, match="differ"):
        measure_frame(shown.grey[1:], shown.truth, SQUARE, shown.area, ERROR)


def test_given_arrays_are_left_as_they_are():
    shown = synthetic.ring(4.0, 5.0)
    seen = shown.truth
    before = [part.copy() for part in (shown.grey, seen.labels, seen.wall_probability, shown.area)]
    measured(shown, seen)
    for part, copy in zip((shown.grey, seen.labels, seen.wall_probability, shown.area), before, strict=True):
        np.testing.assert_array_equal(part, copy)


def test_a_worse_mask_has_less_quality():
    shown = synthetic.two_walls(4.0, 4.0)
    labels = shown.labels.copy()
    labels[:, :230] = Label.BACKGROUND
    cut = measured(shown, Labelled(labels, (labels == Label.WALL) * np.float32(1.0)))
    assert isinstance(cut.thickness, Measured)
    assert cut.quality < measured(shown).quality


def test_a_wall_as_black_as_fluid_is_no_wall():
    shown = synthetic.two_walls(4.0, 4.0)
    dark = np.where(shown.labels == Label.WALL, shown.grey // 8, shown.grey)
    black = np.where(shown.labels == Label.WALL, 0, shown.grey).astype(np.uint8)
    assert isinstance(measured(replace(shown, grey=dark)).thickness, Measured)
    found = measured(replace(shown, grey=black)).thickness
    assert found.reason == "wall_not_plausible"
    assert "black as fluid" in found.detail
