from __future__ import annotations

import numpy as np
import pydicom
import pytest
from pydicom.pixels.processing import apply_color_lut, convert_color_space

from ius_vision.dicom import uids
from ius_vision.dicom.colour import luminance, ybr_full_to_rgb
from ius_vision.dicom.frames import open_reader
from ius_vision.dicom.header import read_header
from ius_vision.dicom.palette import expand_segments, read_palette
from ius_vision.errors import Unreadable

from .build import picture, write


def read(path, colour: bool) -> np.ndarray:
    return np.stack([frame for _, frame in open_reader(path, read_header(path))(None, colour)])


def test_peer_rgb_bgr(tmp_path):
    pixels = np.zeros((1, 4, 4, 3), np.uint8)
    pixels[0, :2, :, 0] = 255
    pixels[0, 2:, :, 2] = 255
    path = write(tmp_path / "a", pixels, "RGB")
    assert read(path, False)[0, :, 0].tolist() == [76, 76, 29, 29]
    assert np.array_equal(read(path, True), pixels)


def test_luminance_is_bt_601_to_the_rounding():
    rgb = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert np.abs(luminance(rgb) - rgb @ np.array([0.299, 0.587, 0.114])).max() <= 0.51


def test_full_range_chroma_converts_as_the_standard_says():
    ybr = np.random.default_rng(2).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    expected = convert_color_space(ybr, "YBR_FULL", "RGB")
    assert np.abs(ybr_full_to_rgb(ybr).astype(int) - expected).max() <= 1


def test_planes_after_each_other_are_the_same_picture_as_pixels_after_each_other(tmp_path):
    pixels = picture(2, samples=3)
    planes = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)).reshape(pixels.shape)
    path = write(tmp_path / "planes", planes, "RGB", PlanarConfiguration=1)
    assert np.array_equal(read(path, True), pixels)


def test_uncompressed_shared_chroma_is_spread_over_two_pixels(tmp_path):
    packed = np.array([[[[10, 20], [100, 200]], [[30, 40], [90, 160]]]], np.uint8)
    path = write(
        tmp_path / "422", packed.reshape(1, 2, 4), "YBR_FULL_422", Columns=2, SamplesPerPixel=3, Rows=2
    )
    assert read(path, False)[0].tolist() == [[10, 20], [30, 40]]
    whole = np.array([[[10, 100, 200], [20, 100, 200]], [[30, 90, 160], [40, 90, 160]]], np.uint8)
    assert np.array_equal(read(path, True)[0], ybr_full_to_rgb(whole))


def test_monochrome1_is_turned_round(tmp_path):
    pixels = picture()
    path = write(tmp_path / "m1", pixels, "MONOCHROME1")
    assert np.array_equal(read(path, False), 255 - pixels)
    assert np.array_equal(read(path, True)[..., 1], 255 - pixels)


def test_twelve_bits_are_cut_to_the_upper_eight_and_the_rule_is_told(tmp_path):
    pixels = np.arange(4096, dtype=np.uint16).reshape(1, 64, 64)
    path = write(tmp_path / "12", pixels, BitsStored=12, HighBit=11)
    assert np.array_equal(read(path, False), pixels >> 4)
    assert open_reader(path, read_header(path)).rule.words == "the upper 8 of 12 bits stored"


@pytest.mark.parametrize("signed", [0, 1])
def test_eight_bits_declared_as_sixteen_are_not_black(tmp_path, signed):
    pixels = picture(2).astype(np.uint16)
    path = write(tmp_path / "8in16", pixels, PixelRepresentation=signed)
    assert np.array_equal(read(path, False), pixels)


def test_a_window_says_which_of_many_bits_are_meant(tmp_path):
    pixels = np.arange(4096, dtype=np.uint16).reshape(1, 64, 64)
    path = write(tmp_path / "w", pixels, BitsStored=12, HighBit=11, WindowCenter="512", WindowWidth="1024")
    found = read(path, False).ravel()
    assert (found[0], found[1023], found[2000]) == (0, 255, 255)
    assert found[512] == pytest.approx(128, abs=1)


def test_a_window_over_eight_bits_is_left_alone(tmp_path):
    pixels = picture()
    path = write(tmp_path / "w8", pixels, WindowCenter="50", WindowWidth="10")
    assert np.array_equal(read(path, False), pixels)


