from __future__ import annotations

import cv2
import numpy as np
import pytest

from ius_vision.dicom.areas import find_areas
from ius_vision.dicom.manifest import ManifestRow
from ius_vision.dicom.triage import triage
from ius_vision.vocabulary import Mode

from .screens import (
    add_power_bar,
    add_rectangle,
    add_velocity_bar,
    add_vessel,
    as_jpeg,
    blank,
    header,
    region,
)

WHOLE = (120, 50, 699, 549)
RED, BLUE, ORANGE = (255, 90, 0), (0, 90, 255), (255, 170, 0)


def grey(lossy: bool = False) -> np.ndarray:
    screen = blank()
    add_rectangle(screen, 50, 120, 550, 700)
    return as_jpeg(screen) if lossy else screen


def flowing(*colours, radius: int = 10) -> np.ndarray:
    screen = grey()
    for place, colour in enumerate(colours):
        add_vessel(screen, 200 + 90 * place, 300 + 60 * place, colour, radius)
    return screen


def dual(tinted: bool = False, rise: float = 1.0) -> np.ndarray:
    screen = blank()
    add_rectangle(screen, 80, 60, 480, 390, seed=1)
    add_rectangle(screen, 80, 410, 480, 740, seed=2)
    right = screen[80:480, 410:740] * (0.35 * rise)
    screen[80:480, 410:740] = right * (np.array([1.0, 0.75, 0.3]) if tinted else 1)
    return screen


def decide(dataset, *frames, row=None):
    frames = frames or (grey(),)
    return triage(dataset, frames, find_areas(dataset, frames, row), row)


def mode_of(dataset, *frames, row=None) -> Mode:
    return decide(dataset, *frames, row=row)[0]


def bits(value: str, *regions, **tags):
    return header(*regions, ImageType=["ORIGINAL", "PRIMARY", "ABDOMINAL", value], **tags)


def test_the_manifest_goes_first():
    dataset = bits("0011", ContrastBolusAgent="SonoVue")
    assert decide(dataset, row=ManifestRow(file="x", mode="m_mode")) == (Mode.M_MODE, ("manifest",))


def test_a_grey_picture_is_b_mode_with_and_without_tags():
    assert mode_of(header()) is Mode.B_MODE
    assert mode_of(bits("0001", region(WHOLE)), grey(lossy=True)) is Mode.B_MODE


def test_a_black_frame_without_tags_is_other():
    assert mode_of(header(), blank()) is Mode.OTHER


@pytest.mark.parametrize(
    "tags",
    [
        {"ContrastBolusAgent": "SonoVue"},
        {"SeriesDescription": "TI CEUS"},
        {"ProtocolName": "CnTI abdomen"},
        {"ImageComments": "Kontrastmittel 2 min"},
        {"SeriesDescription": "回肠 造影"},
    ],
)
def test_contrast_goes_before_doppler(tags):
    assert mode_of(bits("0011", region(WHOLE, RegionDataType=2), **tags), flowing(RED, BLUE)) is Mode.CONTRAST


@pytest.mark.parametrize(
    "words", ["TI without contrast", "ohne Kontrastmittel", "pre-contrast TI", "CHICAGO"]
)
def test_words_against_contrast_are_understood(words):
    assert mode_of(header(SeriesDescription=words)) is Mode.B_MODE


def test_an_empty_contrast_agent_is_none():
    assert mode_of(header(ContrastBolusAgent="")) is Mode.B_MODE


def test_a_dual_view_is_b_mode():
    assert mode_of(header(MechanicalIndex="0.9"), dual()) is Mode.B_MODE


def test_a_dual_view_at_low_power_is_contrast():
    assert mode_of(header(MechanicalIndex="0.06"), dual()) is Mode.CONTRAST


def test_a_dual_view_with_one_tinted_panel_is_contrast():
    assert mode_of(header(), dual(tinted=True)) is Mode.CONTRAST


def test_a_dual_view_with_one_panel_filling_in_a_long_clip_is_contrast():
    long_clip = header(NumberOfFrames="600", FrameTime="100")
    assert mode_of(long_clip, dual(), dual(rise=2.0), dual(rise=2.4)) is Mode.CONTRAST
    short_clip = header(NumberOfFrames="60", FrameTime="100")
    assert mode_of(short_clip, dual(), dual(rise=2.0), dual(rise=2.4)) is Mode.B_MODE


@pytest.mark.parametrize(
    "dataset",
    [
        header(
            region((120, 50, 699, 300)), region((120, 320, 699, 549), RegionSpatialFormat=3, RegionDataType=3)
        ),
        bits("0008"),
        bits("0004"),
        bits("0019"),
    ],
)
def test_spectral_strips_and_bits_go_before_colour(dataset):
    assert mode_of(dataset, flowing(RED, BLUE)) is Mode.SPECTRAL_DOPPLER


