from __future__ import annotations

import datetime
import decimal

import pyarrow
import pytest
from openpyxl import Workbook
from pyarrow import parquet

from ius_vision.errors import BadUsage
from ius_vision.study.cohort import read_cohort
from tests.study.make import cohort_of, pair, said, write_rows

KEY = {"patient_id": "P1", "visit": "baseline"}


def refused(path):
    with pytest.raises(BadUsage) as caught:
        read_cohort(path)
    assert caught.value.reason == "bad_cohort_table"
    return caught.value.what


def workbook(path, *rows, more=None):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if more:
        sheet = book.create_sheet("second")
        for row in more:
            sheet.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_same_table_is_read_in_every_dress(tmp_path, separator, encoding):
    row = KEY | {"cdai": "150.5", "site": "Zürich"}
    cohort = read_cohort(write_rows(tmp_path / "a.csv", [row], separator, encoding))
    assert cohort.baseline("P1").get("cdai") == 150.5
    assert cohort.baseline("P1").get("site") == "Zürich"
    assert bool(cohort.problems) == (separator != ",")


def test_csv_excel_and_parquet_give_the_same_visits(tmp_path):
    names, cells = ["patient_id", "visit", "cdai", "cds", "steroid"], ["P1", "baseline", 210.5, 2, "no"]
    parquet.write_table(
        pyarrow.table({name: [cell] for name, cell in zip(names, cells, strict=True)}), tmp_path / "a.parquet"
    )
    paths = (
        write_rows(tmp_path / "a.csv", [dict(zip(names, cells, strict=True))]),
        workbook(tmp_path / "a.xlsx", names, cells),
        tmp_path / "a.parquet",
    )
    first, *others = [read_cohort(path).visits for path in paths]
    assert all(other == first for other in others)


def test_cells_of_strange_types_are_told_and_end_nothing(tmp_path):
    cells = {
        "patient_id": [7], "visit": ["baseline"], "cdai": [decimal.Decimal("150.5")], "hbi": [[1, 2]],
        "sescd": [datetime.timedelta(hours=3)], "steroid": [b"yes"], "visit_date": [datetime.time(3)],
        "cds": [True], "weight_kg": [datetime.datetime(2025, 5, 3)], "extra": [{"a": 1}],
    }  # fmt: skip
    parquet.write_table(pyarrow.table(cells), tmp_path / "a.parquet")
    cohort = read_cohort(tmp_path / "a.parquet")
    assert cohort.baseline("7").get("cdai") == 150.5
    assert {each.column for each in cohort.problems} == {
        "hbi", "sescd", "steroid", "visit_date", "cds", "weight_kg",
    }  # fmt: skip


def test_commas_in_a_semicolon_table_are_decimals_unless_they_could_be_thousands(tmp_path):
    rows = [KEY | {"cdai": "150,5", "platelets_10e9_l": "1,250"}]
    cohort = read_cohort(write_rows(tmp_path / "a.csv", rows, ";"))
    assert cohort.baseline("P1").get("cdai") == 150.5
    assert cohort.baseline("P1").get("platelets_10e9_l") is None
    assert said(cohort, "platelets_10e9_l") == ["a comma may be a decimal or a thousands sign"]


def test_a_comma_in_a_comma_table_is_not_read(tmp_path):
    cohort = cohort_of(tmp_path, KEY | {"cdai": "150,5"})
    assert cohort.baseline("P1").get("cdai") is None
    assert [(each.row, each.column, each.value) for each in cohort.problems] == [(2, "cdai", "150,5")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("\ufeff\n\n", "empty"),
        ("patient_id,visit\n", "no row"),
        ("P1,baseline,200\nP1,week_12,100\n", "no column patient_id"),
        ("patient_id,cdai\nP1,200\n", "no column visit"),
        ("visit,cdai\nbaseline,200\n", "no column patient_id"),
        ("patient_id,visit,patient_id\nP1,baseline,P2\n", "stands 2 times"),
        ("patient_id,visit\n,\n ,baseline\n", "no row has"),
    ],
)
def test_what_is_no_cohort_is_refused_in_one_sentence(tmp_path, text, says):
    path = tmp_path / "a.csv"
    path.write_text(text, "utf-8")
    assert says in refused(path)


def test_what_is_no_table_is_refused(tmp_path):
    assert "cannot be opened" in refused(tmp_path / "none.csv")
    assert "cannot be opened" in refused(tmp_path)
    for name, raw in (
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        ("a.xlsx", b"PK\x03\x04" + bytes(100)),
        ("a.parquet", b"PAR1" + bytes(100) + b"PAR1"),
        ("a.bin", bytes(range(1, 256)) * 20),
    ):
        (tmp_path / name).write_bytes(raw)
        refused(tmp_path / name)