def test_bits_below_the_high_bit_are_found(tmp_path):
    pixels = picture().astype(np.uint16)
    path = write(tmp_path / "high", pixels << 8 | 3, BitsStored=8, HighBit=15)
    assert np.array_equal(read(path, False), pixels)


def palette_tags(bits: int = 16, first: int = 0, entries: int = 256) -> dict:
    tags = {}
    for number, colour in enumerate(("Red", "Green", "Blue")):
        table = (np.arange(entries) * (number + 1) + 31 * number) % 256
        words = (table << 8).astype("<u2") if bits == 16 else table.astype(np.uint8)
        tags[f"{colour}PaletteColorLookupTableDescriptor"] = [entries % 65536, first, bits]
        tags[f"{colour}PaletteColorLookupTableData"] = words.tobytes()
    return tags


@pytest.mark.parametrize("bits", [8, 16])
def test_palette_indices_become_colours(tmp_path, bits):
    pixels = picture(2)
    path = write(tmp_path / "p", pixels, "PALETTE COLOR", **palette_tags(bits))
    table = np.stack([(np.arange(256) * (n + 1) + 31 * n) % 256 for n in range(3)], -1).astype(np.uint8)
    assert np.array_equal(read(path, True), table[pixels])
    assert np.array_equal(read(path, False)[0], luminance(table[pixels[0]]))


def test_values_outside_a_palette_take_its_ends(tmp_path):
    pixels = np.array([[[0, 99, 100, 101], [109, 110, 200, 255]]], np.uint8)
    path = write(tmp_path / "p", pixels, "PALETTE COLOR", **palette_tags(16, first=100, entries=10))
    assert read(path, True)[0, ..., 0].tolist() == [[0, 0, 0, 1], [9, 9, 9, 9]]


def test_a_big_endian_palette_is_not_black(tmp_path, real_data):
    source = pydicom.dcmread(real_data("dicom", "OBXXXX1A.dcm"))
    expected = (apply_color_lut(source.pixel_array, source) >> 8).astype(np.uint8)
    for colour in ("Red", "Green", "Blue"):
        element = source[f"{colour}PaletteColorLookupTableData"]
        element.value = np.frombuffer(element.value, "<u2").astype(">u2").tobytes()
    source["PixelData"].VR = "OB"
    source.file_meta.TransferSyntaxUID = uids.EXPLICIT_BIG
    path = tmp_path / "big"
    pydicom.dcmwrite(path, source)
    found = read(path, True)[0]
    assert found.max() > 0
    assert np.array_equal(found, expected)


def test_sixteen_bit_tables_that_hold_eight_bit_entries_are_not_black():
    made = pydicom.Dataset()
    for colour in ("Red", "Green", "Blue"):
        setattr(made, f"{colour}PaletteColorLookupTableDescriptor", [4, 0, 16])
        table = np.array([0, 80, 160, 255], "<u2").tobytes()
        setattr(made, f"{colour}PaletteColorLookupTableData", table)
    assert read_palette(made, False).colours[:, 0].tolist() == [0, 80, 160, 255]


def test_segmented_tables_expand_discrete_linear_and_indirect_segments():
    data = np.array([0, 2, 10, 20, 1, 4, 60, 2, 2, 0, 0], np.uint16)
    assert expand_segments(data).tolist() == [10, 20, 30, 40, 50, 60, 10, 20, 30, 40, 50, 60]


@pytest.mark.parametrize(
    "data",
    [[7, 1, 1], [1, 4, 60], [2, 1, 0, 0]],
    ids=["unknown_kind", "line_from_nothing", "repeats_itself"],
)
def test_damaged_segments_are_refused(data):
    with pytest.raises(Unreadable, match="unknown segment"):
        expand_segments(np.array(data, np.uint16))


def test_a_segment_longer_than_its_data_gives_no_more_than_there_is():
    assert expand_segments(np.array([0, 60_000, 5, 6], np.uint16)).tolist() == [5, 6]


def test_a_palette_without_its_tables_is_refused(tmp_path):
    path = write(tmp_path / "p", picture(), "PALETTE COLOR")
    with pytest.raises(Unreadable, match="table descriptor"):
        open_reader(path, read_header(path))
