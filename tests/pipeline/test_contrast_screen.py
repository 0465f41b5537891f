"""Frame times and range of a clip whose header has neither: off the screen, or not at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dicom.lettering import LEARNED, compressed, write

from ius_vision.dicom.clip import Clip, ImageArea, TimeBase
from ius_vision.dicom.load import load_exam
from ius_vision.dicom.scan import scan
from ius_vision.geometry import Box
from ius_vision.outcomes import Abstained
from ius_vision.pipeline.contrast_screen import range_from_screen, timed_by_screen
from ius_vision.vocabulary import Mode

from .conftest import COLUMNS, NO_SCALE, ROWS, scene

HEAD = 40
NO_TIME = Abstained("no_time_base", "The clip has no usable frame time.")


def timed(seconds: float) -> str:
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"


@pytest.fixture
def shown(make_clip):
    """Build a contrast clip without frame times; `texts(index)` gives what stands above its picture."""

    def build(texts, frames: int = 120) -> Clip:
        def frame(index: int) -> np.ndarray:
            screen = np.zeros((HEAD + ROWS, COLUMNS, 3), np.uint8)
            screen[HEAD:] = scene(index % 3)[..., None]
            for place, text in enumerate(texts(index)):
                write(screen, text, (8 + 120 * place, 12), LEARNED, 13)
            return compressed(screen)

        clip = make_clip(mode=Mode.CONTRAST, frames=frames, frame=frame)
        area = ImageArea(Box(HEAD, 0, HEAD + ROWS, COLUMNS), NO_SCALE)
        return replace(clip, rows=HEAD + ROWS, areas=(area,), time_base=NO_TIME)

    return build


def test_the_times_run_as_the_timer_does(shown):
    clip = timed_by_screen(shown(lambda index: (timed(7.6 + 0.25 * index),)))
    assert isinstance(clip.time_base, TimeBase)
    assert clip.time_base.source == "screen_timer"
    assert clip.time_base.times_s[0] == 0
    assert clip.time_base.times_s[-1] == pytest.approx(0.25 * 119, rel=0.01)
    assert "% at most" in clip.warnings[-1]


@pytest.mark.parametrize(
    "texts",
    [
        lambda index: (),
        lambda index: ("DR 60",),
        lambda index: (timed(23),),
        lambda index: (f"Frame {index}",),
        lambda index: (timed(60 - 0.25 * index),),
        lambda index: (timed(5 + 0.25 * index), timed(5 + 0.5 * index)),
    ],
    ids=["nothing", "a setting", "a standing time", "a frame number", "running down", "two that disagree"],
)
def test_what_is_no_timer_leaves_the_clip_as_it_was(shown, texts):
    clip = shown(texts, frames=60)
    assert timed_by_screen(clip) is clip


def test_the_range_is_read_where_all_frames_show_it(shown):
    found = range_from_screen(shown(lambda index: ("DR 55 dB",), frames=9))
    assert (found.range_db, found.source) == (55.0, "screen_text")
    assert range_from_screen(shown(lambda index: (f"DR {50 + index}",), frames=9)) is None


def test_no_real_screen_has_a_timer_or_a_range(real_data):
    for exam in scan([real_data("dicom")]).exams:
        for clip in load_exam(exam)[0]:
            assert range_from_screen(clip) is None, clip.file
            assert clip.frames < 3 or timed_by_screen(clip) is clip, clip.file
