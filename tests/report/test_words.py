"""Words of the page."""

import pytest

from ius_vision.report.words import count_of


@pytest.mark.parametrize(("number", "words"), [(0, "0 frames"), (1, "1 frame"), (2, "2 frames")])
def test_one_is_not_many(number, words):
    assert count_of(number, "frame") == words
