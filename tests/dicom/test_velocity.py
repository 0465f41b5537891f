"""The velocity scale of a colour map, as headers give it."""

from __future__ import annotations

import pydicom
import pytest

from ius_vision.dicom.velocity import velocity_scale


def header(**facts) -> pydicom.Dataset:
    region = pydicom.Dataset()
    for name, value in facts.items():
        setattr(region, name, value)
    dataset = pydicom.Dataset()
    dataset.SequenceOfUltrasoundRegions = pydicom.Sequence([region])
    return dataset


BAR = {
    "RegionSpatialFormat": 5, "RegionDataType": 0xE, "RegionLocationMinY0": 10, "RegionLocationMaxY1": 109,
    "PhysicalUnitsYDirection": 7,
}  # fmt: skip
FLOW = {"RegionSpatialFormat": 1, "RegionDataType": 2}


def test_a_colour_bar_in_cm_a_second_spans_twice_the_velocity():
    assert velocity_scale(header(**BAR, PhysicalDeltaY=-0.1)) == (pytest.approx(5.0), "colour_bar_region")


def test_a_flow_region_has_the_nyquist_velocity_of_its_rate_and_frequency():
    found = velocity_scale(header(**FLOW, PulseRepetitionFrequency=700, TransducerFrequency=5000))
    assert found == (pytest.approx(154000 * 700 / (4 * 5e6)), "pulse_repetition_frequency")


@pytest.mark.parametrize(
    "facts",
    [
        {},
        BAR,
        {**BAR, "PhysicalDeltaY": 50.0},
        {**BAR, "PhysicalDeltaY": 0.1, "PhysicalUnitsYDirection": 3},
        {**FLOW, "PulseRepetitionFrequency": 0, "TransducerFrequency": 5000},
        {**FLOW, "TransducerFrequency": 5000},
    ],
)
def test_a_scale_that_is_not_there_or_absurd_is_not_known(facts):
    assert velocity_scale(header(**facts)) is None


def test_a_file_without_regions_has_no_scale():
    assert velocity_scale(pydicom.Dataset()) is None
