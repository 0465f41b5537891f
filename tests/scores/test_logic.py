from __future__ import annotations

import itertools

import pytest

from ius_vision.scores.logic import all_of, any_of, at_least


def answers(truths):
    """Every way in which the missing ones can turn out."""
    return itertools.product(*([True, False] if truth is None else [truth] for truth in truths))


@pytest.mark.parametrize("truths", list(itertools.product([True, False, None], repeat=3)))
def test_none_means_that_it_depends_on_what_is_missing(truths):
    for combine, plain in (
        (any_of(*truths), any),
        (all_of(*truths), all),
        (at_least(2, truths), lambda each: sum(each) >= 2),
    ):
        outcomes = {plain(answer) for answer in answers(truths)}
        assert combine is (outcomes.pop() if len(outcomes) == 1 else None)
