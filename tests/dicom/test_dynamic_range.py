"""Where the log-compression range of a clip is stated."""

from __future__ import annotations

import struct

import pydicom
import pytest

from ius_vision.dicom.dynamic_range import DynamicRange, find_dynamic_range
from ius_vision.dicom.manifest import ManifestRow

from .build import picture, write


def region(levels, pixels=(0, 255), units=2) -> pydicom.Dataset:
    made = pydicom.Dataset()
    made.PixelComponentPhysicalUnits = units
    made.TableOfXBreakPoints = list(pixels)
    made.TableOfYBreakPoints = list(levels)
    return made


def found(tmp_path, row=None, regions=(), **tags) -> DynamicRange | None:
    if regions:
        tags["SequenceOfUltrasoundRegions"] = pydicom.Sequence(regions)
    return find_dynamic_range(write(tmp_path / "a.dcm", picture(), **tags), row)


def test_the_manifest_overrules_the_file(tmp_path):
    row = ManifestRow(file="a.dcm", dynamic_range_db=60)
    assert found(tmp_path, row, ProcessingFunction="DR 45") == DynamicRange(60, "manifest")


def test_a_table_in_db_overrules_the_text(tmp_path):
    expected = DynamicRange(50, "dicom:TableOfYBreakPoints")
    assert found(tmp_path, regions=[region((-50, 0))], ProcessingFunction="DR 45") == expected


def test_a_table_that_ends_early_is_taken_on_to_the_display_s_ends(tmp_path):
    assert found(tmp_path, regions=[region((-40, 0), (51, 255))]).range_db == pytest.approx(50)


def test_tables_in_other_units_or_that_disagree_say_nothing(tmp_path):
    assert found(tmp_path, regions=[region((-50, 0), units=3)]) is None
    assert found(tmp_path, regions=[region((-50, 0)), region((-60, 0))]) is None
    assert found(tmp_path, regions=[region((0, 0))]) is None


@pytest.mark.parametrize(
    ("words", "range_db"),
    [("CONTRAST DR 45 dB", 45), ("Dyn.Range: 60", 60), ("dynamic range 55.5 dB", 55.5), ("DR=70", 70)],
)
def test_the_text_of_processing_function_is_read(tmp_path, words, range_db):
    assert found(tmp_path, ProcessingFunction=words) == DynamicRange(range_db, "dicom:ProcessingFunction")


@pytest.mark.parametrize("words", ["", "DR 5", "DR 900", "XDR 60", "60 dB", "MI 0.08"])
def test_other_texts_are_no_range(tmp_path, words):
    assert found(tmp_path, ProcessingFunction=words) is None


def with_acuson(tmp_path, vr: str, value, creator: str = "ACUSON:1.2.840.113680.1.0:7f10"):
    path = write(tmp_path / "a.dcm", picture())
    dataset = pydicom.dcmread(path)
    dataset.private_block(0x7FDF, creator, create=True).add_new(0x73, vr, value)
    dataset.save_as(path)
    return find_dynamic_range(path, None)


def test_acuson_s_private_element_is_read_with_and_without_its_type(tmp_path):
    expected = DynamicRange(62.5, "dicom:ACUSON(7FDF,xx73)")
    assert with_acuson(tmp_path, "FD", 62.5) == expected
    assert with_acuson(tmp_path, "UN", struct.pack("<d", 62.5)) == expected


@pytest.mark.parametrize(
    ("vr", "value"),
    [("FD", 0.0), ("FD", 500.0), ("FD", float("nan")), ("FD", [60.0, 61.0]), ("UN", b"62.5"), ("LO", "60")],
)
def test_what_is_no_range_in_it_is_not_taken(tmp_path, vr, value):
    assert with_acuson(tmp_path, vr, value) is None


def test_another_maker_s_element_of_that_number_is_not_read(tmp_path):
    assert with_acuson(tmp_path, "FD", 60.0, creator="SOMEBODY ELSE") is None


def test_the_real_acuson_file_says_what_its_screen_shows(real_data):
    assert find_dynamic_range(real_data("dicom", "YBR_FULL-RLE.dcm"), None).range_db == 65.0
