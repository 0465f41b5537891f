"""Reasons put together."""

from __future__ import annotations

from ius_vision.outcomes import Abstained, commonest


def test_of_several_reasons_the_first_of_the_commonest_is_told():
    doubts = [Abstained("rare", "1."), Abstained("often", "2."), Abstained("often", "3.")]
    assert commonest(doubts) == Abstained("often", "2.")
