from __future__ import annotations

import csv
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ius_vision.errors import BadUsage
from ius_vision.reasons import REASONS
from ius_vision.study.cohort import Cohort
from ius_vision.study.dictionary import DICTIONARY
from ius_vision.study.endpoints import ENDPOINTS, decide, evaluate, find_definition
from ius_vision.study.visits import PatientVisit
from tests.study.make import cohort_of, pair

GOLDEN = Path(__file__).parents[1] / "golden" / "endpoint_edges.csv"
NAMES = (
    "clinical_remission", "clinical_response", "steroid_free_remission", "endoscopic_response",
    "endoscopic_remission", "mucosal_healing", "crp_normalised", "esr_normalised", "fcp_normalised",
    "ius_response", "ius_remission", "dual_target", "uc_clinical_remission", "uc_clinical_response",
    "uc_endoscopic_improvement", "uc_endoscopic_remission",
)  # fmt: skip
WORDS = {"yes": True, "no": False, "": None}


def edges():
    with GOLDEN.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def cells(text: str) -> dict[str, str]:
    return dict(each.split("=", 1) for each in text.split(";") if each)


@pytest.mark.parametrize("edge", edges(), ids=lambda edge: f"{edge['definition']} {edge['after']}")
def test_edges_of_every_definition(tmp_path, edge):
    cohort = pair(tmp_path, cells(edge["before"]), cells(edge["after"]))
    found = decide(cohort, find_definition(edge["definition"]), cohort.at("P1", "week_12"))
    assert (found.value, found.reason or "") == (WORDS[edge["value"]], edge["reason"])
    assert cohort.problems == ()


def test_every_definition_has_an_edge_of_each_kind():
    seen = {(edge["definition"], edge["value"]) for edge in edges()}
    named = {(find_definition(name).endpoint, find_definition(name).name) for name, _ in seen}
    alone = {(endpoint, name) for endpoint, group in ENDPOINTS.items() for name in group}
    assert {each for each in alone if each[0] != "dual_target"} <= named


def test_the_endpoints_are_those_of_the_contract():
    assert tuple(ENDPOINTS) == (*NAMES[:9], "ius_response", "ius_remission", "dual_target", *NAMES[12:])
    defaults = {name: next(iter(ENDPOINTS[name])) for name in NAMES}
    assert defaults | {} == {
        "clinical_remission": "cdai", "clinical_response": "cr100", "steroid_free_remission": "cdai",
        "endoscopic_response": "u_excel", "endoscopic_remission": "stride2", "mucosal_healing": "no_ulcers",
        "crp_normalised": "uln", "esr_normalised": "uln", "fcp_normalised": "uln",
        "ius_response": "ilvemark_2022", "ius_remission": "ilvemark_2022",
        "dual_target": "cdai+ilvemark_2022", "uc_clinical_remission": "mayo", "uc_clinical_response": "mayo",
        "uc_endoscopic_improvement": "mayo", "uc_endoscopic_remission": "uceis",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["remission", "clinical_remission:cr100", ":cdai", ""])
def test_an_unknown_name_is_answered_with_those_there_are(text):
    with pytest.raises(BadUsage, match="There are"):
        find_definition(text)


def test_columns_that_rules_look_at_are_in_the_dictionary():
    for group in ENDPOINTS.values():
        for each in group.values():
            assert set(each.items + each.items_before) <= set(DICTIONARY)


@pytest.mark.parametrize(
    ("cdai", "wall", "state"),
    [(100, 3.0, "both"), (100, 4.0, "clinical_only"), (200, 3.0, "imaging_only"), (200, 4.0, "neither"),
     ("", 3.0, "unknown"), (100, "", "unknown")],
)  # fmt: skip
def test_the_state_of_a_dual_target(tmp_path, cdai, wall, state):
    cohort = pair(tmp_path, {}, {"cdai": cdai, "bwt_mm": wall, "cds": 0})
    found = decide(cohort, find_definition("dual_target"), cohort.at("P1", "week_12"))
    assert found.state == state
    assert found.value == {"both": True, "unknown": None}.get(state, False)


def test_a_change_says_nothing_about_the_baseline_and_needs_one(tmp_path):
    cohort = pair(tmp_path, {"cdai": 300}, {"cdai": 100})
    definition = find_definition("clinical_response")
    assert decide(cohort, definition, cohort.baseline("P1")).reason == "baseline_visit"
    alone = cohort_of(tmp_path, {"patient_id": "P1", "visit": "week_12", "cdai": 100})
    assert decide(alone, definition, alone.at("P1", "week_12")).reason == "no_baseline"
    assert decide(alone, find_definition("clinical_remission"), alone.at("P1", "week_12")).value is True


