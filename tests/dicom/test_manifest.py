from __future__ import annotations

from pathlib import Path

import pytest

from ius_vision.dicom.manifest import manifest_row, read_manifest, unmatched_keys
from ius_vision.errors import BadManifest
from ius_vision.vocabulary import Mode, Segment, View


def write(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "manifest.csv"
    path.write_bytes(text.encode(encoding))
    return path


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(BadManifest) as caught:
        read_manifest(write(tmp_path, text))
    assert caught.value.reason == "bad_manifest"
    return caught.value.detail


def test_a_full_row_is_read(tmp_path):
    rows = read_manifest(
        write(
            tmp_path,
            "file,segment,view,mode,mm_per_pixel,dynamic_range_db,injection_time_s,bwt_mm,ifat,cds,bws\n"
            "a/IM1.dcm,terminal_ileum,longitudinal,b_mode,0.0616,60,-3.5,4.25,2,3,1\n",
        )
    )
    row = rows["a/IM1.dcm"]
    assert (row.segment, row.view, row.mode) == (Segment.TERMINAL_ILEUM, View.LONGITUDINAL, Mode.B_MODE)
    assert (row.mm_per_pixel, row.dynamic_range_db, row.injection_time_s) == (0.0616, 60.0, -3.5)
    assert (row.bwt_mm, row.ifat, row.cds, row.bws) == (4.25, 2, 3, 1)


def test_empty_cells_and_absent_columns_are_none_and_never_zero(tmp_path):
    row = read_manifest(write(tmp_path, "file,bwt_mm,cds\nx,,  \n"))["x"]
    assert row.bwt_mm is None
    assert row.cds is None
    assert row.ifat is None
    assert row.segment is None


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("cds", "1.5", "whole number"),
        ("cds", "4", "less than or equal to 3"),
        ("cds", "-1", "greater than or equal to 0"),
        ("bws", "4", "less than or equal to 3"),
        ("ifat", "3", "less than or equal to 2"),
        ("bwt_mm", "2.0 mm", "plain number"),
        ("bwt_mm", "NaN", "plain number"),
        ("bwt_mm", "inf", "plain number"),
        ("bwt_mm", "1e999", "finite"),
        ("bwt_mm", "0", "greater than 0"),
        ("mm_per_pixel", "0", "greater than"),
        ("mm_per_pixel", "62", "less than"),
        ("dynamic_range_db", "5", "greater than or equal to 15"),
        ("dynamic_range_db", "300", "less than or equal to 150"),
        ("segment", "ileum", "terminal_ileum"),
        ("view", "sagittal", "cross_section"),
        ("mode", "doppler", "color_doppler"),
        ("lymph_nodes", "two", "yes, no"),
    ],
)
def test_a_value_that_is_not_allowed_is_named_with_row_column_and_what_is_allowed(
    tmp_path, column, value, said
):
    detail = refusal(tmp_path, f"file,{column}\nok,\nx,{value}\n")
    assert "row 3" in detail
    assert f"column {column}" in detail
    assert repr(value) in detail
    assert said in detail


def test_every_bad_row_is_reported_at_once(tmp_path):
    detail = refusal(tmp_path, "file,cds\n" + "".join(f"f{i},9\n" for i in range(8)))
    assert "row 2" in detail
    assert "and 3 more" in detail


def test_a_whole_number_written_as_spreadsheets_do_is_taken(tmp_path):
    assert read_manifest(write(tmp_path, "file,cds\nx,2.0\n"))["x"].cds == 2


def test_words_may_be_in_capitals(tmp_path):
    assert read_manifest(write(tmp_path, "File,Segment\nx, Rectum \n"))["x"].segment is Segment.RECTUM


def test_excels_mark_semicolons_and_decimal_commas_are_understood(tmp_path):
    path = write(tmp_path, "\ufefffile;mm_per_pixel;cds\r\nDünndarm, neu.dcm;0,065;1\r\n")
    row = read_manifest(path)["Dünndarm, neu.dcm"]
    assert (row.mm_per_pixel, row.cds) == (0.065, 1)


def test_a_decimal_comma_in_a_comma_table_is_refused_not_shifted(tmp_path):
    assert "row 2" in refusal(tmp_path, "file,bwt_mm,cds\nx,3,5,2\n")


def test_backslashes_and_a_leading_dot_name_the_same_file(tmp_path):
    rows = read_manifest(write(tmp_path, "file,cds\n.\\exam\\IM1.dcm,1\n"))
    assert manifest_row(rows, "exam/IM1.dcm", "1.2.3").cds == 1


def test_a_file_named_twice_is_refused(tmp_path):
    assert "twice" in refusal(tmp_path, "file,cds\na/b,1\na\\b,2\n")


def test_a_column_named_twice_is_refused(tmp_path):
    assert "twice" in refusal(tmp_path, "file,cds,cds\na,1,2\n")


def test_a_row_is_found_by_sop_instance_uid_and_the_path_goes_first(tmp_path):
    rows = read_manifest(write(tmp_path, "file,cds\n1.2.3,1\na.dcm,2\n"))
    assert manifest_row(rows, "other.dcm", "1.2.3").cds == 1
    assert manifest_row(rows, "a.dcm", "1.2.3").cds == 2
    assert manifest_row(rows, "other.dcm", "9.9") is None
    assert manifest_row(None, "a.dcm", "1.2.3") is None


def test_keys_that_fit_no_file_are_told(tmp_path):
    rows = read_manifest(write(tmp_path, "file,cds\n1.2.3,1\na.dcm,2\ngone.dcm,3\n"))
    assert unmatched_keys(rows, [("a.dcm", "7.7"), ("b.dcm", "1.2.3")]) == ("gone.dcm",)


def test_unknown_columns_are_left_out_with_a_word_in_the_log(tmp_path, caplog):
    rows = read_manifest(write(tmp_path, "file,remark\nx,hello\n"))
    assert "x" in rows
    assert "remark" in caplog.text


@pytest.mark.parametrize("text", ["", "\n\n", "segment,cds\nrectum,1\n", 'file,cds\n"x,1\n'])
def test_what_is_no_manifest_is_refused(tmp_path, text):
    assert refusal(tmp_path, text)


def test_a_manifest_that_is_missing_binary_or_not_utf8_is_refused(tmp_path):
    with pytest.raises(BadManifest, match="cannot be read"):
        read_manifest(tmp_path / "none.csv")
    with pytest.raises(BadManifest, match="cannot be read"):
        read_manifest(tmp_path)
    with pytest.raises(BadManifest, match="not UTF-8"):
        read_manifest(write(tmp_path, "file,segment\nDünndarm,rectum\n", encoding="latin-1"))


def test_a_header_alone_is_a_manifest_without_rows(tmp_path):
    assert read_manifest(write(tmp_path, "file,segment\n")) == {}


def test_a_row_without_a_file_is_refused(tmp_path):
    assert "row 2, column file" in refusal(tmp_path, "file,cds\n,1\n")
