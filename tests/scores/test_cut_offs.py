from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ius_vision.scores import (
    CHANGE_CUT_OFFS,
    CUT_OFFS,
    NORMAL_WALL,
    buss,
    definitions,
    endoscopy,
    ibus_sas,
    indices,
)
from ius_vision.scores.ibus_sas import WEIGHTS
from ius_vision.scores.records import Record, by_name, limit, weight

from .tables import TRUTHS, golden

ALL = {**CUT_OFFS, "change": CHANGE_CUT_OFFS}
EVERY_RECORD = [
    *(record for table in ALL.values() for record in table.values()),
    *NORMAL_WALL.values(),
    *WEIGHTS.values(),
    *indices.WEIGHTS.values(),
    *indices.UC_IUS_BANDS,
    *indices.SUS_CD_BANDS,
    *indices.SUS_CD_VESSELS,
    *definitions.LIMITS.values(),
    *endoscopy.LIMITS.values(),
]


@pytest.mark.parametrize("row", golden("cut_offs"), ids=lambda row: row["name"])
def test_a_cut_off_holds_on_its_own_side(row):
    record = ALL[row["score"]][row["name"]]
    step = Decimal("0.000001")
    assert f"{record.operator} {record.value}" == row["rule"]
    assert record.mark == row["mark"]
    for side, number in (
        ("below", record.value - step),
        ("at", record.value),
        ("above", record.value + step),
    ):
        assert record.met(number) is TRUTHS[row[side]], side


def test_every_cut_off_is_in_the_golden_table():
    listed = {(row["score"], row["name"]) for row in golden("cut_offs")}
    assert listed == {(score, name) for score, table in ALL.items() for name in table}


def test_every_record_has_a_name_of_its_own_and_a_source():
    names = [record.name for record in EVERY_RECORD]
    assert len(set(names)) == len(names)
    assert all(record.citation for record in EVERY_RECORD)


def test_every_record_that_a_reader_chooses_stands_in_the_page():
    page = (Path(__file__).resolve().parents[2] / "docs" / "scores.md").read_text("utf-8")
    assert [record.name for record in EVERY_RECORD if f"`{record.name}`" not in page] == []


@pytest.mark.parametrize(
    ("mark", "note"), [("M", "unverified"), ("J", "project setting"), ("P", ""), ("S", "")]
)
def test_what_is_unverified_or_ours_is_said(mark, note):
    assert limit("x", "> 1", "nowhere", mark).note == note


def test_exactly_25_2_is_not_above_it():
    dragoni = CUT_OFFS["ibus_sas"]["ibus_sas_dragoni_2023"]
    assert ibus_sas(6.3, 0, 0, 0).met(dragoni) is False
    assert ibus_sas(4.55, 0, 1, 0).met(dragoni) is False
    assert ibus_sas(6.301, 0, 0, 0).met(dragoni) is True


def test_binary_noise_decides_nothing():
    dragoni = CUT_OFFS["ibus_sas"]["ibus_sas_dragoni_2023"]
    assert 2.1 * 3 > 6.3
    assert ibus_sas(2.1 * 3, 0, 0, 0).met(dragoni) is False


def test_buss_3_52_is_met_where_the_papers_figures_put_it():
    active = CUT_OFFS["buss"]["buss_active"]
    assert [buss(wall, 1).met(active) for wall in (2.49, 2.5)] == [False, True]
    assert [buss(wall, 0).met(active) for wall in (4.69, 4.7)] == [False, True]


def test_an_open_score_meets_a_cut_off_only_where_no_answer_changes_that():
    records = CUT_OFFS["ibus_sas"]
    score = ibus_sas(5.0, None, 2, None)
    assert score.met(records["ibus_sas_dragoni_2023"]) is True
    assert score.met(records["ibus_sas_scand_2023"]) is None
    assert score.met(records["ibus_sas_yuksel_2025"]) is False
    assert ibus_sas(None, 2, 3, 3).met(records["ibus_sas_dragoni_2023"]) is None


def test_an_interval_does_not_open_a_score_that_is_known():
    assert ibus_sas(5.0, 2, 2, 2, (2.0, 8.0)).met(CUT_OFFS["ibus_sas"]["ibus_sas_zhao_2024_severe"]) is True


def test_a_weight_is_no_limit():
    with pytest.raises(ValueError, match="a weight"):
        weight("x", "4", "nowhere", "S").met(Decimal(1))


def test_an_equality_is_met_by_its_value_only():
    record = limit("x", "= 2", "nowhere", "S")
    assert [record.met(Decimal(number)) for number in (1, 2, 3)] == [False, True, False]


@pytest.mark.parametrize(("operator", "mark"), [("~", "S"), (">", "X")])
def test_a_record_needs_a_known_operator_and_mark(operator, mark):
    with pytest.raises(ValueError, match="not known"):
        Record("x", Decimal(1), operator, "nowhere", mark)


def test_names_are_not_given_twice():
    record = weight("x", "4", "nowhere", "S")
    with pytest.raises(ValueError, match="share a name"):
        by_name([record, record])
