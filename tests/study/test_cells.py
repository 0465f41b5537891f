from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ius_vision.study.cells import Reading, Trouble, plain_number, typed
from ius_vision.study.dictionary import DICTIONARY


def cell(column: str, value, **reading):
    return typed(value, DICTIONARY[column], Reading(**reading))


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("cdai", "150", 150.0),
        ("cdai", " 149.9 ", 149.9),
        ("cdai", 150, 150.0),
        ("cdai", "", None),
        ("cdai", "\u00a0", None),
        ("cdai", float("nan"), None),
        ("nyha_class", "2.0", 2),
        ("nyha_class", 4.0, 4),
        ("cdai_mass", "5", 5),
        ("cdai_antidiarrhoeal", "1", "yes"),
        ("cdai_antidiarrhoeal", 0, "no"),
        ("cdai_antidiarrhoeal", "1.0", "yes"),
        ("cdai_antidiarrhoeal", "No", "no"),
        ("steroid", "Yes", "yes"),
        ("sex", "FEMALE", "female"),
        ("montreal_age", "a2", "A2"),
        ("patient_id", 12.0, "12"),
        ("patient_id", "007", "007"),
        ("site", "'=A1", "=A1"),
        ("live_vaccine_date", "None", "none"),
        ("visit_date", "2024-02-29", datetime.date(2024, 2, 29)),
        ("visit_date", "2024-02-29 00:00:00", datetime.date(2024, 2, 29)),
        ("visit_date", "20240229", datetime.date(2024, 2, 29)),
        ("visit_date", datetime.datetime(2024, 2, 29, 8), datetime.date(2024, 2, 29)),
    ],
)
def test_a_cell_is_what_its_column_holds(column, value, expected):
    assert cell(column, value) == expected


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("cdai", "12,5", "comma"),
        ("cdai", "high", "no number"),
        ("cdai", "601", "above 600"),
        ("cdai", "-1", "below 0"),
        ("cdai", "nan", "no number"),
        ("cdai", "inf", "no number"),
        ("cdai", "1_000", "no number"),
        ("cdai", "1e999", "number with a unit"),
        ("cdai", "=SUM(A1:A9)", "formula"),
        ("cdai", True, "true or false"),
        ("cdai", datetime.date(2025, 5, 3), "a date"),
        ("crp_mg_l", "0.8 mg/dL", "unit"),
        ("crp_mg_l", "<5", "limit"),
        ("nyha_class", "1.5", "whole"),
        ("cds", "4", "above 3"),
        ("cdai_mass", "3", "code"),
        ("steroid", "1", "code"),
        ("steroid", "TRUE", "code"),
        ("steroid", True, "code"),
        ("sex", "M", "code"),
        ("montreal_age", "A4", "code"),
        ("visit_date", "2025-02-30", "no such day"),
        ("visit_date", "29.02.2024", "ISO 8601"),
        ("visit_date", "03/04/2025", "ISO 8601"),
        ("visit_date", "0225-01-01", "year 225"),
        ("visit_date", 45000, "not a date"),
        ("visit_date", "none", "ISO 8601"),
        ("site", "M\ufffdnchen", "UTF-8"),
    ],
)
def test_a_cell_that_is_something_else_is_told_and_not_known(column, value, says):
    found = cell(column, value)
    assert isinstance(found, Trouble)
    assert says in found.problem


@pytest.mark.parametrize(
    ("column", "value", "becomes"),
    [
        ("crp_uln_mg_l", "0.5", "5"),
        ("albumin_g_l", "4.1", "41"),
        ("hemoglobin_g_l", "12.5", "125"),
        ("height_cm", "1.72", "172"),
        ("hematocrit_pct", "0.41", "41"),
        ("bwt_mm", "0.45", "4.5"),
        ("platelets_10e9_l", "250000", "250"),
    ],
)
def test_another_unit_is_named_and_not_converted(column, value, becomes):
    found = cell(column, value)
    assert isinstance(found, Trouble)
    assert f"becomes {becomes})" in found.what_to_do
    assert "not converted" in found.what_to_do


@pytest.mark.parametrize(
    ("text", "number"),
    [("12,5", 12.5), ("0,125", 0.125), ("1,25", 1.25), ("1,250", None), ("12,3456", 12.3456)],
)
def test_a_decimal_comma_is_read_only_where_it_is_said_and_clear(text, number):
    assert plain_number(text, Reading(decimal_comma=True)) == number
    assert plain_number(text) is None


def test_a_date_format_is_used_where_it_is_stated():
    found = cell("visit_date", "03/04/2025", date_format="%d/%m/%Y")
    assert found == datetime.date(2025, 4, 3)
    assert isinstance(cell("visit_date", "2025-04-03", date_format="%d/%m/%Y"), Trouble)


@given(st.text(max_size=12), st.sampled_from(sorted(DICTIONARY)))
def test_any_text_gives_a_value_of_the_columns_kind_or_trouble(text, column):
    field, found = DICTIONARY[column], cell(column, text)
    kinds = {"number": float, "whole": int, "choice_whole": int, "date": (datetime.date, str)}
    assert found is None or isinstance(found, (Trouble, kinds.get(field.kind, str)))
    if isinstance(found, (int, float)):
        assert field.low is None or found >= field.low
        assert field.high is None or found <= field.high


@given(st.floats(0, 600))
def test_a_number_in_range_survives_as_it_is_written(number):
    assert cell("cdai", repr(number)) == number
