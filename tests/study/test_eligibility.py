from __future__ import annotations

import csv
import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ius_vision.errors import BadUsage
from ius_vision.study.check_dates import years_between
from ius_vision.study.criteria import read_criteria
from ius_vision.study.eligibility import eligibility
from ius_vision.study.rules import months_later
from tests.study.make import ELIGIBLE, cohort_of

GOLDEN = Path(__file__).parents[1] / "golden" / "eligibility_edges.csv"
IDS = ["I1", "I2", "I3", "I4", "I5", "X1", "X2", "X3", "X4", "X5", "X6", "X7", "X8", "X9"]


def edges():
    with GOLDEN.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def judged(folder, *rows):
    return eligibility(cohort_of(folder, *rows), read_criteria())


@pytest.mark.parametrize("edge", edges(), ids=lambda edge: f"{edge['criterion']} {edge['changed']}")
def test_edges_of_every_criterion(tmp_path, edge):
    changed = dict(each.split("=", 1) for each in edge["changed"].split(";"))
    found = judged(tmp_path, ELIGIBLE | changed)
    assert {each.criterion: each.answer for each in found.answers}[edge["criterion"]] == edge["answer"]


def test_the_criteria_are_those_of_the_study_document():
    assert [each.id for each in read_criteria().criterion] == IDS


def test_all_met_is_eligible(tmp_path):
    (patient,) = judged(tmp_path, ELIGIBLE).patients
    assert (patient.status, patient.not_met, patient.unknown) == ("eligible", None, None)


def test_one_not_met_is_enough_and_unknown_is_never_eligible(tmp_path):
    found = judged(
        tmp_path,
        ELIGIBLE | {"nyha_class": 3, "upa_allergy": "yes", "demyelination": ""},
        ELIGIBLE | {"patient_id": "P2", "demyelination": ""},
        {"patient_id": "P3", "visit": "week_12"},
    )
    told = [(each.status, each.not_met, each.unknown) for each in found.patients]
    assert told == [
        ("not_eligible", "X1;X3", "X4"),
        ("undetermined", None, "X4"),
        ("undetermined", None, ";".join(IDS)),
    ]


def test_the_flow_counts_everybody_once_and_each_criterion(tmp_path):
    rows = [ELIGIBLE | {"patient_id": f"P{n}"} for n in range(5)]
    rows[0] |= {"nyha_class": 3, "upa_allergy": "yes"}
    rows[1] |= {"nyha_class": 4}
    rows[2] |= {"active_tb": ""}
    flow = judged(tmp_path, *rows).flow
    assert [(each.step, each.criterion, each.patients) for each in flow] == [
        ("assessed", None, 5),
        ("not_eligible", None, 2),
        ("not_eligible", "X1", 1),
        ("not_eligible", "X3", 2),
        ("undetermined", None, 1),
        ("undetermined", "X2", 1),
        ("eligible", None, 2),
    ]


def test_columns_that_criteria_need_and_the_table_lacks_are_told(tmp_path):
    row = {name: cell for name, cell in ELIGIBLE.items() if name != "nyha_class"}
    found = judged(tmp_path, row)
    assert found.patients[0].unknown == "X3"
    assert [each.column for each in found.problems] == ["nyha_class"]


def test_another_study_writes_its_own_criteria(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'name = "mine"\n[[criterion]]\nid = "A"\nkind = "inclusion"\ntext = "young"\n'
        'rule = { column = "age_years", at_most = 40 }\n'
        '[[criterion]]\nid = "B"\nkind = "exclusion"\ntext = "arm"\nrule = { column = "arm", is = "x" }\n',
        "utf-8",
    )
    cohort = cohort_of(tmp_path, {"patient_id": "P1", "visit": "baseline", "age_years": 40, "arm": "X"})
    assert eligibility(cohort, read_criteria(path)).patients[0].status == "eligible"


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ('{ column = "cdai" }', "at_least or at_most"),
        ('{ column = "cdai", is = "x", at_most = 3 }', "at_most"),
        ("{ all = [] }", "at least 1 item"),
        ('{ any = [{ colum = "cdai", at_most = 3 }] }', "colum"),
        ("3", "criterion"),
        ("[", "cannot be read"),
    ],
)
def test_what_is_no_rule_is_answered_with_its_place(tmp_path, rule, says):
    path = tmp_path / "bad.toml"
    path.write_text(
        f'name = "n"\n[[criterion]]\nid = "A"\nkind = "inclusion"\ntext = "t"\nrule = {rule}\n', "utf-8"
    )
    with pytest.raises(BadUsage, match=says) as caught:
        read_criteria(path)
    assert caught.value.reason == "bad_criteria"


days = st.dates(datetime.date(1920, 1, 1), datetime.date(2060, 12, 31))


@given(days, st.integers(0, 90))
def test_a_birthday_completes_a_year(birth, years):
    try:
        birthday = birth.replace(year=birth.year + years)
    except ValueError:
        birthday = datetime.date(birth.year + years, 3, 1)
    assert years_between(birth, birthday) == years
    assert years_between(birth, birthday - datetime.timedelta(days=1)) == years - 1


@given(days, st.integers(0, 24))
def test_months_later_is_the_same_day_or_the_months_end(day, months):
    later = months_later(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later.day < day.day and (later + datetime.timedelta(days=1)).day == 1)
