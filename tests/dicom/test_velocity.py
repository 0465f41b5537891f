"""The velocity scale of a colour map, as headers and the manifest give it."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest

from ius_vision.dicom.manifest import ManifestRow
from ius_vision.dicom.velocity import velocity_scale
from ius_vision.geometry import Box

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "dicom"
BAR = {
    "RegionSpatialFormat": 5, "RegionDataType": 0xE, "RegionLocationMinX0": 3, "RegionLocationMaxX1": 12,
    "RegionLocationMinY0": 10, "RegionLocationMaxY1": 109, "PhysicalUnitsYDirection": 7,
}  # fmt: skip
FLOW = {"RegionSpatialFormat": 1, "RegionDataType": 2}


def scale_of(row: ManifestRow | None = None, **facts):
    region = pydicom.Dataset()
    for name, value in facts.items():
        setattr(region, name, value)
    dataset = pydicom.Dataset()
    dataset.SequenceOfUltrasoundRegions = pydicom.Sequence([region])
    return velocity_scale(dataset, 200, 300, row)


def test_a_colour_bar_in_cm_a_second_spans_twice_the_velocity():
    scale = scale_of(**BAR, PhysicalDeltaY=-0.1)
    assert (scale.cm_s, scale.source) == (pytest.approx(5.0), "colour_bar_region")
    assert (scale.box, scale.zero_row) == (Box(10, 3, 110, 13), None)


@pytest.mark.parametrize(("value", "zero_row"), [(0.0, 60.0), (3.0, 90.0), (-2.0, 40.0), (9.0, None)])
def test_a_reference_pixel_says_where_velocity_0_is(value, zero_row):
    found = scale_of(
        **BAR, PhysicalDeltaY=-0.1, ReferencePixelY0=50, ReferencePixelPhysicalValueY=value
    ).zero_row
    assert found == (None if zero_row is None else pytest.approx(zero_row))


def test_the_manifest_overrules_the_header():
    row = ManifestRow(file="a", velocity_scale_cm_s=8)
    assert (scale_of(row, **BAR, PhysicalDeltaY=-0.1).cm_s, scale_of(row).source) == (8.0, "manifest")


@pytest.mark.parametrize(
    "facts",
    [
        {},
        BAR,
        {**BAR, "PhysicalDeltaY": 50.0},
        {**BAR, "PhysicalDeltaY": 0.0},
        {**BAR, "PhysicalDeltaY": 0.1, "PhysicalUnitsYDirection": 3},
        {**BAR, "PhysicalDeltaY": 0.1, "RegionLocationMaxY1": 400},
        {**FLOW, "PulseRepetitionFrequency": 700, "TransducerFrequency": 5000},
    ],
)
def test_a_scale_that_is_not_there_or_absurd_is_not_known(facts):
    assert scale_of(**facts) is None


def test_a_file_without_regions_has_no_scale():
    assert velocity_scale(pydicom.Dataset(), 200, 300) is None


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared real files are not there")
def test_a_repetition_frequency_that_contradicts_the_screen_is_no_scale():
    header = pydicom.dcmread(FOLDER / "will-jxl.dcm", stop_before_pixels=True)
    region = header.SequenceOfUltrasoundRegions[0]
    # 92 cm/s by the header's own frequency; the bar on the screen ends at 64.
    assert 154_000 * region.PulseRepetitionFrequency / (4000 * region.TransducerFrequency) > 90
    assert velocity_scale(header, header.Rows, header.Columns) is None
