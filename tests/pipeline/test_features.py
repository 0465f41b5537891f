"""The features of a segment's clips."""

from __future__ import annotations

import pytest

from ius_vision.dicom.clip import ExamFiles
from ius_vision.dicom.manifest import ManifestRow
from ius_vision.findings.feature_row import GROUPS
from ius_vision.measurement.doppler import FlowFigures
from ius_vision.measurement.layer_thickness import LayerThickness
from ius_vision.measurement.lumen import LumenWidth
from ius_vision.measurement.shape import WallShape
from ius_vision.measurement.stratification import LayerEvidence
from ius_vision.outcomes import Abstained, Measured
from ius_vision.pipeline.doppler_velocity import FlowDirection, FlowMotion, FlowVelocity
from ius_vision.pipeline.features import feature_rows
from ius_vision.pipeline.rows import ClipLook, with_reader_items
from ius_vision.vocabulary import Mode

EXAM = ExamFiles("E1", "1.2.3", "P1", "20240131", ())
SHAPE = WallShape(LayerThickness(1.5, 1.0, 1.5, 30.0), LumenWidth(4.0, 3.0, 5.0, 40.0), 0.1)


@pytest.fixture
def b_mode(make_clip):
    def build(shape=SHAPE, lost_mm=0.0, **facts) -> ClipLook:
        items = {"bwt": Measured(4.0), "bws": Measured(0), "ifat": Abstained("fat_not_visible", "None seen.")}
        layers = LayerEvidence(lost_mm, lost_mm, 40.0)
        return ClipLook(make_clip(**facts), "bwt", items, shape=shape, layers=layers)

    return build


@pytest.fixture
def doppler(make_clip):
    def build(cds, index, motion=None) -> ClipLook:
        figures = FlowFigures(index, 2 * index, 50.0, 1.0, 20.0, 6.0, 0.0)
        clip = make_clip(mode=Mode.COLOR_DOPPLER)
        return ClipLook(clip, "cds", {"cds": Measured(cds)}, flow=figures, motion=motion)

    return build


def test_every_group_has_its_values_or_the_reason_why_not(b_mode):
    (row,) = feature_rows(EXAM, [b_mode(), b_mode(lost_mm=12.0)])
    assert (row.mucosa_mm, row.submucosa_percent, row.lumen_mm, row.stricture) == (1.5, 25.0, 4.0, "no")
    assert row.lost_layer_mm == 12.0
    assert (row.fat_status, row.fat_reason) == ("abstained", "fat_not_visible")
    assert "File:" in row.fat_detail
    assert (row.flow_status, row.flow_reason) == ("abstained", "not_recorded")
    assert all(getattr(row, name) is None for name in (*GROUPS["fat"], *GROUPS["flow"]))


def test_the_doppler_clip_with_the_highest_grade_stands_for_the_segment(doppler):
    (row,) = feature_rows(EXAM, [doppler(1, 9.0), doppler(2, 3.0), doppler(2, 5.0)])
    assert (row.vascularity_index_percent, row.vascularity_peak_percent) == (5.0, 10.0)
    assert (row.layers_status, row.layers_reason) == ("abstained", "not_recorded")


def test_direction_and_velocity_are_of_the_first_clip_that_has_them(doppler):
    unknown = FlowMotion(FlowDirection(90.0, True), Abstained("velocity_aliased", "Too fast."))
    slow = FlowMotion(FlowDirection(40.0, False), FlowVelocity(-0.5, 2.0, 2.5, None))
    (row,) = feature_rows(EXAM, [doppler(1, 3.0, slow), doppler(3, 9.0, unknown)])
    assert (row.flow_towards_percent, row.flow_aliased) == (90.0, "yes")
    assert (row.velocity_mean_cm_s, row.velocity_peak_towards_cm_s) == (-0.5, 2.5)
    assert row.velocity_peak_away_cm_s is None
    (row,) = feature_rows(EXAM, [doppler(3, 9.0, unknown)])
    assert (row.velocity_status, row.velocity_reason) == ("abstained", "velocity_aliased")


def test_layers_that_are_nowhere_seen_are_not_measured_but_their_loss_is(b_mode):
    (row,) = feature_rows(EXAM, [b_mode(WallShape(None, None, 0.1), lost_mm=40.0)])
    assert (row.layers_reason, row.lost_layer_mm) == ("layers_not_seen", 40.0)
    assert (row.lumen_reason, row.wall_irregularity_mm) == ("lumen_not_spanned", 0.1)


def test_clips_of_no_known_segment_are_not_put_together(b_mode):
    (row,) = feature_rows(EXAM, [b_mode(segment="unknown"), b_mode(segment="unknown")])
    assert {getattr(row, f"{group}_reason") for group in GROUPS} == {"segment_unknown"}


def test_what_a_reader_noted_of_a_clip_stands_in_its_segment(b_mode):
    note = ManifestRow(file="a", lymph_nodes="yes", free_fluid=None)
    (row,) = feature_rows(EXAM, [with_reader_items(b_mode(), note), b_mode()])
    assert (row.lymph_nodes, row.free_fluid) == ("yes", None)
