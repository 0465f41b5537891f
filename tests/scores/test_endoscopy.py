from __future__ import annotations

import math

import pytest

from ius_vision.scores import Endoscopy, ScoreInputError, stride2_remission, stride2_response


@pytest.mark.parametrize(
    ("before", "after", "responded"),
    [
        (Endoscopy(10), Endoscopy(5), False),
        (Endoscopy(10), Endoscopy(4), True),
        (Endoscopy(cdeis=12.0), Endoscopy(cdeis=6.0), False),
        (Endoscopy(cdeis=12.0), Endoscopy(cdeis=5.9), True),
        (Endoscopy(10, 12.0), Endoscopy(None, 5.0), True),
        (Endoscopy(10, 12.0), Endoscopy(5, 0.0), False),
        (Endoscopy(0), Endoscopy(0), None),
        (Endoscopy(0, 12.0), Endoscopy(0, 5.0), None),
        (Endoscopy(10), Endoscopy(), None),
        (Endoscopy(), Endoscopy(4), None),
    ],
)
def test_response_is_a_fall_of_more_than_half(before, after, responded):
    assert stride2_response(before, after) is responded


@pytest.mark.parametrize(
    ("visit", "remitted"),
    [
        (Endoscopy(2, ulcers=False), True),
        (Endoscopy(2, ulcers=True), False),
        (Endoscopy(2), None),
        (Endoscopy(3, ulcers=False), False),
        (Endoscopy(3, 2.9, False), False),
        (Endoscopy(2, 3.0, False), True),
        (Endoscopy(cdeis=3.0, ulcers=False), False),
        (Endoscopy(cdeis=2.9, ulcers=False), True),
        (Endoscopy(), None),
    ],
)
def test_remission_is_a_low_score_without_ulcers(visit, remitted):
    assert stride2_remission(visit) is remitted


@pytest.mark.parametrize("value", [-1, math.nan, math.inf, True, "2"])
def test_what_is_no_endoscopic_score_is_refused(value):
    with pytest.raises(ScoreInputError, match="ses_cd"):
        Endoscopy(value)
