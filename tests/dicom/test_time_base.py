from __future__ import annotations

import pydicom
import pytest

from ius_vision.dicom.time_base import find_time_base
from ius_vision.outcomes import Abstained


def clip(**tags) -> pydicom.Dataset:
    made = pydicom.Dataset()
    for keyword, value in tags.items():
        setattr(made, keyword, value)
    return made


def test_peer_units_ms():
    assert find_time_base(clip(FrameTime="33.333"), 2).times_s == pytest.approx((0.0, 0.033333), abs=1e-12)


def test_peer_frame_vector():
    steps = ["0", "33.3", "50.0", "33.3"]
    found = find_time_base(clip(FrameTimeVector=steps, FrameTime="40"), 4)
    assert found.source == "dicom:FrameTimeVector"
    assert found.times_s == pytest.approx((0, 0.0333, 0.0833, 0.1166), abs=1e-9)


def test_a_vector_whose_first_step_is_not_zero_still_starts_at_zero():
    found = find_time_base(clip(FrameTimeVector=["33.333", "33.333", "50"]), 3)
    assert found.times_s == pytest.approx((0, 0.033333, 0.083333), abs=1e-9)


def test_peer_silent_fps():
    found = find_time_base(clip(), 30)
    assert isinstance(found, Abstained)
    assert found.reason == "no_time_base"


def test_the_pointer_decides_between_frame_time_and_vector():
    tags = {"FrameTimeVector": ["0", "10", "10"], "FrameTime": "40"}
    assert find_time_base(clip(**tags), 3).source == "dicom:FrameTimeVector"
    pointed = find_time_base(clip(FrameIncrementPointer=0x00181063, **tags), 3)
    assert pointed.source == "dicom:FrameTime"
    assert pointed.times_s[1] == pytest.approx(0.040)


@pytest.mark.parametrize(
    "vector",
    [["0", "40"], ["0", "40", "40", "40"], ["0", "-40", "40"], ["0", "0", "0"]],
    ids=["too_short", "too_long", "negative", "zero"],
)
def test_an_unusable_vector_gives_way_to_the_next_source(vector):
    found = find_time_base(clip(FrameTimeVector=vector, CineRate="25"), 3)
    assert (found.source, found.times_s[2]) == ("dicom:CineRate", pytest.approx(0.08))


@pytest.mark.parametrize("bad", ["0", "-33", "0.033", "1e9"])
def test_an_impossible_frame_time_is_not_believed(bad):
    assert isinstance(find_time_base(clip(FrameTime=bad), 3), Abstained)
    assert find_time_base(clip(FrameTime=bad, RecommendedDisplayFrameRate="20"), 3).times_s[1] == 0.05


def test_a_duration_is_shared_out_over_the_steps_between_frames():
    found = find_time_base(clip(EffectiveDuration="3"), 4)
    assert (found.source, found.times_s) == ("dicom:EffectiveDuration", (0.0, 1.0, 2.0, 3.0))


def test_a_still_is_at_zero():
    found = find_time_base(clip(FrameTime="-1"), 1)
    assert (found.source, found.times_s) == ("single_frame", (0.0,))
