from __future__ import annotations

import csv
from pathlib import Path

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ius_vision.dicom.manifest import ManifestRow
from ius_vision.dicom.names import find_segment, find_view, read_text
from ius_vision.vocabulary import Segment, View

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "names.csv"


def golden_rows():
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def one(found, unknown):
    return next(iter(found)) if len(found) == 1 else unknown


@pytest.mark.parametrize("row", golden_rows(), ids=lambda row: row["text"])
def test_the_golden_spellings_are_read(row):
    reading = read_text(row["text"])
    assert one(reading.segments, Segment.UNKNOWN) == row["segment"]
    assert one(reading.views, View.UNKNOWN) == row["view"]


def code(meaning: str, value: str, scheme: str = "SCT") -> pydicom.Dataset:
    item = pydicom.Dataset()
    item.CodeMeaning, item.CodeValue, item.CodingSchemeDesignator = meaning, value, scheme
    return item


def header(**tags) -> pydicom.Dataset:
    made = pydicom.Dataset()
    for name, value in tags.items():
        setattr(made, name, value)
    return made


def test_the_manifest_goes_before_the_file():
    row = ManifestRow(file="x", segment="rectum", view="cross_section")
    dataset = header(SeriesDescription="TI long")
    assert find_segment(dataset, "x", row).value is Segment.RECTUM
    assert find_segment(dataset, "x", row).source == "manifest"
    assert find_view(dataset, "x", row).value is View.CROSS_SECTION


def test_a_manifest_row_without_a_segment_overrules_nothing():
    row = ManifestRow(file="x", view="cross_section")
    assert find_segment(header(SeriesDescription="TI"), "x", row).source == "dicom:SeriesDescription"


def test_a_manifest_may_say_unknown():
    row = ManifestRow(file="x", segment="unknown")
    assert find_segment(header(SeriesDescription="TI"), "x", row).value is Segment.UNKNOWN


@pytest.mark.parametrize(
    ("item", "segment"),
    [
        (code("Ileum", "34516001"), Segment.SMALL_BOWEL),
        (code("terminal ileum", "34516001"), Segment.TERMINAL_ILEUM),
        (code("Sigmoid colon", "60184004"), Segment.SIGMOID_COLON),
        (code("", "32713005"), Segment.CECUM),
        (code("Rectum", "T-59600", "SRT"), Segment.RECTUM),
        (code("Descending colon", "local7", "99X"), Segment.DESCENDING_COLON),
        (code("Colon", "71854001"), Segment.UNKNOWN),
        (code("Abdomen", "818981001"), Segment.UNKNOWN),
        (code("Abdominal aorta", "60184004", "99X"), Segment.UNKNOWN),
    ],
)
def test_anatomy_codes_are_read(item, segment):
    assert find_segment(header(AnatomicRegionSequence=[item]), "IM1", None).value is segment


def test_view_codes_are_read():
    dataset = header(ViewCodeSequence=[code("Transverse", "62824007")])
    assert find_view(dataset, "IM1", None).value is View.CROSS_SECTION


def test_codes_go_before_words_and_words_of_the_series_before_file_names():
    coded = header(AnatomicRegionSequence=[code("", "60184004")], SeriesDescription="TI")
    assert find_segment(coded, "rectum.dcm", None).source == "dicom:AnatomicRegionSequence"
    worded = header(SeriesDescription="Sigma", ProtocolName="TI")
    found = find_segment(worded, "rectum.dcm", None)
    assert (found.value, found.source, found.text) == (
        Segment.SIGMOID_COLON,
        "dicom:SeriesDescription",
        "Sigma",
    )


@pytest.mark.parametrize(
    ("file", "segment", "source"),
    [
        ("P1/TI_long.dcm", Segment.TERMINAL_ILEUM, "file_name"),
        ("P1/sigma/IM0001", Segment.SIGMOID_COLON, "folder_name"),
        ("rectum/sigma/IM0001.dcm", Segment.SIGMOID_COLON, "folder_name"),
        ("P1/term. ileum", Segment.TERMINAL_ILEUM, "file_name"),
        ("1.2.840.113619.2.dcm", Segment.UNKNOWN, "none"),
    ],
)
def test_file_and_folder_names_are_read_nearest_first(file, segment, source):
    found = find_segment(header(), file, None)
    assert (found.value, found.source) == (segment, source)


def test_an_ambiguous_text_stays_unknown_and_is_kept():
    found = find_segment(header(SeriesDescription="TI / Sigma"), "IM1", None)
    assert (found.value, found.source, found.text) == (Segment.UNKNOWN, "none", "TI / Sigma")


def test_a_clear_file_name_settles_an_ambiguous_series():
    found = find_segment(header(SeriesDescription="TI / Sigma"), "sigma_3.dcm", None)
    assert (found.value, found.source) == (Segment.SIGMOID_COLON, "file_name")


def test_a_later_terminal_ileum_refines_small_bowel_but_nothing_else_does():
    assert find_segment(header(SeriesDescription="Dünndarm"), "TI.dcm", None).value is Segment.TERMINAL_ILEUM
    assert find_segment(header(SeriesDescription="Dünndarm"), "sigma.dcm", None).value is Segment.SMALL_BOWEL


@given(st.text(max_size=80))
def test_any_text_is_read_without_an_error_and_alike_in_capitals(text):
    reading = read_text(text)
    assert Segment.UNKNOWN not in reading.segments
    assert View.UNKNOWN not in reading.views


@given(st.sampled_from([row["text"] for row in golden_rows()]))
def test_case_and_underscores_do_not_matter(text):
    assert read_text(text.upper().replace(" ", "_")) == read_text(text.upper())
