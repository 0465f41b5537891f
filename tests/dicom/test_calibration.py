from __future__ import annotations

import pytest

from ius_vision.dicom.calibration import (
    Witnesses,
    calibrate,
    plausible,
    read_pixel_aspect,
    read_pixel_spacing,
)
from ius_vision.dicom.clip import Calibration
from ius_vision.dicom.ruler import Ruler
from ius_vision.geometry import Box, Spacing
from ius_vision.outcomes import Abstained

from .screens import header

TENTH = Spacing(0.1, 0.1)
OUTSIDE = Abstained("region_outside_frame", "Region 1 does not fit.")


def ruler(period_px: float, major_every=None, pixel_mm=None, along="rows") -> Ruler:
    return Ruler(along, 700.0, 50.0, 550.0, period_px, 9, major_every, pixel_mm)


def test_no_witness_gives_no_millimetres():
    assert calibrate(Witnesses()).reason == "no_spacing"


def test_the_region_alone_is_taken():
    found = calibrate(Witnesses(region=TENTH))
    assert (found.spacing, found.source) == (TENTH, "dicom_region")
    assert any("0.1 mm" in said for said in found.evidence)


def test_pixel_spacing_alone_is_taken():
    assert calibrate(Witnesses(pixel_spacing=TENTH)).source == "pixel_spacing"


def test_region_and_pixel_spacing_within_one_percent_agree():
    found = calibrate(Witnesses(region=TENTH, pixel_spacing=Spacing(0.1009, 0.1)))
    assert found.source == "dicom_region"


def test_region_and_pixel_spacing_beyond_one_percent_conflict_and_both_are_told():
    found = calibrate(Witnesses(region=TENTH, pixel_spacing=Spacing(0.1, 0.102)))
    assert found.reason == "spacing_conflict"
    assert "0.1 mm" in found.detail
    assert "0.102" in found.detail


@pytest.mark.parametrize("period", [10.0, 20.0, 25.0, 50.0, 100.0, 97.5, 102.5])
def test_a_ruler_on_a_round_distance_agrees(period):
    assert isinstance(calibrate(Witnesses(region=TENTH, rulers=(ruler(period),))), Calibration)


@pytest.mark.parametrize("period", [104.0, 96.0, 70.0, 35.0])
def test_a_ruler_off_every_round_distance_by_more_than_three_percent_conflicts(period):
    found = calibrate(Witnesses(region=TENTH, rulers=(ruler(period),)))
    assert found.reason == "spacing_conflict"
    assert "dicom_region says 0.1 mm" in found.detail
    assert "ruler" in found.detail


def test_the_order_of_long_ticks_unmasks_a_scale_wrong_by_two():
    # Every second tick long: 5 and 10 mm. 50 px apart is 0.1 mm a pixel, not 0.2.
    assert isinstance(calibrate(Witnesses(region=TENTH, rulers=(ruler(50.0, 2),))), Calibration)
    doubled = Witnesses(region=Spacing(0.2, 0.2), rulers=(ruler(50.0, 2),))
    assert calibrate(doubled).reason == "spacing_conflict"


def test_a_horizontal_ruler_speaks_about_columns():
    uneven = Spacing(row_mm=0.1, column_mm=0.13)
    assert isinstance(
        calibrate(Witnesses(region=uneven, rulers=(ruler(10 / 0.13, along="columns"),))), Calibration
    )
    assert calibrate(Witnesses(region=uneven, rulers=(ruler(10 / 0.13),))).reason == "spacing_conflict"


def test_a_ruler_that_can_be_read_in_one_way_is_enough():
    found = calibrate(Witnesses(rulers=(ruler(77.0, 2, 5 / 77.0),)))
    assert found.source == "ruler"
    assert found.spacing.row_mm == pytest.approx(5 / 77.0)


def test_a_ruler_that_can_be_read_in_several_ways_is_told_but_not_taken():
    found = calibrate(Witnesses(rulers=(ruler(40.0, 5),)))
    assert found.reason == "no_spacing"
    assert "40.00 px apart" in found.detail


def test_two_rulers_that_disagree_give_no_scale():
    assert isinstance(calibrate(Witnesses(rulers=(ruler(77.0, 2, 0.065), ruler(70.0, 2, 0.0714)))), Abstained)


def test_a_refused_region_is_not_replaced_by_a_pixel_spacing_of_the_same_stale_header():
    assert calibrate(Witnesses(region=OUTSIDE, pixel_spacing=TENTH)).reason == "region_outside_frame"


