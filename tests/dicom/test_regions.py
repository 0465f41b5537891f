from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ius_vision.dicom.declared import declared_pictures
from ius_vision.dicom.regions import read_regions, region_box, region_spacing
from ius_vision.geometry import Box, Spacing
from ius_vision.outcomes import Abstained

from .screens import header, region

ROWS, COLUMNS = 600, 800
WHOLE = (100, 50, 700, 550)


def read_one(item):
    return read_regions(header(item))[0]


def spacing_of(item, rows=ROWS, columns=COLUMNS):
    found = read_one(item)
    box = region_box(found, rows, columns)
    return box if isinstance(box, Abstained) else region_spacing(found, box)


def test_centimetres_become_millimetres_for_rows_and_columns_apart():
    spacing = spacing_of(region(WHOLE, (0.01, 0.02)))
    assert (spacing.column_mm, spacing.row_mm) == (pytest.approx(0.1), pytest.approx(0.2))


@given(st.floats(0.0006, 0.05), st.sampled_from([-1, 1]), st.sampled_from([-1, 1]))
def test_the_sign_of_a_delta_is_irrelevant(delta, sign_x, sign_y):
    assert spacing_of(region(WHOLE, (sign_x * delta, sign_y * delta))) == spacing_of(region(WHOLE, delta))


@pytest.mark.parametrize(
    ("delta", "reason"),
    [
        (0.2, "implausible_spacing"),
        (0.229375, "implausible_spacing"),
        (0.00049, "implausible_spacing"),
        (0.061, "implausible_spacing"),  # 501 rows: 30.6 cm deep
        (0.0, "no_spacing"),
        (math.nan, "no_spacing"),
        (math.inf, "no_spacing"),
    ],
)
def test_a_scale_no_ultrasound_has_is_refused(delta, reason):
    assert spacing_of(region(WHOLE, delta)).reason == reason


def test_an_absurd_scale_is_told_in_few_words():
    assert len(spacing_of(region(WHOLE, 1e300)).detail) < 200


@pytest.mark.parametrize("units", [0, 1, 4, 7])
def test_other_units_than_centimetres_give_no_scale(units):
    assert spacing_of(region(WHOLE, PhysicalUnitsXDirection=units)).reason == "no_spacing"
    assert spacing_of(region(WHOLE, PhysicalUnitsYDirection=units)).reason == "no_spacing"


def test_missing_tags_are_refused_not_guessed():
    bare = region(WHOLE)
    del bare.PhysicalDeltaY
    assert spacing_of(bare).reason == "no_spacing"
    cornerless = region(WHOLE)
    del cornerless.RegionLocationMaxX1
    assert spacing_of(cornerless).reason == "region_outside_frame"


@pytest.mark.parametrize("corner", [(120, 60, 800, 518), (0, 0, 799, 600), (0, 0, 800, 600)])
def test_one_pixel_over_the_edge_is_clipped(corner):
    box = region_box(read_one(region(corner)), ROWS, COLUMNS)
    assert box == Box(corner[1], corner[0], min(corner[3] + 1, ROWS), min(corner[2] + 1, COLUMNS))


@pytest.mark.parametrize(
    "corner",
    [(84, 31, 801, 414), (0, 0, 799, 601), (900, 0, 950, 100), (500, 0, 400, 100), (0, 600, 10, 600)],
)
def test_a_box_beyond_the_frame_is_refused_with_its_numbers(corner):
    refused = region_box(read_one(region(corner)), ROWS, COLUMNS)
    assert refused.reason == "region_outside_frame"
    assert str(corner[2]) in refused.detail
    assert str(COLUMNS) in refused.detail


def test_strips_bars_and_empty_regions_are_no_pictures():
    items = [
        region(WHOLE, 1.0, RegionSpatialFormat=0, RegionDataType=0),
        region(WHOLE, RegionSpatialFormat=2),
        region(WHOLE, RegionSpatialFormat=3, RegionDataType=3),
        region(WHOLE, RegionSpatialFormat=4, RegionDataType=10),
        region(WHOLE, RegionSpatialFormat=0, RegionDataType=13),
        region(WHOLE),
    ]
    kept, refusal = declared_pictures(read_regions(header(*items)), ROWS, COLUMNS)
    assert len(kept) == 1
    assert refusal is None


def test_each_of_two_pictures_keeps_its_own_scale():
    items = (region((0, 0, 399, 599), 0.01), region((400, 0, 799, 599), 0.02))
    kept, _ = declared_pictures(read_regions(header(*items)), ROWS, COLUMNS)
    assert [item.scale.row_mm for item in kept] == pytest.approx([0.1, 0.2])


def test_a_colour_box_inside_a_tissue_picture_is_the_same_picture():
    items = (region(WHOLE, 0.01), region((200, 100, 400, 300), 0.01, RegionDataType=2))
    kept, _ = declared_pictures(read_regions(header(*items)), ROWS, COLUMNS)
    assert [(item.box, item.kind) for item in kept] == [(Box(50, 100, 551, 701), "flow")]


def test_an_inset_of_another_scale_is_a_picture_of_its_own():
    items = (region(WHOLE, 0.01), region((600, 60, 690, 130), 0.04))
    kept, _ = declared_pictures(read_regions(header(*items)), ROWS, COLUMNS)
    assert len(kept) == 2


def test_two_scales_for_the_same_picture_conflict():
    items = (region(WHOLE, 0.01), region(WHOLE, 0.012, RegionDataType=2))
    kept, _ = declared_pictures(read_regions(header(*items)), ROWS, COLUMNS)
    assert [item.scale.reason for item in kept] == ["spacing_conflict"]


def test_a_calibrated_colour_box_lends_its_scale_to_an_uncalibrated_picture():
    items = (region(WHOLE, 0.0), region((200, 100, 400, 300), 0.01, RegionDataType=2))
    kept, _ = declared_pictures(read_regions(header(*items)), ROWS, COLUMNS)
    assert [item.scale for item in kept] == [Spacing(0.1, 0.1)]
