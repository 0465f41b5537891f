"""Change since the previous exam: deltas, named definitions, and what cannot be compared."""

from __future__ import annotations

import pytest

from ius_vision.findings import ExamFacts
from ius_vision.report.change import change_view


@pytest.fixture
def compare(findings, segment):
    def run(before: dict, now: dict):
        first = findings(exam=ExamFacts("E1", "P1", "1", "2024-01-01"), segments=(segment(**before),))
        return change_view(findings(segments=(segment(**now),)), first)

    return run


def test_without_a_previous_exam_nothing_is_compared(findings):
    view = change_view(findings(), None)
    assert view.rows == ()
    assert "No earlier exam" in view.sentence


def test_falls_are_shown_with_percent_and_their_own_uncertainty(compare):
    (row,) = compare({"bwt": 6.0, "cds": 2}, {"bwt": 4.5, "cds": 1}).rows
    assert row.values[0].values == "6.0 → 4.5"
    assert row.values[0].change == "−1.5 mm (−25 %), ± 1.1 mm"
    assert (row.values[3].values, row.values[3].change) == ("2 → 1", "−1")


def test_definitions_answer_by_name_and_disagree_at_the_edge(compare):
    (row,) = compare({"bwt": 4.0, "cds": 2}, {"bwt": 3.0, "cds": 2}).rows
    assert row.answers["ilvemark_2022"].response == "no"
    assert row.answers["stardust"].response == "yes"
    assert row.answers["trust_a"].response == "not defined"


def test_a_missing_item_leaves_an_answer_open_and_is_named(compare):
    (row,) = compare({"bwt": 6.0}, {"bwt": 2.5, "cds": None}).rows
    assert row.answers["ilvemark_2022"].remission == "open (CDS missing)"
    assert row.values[3].values == "1 → –"
    assert row.values[3].change == ""


def test_a_wall_that_was_normal_cannot_respond(compare):
    (row,) = compare({"bwt": 2.5}, {"bwt": 2.0}).rows
    assert row.answers["stardust"].response.startswith("open (the wall was normal before")


def test_segments_of_one_exam_only_are_named_and_not_compared(compare):
    view = compare({"name": "rectum"}, {"name": "cecum"})
    assert view.rows == ()
    assert "Seen only then: Rectum." in view.sentence
    assert "Seen only now: Caecum." in view.sentence


def test_unknown_segments_are_never_compared(compare):
    assert compare({"name": "unknown"}, {"name": "unknown"}).rows == ()
