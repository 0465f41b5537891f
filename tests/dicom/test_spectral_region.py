"""Spectral strips as headers place and scale them."""

from __future__ import annotations

import pydicom
import pytest

from ius_vision.dicom.spectral_region import spectral_region
from ius_vision.geometry import Box

STRIP = {
    "RegionSpatialFormat": 3, "RegionDataType": 3, "RegionLocationMinX0": 20, "RegionLocationMinY0": 240,
    "RegionLocationMaxX1": 599, "RegionLocationMaxY1": 439, "PhysicalUnitsXDirection": 4,
    "PhysicalUnitsYDirection": 7, "PhysicalDeltaX": 0.007, "PhysicalDeltaY": -0.6,
}  # fmt: skip


def region_of(**facts):
    item = pydicom.Dataset()
    for name, value in (STRIP | facts).items():
        if value is not None:
            setattr(item, name, value)
    dataset = pydicom.Dataset()
    dataset.SequenceOfUltrasoundRegions = pydicom.Sequence([item])
    return spectral_region(dataset, 480, 640)


def test_axes_place_and_angle_are_read():
    found = region_of(DopplerCorrectionAngle=48.0)
    assert (found.box, found.second_px, found.cm_s_px) == (Box(240, 20, 440, 600), 0.007, 0.6)
    assert (found.zero_row, found.angle_deg) == (None, 48.0)


@pytest.mark.parametrize(
    ("reference", "value", "zero_row"), [(120, 0.0, 360.0), (0, 60.0, 340.0), (500, 0.0, None)]
)
def test_a_reference_pixel_places_velocity_0(reference, value, zero_row):
    assert region_of(ReferencePixelY0=reference, ReferencePixelPhysicalValueY=value).zero_row == zero_row


@pytest.mark.parametrize(
    "wrong",
    [
        {"RegionSpatialFormat": 2},
        {"RegionDataType": 1},
        {"PhysicalUnitsYDirection": 5},
        {"PhysicalUnitsXDirection": 3},
        {"PhysicalDeltaX": None},
        {"PhysicalDeltaX": 0.0},
        {"PhysicalDeltaY": 90.0},
        {"RegionLocationMaxY1": 700},
    ],
)
def test_a_strip_without_usable_axes_is_not_calibrated(wrong):
    assert region_of(**wrong).reason == "spectrum_not_calibrated"
