"""A dynamic range printed on the screen: read where it is sure, and never made up."""

from __future__ import annotations

import numpy as np
import pytest

from dicom.lettering import CYAN, GREY, HELD_OUT, LEARNED, YELLOW, blank, compressed, everywhere, write
from ius_vision.dicom.screen_range import range_on_screen
from ius_vision.dicom.screen_reader import read_lines

FORMS = ("DR 60", "DR: 60 dB", "DR60", "Dyn.R 60", "Dyn R. 60dB", "Dyn. Range 60 dB")


def read(*texts: str, face: str = LEARNED, height_px: int = 14, ink=GREY, quality: int = 85):
    screen = blank(rows=64 * len(texts))
    for place, text in enumerate(texts):
        write(screen, text, (20, 12 + 64 * place), face, height_px, ink)
    screen = compressed(screen, quality)
    found = range_on_screen([read_lines(screen, everywhere(screen))] * 2)
    return None if found is None else found.range_db


@pytest.mark.parametrize("ink", [GREY, YELLOW, CYAN])
@pytest.mark.parametrize("form", FORMS)
def test_every_usual_spelling_is_read(form, ink):
    assert read(form, ink=ink) == 60.0


@pytest.mark.parametrize("height_px", [9, 12, 16, 24, 34])
def test_any_size_from_nine_pixels_is_read(height_px):
    assert read("DR 45 dB", height_px=height_px) == 45.0


@pytest.mark.parametrize("face", HELD_OUT)
def test_no_number_in_a_typeface_that_was_not_learned_is_read_wrong(face):
    told = []
    for value in range(30, 100, 3):
        for height_px in (9, 11, 16):
            found = read(f"DR {value}", face=face, height_px=height_px, quality=80)
            assert found in (None, value), (face, height_px, value, found)
            told.append(found)
    assert face == "STIXGeneral" or sum(value is not None for value in told) > 0.3 * len(told)


def test_dark_letters_on_a_bright_ground_are_read():
    screen = blank(level=230)
    write(screen, "DR 55", (20, 20), LEARNED, 14, ink=(20, 20, 20))
    assert range_on_screen([read_lines(screen, everywhere(screen))] * 2).range_db == 55.0


@pytest.mark.parametrize(
    "text",
    ["60 dB", "DR 5", "DR 160", "DR 60%", "DR 60/2", "MDR 60", "DRC 60", "FR 60", "D 60", "R 60", "DR 6.5"],
)
def test_what_is_no_range_is_not_read(text):
    assert read(text) is None


def test_two_ranges_are_none():
    assert read("DR 60", "DR 65") is None
    assert read("DR 60", "DR 60") == 60.0


def test_one_frame_alone_is_not_believed():
    screen = blank()
    write(screen, "DR 60", (20, 20), LEARNED, 14)
    lines = read_lines(screen, everywhere(screen))
    assert range_on_screen([lines, ()]) is None


def test_text_inside_a_picture_is_not_looked_for():
    screen = blank()
    write(screen, "DR 60", (20, 20), LEARNED, 14)
    assert read_lines(screen, np.zeros(screen.shape[:2], bool)) == ()


def test_a_screen_of_grain_is_no_text():
    grain = np.random.default_rng(0).integers(0, 255, (600, 800, 3)).astype(np.uint8)
    assert range_on_screen([read_lines(grain, everywhere(grain))] * 2) is None
