from __future__ import annotations

import csv
import dataclasses
import os

import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ius_vision.errors import IusError
from ius_vision.findings.column import columns_of
from ius_vision.findings.rows import TABLES, ClipRow, FrameRow, SegmentRow
from ius_vision.findings.tables import read_table, write_table

from .make import clip_row, frame_row, segment_row

WHY = {"status": "abstained", "reason": "no_spacing", "detail": "No scale was found."}
FORMULAS = ["=cmd()", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "'=1", "''@x", "'' =x"]


def cells(path, column):
    with path.open(encoding="utf-8", newline="") as stream:
        return [record[column] for record in csv.DictReader(stream)]


@pytest.mark.parametrize("table", TABLES)
def test_an_empty_table_has_its_columns_and_types(tmp_path, table):
    sheet, parquet = write_table([], TABLES[table], tmp_path / table)
    columns = columns_of(TABLES[table])
    assert sheet.read_text("utf-8") == ",".join(each.name for each in columns) + "\n"
    kinds = {"string": str, "int64": int, "double": float}
    schema = pyarrow.parquet.read_schema(parquet)
    assert [(f.name, kinds[str(f.type)]) for f in schema] == [(each.name, each.kind) for each in columns]


def test_columns_keep_their_type_where_every_cell_is_empty(tmp_path):
    _, parquet = write_table([frame_row(bwt_mm=None, **WHY)], FrameRow, tmp_path / "frames")
    table = pyarrow.parquet.read_table(parquet)
    assert str(table.schema.field("bwt_mm").type) == "double"
    assert table["bwt_mm"].null_count == 1


@pytest.mark.parametrize("table", TABLES)
def test_peer_missing_is_zero_what_is_not_known_is_empty_in_every_table(tmp_path, table):
    row_type = TABLES[table]
    needed = {str: "x", int: 1, float: 1.0}
    cells = {each.name: needed[each.kind] for each in columns_of(row_type) if not each.optional}
    statuses = [name for name in cells if name.endswith("status")]
    cells |= {f"{name.removesuffix('status')}{part}": why for name in statuses for part, why in WHY.items()}
    cells |= {"segment": "unknown"} if "segment" in cells else {}
    sheet, parquet = write_table([row_type(**cells)], row_type, tmp_path / table)
    empty = [each.name for each in columns_of(row_type) if each.name not in cells]
    assert len(empty) > 5
    with sheet.open(encoding="utf-8", newline="") as stream:
        record = next(csv.DictReader(stream))
    assert {record[name] for name in empty} == {""}
    columns = pyarrow.parquet.read_table(parquet)
    assert {columns[name].null_count for name in empty} == {1}


def test_numbers_have_a_point_and_no_more_digits_than_they_need(tmp_path):
    rows = [frame_row(bwt_mm=0.1 + 0.2, time_s=-0.5), frame_row(bwt_mm=5)]
    sheet, _ = write_table(rows, FrameRow, tmp_path / "frames")
    assert cells(sheet, "bwt_mm") == ["0.3", "5.0"]
    assert cells(sheet, "time_s") == ["-0.5", ""]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_starts_a_formula_and_none_is_lost(tmp_path, text):
    row = clip_row(patient_id=text)
    sheet, parquet = write_table([row], ClipRow, tmp_path / "clips")
    assert cells(sheet, "patient_id")[0].startswith("'")
    assert read_table(sheet, ClipRow) == read_table(parquet, ClipRow) == [row]


def test_a_row_is_a_line_whatever_its_text_holds(tmp_path):
    sheet, _ = write_table([clip_row(file='a\r\nb,"c"')], ClipRow, tmp_path / "clips")
    assert len(sheet.read_bytes().splitlines()) == 2


def test_peer_append_a_second_run_gives_the_same_bytes(tmp_path):
    rows = [clip_row(file=f"f{number}", frames=number) for number in range(5)]
    first = [path.read_bytes() for path in write_table(rows, ClipRow, tmp_path / "clips")]
    second = [path.read_bytes() for path in write_table(iter(rows), ClipRow, tmp_path / "clips")]
    assert first == second


def test_peer_partial_write_a_table_is_replaced_whole_or_left_as_it_was(tmp_path):
    write_table([frame_row()], FrameRow, tmp_path / "frames")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def rows():
        yield frame_row(frame=2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_table(rows(), FrameRow, tmp_path / "frames")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_many_rows_are_written_in_groups(tmp_path, monkeypatch):
    monkeypatch.setattr("ius_vision.findings.tables.ROWS_A_GROUP", 3)
    rows = [frame_row(frame=number) for number in range(1, 9)]
    for path in write_table(iter(rows), FrameRow, tmp_path / "frames"):
        assert read_table(path, FrameRow) == rows


@pytest.mark.skipif(os.name == "nt", reason="file modes of POSIX")
def test_others_may_read_a_table(tmp_path):
    plain = tmp_path / "plain"
    plain.touch()
    paths = write_table([], FrameRow, tmp_path / "frames")
    assert {path.stat().st_mode for path in paths} == {plain.stat().st_mode}


@pytest.mark.parametrize(
    "text",
    ["file,frame\na,1\n", "file,frame,status,bwt_mm\na,one,measured,4\n"],
    ids=["columns", "cell"],
)
def test_a_table_of_something_else_is_refused_with_its_name(tmp_path, text):
    path = tmp_path / "frames.csv"
    path.write_text(text)
    with pytest.raises(IusError, match=r"frames\.csv") as caught:
        read_table(path, FrameRow)
    assert caught.value.reason == "table_unreadable"


def test_columns_of_a_later_version_are_passed_over(tmp_path):
    sheet, _ = write_table([frame_row()], FrameRow, tmp_path / "frames")
    lines = sheet.read_text("utf-8").splitlines()
    sheet.write_text(f"{lines[0]},later\n{lines[1]},1\n", "utf-8")
    assert read_table(sheet, FrameRow) == [frame_row()]


TEXT = st.text(max_size=12)
NUMBER = st.none() | st.floats(0, 1e6)


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(
        st.builds(
            clip_row,
            file=TEXT,
            detail=TEXT | st.none(),
            spacing_x_mm=NUMBER,
            frames=st.none() | st.integers(0, 9999),
        ),
        max_size=4,
    )
)
def test_tables_survive_csv_and_parquet(tmp_path_factory, rows):
    for path in write_table(rows, ClipRow, tmp_path_factory.mktemp("t") / "clips"):
        assert read_table(path, ClipRow) == rows


@settings(deadline=None, max_examples=30)
@given(hidden=st.sets(st.sampled_from(["limberg", "buss", "muc", "study_date", "bwt_readings"])))
def test_missing_never_becomes_zero(tmp_path_factory, hidden):
    full = segment_row(limberg=0, buss=0.0, muc=0.0, study_date="2026-01-02", bwt_readings=0)
    row = dataclasses.replace(full, **dict.fromkeys(hidden))
    for path in write_table([row], SegmentRow, tmp_path_factory.mktemp("t") / "segments"):
        back = read_table(path, SegmentRow)[0]
        assert {name for name in hidden if getattr(back, name) is None} == hidden
        assert back == row


def test_a_table_that_is_not_there_is_named(tmp_path):
    with pytest.raises(IusError, match=r"frames\.csv"):
        read_table(tmp_path / "frames.csv", FrameRow)
