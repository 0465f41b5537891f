from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ius_vision.dicom.areas import find_areas
from ius_vision.dicom.clip import Calibration
from ius_vision.dicom.manifest import ManifestRow
from ius_vision.geometry import Spacing

from .screens import (
    add_power_bar,
    add_rectangle,
    add_ruler,
    add_text,
    blank,
    header,
    region,
    speckle,
)

WHOLE = (100, 40, 780, 560)


def screen_of(period_px: float = 0.0, order: int = 0) -> np.ndarray:
    screen = blank()
    add_rectangle(screen, 50, 120, 550, 700)
    add_text(screen, "TI long", 545, 30)
    if period_px:
        add_ruler(screen, 720, 50, period_px, int(495 / period_px) + 1, major_every=order)
    return screen


def one_area(dataset, *frames, row=None):
    (area,) = find_areas(dataset, frames, row)
    return area


def test_a_declared_region_is_tightened_to_its_picture_and_keeps_its_scale():
    area = one_area(header(region(WHOLE, 0.01)), screen_of())
    edges = (area.box.row0, area.box.column0, area.box.row1, area.box.column1)
    assert edges == pytest.approx((50, 120, 550, 700), abs=1)
    assert area.calibration.spacing == Spacing(0.1, 0.1)


def test_an_empty_field_keeps_the_declared_box():
    area = one_area(header(region(WHOLE, 0.01)), blank())
    assert (area.box.row0, area.box.column1) == (40, 781)
    assert isinstance(area.calibration, Calibration)


def test_without_a_region_the_picture_is_found_and_has_no_scale():
    area = one_area(header(), screen_of())
    assert area.box.column0 == pytest.approx(120, abs=1)
    assert area.calibration.reason == "no_spacing"


def test_a_region_of_a_scaled_picture_gives_its_reason():
    area = one_area(header(region((84, 31, 1595, 414), 0.05)), screen_of())
    assert area.calibration.reason == "region_outside_frame"


def test_an_agreeing_ruler_stands_in_the_evidence():
    area = one_area(header(region(WHOLE, 0.01)), screen_of(50.0, 2))
    assert area.calibration.source == "dicom_region"
    assert any("ruler" in said and "50.0" in said for said in area.calibration.evidence)


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.1, 2.0])
def test_a_region_that_its_ruler_denies_gives_no_millimetres(factor):
    found = one_area(header(region(WHOLE, 0.01 * factor)), screen_of(50.0, 2)).calibration
    assert found.reason == "spacing_conflict"
    assert "0.1 " in found.detail
    assert f"{0.1 * factor:.5g}" in found.detail


def test_a_ruler_alone_gives_the_scale_where_it_can_be_read_in_one_way():
    found = one_area(header(), screen_of(50.0, 2)).calibration
    assert found.source == "ruler"
    assert found.spacing.row_mm == pytest.approx(0.1, rel=0.005)


def test_the_manifest_overrules_ruler_and_region():
    row = ManifestRow(file="x", mm_per_pixel=0.3)
    found = one_area(header(region(WHOLE, 0.01)), screen_of(50.0, 2), row=row).calibration
    assert (found.source, found.spacing) == ("manifest", Spacing(0.3, 0.3))


def test_a_zoom_changed_during_the_clip_gives_no_millimetres():
    frames = (screen_of(50.0, 2), screen_of(50.0, 2), screen_of(70.0, 2))
    assert one_area(header(region(WHOLE, 0.01)), *frames).calibration.reason == "spacing_conflict"


def test_two_regions_give_two_areas_with_their_own_scales():
    screen = blank()
    add_rectangle(screen, 50, 20, 550, 390, seed=1)
    add_rectangle(screen, 50, 410, 550, 780, seed=2)
    regions = (region((10, 40, 399, 560), 0.01), region((400, 40, 790, 560), 0.02, RegionDataType=2))
    left, right = find_areas(header(*regions), (screen,), None)
    assert (left.calibration.spacing.row_mm, right.calibration.spacing.row_mm) == pytest.approx((0.1, 0.2))
    assert (left.kind, right.kind) == ("tissue", "flow")
    assert left.box.column1 <= right.box.column0


def test_strips_are_no_areas():
    screen = screen_of()
    strip = region((120, 400, 699, 549), RegionSpatialFormat=3, RegionDataType=3)
    areas = find_areas(header(region((100, 40, 780, 380), 0.01), strip), (screen,), None)
    assert len(areas) == 1
    assert areas[0].box.row1 <= 381


def test_a_spectral_strip_alone_is_no_area():
    strip = region((120, 50, 699, 549), RegionSpatialFormat=3, RegionDataType=3)
    assert find_areas(header(strip), (screen_of(),), None) == ()


def test_a_colour_bar_drawn_over_the_rim_is_cut_off():
    screen = screen_of()
    add_power_bar(screen, 100, 124, 140, 14)
    area = one_area(header(), screen)
    assert area.box.column0 >= 138


def test_a_screen_that_shows_nothing_has_no_area():
    assert find_areas(header(), (blank(),), None) == ()


@settings(max_examples=15, deadline=None)
@given(
    st.tuples(st.integers(0, 70000), st.integers(0, 70000), st.integers(0, 70000), st.integers(0, 70000)),
    st.floats(allow_nan=True, allow_infinity=True),
)
def test_no_region_however_wrong_raises_or_leaves_the_frame(box, delta):
    screen = np.repeat(speckle(60, 80)[..., None], 3, axis=2)
    for area in find_areas(header(region(box, delta)), (screen,), None):
        assert 0 <= area.box.row0 < area.box.row1 <= 60
        assert 0 <= area.box.column0 < area.box.column1 <= 80
        assert area.mask(60, 80).shape == (60, 80)
