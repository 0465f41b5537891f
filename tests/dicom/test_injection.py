"""The injection's time, from the manifest or the header."""

from __future__ import annotations

import pytest

from dicom.build import picture, write
from ius_vision.dicom.injection import Injection, find_injection
from ius_vision.dicom.manifest import ManifestRow


def clip(tmp_path, **tags):
    return write(tmp_path / "IM", picture(frames=2), **tags)


def test_the_manifest_comes_first(tmp_path):
    path = clip(tmp_path, ContrastBolusStartTime="101500", ContentTime="101510")
    row = ManifestRow(file="IM", injection_time_s=2.5)
    assert find_injection(path, row) == Injection(2.5, "manifest")


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ({"ContentTime": "101510"}, -10.0),
        ({"ContentTime": "101458.5"}, 1.5),
        ({"ContentTime": "090000", "AcquisitionDateTime": "20260102101459.250"}, 0.75),
        ({"ContentTime": "090000", "AcquisitionTime": "101500"}, 0.0),
    ],
)
def test_the_header_s_start_counts_from_the_first_frame(tmp_path, start, expected):
    found = find_injection(clip(tmp_path, ContrastBolusStartTime="101500", **start), None)
    assert found == Injection(expected, "dicom:ContrastBolusStartTime")


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"ContrastBolusStartTime": "101500"},
        {"ContrastBolusStartTime": "101500", "ContentTime": "150000"},
        {"ContrastBolusStartTime": "noon", "ContentTime": "120000"},
        {"TriggerTime": "400", "ContentTime": "120000"},
    ],
)
@pytest.mark.filterwarnings("ignore:Invalid value for VR TM")
def test_what_is_not_stated_is_not_guessed(tmp_path, tags):
    assert find_injection(clip(tmp_path, **tags), None) is None