def test_a_ruler_in_the_pixels_survives_a_refused_region():
    assert calibrate(Witnesses(region=OUTSIDE, rulers=(ruler(77.0, 2, 5 / 77.0),))).source == "ruler"


def test_the_manifest_overrules_and_the_evidence_says_so():
    found = calibrate(Witnesses(manifest_mm=0.12, region=TENTH))
    assert (found.spacing, found.source) == (Spacing(0.12, 0.12), "manifest")
    assert "overrules dicom_region" in found.evidence[0]
    assert "20.0% apart" in found.evidence[0]


def test_the_manifest_that_agrees_says_so_and_that_fills_a_gap_too():
    assert "agrees with" in calibrate(Witnesses(manifest_mm=0.101, region=TENTH)).evidence[0]
    assert "does not fit" in calibrate(Witnesses(manifest_mm=0.1, region=OUTSIDE)).evidence[0]


def test_the_manifest_overrules_a_conflict():
    conflict = Witnesses(manifest_mm=0.1, region=TENTH, pixel_spacing=Spacing(0.2, 0.2))
    assert calibrate(conflict).source == "manifest"


def test_a_zoom_changed_during_the_clip_gives_no_millimetres():
    found = calibrate(Witnesses(region=TENTH, zoom_change=(ruler(50.0), ruler(80.0))))
    assert found.reason == "spacing_conflict"
    assert "50.00" in found.detail
    assert "80.00" in found.detail


PICTURE = Box(0, 0, 400, 500)


@pytest.mark.parametrize("spacing", [TENTH, Spacing(0.2, 0.1), Spacing(0.1, 0.3), Spacing(0.75, 0.75)])
def test_a_scale_that_ultrasound_can_have_is_kept(spacing):
    assert plausible(calibrate(Witnesses(pixel_spacing=spacing)), PICTURE).spacing == spacing


@pytest.mark.parametrize(
    "spacing", [Spacing(0.4, 0.1), Spacing(0.1, 0.4), Spacing(0.9, 0.9), Spacing(0.5, 0.9)]
)
def test_a_scale_that_no_picture_can_have_gives_no_millimetres(spacing):
    found = plausible(calibrate(Witnesses(pixel_spacing=spacing)), PICTURE)
    assert found.reason == "implausible_spacing"
    assert "pixel_spacing says" in found.detail


def test_a_scale_ten_times_too_large_is_refused_from_a_person_too():
    found = plausible(calibrate(Witnesses(manifest_mm=0.9, region=TENTH)), PICTURE)
    assert found.reason == "implausible_spacing"
    assert "manifest says 0.9 mm per pixel, a picture 360 mm deep" in found.detail


def test_pixels_that_are_not_square_are_told():
    found = calibrate(Witnesses(region=Spacing(0.1, 0.11)))
    assert "The pixels are not square." in found.evidence
    assert "The pixels are not square." not in calibrate(Witnesses(region=TENTH)).evidence


@pytest.mark.parametrize("value", [None, [0.0, 0.1], [0.1], [-0.1, 0.1], [1e9, 1e9]])
def test_an_impossible_pixel_spacing_is_none(value):
    assert read_pixel_spacing(header(PixelSpacing=value) if value else header()) is None


def test_pixel_spacing_is_row_then_column():
    assert read_pixel_spacing(header(PixelSpacing=[0.2, 0.1])) == Spacing(row_mm=0.2, column_mm=0.1)


def test_the_aspect_of_a_pixel_gives_a_ruler_the_other_direction():
    upright = calibrate(Witnesses(rulers=(ruler(77.0, 2, 0.06),), aspect=4 / 3))
    assert (upright.spacing.row_mm, upright.spacing.column_mm) == pytest.approx((0.06, 0.045))
    lying = calibrate(Witnesses(rulers=(ruler(77.0, 2, 0.06, along="columns"),), aspect=4 / 3))
    assert (lying.spacing.row_mm, lying.spacing.column_mm) == pytest.approx((0.08, 0.06))


@pytest.mark.parametrize(("value", "aspect"), [([4, 3], 4 / 3), (None, 1.0), ([0, 1], 1.0), ([100, 1], 1.0)])
def test_the_pixel_aspect_ratio_is_height_over_width(value, aspect):
    assert read_pixel_aspect(header(PixelAspectRatio=value) if value else header()) == pytest.approx(aspect)