@pytest.mark.parametrize("where", [{"visit_date": "2025-04-01"}, {"week": 22}], ids=["date", "week"])
def test_a_visit_before_its_baseline_shows_no_change(tmp_path, where):
    before = {"cdai": 300, "sescd": 12, "bwt_mm": 6.0, "cds": 2, "sf_per_day": 5, "aps": 2} | where
    after = {"visit_date": "2025-03-01", "week": 12, "cdai": 100, "sescd": 2, "sescd_max_subscore": 1}
    after |= {"bwt_mm": 3.0, "cds": 0, "sf_per_day": 2, "aps": 1}
    visit = (cohort := pair(tmp_path, before, after)).at("P1", "week_12")
    for name in ("clinical_response", "endoscopic_response", "ius_response:stardust"):
        assert decide(cohort, find_definition(name), visit).reason == "visit_before_baseline"
    for name in ("clinical_remission:sf_aps", "endoscopic_remission:trial"):
        assert decide(cohort, find_definition(name), visit).reason == "item_missing"
    assert decide(cohort, find_definition("clinical_remission"), visit).value is True


def test_a_wall_that_may_be_in_cm_decides_nothing(tmp_path):
    thick = {"bwt_mm": 6.0, "cds": 2}
    later = (cohort := pair(tmp_path, thick, {"bwt_mm": 0.5, "cds": 0})).at("P1", "week_12")
    for name in ("ius_response", "ius_remission", "ius_remission:trial_consensus_2025_bwt"):
        assert decide(cohort, find_definition(name), later).reason == "wall_may_be_in_cm"
    later = (cohort := pair(tmp_path, {"bwt_mm": 0.9}, {"bwt_mm": 3.0, "cds": 0})).at("P1", "week_12")
    assert decide(cohort, find_definition("ius_response"), later).reason == "wall_may_be_in_cm"
    assert decide(cohort, find_definition("ius_remission"), later).value is True


def test_items_of_another_disease_are_not_missing(tmp_path):
    cohort = pair(tmp_path, {"diagnosis": "cd"}, {"cdai": 100})
    visit = cohort.at("P1", "week_12")
    assert decide(cohort, find_definition("uc_endoscopic_remission"), visit).reason == "other_diagnosis"
    colitis = pair(tmp_path, {"diagnosis": "uc"}, {"uceis": 1})
    assert decide(colitis, find_definition("uc_endoscopic_remission"), colitis.visits[1]).value is True
    assert (
        decide(colitis, find_definition("clinical_remission"), colitis.visits[1]).reason == "other_diagnosis"
    )


COLUMNS = sorted({name for group in ENDPOINTS.values() for each in group.values() for name in each.items})


def some_value(column: str):
    field = DICTIONARY[column]
    if field.kind in ("yes_no", "choice"):
        return st.sampled_from(field.choices or ("yes", "no"))
    low, high = field.low, min(field.high, 40)
    if field.kind == "whole":
        return st.integers(int(low), int(high))
    return st.decimals(str(low), str(high), places=1).map(float)


rows = st.fixed_dictionaries({}, optional={name: some_value(name) for name in COLUMNS})


def cohort(before: dict, after: dict) -> Cohort:
    visits = (
        PatientVisit(2, "P", "baseline", MappingProxyType(before)),
        PatientVisit(3, "P", "week_12", MappingProxyType(after)),
    )
    return Cohort(visits, tuple(COLUMNS), (), Path("none"), "")


@given(rows, rows)
def test_every_answer_is_a_word_or_has_a_reason(before, after):
    for row in evaluate(cohort(before, after)):
        assert (row.value is None) == (row.status == "abstained") == (row.reason is not None)
        assert row.reason is None or (row.reason in REASONS and row.detail)


@given(rows, rows, st.data())
def test_learning_a_missing_item_never_turns_an_answer_over(before, after, data):
    """What is decided with items missing is decided alike whatever they turn out to be."""
    endpoint = data.draw(st.sampled_from(sorted(set(ENDPOINTS) - {"dual_target"})))
    definition = data.draw(st.sampled_from(list(ENDPOINTS[endpoint].values())))
    found = decide(cohort(before, after), definition, cohort(before, after).visits[1])
    empty = sorted(set(definition.items) - after.keys())
    if found.value is None or not empty or definition.name == "stride2":
        return
    column = data.draw(st.sampled_from(empty))
    known = after | {column: data.draw(some_value(column))}
    told = cohort(before, known)
    assert decide(told, definition, told.visits[1]).value == found.value


@given(rows)
def test_nothing_known_later_means_no_answer(before):
    for row in evaluate(cohort(before, {})):
        assert row.visit == "baseline" or row.value is None


@given(st.integers(0, 6000), st.integers(0, 6000))
def test_response_by_cdai_is_exact_in_tenths(first, second):
    told = cohort({"cdai": first / 10}, {"cdai": second / 10})
    for name, fall in (("cr100", 1000), ("cr70", 700)):
        found = decide(told, find_definition(f"clinical_response:{name}"), told.visits[1])
        assert found.value == (first - second >= fall)


@given(st.integers(31, 150), st.integers(5, 150))
def test_a_quarter_of_the_wall_is_exact_in_tenths(first, second):
    told = cohort({"bwt_mm": first / 10}, {"bwt_mm": second / 10})
    found = decide(told, find_definition("ius_response:stardust"), told.visits[1])
    in_mm_for_sure = second >= 10
    assert found.value == (4 * (first - second) >= first if in_mm_for_sure else None)
