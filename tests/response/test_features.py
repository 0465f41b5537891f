"""Which columns may foretell, when they are read, and how they become terms."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.errors import BadUsage
from ius_vision.response.features import SETS, find_features, values_of
from ius_vision.response.outcome import outcomes_of
from ius_vision.response.terms import Coding, Term, learn_coding
from ius_vision.study.cohort import read_cohort
from ius_vision.study.endpoints import find_definition

from .make import draw, rows, write

LINES = [
    {"patient_id": "A", "visit": "baseline", "week": "0", "bwt_mm": "6", "cdai": "300", "sex": "female"},
    {"patient_id": "A", "visit": "week_4", "week": "4", "bwt_mm": "5"},
    {"patient_id": "A", "visit": "week_8", "week": "8", "bwt_mm": "3"},
    {"patient_id": "A", "visit": "week_12", "week": "12", "bwt_mm": "1", "cdai": "100"},
    {"patient_id": "B", "visit": "baseline", "week": "0", "bwt_mm": "4", "cdai": "250", "sex": "male"},
    {"patient_id": "B", "visit": "week_12", "week": "12", "bwt_mm": "2", "cdai": "260"},
    {"patient_id": "C", "visit": "week_12", "week": "12", "cdai": "260"},
]


@pytest.fixture
def table(tmp_path):
    return lambda lines=LINES: read_cohort(write(tmp_path / "cohort.csv", lines))


def of(cohort, text, patient, week=12):
    return values_of(cohort, patient, find_features(text, cohort, week)[1], week)


def test_named_sets_hold_one_or_two_features():
    assert {name: len(pairs) for name, pairs in SETS.items()} == {"baseline": 2, "early_change": 2}


def test_the_baseline_is_read_from_the_baseline_visit_only(table):
    assert of(table(), "baseline", "A") == {"bwt_mm": 6.0, "cdai": 300.0}
    assert of(table(), "baseline", "C") == {}


def test_early_change_is_the_change_in_percent_to_the_last_visit_of_weeks_4_to_8(table):
    assert of(table(), "early_change", "A") == {"bwt_mm_change_percent": -50.0, "bwt_mm": 6.0}
    assert of(table(), "early_change", "B") == {"bwt_mm": 4.0}


def test_an_early_visit_that_could_be_the_outcome_is_not_looked_at(table):
    found = of(table(), "early_change", "A", week=8)
    assert found["bwt_mm_change_percent"] == pytest.approx(-100 / 6)
    with pytest.raises(BadUsage, match="not before an outcome at week 6"):
        find_features("early_change", table(), 6)


def test_of_another_segment_there_is_no_early_change(table):
    lines = [dict(line) for line in LINES]
    lines[0]["worst_segment"], lines[2]["worst_segment"] = "terminal_ileum", "sigmoid_colon"
    assert of(table(lines), "early_change", "A")["bwt_mm_change_percent"] == pytest.approx(-100 / 6)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no_such", "has no column 'no_such'"),
        ("bwt_mm,,cdai", "empty"),
        ("bwt_mm,bwt_mm", "listed twice"),
        ("patient_id", "foretells nothing"),
        ("week", "foretells nothing"),
        ("lymphopenia", "only after treatment"),
        ("clinical_remission", "only after treatment"),
        ("birth_date", "holds dates"),
        ("upa_stop_reason", "only after treatment"),
    ],
)
def test_columns_that_cannot_foretell_are_named(table, text, said):
    lines = [dict(line) for line in LINES]
    lines[0] |= {
        "lymphopenia": "no",
        "clinical_remission": "no",
        "birth_date": "1990-01-01",
        "upa_stop_reason": "none",
    }
    with pytest.raises(BadUsage, match=said) as error:
        find_features(text, table(lines), 12)
    assert error.value.reason == "bad_features"


def test_strange_column_names_work(table):
    name = "Ulcer, deep = yes; {x} 溃疡"
    lines = [dict(line) | {name: "1.5"} for line in LINES]
    assert of(table(lines), name, "A") == {name: 1.5}


def test_text_becomes_a_term_a_level_but_the_most_frequent():
    known = [{"site": "x"}, {"site": "y"}, {"site": "x"}, {"site": "z"}, {}]
    coding = learn_coding(find(("site", "text")), known)
    assert coding.levels == {"site": ("x", "y", "z")}
    assert coding.terms == (Term("site", "y"), Term("site", "z"))
    expected = [[0, 0], [1, 0], [0, 0], [0, 1], [np.nan, np.nan]]
    assert np.array_equal(coding.matrix(known), expected, equal_nan=True)


def find(*pairs):
    from ius_vision.response.features import Feature

    return tuple(Feature(column, "baseline", kind) for column, kind in pairs)


def test_what_was_not_seen_in_training_is_outside():
    coding = Coding(
        find(("site", "text"), ("bwt_mm", "number")), {"site": ("x", "y")}, {"bwt_mm": (3.0, 9.0)}
    )
    assert coding.outside({"site": "x", "bwt_mm": 9.0}) == []
    said = coding.outside({"site": "q", "bwt_mm": 9.1})
    assert said == ["site is 'q', seen were x, y", "bwt_mm is 9.1, seen were 3 to 9"]
    assert np.isnan(coding.matrix([{"site": "q", "bwt_mm": 5.0}])[0, 0])


@pytest.mark.parametrize(
    ("kind", "known", "said"),
    [
        ("number", [{}, {}], "known in none of the 2 patients"),
        ("number", [{"a": 1.0}, {"a": 1.0}], "no feature differs"),
        ("text", [{"a": "x"}, {"a": "x"}], "no feature differs"),
        ("text", [{"a": str(number)} for number in range(21)], "21 different texts"),
    ],
)
def test_features_that_cannot_be_learnt_are_named(kind, known, said):
    with pytest.raises(BadUsage, match=said):
        learn_coding(find(("a", kind)), known)


def test_radiomics_are_the_numbers_and_answers_that_the_features_table_brought(table):
    lines = [line | {"feature_a": "1.5", "feature_b": "yes", "feature_c": "soft"} for line in LINES]
    name, found = find_features("radiomics", table(lines), 12)
    assert name == "radiomics"
    assert [(each.name, each.kind) for each in found] == [("feature_a", "number"), ("feature_b", "yes_no")]
    with pytest.raises(BadUsage, match="no column feature_"):
        find_features("radiomics", table(), 12)


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ({"week": "12"}, {"week": "24"}, "baseline_after_treatment"),
        ({"visit_date": "2025-04-01"}, {"visit_date": "2025-03-01"}, "visit_before_baseline"),
    ],
)
def test_an_outcome_that_the_baseline_does_not_precede_is_not_learnt_from(tmp_path, before, after, why):
    lines = rows(*draw(3, [0.9], np.random.default_rng(1)))
    lines[0] |= before
    lines[1] |= after
    table = read_cohort(write(tmp_path / "cohort.csv", lines))
    found = outcomes_of(table, find_definition("clinical_remission"), 12)
    assert (len(found.reached), found.without) == (2, {why: 1})
