from __future__ import annotations

from decimal import Decimal

import pytest

from ius_vision.reasons import REASONS
from ius_vision.scores import (
    DEFINITIONS,
    NORMAL_WALL,
    Change,
    NotStatedError,
    ScoreInputError,
    Visit,
    remission,
    response,
)

from .tables import TRUTHS, decimal, golden, name_of, whole

NAMED = ("ilvemark_2022", "trial_consensus_2025_bwt", "stardust", "paredes_2019")


def visits(row, **same):
    return tuple(
        Visit(float(row[f"bwt_{when}_mm"]), int(row[f"cds_{when}"]), **same) for when in ("before", "after")
    )


@pytest.mark.parametrize("row", golden("response_edges"), ids=name_of)
def test_response_at_its_edges(row):
    before, after = visits(row, ifat=1, bws=1)
    assert Change(before, after).fall_percent == Decimal(row["fall_percent"])
    decided = {name: response(name, before, after).value for name in NAMED}
    assert decided == {name: TRUTHS[row[name]] for name in NAMED}


@pytest.mark.parametrize("row", golden("remission_edges"), ids=name_of)
def test_remission_at_its_edges(row):
    visit = Visit(
        decimal(row["bwt_mm"]), whole(row["cds"]), whole(row["ifat"]), whole(row["bws"]), row["segment"]
    )
    decision = remission(row["definition"], visit)
    assert decision.value is TRUTHS[row["remission"]]
    assert decision.reason == (None if row["remission"] else "item_missing")


def test_every_exact_quarter_of_a_printed_thickness_is_a_quarter():
    pairs = [(tenth / 10, tenth * 3 / 40) for tenth in range(40, 151, 4)]
    assert any(100 * (first - second) / first != 25 for first, second in pairs)
    falls = {Change(Visit(first), Visit(round(second, 1))).fall_percent for first, second in pairs}
    assert falls == {Decimal(25)}


def test_a_fall_of_exactly_2_mm_is_not_more_than_2_mm():
    assert 4.4 - 2.4 > 2.0
    assert Change(Visit(4.4), Visit(2.4)).fall_mm == 2


def test_3_04_mm_prints_as_3_0_but_is_no_remission():
    assert remission("ilvemark_2022", Visit(3.04, 0)).value is False


def test_both_consensus_names_share_one_response():
    before, after = Visit(6.0, 2, 1, 1), Visit(5.0, 1, 1, 1)
    names = ("trial_consensus_2025_bwt", "trial_consensus_2025_all")
    assert [response(name, before, after).value for name in names] == [True, True]


@pytest.mark.parametrize("item", ["ifat", "bws"])
def test_another_item_better_is_enough_for_the_consensus_with_any_fall(item):
    same = {"cds": 2, "ifat": 2, "bws": 2}
    before, after = Visit(6.0, **same), Visit(5.9, **(same | {item: 1}))
    assert response("trial_consensus_2025_bwt", before, after).value is True
    worse = Visit(6.0, **(same | {item: 1}))
    assert response("trial_consensus_2025_bwt", before, worse).value is False


def test_a_missing_item_leaves_a_response_open_unless_another_branch_decides():
    open_ = response("ilvemark_2022", Visit(6.0, None), Visit(4.9, 1))
    assert (open_.value, open_.reason, open_.missing) == (None, "item_missing", ("cds",))
    assert response("ilvemark_2022", Visit(6.0, None), Visit(3.9, None)).value is True
    assert response("ilvemark_2022", Visit(6.0, None), Visit(5.0, None)).value is False
    assert response("paredes_2019", Visit(6.0, None), Visit(5.0, None)).value is False
    assert response("trial_consensus_2025_bwt", Visit(6.0, 2), Visit(5.5, 2)).missing == ("bws", "ifat")


@pytest.mark.parametrize(("before", "after"), [(None, 3.0), (5.0, None)])
def test_a_missing_thickness_leaves_every_response_open(before, after):
    for name in NAMED:
        decision = response(name, Visit(before, 2, 1, 1), Visit(after, 1, 1, 1))
        assert (decision.value, decision.missing) == (None, ("bwt_mm",))


def test_a_wall_that_was_normal_cannot_respond():
    decision = response("stardust", Visit(3.0, 3, 1, 1), Visit(2.0, 0, 0, 0))
    assert (decision.value, decision.reason) == (None, "baseline_wall_normal")
    assert response("stardust", Visit(3.01), Visit(2.0)).value is True
    ileum = NORMAL_WALL["trust_ileum"]
    assert response("stardust", Visit(3.0), Visit(2.0), normal=ileum).value is True


@pytest.mark.parametrize("name", ["trust_a", "trust_b", "trust_c"])
def test_trust_states_no_response(name):
    with pytest.raises(NotStatedError, match=name):
        response(name, Visit(6.0), Visit(3.0))


def test_an_unknown_segment_is_named_as_what_trust_misses():
    assert remission("trust_a", Visit(2.5)).missing == ("segment",)
    assert "segment" not in remission("stardust", Visit(2.5)).missing


@pytest.mark.parametrize(
    "ask", [lambda: response("mine", Visit(5.0), Visit(3.0)), lambda: remission("", Visit(5.0))]
)
def test_a_definition_that_does_not_exist_is_answered_with_those_that_do(ask):
    with pytest.raises(KeyError, match="ilvemark_2022, trial_consensus_2025_bwt"):
        ask()


@pytest.mark.parametrize("items", [{"bwt_mm": 0.0}, {"bwt_mm": 5.0, "cds": 4}, {"bwt_mm": 5.0, "ifat": 1.0}])
def test_a_visit_holds_only_what_can_be(items):
    with pytest.raises(ScoreInputError):
        Visit(**items)


def test_every_definition_says_its_rules_and_source():
    for definition in DEFINITIONS.values():
        assert definition.remission_rule
        assert definition.citation
        assert definition.mark in "PSMJ"
        assert (definition.response is None) == (definition.response_rule == "not stated")


def test_the_reasons_are_listed():
    assert {"baseline_wall_normal", "item_missing"} <= REASONS.keys()
