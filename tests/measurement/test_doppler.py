"""Colour Doppler grades of drawn cines."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from ius_vision.measurement.doppler import DopplerGrader, DopplerSettings
from ius_vision.outcomes import Measured

from .cines import FAR_MM, LUMEN_MM, NEAR_MM, SPACING, Cine


def spots(cine: Cine) -> Cine:
    for column in (10.0, 20.0, 30.0):
        cine.vessel((NEAR_MM, column), (NEAR_MM, column + 1.5))
    return cine


def stretch(cine: Cine) -> Cine:
    return cine.vessel((NEAR_MM, 12.0), (NEAR_MM, 24.0))


def leaving(cine: Cine) -> Cine:
    return stretch(cine).vessel((NEAR_MM, 18.0), (5.0, 18.0))


DRAWN = {0: lambda cine: cine, 1: spots, 2: stretch, 3: leaving}


@pytest.mark.parametrize("grade", [0, 1, 2, 3])
def test_drawn_vessels_get_their_grade(grade):
    signal = DRAWN[grade](Cine()).noise(4).grade()
    assert signal.cds == Measured(grade)
    assert (signal.figures.vascularity_index_percent > 0.5) == (grade > 0)


@pytest.mark.parametrize("grade", [0, 1, 2, 3])
def test_compression_and_a_tinted_grey_map_do_not_change_the_grade(grade):
    cine = DRAWN[grade](Cine()).noise(4).tinted().compressed(75)
    assert cine.grade().cds == Measured(grade)


@pytest.mark.parametrize("grade", [1, 2, 3])
def test_a_plain_wall_mask_without_lumen_gives_the_same_grade(grade):
    assert DRAWN[grade](Cine()).grade(wall_only=True).cds == Measured(grade)


@pytest.mark.parametrize("grade", [0, 1, 2, 3])
def test_a_wall_that_moves_by_millimetres_keeps_its_vessels(grade):
    cine = DRAWN[grade](Cine(24)).moving(3.0)
    assert cine.grade(every=6).cds == Measured(grade)


def test_the_length_of_a_stretch_is_that_along_the_wall():
    signal = stretch(Cine()).grade()
    # Drawn 12 mm long and 1 mm wide: the ends are round.
    assert signal.figures.longest_mm == pytest.approx(12.7, abs=0.8)


@pytest.mark.parametrize(("long_mm", "grade"), [(5.0, 1), (3.0, 2)])
def test_the_limit_between_spot_and_stretch_is_a_setting(long_mm, grade):
    cine = Cine().vessel((NEAR_MM, 12.0), (NEAR_MM, 15.2))
    assert cine.grade(DopplerSettings(long_mm=long_mm)).cds == Measured(grade)


def test_a_vessel_across_the_wall_is_short_however_far_it_runs():
    signal = Cine().vessel((12.0, 20.0), (15.5, 20.0)).grade()
    assert signal.cds == Measured(1)
    assert signal.figures.longest_mm < 2.5


def test_a_mesenteric_vessel_beside_the_wall_does_not_count():
    signal = Cine().vessel((8.0, 5.0), (8.0, 35.0), width_mm=2.0).grade()
    assert signal.cds == Measured(0)
    assert signal.vessels == ()
    assert not signal.vessel_mask.any()


def test_colour_that_leaves_the_wall_from_a_spot_only_is_not_grade_three():
    assert Cine().vessel((NEAR_MM, 20.0), (5.0, 20.0)).grade().cds == Measured(1)


def test_colour_in_the_lumen_is_no_vessel_of_the_wall():
    assert Cine().vessel((LUMEN_MM, 8.0), (LUMEN_MM, 30.0), width_mm=1.5).grade().cds == Measured(0)


def test_flash_frames_do_not_count():
    signal = spots(Cine()).flash([3, 4, 9]).grade()
    assert signal.cds == Measured(1)
    assert signal.flash_frames == 3
    assert signal.best_frame not in (3, 4, 9)


def test_the_frame_shown_is_not_one_with_a_weak_flash():
    cine = stretch(Cine()).vessel((NEAR_MM, 28.0), (NEAR_MM, 36.0), width_mm=3.0, frames=[7])
    signal = cine.grade()
    assert signal.flash_frames == 0
    assert signal.best_frame != 7


def test_colour_that_shows_in_few_frames_is_noise():
    cine = Cine(20).vessel((NEAR_MM, 12.0), (NEAR_MM, 24.0), frames=[4, 11, 17])
    assert cine.grade().cds == Measured(0)


def test_pulsatile_flow_in_every_other_frame_is_a_vessel():
    cine = Cine(20).vessel((FAR_MM, 12.0), (FAR_MM, 24.0), frames=range(0, 20, 2))
    assert cine.grade().cds == Measured(2)


def test_a_clip_that_flashes_throughout_is_not_graded():
    assert Cine(6).flash(range(6)).grade().reason == "all_frames_flash"


def test_the_outline_of_the_colour_box_is_no_vessel():
    signal = Cine().box(NEAR_MM, 3.0, FAR_MM, 37.0).grade()
    assert signal.cds == Measured(0)


def test_coloured_graphics_that_never_change_are_no_vessel():
    cine = Cine()
    for picture in cine.frames:
        picture[88:93, 100:160] = (250, 220, 0)
    assert cine.grade().cds == Measured(0)


def test_flow_that_never_changes_is_a_vessel_all_the_same():
    cine = Cine()
    for picture in cine.frames:
        picture[88:93, 100:160] = (220, 60, 20)
    assert cine.grade().cds == Measured(2)


def test_a_colour_box_beside_the_wall_gives_no_grade():
    assert Cine().box(1.0, 3.0, 8.0, 37.0).grade().reason == "colour_box_misses_wall"


def test_wall_outside_the_picture_gives_no_grade():
    cine = stretch(Cine())
    cine.area = cine.area.copy()
    cine.area[60:] = False
    assert cine.grade().reason == "colour_box_misses_wall"


def test_without_wall_scale_or_frames_there_is_no_grade():
    cine = stretch(Cine(4))
    cine.labels = [np.zeros_like(labels) for labels in cine.labels]
    assert cine.grade().reason == "no_wall_found"
    assert DopplerGrader(cine.area, SPACING).result().reason == "no_frames"
    without_scale = DopplerGrader(cine.area, None)
    without_scale.add(cine.frames[0], cine.labels[0])
    assert without_scale.result().reason == "no_spacing"
    without_picture = DopplerGrader(np.zeros_like(cine.area), SPACING)
    without_picture.add(cine.frames[0], cine.labels[0])
    assert without_picture.result().reason == "colour_box_misses_wall"


@pytest.mark.parametrize("frames", [1, 2])
def test_a_still_picture_is_graded_too(frames):
    assert stretch(Cine(frames)).grade().cds == Measured(2)


def test_the_vessel_mask_lies_on_the_vessel_in_the_best_frame():
    cine = stretch(Cine(24)).moving(2.0)
    signal = cine.grade(every=8)
    red = np.ptp(cine.frames[signal.best_frame].astype(int), axis=2) > 60
    overlap = (signal.vessel_mask & red).sum() / (signal.vessel_mask | red).sum()
    assert overlap > 0.6


def test_memory_does_not_grow_with_the_number_of_frames():
    cine = stretch(Cine(12))
    grader = DopplerGrader(cine.area, SPACING)
    for picture, labels in zip(cine.frames, cine.labels, strict=True):
        grader.add(picture, labels)
    tracemalloc.start()
    for _ in range(4):
        for picture in cine.frames:
            grader.add(picture, None)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 3_000_000


def test_frames_of_another_size_are_refused():
    grader = DopplerGrader(np.ones((40, 50), bool), SPACING)
    with pytest.raises(ValueError, match="does not fit"):
        grader.add(np.zeros((41, 50, 3), np.uint8), None)


@pytest.mark.parametrize("wrong", [{"long_mm": 0.0}, {"persistent_share": 0.0}, {"persistent_share": 1.2}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        DopplerSettings(**wrong)
