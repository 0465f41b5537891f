from __future__ import annotations

import pytest

from tests.study.make import cohort_of, pair, said

KEY = {"patient_id": "P1", "visit": "baseline"}
PARTS = {
    "sex": "female", "cdai_stools_7d": 20, "cdai_pain_7d": 10, "cdai_wellbeing_7d": 8,
    "cdai_complications": 1, "cdai_antidiarrhoeal": "yes", "cdai_mass": 2, "hematocrit_pct": 38.5,
    "weight_kg": 54, "standard_weight_kg": 60,
}  # fmt: skip
# 2*20 + 5*10 + 7*8 + 20*1 + 30*1 + 10*2 + 6*(42 - 38.5) + 100*(1 - 54/60), by hand
TOTAL = 40 + 50 + 56 + 20 + 30 + 20 + 21 + 10


@pytest.mark.parametrize(
    ("changed", "total"),
    [
        ({}, TOTAL),
        ({"sex": "male"}, TOTAL + 30),
        ({"hematocrit_pct": 45}, TOTAL - 21),
        ({"weight_kg": 75}, TOTAL - 10),
        ({"cdai_mass": 5}, TOTAL + 30),
        ({"cdai_antidiarrhoeal": "0"}, TOTAL - 30),
        ({"weight_kg": 40, "standard_weight_kg": 60}, TOTAL - 10 + 33.333333),
    ],
)
def test_cdai_of_its_parts(tmp_path, changed, total):
    visit = cohort_of(tmp_path, KEY | PARTS | changed).baseline("P1")
    assert visit.get("cdai") == pytest.approx(total, abs=1e-9)
    assert visit.get("cdai_source") == "computed"


@pytest.mark.parametrize("part", sorted(PARTS))
def test_no_cdai_without_a_part(tmp_path, part):
    visit = cohort_of(tmp_path, KEY | PARTS | {part: ""}).baseline("P1")
    assert visit.get("cdai") is None


def test_an_entered_total_is_kept_and_told_where_its_parts_make_another(tmp_path):
    cohort = cohort_of(tmp_path, KEY | PARTS | {"cdai": TOTAL + 20})
    assert cohort.baseline("P1").get("cdai") == TOTAL + 20
    assert f"its parts make {TOTAL}" in said(cohort, "cdai")[0]
    assert said(cohort_of(tmp_path, KEY | PARTS | {"cdai": TOTAL})) == []


def test_a_total_that_cannot_be_read_is_not_replaced_by_its_parts(tmp_path):
    assert cohort_of(tmp_path, KEY | PARTS | {"cdai": "2l0"}).baseline("P1").get("cdai") is None


def test_hbi_of_its_parts(tmp_path):
    names = ("hbi_wellbeing", "hbi_pain", "hbi_stools", "hbi_mass", "hbi_complications")
    parts = dict(zip(names, (2, 1, 4, 0, 1), strict=True))
    assert cohort_of(tmp_path, KEY | parts).baseline("P1").get("hbi") == 8
    assert cohort_of(tmp_path, KEY | parts | {"hbi_mass": ""}).baseline("P1").get("hbi") is None


SEGMENTS = {"sescd_ileum": 6, "sescd_right": 3, "sescd_transverse": 0, "sescd_left": 0, "sescd_rectum": 0}


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (SEGMENTS | {"sescd": 9}, None),
        (SEGMENTS | {"sescd": 10}, "its segments make 9"),
        ({"sescd_ileum": 6, "sescd": 5}, "its segments make 6"),
        ({"sescd_ileum": 6, "sescd": 9}, None),
        (SEGMENTS, "the total is empty though its five segments make 9"),
    ],
)
def test_sescd_is_held_against_its_segments_and_never_filled_in(tmp_path, row, says):
    cohort = cohort_of(tmp_path, KEY | row)
    assert cohort.baseline("P1").get("sescd") == row.get("sescd")
    found = said(cohort, "sescd")
    assert (says in found[0]) if says else found == []


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"birth_date": "2025-06-01", "consent_date": "2025-01-01"}, "birth_date"),
        ({"consent_date": "2025-02-01", "upa_start_date": "2025-01-01"}, "consent_date"),
        ({"upa_start_date": "2025-02-01", "upa_stop_date": "2025-01-01"}, "upa_start_date"),
        ({"birth_date": "1980-01-01", "consent_date": "2025-01-02", "age_years": 40}, "age_years"),
        ({"birth_date": "1980-01-01", "diagnosis_date": "2010-01-02", "montreal_age": "A3"}, "montreal_age"),
        ({"sex": "male", "pregnant_or_lactating": "yes"}, "pregnant_or_lactating"),
        ({"steroid": "no", "steroid_mg": 10}, "steroid_mg"),
        ({"sescd": 0, "ulcers": "yes"}, "ulcers"),
        ({"bwt_mm": 5.0, "ifat": 2, "cds": 2, "bws": 2, "ibus_sas": 70}, "ibus_sas"),
    ],
)
def test_cells_that_contradict_each_other_are_told_and_kept(tmp_path, row, column):
    cohort = cohort_of(tmp_path, KEY | row)
    assert len(said(cohort, column)) == 1
    assert len(cohort.problems) == 1
    assert set(row) <= set(cohort.baseline("P1").values)