def test_m_mode_strips_and_bits():
    strip = region((120, 320, 699, 549), RegionSpatialFormat=2)
    assert mode_of(header(region((120, 50, 699, 300)), strip)) is Mode.M_MODE
    assert mode_of(bits("0002")) is Mode.M_MODE


@pytest.mark.parametrize("words", ["TI elastography", "SWE sigma", "shear wave"])
def test_elastography_by_words(words):
    assert mode_of(header(SeriesDescription=words)) is Mode.ELASTOGRAPHY


@pytest.mark.parametrize(
    "dataset",
    [
        bits("0101"),
        header(region(WHOLE, PixelComponentDataType=5)),
        header(SeriesDescription="TI power doppler"),
    ],
)
def test_power_by_tags_even_with_two_hues(dataset):
    assert mode_of(dataset, flowing(RED, BLUE)) is Mode.POWER_DOPPLER


def test_power_by_a_one_sided_bar():
    screen = flowing(RED, ORANGE)
    add_power_bar(screen, 100, 740, 140, 14)
    assert mode_of(header(), screen) is Mode.POWER_DOPPLER


def test_red_flow_beside_a_two_sided_bar_is_colour_doppler():
    screen = flowing(RED, ORANGE)
    add_velocity_bar(screen, 100, 740, 140, 14)
    assert mode_of(header(), screen) is Mode.COLOR_DOPPLER


def test_red_flow_with_the_bit_of_colour_doppler_is_colour_doppler():
    assert mode_of(bits("0011"), flowing(RED)) is Mode.COLOR_DOPPLER


@pytest.mark.parametrize("lossy", [False, True])
def test_colour_by_pixels_alone(lossy):
    screen = flowing(RED, BLUE)
    assert mode_of(header(), as_jpeg(screen) if lossy else screen) is Mode.COLOR_DOPPLER


def test_pixels_win_over_an_image_type_without_doppler_and_the_conflict_is_noted():
    mode, evidence = decide(bits("0001", region(WHOLE)), flowing(RED, BLUE))
    assert mode is Mode.COLOR_DOPPLER
    assert any(said.startswith("conflict") for said in evidence)


def test_a_colour_flag_without_colour_is_b_mode_and_the_conflict_is_noted():
    mode, evidence = decide(header(region(WHOLE), UltrasoundColorDataPresent=1))
    assert mode is Mode.B_MODE
    assert any(said.startswith("conflict") for said in evidence)


@pytest.mark.parametrize("dataset", [bits("0011"), header(region(WHOLE, RegionDataType=2))])
def test_a_doppler_clip_without_flow_stays_doppler_and_says_so(dataset):
    mode, evidence = decide(dataset)
    assert mode is Mode.COLOR_DOPPLER
    assert "no flow in the frames looked at" in evidence


def test_a_picture_that_cannot_hold_colour_is_b_mode_whatever_the_tags_say():
    dataset = bits("0011", region(WHOLE, RegionDataType=2))
    dataset.PhotometricInterpretation = "MONOCHROME2"
    assert mode_of(dataset) is Mode.B_MODE


def test_a_velocity_bar_alone_is_colour_doppler():
    screen = grey()
    add_velocity_bar(screen, 100, 740, 140, 14)
    assert mode_of(header(), screen) is Mode.COLOR_DOPPLER


def test_flow_in_a_later_frame_counts():
    assert mode_of(header(), grey(), flowing(RED, BLUE), grey()) is Mode.COLOR_DOPPLER


@pytest.mark.parametrize("value", ["", "ZZZZ", "00FG"])
def test_an_image_type_that_is_no_number_is_nothing(value):
    assert mode_of(bits(value, region(WHOLE))) is Mode.B_MODE


@pytest.mark.parametrize(
    "colour", [(0, 200, 255), (0, 255, 0), (255, 220, 0)], ids=["cyan", "green", "yellow"]
)
@pytest.mark.parametrize("tags", [{}, {"ImageType": ["ORIGINAL", "PRIMARY", "ABDOMINAL", "0001"]}])
def test_letters_and_arrows_of_one_hue_make_no_doppler(tags, colour):
    screen = grey()
    cv2.putText(screen, "TERM ILEUM", (200, 120), cv2.FONT_HERSHEY_SIMPLEX, 1.2, colour, 4)
    cv2.arrowedLine(screen, (400, 400), (320, 320), (0, 255, 0), 5)
    assert mode_of(header(region(WHOLE), **tags), as_jpeg(screen)) is Mode.B_MODE


def test_red_flow_in_a_region_of_colour_flow_is_colour_doppler_without_a_bar():
    assert mode_of(header(region(WHOLE, RegionDataType=2)), flowing(RED, RED)) is Mode.COLOR_DOPPLER
    assert mode_of(header(region(WHOLE)), flowing(ORANGE, ORANGE)) is Mode.POWER_DOPPLER
