"""Frames of a clip together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ius_vision.measurement.bwt_error import Z_95, BwtErrorModel
from ius_vision.measurement.clip import measure_clip
from ius_vision.measurement.fat import FatEvidence, FatSign
from ius_vision.measurement.frame import FrameMeasurement
from ius_vision.measurement.stratification import LayerEvidence, Stratification
from ius_vision.outcomes import Abstained, Measured
from ius_vision.vocabulary import View

ERROR = BwtErrorModel(absolute_mm=0.3, relative=0.0, shared=0.5)
NOTHING = Abstained("no_wall_found", "None.")


def frame(
    value: float, quality: float = 0.8, bws: int = 0, fat: int = 0, lost_mm: float = 0.0
) -> FrameMeasurement:
    half = Z_95 * ERROR.absolute_mm
    thickness = Measured(value, value - half, value + half)
    grades = Measured(bws), lost_mm, Measured(fat)
    evidence = Stratification(Measured(bws), layers_seen(bws, lost_mm)), FatSign(Measured(fat), fat_seen(fat))
    return FrameMeasurement(
        quality, 0.95, thickness, None, 20.0, (), None, (), (), *grades, View.LONGITUDINAL, *evidence
    )


def layers_seen(grade: int, lost_mm: float) -> LayerEvidence:
    return LayerEvidence(lost_mm, lost_mm + 8.0 * (grade == 1), judged_mm=60.0)


def fat_seen(grade: int) -> FatEvidence:
    bright = {"excess_db": 4.0 * grade, "level_db": 1.0 * grade}
    likely = {"probability": 0.4 * grade, "peak_db_mm": 18.0 * grade}
    return FatEvidence(40.0, 10.0 * grade, **bright, depth_mm=1.0 * grade, burden_db_mm=4.0 * grade, **likely)


def empty(why: Abstained = NOTHING) -> FrameMeasurement:
    return FrameMeasurement(
        0.0,
        0.0,
        why,
        None,
        0.0,
        (),
        None,
        (),
        (),
        why,
        None,
        why,
        View.UNKNOWN,
        Stratification(why),
        FatSign(why),
    )


def test_a_clip_is_the_mean_of_its_measured_frames():
    clip = measure_clip([frame(4.0), empty(), frame(4.2), frame(4.4)], ERROR)
    assert clip.bwt.value == pytest.approx(4.2)
    assert (clip.frames, clip.measured, clip.used) == (4, 3, 3)


def test_a_slipped_frame_does_not_move_the_mean():
    clip = measure_clip([frame(4.0), frame(4.1), frame(4.05), frame(3.95), frame(8.0)], ERROR)
    assert clip.bwt.value == pytest.approx(4.025)
    assert clip.used == 4
    assert clip.set_aside == (4,)


def test_one_frame_keeps_its_own_interval():
    clip = measure_clip([frame(4.0)], ERROR)
    assert (clip.bwt.low, clip.bwt.high) == pytest.approx((4.0 - Z_95 * 0.3, 4.0 + Z_95 * 0.3))


def test_many_frames_shrink_the_interval_but_not_below_the_shared_error():
    values = [4.0, 4.3, 3.8, 4.1, 4.2, 3.9, 4.0, 4.1] * 8
    one, many = (measure_clip([frame(value) for value in part], ERROR).bwt for part in (values[:1], values))
    assert many.high - many.low < one.high - one.low
    assert many.high - many.low > 2 * Z_95 * 0.3 * 0.5**0.5


def test_frames_that_drift_count_as_fewer_than_frames_that_jump():
    drifting = [3.8 + 0.4 * index / 23 for index in range(24)]
    jumping = drifting[::2] + drifting[1::2][::-1]
    jumping = [jumping[index * 7 % 24] for index in range(24)]
    slow, fast = (measure_clip([frame(value) for value in part], ERROR).bwt for part in (drifting, jumping))
    assert slow.high - slow.low > fast.high - fast.low


def test_a_wall_in_few_frames_is_not_measured():
    clip = measure_clip([frame(4.0)] + [empty()] * 9, ERROR)
    assert clip.bwt.reason == "too_few_frames"
    assert clip.best_frame is None


def test_frames_that_disagree_wildly_are_not_averaged():
    clip = measure_clip([frame(value) for value in (2.0, 7.0, 3.0, 9.0, 2.5, 6.5)], ERROR)
    assert clip.bwt.reason == "frames_disagree"


def test_without_a_measured_frame_the_commonest_reason_stands():
    short = Abstained("wall_too_short", "Short.")
    assert measure_clip([empty(), empty(short), empty(short)], ERROR).bwt == short
    assert measure_clip([], ERROR).bwt.reason == "no_frames"


def test_the_best_frame_is_the_clearest_that_shows_the_clips_thickness():
    frames = [frame(4.0, 0.5), frame(4.7, 0.99), frame(4.05, 0.8), frame(3.9, 0.6), frame(4.0, 0.4)]
    assert measure_clip(frames, ERROR).best_frame == 2


def test_grades_are_settled_by_most_frames_and_split_ones_stay_uncertain():
    settled = [frame(4.0, fat=2)] * 4 + [frame(4.0, fat=0)]
    split = [frame(4.0, fat=2)] * 3 + [frame(4.0, fat=0)] * 3
    assert measure_clip(settled, ERROR).ifat == Measured(2)
    assert measure_clip(split, ERROR).ifat == Measured(1)


@pytest.mark.parametrize(("lost_mm", "grade"), [(30.0, 2), (30.1, 3)])
def test_exactly_three_centimetres_of_lost_layers_are_focal(lost_mm, grade):
    clip = measure_clip([frame(5.0, bws=2, lost_mm=lost_mm)] * 3, ERROR)
    assert clip.bws == Measured(grade)
    assert clip.lost_layer_mm == lost_mm


def test_layers_that_only_half_of_the_frames_can_judge_are_abstained():
    why = Abstained("layer_resolution", "Thin.")
    blind = replace(frame(2.0), stratification=why, lost_layer_mm=None, layers=Stratification(why))
    assert measure_clip([frame(2.0), blind], ERROR).bws == why
    assert measure_clip([frame(2.0), frame(2.0), blind], ERROR).bws == Measured(0)


def test_a_grade_that_no_frame_shows_is_abstained_not_zero():
    why = Abstained("layer_resolution", "Thin.")
    frames = [replace(frame(2.0), stratification=why, lost_layer_mm=None, layers=Stratification(why))] * 3
    clip = measure_clip(frames, ERROR)
    assert clip.bws == why
    assert clip.lost_layer_mm is None