@pytest.mark.parametrize(
    ("before", "after", "column"),
    [
        ({"visit_date": "2025-03-01"}, {"visit_date": "2025-02-01"}, "visit_date"),
        ({"visit_date": "2025-01-01"}, {"visit_date": "2025-12-01"}, "visit_date"),
        ({"visit_date": "2025-01-01"}, {"visit_date": "2025-03-11"}, "visit_date"),
        ({}, {"week": 14.1}, "week"),
        ({}, {"week": 9.9}, "week"),
        (
            {"upa_start_date": "2025-01-01", "visit_date": "2025-01-01"},
            {"visit_date": "2025-06-01"},
            "visit_date",
        ),
        ({"upa_start_date": "2025-01-01"}, {"visit_date": "2025-03-26", "week": 10}, "week"),
    ],
)
def test_a_visit_away_from_its_week_is_told_and_kept(tmp_path, before, after, column):
    cohort = pair(tmp_path, before, after | {"cdai": 100})
    assert len(said(cohort, column)) == 1
    assert cohort.at("P1", "week_12").get("cdai") == 100


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"week": 2}, []),
        ({"week": 12}, ["the baseline lies 12.0 weeks after the first dose"]),
        ({"visit_date": "2025-03-01", "upa_start_date": "2025-02-01"}, ["the baseline lies 4.0 weeks"]),
    ],
)
def test_a_baseline_that_treatment_has_changed_is_told(tmp_path, cells, told):
    found = said(cohort_of(tmp_path, {"patient_id": "P1", "visit": "baseline"} | cells), "visit")
    assert [each[: len(start)] for each, start in zip(found, told, strict=True)] == told


@pytest.mark.parametrize("week", [10, 12, 14])
def test_a_visit_in_its_window_is_not_told(tmp_path, week):
    assert said(pair(tmp_path, {}, {"week": week})) == []


@pytest.mark.parametrize("name", ["Week 12", "wk12", "W12", "week-012"])
def test_a_name_that_looks_like_a_week_is_told_and_kept(tmp_path, name):
    cohort = pair(tmp_path, {}, {"cdai": 100}, visit=name)
    assert said(cohort, "visit") == ["the name looks like a week; it is kept as a name of its own"]
    assert cohort.at("P1", name).get("cdai") == 100
    assert said(pair(tmp_path, {}, {}, visit="withdrawal")) == []


def test_walls_of_two_segments_are_told(tmp_path):
    first, later = ({"bwt_mm": 5, "worst_segment": name} for name in ("cecum", "rectum"))
    assert "were of the cecum before" in said(pair(tmp_path, first, later), "worst_segment")[0]
    assert said(pair(tmp_path, first, first)) == []


def test_two_visits_of_one_exam_are_told(tmp_path):
    cohort = pair(tmp_path, {"exam_id": "E1"}, {"exam_id": "E1"})
    assert [each.row for each in cohort.problems] == [2, 3]


def test_a_day_that_has_not_come_is_told_and_a_plan_may_lie_ahead(tmp_path):
    cohort = pair(tmp_path, {"visit_date": "2099-01-01", "upa_planned_date": "2099-02-01"}, {})
    assert said(cohort, "visit_date") == ["visit_date 2099-01-01 lies in the future; it is kept"]
    assert said(cohort, "upa_planned_date") == []


def test_a_wall_that_may_be_in_cm_is_told_and_not_converted(tmp_path):
    cohort = pair(tmp_path, {"bwt_mm": 0.6}, {"bwt_mm": 1.0})
    (found,) = [each for each in cohort.problems if each.column == "bwt_mm"]
    assert "thinner than healthy ones" in found.problem
    assert "0.6 becomes 6" in found.what_to_do
    assert cohort.baseline("P1").get("bwt_mm") == 0.6