def test_rows_are_counted_as_a_spreadsheet_shows_them(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('patient_id,visit,cdai,site\nP1,baseline,x,"two\nlines"\n\nP2,baseline,y,\n', "utf-8")
    assert [each.row for each in read_cohort(path).problems if each.column == "cdai"] == [2, 4]


def test_a_row_with_more_cells_than_names_is_left_out(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("patient_id,visit,cdai,cds\nP1,baseline,12,5,1\nP2,baseline,100,1,,\n", "utf-8")
    cohort = read_cohort(path)
    assert (cohort.patients, cohort.rows_left_out) == (("P2",), 1)
    assert "5 cells and the header 4" in said(cohort)[0]


def test_a_short_row_ends_in_empty_cells_and_is_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("patient_id,visit,cdai,cds\nP1,baseline,12\n", "utf-8")
    cohort = read_cohort(path)
    assert cohort.baseline("P1").get("cdai") == 12
    assert "last ones were taken as empty" in said(cohort)[0]


def test_a_row_without_a_key_is_left_out_and_the_rest_stays(tmp_path):
    cohort = cohort_of(tmp_path, {"patient_id": "", "visit": "baseline"}, KEY, {"patient_id": "P2"})
    assert (cohort.patients, cohort.rows_left_out) == (("P1",), 2)
    assert [(each.row, each.problem) for each in cohort.problems] == [
        (2, "the row has no patient_id; it was left out"),
        (4, "the row has no visit; it was left out"),
    ]


def test_a_key_has_no_signs_that_do_not_print(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        'patient_id,visit\n"P\n1",base\u00a0line\n\u00a0P1 ,\u200bBaseline\x00\nP2,\x00\n', "utf-8"
    )
    cohort = read_cohort(path)
    assert [(each.patient_id, each.visit) for each in cohort.visits] == [
        ("P 1", "base line"),
        ("P1", "baseline"),
    ]
    assert cohort.rows_left_out == 1


def test_of_doubled_visits_only_what_they_agree_on_is_known(tmp_path):
    cohort = cohort_of(
        tmp_path,
        KEY | {"cdai": 200, "cds": 2, "sescd": 8},
        {"patient_id": "P1", "visit": " Baseline "} | {"cdai": 100, "cds": 2, "sescd": ""},
    )
    (visit,) = cohort.visits
    assert (visit.get("cdai"), visit.get("sescd"), visit.get("cds")) == (None, None, 2)
    assert [each.row for each in cohort.problems] == [2, 3]
    assert all("differ in cdai, sescd" in each.problem for each in cohort.problems)


def test_rows_that_are_alike_count_once(tmp_path):
    cohort = cohort_of(tmp_path, KEY | {"cdai": 200}, KEY | {"cdai": 200})
    assert cohort.baseline("P1").get("cdai") == 200
    assert all("alike" in each.problem for each in cohort.problems)
    assert len(cohort.problems) == 2


def test_the_sex_is_known_in_every_row_unless_rows_contradict_each_other(tmp_path):
    assert pair(tmp_path, {"sex": "male"}, {"cdai": 1}).at("P1", "week_12").get("sex") == "male"
    cohort = pair(tmp_path, {"sex": "male"}, {"sex": "female"})
    assert [visit.get("sex") for visit in cohort.visits] == [None, None]
    assert [each.row for each in cohort.problems] == [2, 3]


def test_a_patient_without_a_baseline_is_told(tmp_path):
    cohort = cohort_of(tmp_path, {"patient_id": "P1", "visit": "week_12", "cdai": 100})
    assert cohort.baseline("P1") is None
    assert said(cohort) == ["the patient has no row whose visit is baseline"]


def test_extra_columns_are_carried_along_and_typed_by_what_they_hold(tmp_path):
    cohort = pair(
        tmp_path, {"ki67": "4", "note": "4", "arm": "yes"}, {"ki67": "4.5", "note": "x", "arm": "no"}
    )
    assert (cohort.baseline("P1").get("ki67"), cohort.baseline("P1").get("note")) == (4.0, "4")
    names = ("ki67", "note", "arm", "cds", "sex", "visit_date", "steroid")
    kinds = ["number", "text", "yes_no", "number", "text", "date", "yes_no"]
    assert [cohort.kind_of(name) for name in names] == kinds


def test_a_thousand_columns_are_read(tmp_path):
    cohort = cohort_of(tmp_path, KEY | {f"extra_{place}": place for place in range(1000)} | {"cdai": 100})
    assert cohort.baseline("P1").get("extra_999") == 999
    assert cohort.problems == ()


@pytest.mark.parametrize(
    ("column", "meant"), [("crp_mg_dl", "crp_mg_l"), ("CRP", "crp_mg_l"), ("ses_cd", "sescd"), ("Sex ", "")]
)
def test_a_column_that_looks_like_one_of_ours_is_told_and_not_read(tmp_path, column, meant):
    cohort = cohort_of(tmp_path, KEY | {column: "3" if meant else "male"})
    told = [f"looks like {meant};" in each.problem for each in cohort.problems if each.column == column]
    assert told == ([True] if meant else [])
    assert cohort.baseline("P1").get(meant) is None


def test_a_column_that_stands_twice_is_not_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("patient_id,visit,cdai,cdai\nP1,baseline,100,200\n", "utf-8")
    cohort = read_cohort(path)
    assert cohort.baseline("P1").get("cdai") is None
    assert "stands 2 times" in said(cohort, "cdai")[0]


def test_values_whose_limit_has_another_unit_are_not_known(tmp_path):
    cohort = cohort_of(tmp_path, KEY | {"crp_mg_l": 0.8, "crp_uln_mg_l": 0.5})
    assert cohort.baseline("P1").get("crp_mg_l") is None
    assert "unit is in doubt" in said(cohort, "crp_mg_l")[0]


def test_a_whole_column_that_may_be_in_another_unit_is_told_and_kept(tmp_path):
    rows = [{"patient_id": f"P{n}", "visit": "baseline", "crp_mg_l": n / 2} for n in range(1, 9)]
    cohort = cohort_of(tmp_path, *rows)
    assert cohort.baseline("P1").get("crp_mg_l") == 0.5
    assert "none of 8 values is above 10 mg/L" in said(cohort, "crp_mg_l")[0]


def test_formulas_count_with_their_stored_result_and_those_without_are_told(tmp_path):
    path = workbook(
        tmp_path / "a.xlsx", ["patient_id", "visit", "cdai", "hbi"], ["P1", "baseline", "=100+50", 3]
    )
    cohort = read_cohort(path)
    assert cohort.baseline("P1").get("cdai") is None
    assert any("formula without a stored result" in each for each in said(cohort, "cdai"))
    assert cohort.baseline("P1").get("hbi") == 3


def test_the_first_sheet_with_the_keys_is_read(tmp_path):
    table = (["patient_id", "visit", "cdai"], ["P1", "baseline", 100])
    notes = workbook(tmp_path / "a.xlsx", ["About this table"], ["nothing"], more=table)
    assert read_cohort(notes).baseline("P1").get("cdai") == 100
    both = workbook(tmp_path / "b.xlsx", *table, more=(table[0], ["P2", "baseline", 1]))
    assert read_cohort(both).patients == ("P1",)
    assert "several sheets" in said(read_cohort(both))[0]
    assert "no column patient_id" in refused(workbook(tmp_path / "c.xlsx", ["a", "b"], [1, 2]))


def test_a_visit_of_a_week_is_found_by_name_or_by_its_own_week(tmp_path):
    cohort = cohort_of(
        tmp_path,
        KEY,
        {"patient_id": "P1", "visit": "control", "week": 7},
        {"patient_id": "P1", "visit": "Week_012", "week": 15},
        {"patient_id": "P1", "visit": "late", "week": 21},
        {"patient_id": "P1", "visit": "later", "week": 23},
    )
    found = [cohort.at_week("P1", week) for week in (8, 12, 22, 40)]
    assert [visit and visit.visit for visit in found] == ["control", "week_12", None, None]
    assert cohort.visit_names == ("baseline", "week_12", "control", "late", "later")


def test_a_table_in_another_encoding_is_told_by_name(tmp_path):
    path = tmp_path / "cohort.csv"
    path.write_bytes("patient_id,visit\n患者1,baseline\nP2,baseline\n".encode("gbk"))
    cohort = read_cohort(path)
    (found,) = [each for each in cohort.problems if each.row == 2]
    assert "not UTF-8" in found.problem
    assert cohort.rows_left_out == 1
    path.write_bytes("patient_id,visit\n患者1,baseline\n".encode("gbk"))
    with pytest.raises(BadUsage, match="not UTF-8"):
        read_cohort(path)


def test_the_sheet_that_was_read_is_named_where_it_is_not_the_first(tmp_path):
    book = Workbook()
    book.active.append(["notes"])
    sheet = book.create_sheet("data")
    for line in (["patient_id", "visit"], ["P1", "baseline"]):
        sheet.append(line)
    book.save(tmp_path / "cohort.xlsx")
    found = read_cohort(tmp_path / "cohort.xlsx").problems
    assert [(each.value, each.problem[:19]) for each in found] == [("data", "this sheet was read")]
