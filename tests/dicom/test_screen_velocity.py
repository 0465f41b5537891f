"""Numbers at the ends of a colour bar."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from ius_vision.dicom.load import load_exam
from ius_vision.dicom.scan import scan
from ius_vision.dicom.screen_velocity import velocity_on_screen
from ius_vision.dicom.velocity import VelocityScale
from ius_vision.dicom.velocity_bar import read_velocity_bar

from .screens import add_velocity_bar, as_jpeg, blank

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "dicom"


def screen(upper: str, lower: str, size: float = 0.6, more: str = "") -> np.ndarray:
    made = blank()
    add_velocity_bar(made, 100, 740, 160, 14)
    for text, at in ((upper, (730, 92)), (lower, (730, 284)), (more, (725, 312))):
        cv2.putText(made, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, (230, 230, 230), 1, cv2.LINE_AA)
    return made


def read(*frames: np.ndarray, area: np.ndarray | None = None) -> VelocityScale | None:
    picture = np.zeros(frames[0].shape[:2], bool) if area is None else area
    return velocity_on_screen(frames, read_velocity_bar(frames[0]), picture)


@pytest.mark.parametrize(("text", "cm_s"), [("5.1", 5.1), ("7.7", 7.7), ("24", 24.0), ("38.5", 38.5)])
@pytest.mark.parametrize("quality", [None, 85])
def test_equal_numbers_at_both_ends_are_the_scale(text, cm_s, quality):
    drawn = screen(text, f"-{text}")
    found = read(drawn if quality is None else as_jpeg(drawn, quality))
    assert (found.cm_s, found.source) == (pytest.approx(cm_s), "screen_text")


def test_small_numbers_are_metres_a_second():
    assert read(screen("0.64", "-0.64")).cm_s == pytest.approx(64.0)
    assert read(screen("0.8", "-0.8")) is None


@pytest.mark.parametrize(
    "drawn",
    [
        screen("", ""),
        screen("5.1", ""),
        screen("5.1", "-9.3"),
        screen("2.1", "-2.1"),
        screen("5.1", "-5.1", more="kHz"),
        screen("Fr", "MI"),
    ],
    ids=["none", "one_end", "unequal", "m_or_cm", "frequency", "words"],
)
def test_numbers_that_do_not_say_it_for_sure_are_not_taken(drawn):
    assert read(drawn) is None


def test_frames_that_say_different_numbers_are_not_followed():
    assert read(screen("5.1", "-5.1"), screen("7.7", "-7.7")) is None


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared real files are not there")
@pytest.mark.parametrize(("name", "cm_s"), [("US-PAL-8-10x-echo", 52.0), ("will-jxl.dcm", None)])
def test_real_screens_are_read_rightly_or_not_at_all(name, cm_s):
    (exam,) = scan([FOLDER / name]).exams
    (clip,), _ = load_exam(exam)
    area = clip.main_area.mask(clip.rows, clip.columns)
    found = read(*(rgb for _, rgb in clip.rgb_frames([0, clip.frames - 1])), area=area)
    assert (found and found.cm_s) == cm_s
