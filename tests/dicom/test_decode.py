from __future__ import annotations

import io

import imagecodecs
import numpy as np
import pydicom
import pytest
import simplejpeg
from pydicom.encaps import encapsulate

from ius_vision.dicom import uids
from ius_vision.dicom.decode import registry
from ius_vision.dicom.decode.jpeg_stream import ADOBE_RGB, read_stream
from ius_vision.dicom.frames import open_reader
from ius_vision.dicom.header import read_header
from ius_vision.errors import Unreadable

from .build import picture, write
from .test_golden_pixels import WHEEL

LOSSLESS = {
    uids.JPEG_LS: lambda f: imagecodecs.jpegls_encode(f),
    uids.JPEG_2000_LOSSLESS: lambda f: imagecodecs.jpeg2k_encode(
        f, level=0, codecformat="j2k", reversible=True
    ),
    uids.HTJ2K_LOSSLESS: lambda f: imagecodecs.htj2k_encode(f, reversible=True),
    uids.JPEG_XL_LOSSLESS: lambda f: imagecodecs.jpegxl_encode(f, lossless=True),
    uids.JPEG_XL: lambda f: imagecodecs.jpegxl_encode(f, lossless=True),
    uids.JPEG_LOSSLESS_SV1: lambda f: imagecodecs.jpeg8_encode(f, lossless=True, predictor=1),
}


def read(path, colour: bool = True) -> np.ndarray:
    return np.stack([frame for _, frame in open_reader(path, read_header(path))(None, colour)])


@pytest.mark.parametrize("syntax", sorted(uids.NATIVE))
@pytest.mark.parametrize("samples", [1, 3])
def test_every_uncompressed_syntax_gives_the_stored_pixels(tmp_path, syntax, samples):
    pixels = picture(3, samples=samples)
    path = write(tmp_path / "a", pixels, "RGB" if samples == 3 else "MONOCHROME2", syntax)
    expected = pixels if samples == 3 else np.repeat(pixels[..., None], 3, 3)
    assert np.array_equal(read(path), expected)


@pytest.mark.parametrize("syntax", sorted(LOSSLESS))
@pytest.mark.parametrize("samples", [1, 3])
def test_every_lossless_syntax_gives_the_encoded_pixels(tmp_path, syntax, samples):
    pixels = picture(3, samples=samples)
    encoded = [LOSSLESS[syntax](frame) for frame in pixels]
    in_colour = "YBR_RCT" if syntax in uids.JPEG_2000_ALL else "RGB"
    path = write(tmp_path / "a", pixels, in_colour if samples == 3 else "MONOCHROME2", syntax, encoded)
    expected = pixels if samples == 3 else np.repeat(pixels[..., None], 3, 3)
    assert np.array_equal(read(path), expected)


@pytest.mark.parametrize("name", ["JPGExtended.dcm", "JPEG-lossy.dcm"])
def test_twelve_bit_extended_jpeg_is_read(name):
    # The two values are dcmdjpeg's, as told in pydicom's own table of reference pixels.
    reader = open_reader(WHEEL / name, read_header(WHEEL / name))
    (_, samples), *_ = reader.samples([0], False)
    assert (samples.values[420, 140], samples.values[230, 120]) == (244, 95)
    assert reader.decoder.name == "imagecodecs"


def jpeg(frame: np.ndarray, subsampling: str = "444") -> bytes:
    return simplejpeg.encode_jpeg(np.ascontiguousarray(frame), 95, "RGB", subsampling)


def without_jfif(data: bytes) -> bytes:
    length = int.from_bytes(data[4:6], "big")
    assert data[2:4] == b"\xff\xe0"
    return data[:2] + data[4 + length :]


def test_luminance_of_jpeg_is_its_first_channel_and_never_made_from_colours(tmp_path):
    pixels = picture(2, 48, 64, 3)
    encoded = [jpeg(frame, "422") for frame in pixels]
    path = write(tmp_path / "a", pixels, "YBR_FULL_422", uids.JPEG_BASELINE, encoded)
    expected = [simplejpeg.decode_jpeg(data, "GRAY")[..., 0] for data in encoded]
    assert np.array_equal(read(path, colour=False), expected)


def test_a_jpeg_stream_that_contradicts_the_tag_is_followed_with_a_warning(tmp_path):
    pixels = picture(1, 48, 64, 3)
    data = jpeg(pixels[0])
    path = write(tmp_path / "a", pixels, "RGB", uids.JPEG_BASELINE, [data])
    assert np.array_equal(read(path)[0], simplejpeg.decode_jpeg(data, "RGB"))
    (warning,) = open_reader(path, read_header(path)).warnings
    assert "the stream is followed" in warning


def test_a_jpeg_stream_without_colour_markers_is_what_the_tag_says(tmp_path):
    pixels = picture(1, 48, 64, 3)
    bare = without_jfif(jpeg(pixels[0]))
    stored = simplejpeg.decode_jpeg(bare[:2] + ADOBE_RGB + bare[2:], "RGB")
    as_rgb = write(tmp_path / "rgb", pixels, "RGB", uids.JPEG_BASELINE, [bare])
    as_ybr = write(tmp_path / "ybr", pixels, "YBR_FULL", uids.JPEG_BASELINE, [bare])
    assert np.array_equal(read(as_rgb)[0], stored)
    assert np.array_equal(read(as_ybr)[0], simplejpeg.decode_jpeg(bare, "RGB"))


@pytest.mark.parametrize("cut", [0.3, 0.9])
@pytest.mark.parametrize("syntax", [uids.JPEG_BASELINE, *sorted(LOSSLESS)])
def test_a_damaged_frame_is_an_error_and_not_half_a_picture(tmp_path, syntax, cut):
    pixels = picture(2, 48, 64, 3)
    encode = LOSSLESS.get(syntax, jpeg)
    good, bad = encode(pixels[0]), encode(pixels[1])
    in_colour = "YBR_RCT" if syntax in uids.JPEG_2000_ALL else "RGB"
    path = write(tmp_path / "a", pixels, in_colour, syntax, [good, bad[: int(len(bad) * cut)]])
    reader = open_reader(path, read_header(path))
    frames = reader(None, True)
    assert next(frames)[0] == 0
    with pytest.raises(Unreadable, match="Frame 2"):
        next(frames)


def test_bytes_left_over_between_jpeg_segments_lose_no_frame(tmp_path):
    pixels = picture(1, 48, 64, 3)
    data = jpeg(pixels[0])
    untidy = data[:-2] + b"\x00\x00" + data[-2:]
    path = write(tmp_path / "a", pixels, "YBR_FULL", uids.JPEG_BASELINE, [untidy])
    assert np.array_equal(read(path)[0], simplejpeg.decode_jpeg(data, "RGB"))


@pytest.mark.parametrize("syntax", [uids.JPEG_BASELINE, *sorted(LOSSLESS)])
def test_a_codestream_of_another_size_than_the_header_is_refused(tmp_path, syntax):
    pixels = picture(1, 48, 64, 3)
    encode = LOSSLESS.get(syntax, jpeg)
    in_colour = "YBR_RCT" if syntax in uids.JPEG_2000_ALL else "RGB"
    path = write(tmp_path / "a", pixels, in_colour, syntax, [encode(pixels[0])], Rows=40)
    reader = open_reader(path, read_header(path))
    with pytest.raises(Unreadable) as caught:
        list(reader(None, True))
    assert caught.value.reason == "pixel_data_corrupt"


def rle(planes: list[bytes]) -> bytes:
    packed = [imagecodecs.packbits_encode(plane) for plane in planes]
    packed = [part + b"\x80" * (len(part) % 2) for part in packed]
    starts = np.cumsum([64, *(len(part) for part in packed[:-1])])
    header = np.zeros(16, "<u4")
    header[0], header[1 : 1 + len(packed)] = len(packed), starts
    return header.tobytes() + b"".join(packed)


def test_rle_of_two_bytes_and_three_planes_is_put_together(tmp_path):
    words = picture().astype(np.uint16)[0] * 257 // 3
    path = write(
        tmp_path / "16",
        words[None],
        syntax=uids.RLE,
        encoded=[rle([(words >> 8).astype("u1"), words.astype("u1")])],
    )
    (_, samples), *_ = open_reader(path, read_header(path)).samples([0], False)
    assert np.array_equal(samples.values, words)
    pixels = picture(1, samples=3)
    planes = [pixels[0, ..., channel].tobytes() for channel in range(3)]
    path = write(tmp_path / "rgb", pixels, "RGB", uids.RLE, [rle(planes)])
    assert np.array_equal(read(path), pixels)


@pytest.mark.parametrize("change", [slice(0, 4), slice(4, 8), slice(8, 12)])
def test_rle_headers_that_lie_are_refused(tmp_path, change):
    pixels = picture(1, samples=3)
    data = bytearray(rle([pixels[0, ..., channel].tobytes() for channel in range(3)]))
    data[change] = b"\xff\xff\xff\x0f"
    path = write(tmp_path / "a", pixels, "RGB", uids.RLE, [bytes(data)])
    with pytest.raises(Unreadable):
        read(path)


def video(codec: str, pixels: np.ndarray, container: str) -> bytes:
    av = pytest.importorskip("av", reason="the extra `video` is not installed")
    target = io.BytesIO()
    with av.open(target, "w", format=container) as out:
        stream = out.add_stream(codec, rate=25)
        stream.height, stream.width = pixels.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for frame in pixels:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        out.mux(stream.encode())
    data = target.getvalue()
    return data + b"\0" * (len(data) % 2)


@pytest.mark.parametrize(
    ("codec", "number", "container"), [("mpeg2video", 100, "mpegts"), ("mpeg4", 102, "mp4")]
)
def test_a_video_stream_gives_its_frames_in_order(tmp_path, codec, number, container):
    level = np.linspace(40, 210, 12).astype(np.uint8)
    pixels = np.broadcast_to(level[:, None, None, None], (12, 64, 96, 3)).copy()
    data = video(codec, pixels, container)
    pieces = encapsulate([data[:600], data[600:]], has_bot=False)
    path = write(tmp_path / "a", pixels, "YBR_PARTIAL_420", f"1.2.840.10008.1.2.4.{number}", pieces)
    reader = open_reader(path, read_header(path))
    assert reader.decoder.name == "av"
    found = dict(reader([0, 5, 11], False))
    assert [int(found[i].mean()) for i in (0, 5, 11)] == pytest.approx([level[i] for i in (0, 5, 11)], abs=3)


def test_a_video_without_its_extra_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setattr(registry.importlib.util, "find_spec", lambda name: None)
    path = write(tmp_path / "a", picture(2), syntax="1.2.840.10008.1.2.4.102", encoded=[b"\0" * 8])
    with pytest.raises(Unreadable, match=r"ius-vision\[video\]") as caught:
        open_reader(path, read_header(path))
    assert caught.value.reason == "unsupported_transfer_syntax"


def test_a_damaged_video_is_an_error(tmp_path):
    pytest.importorskip("av", reason="the extra `video` is not installed")
    path = write(tmp_path / "a", picture(2), syntax="1.2.840.10008.1.2.4.102", encoded=[b"\1\2" * 500])
    with pytest.raises(Unreadable, match="video stream"):
        read(path)


def test_an_unknown_syntax_is_unsupported_and_named(tmp_path):
    path = write(tmp_path / "a", picture())
    path.write_bytes(path.read_bytes().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.9\0", 1))
    with pytest.raises(Unreadable, match=r"1\.2\.840\.10008\.1\.2\.9") as caught:
        open_reader(path, read_header(path))
    assert caught.value.reason == "unsupported_transfer_syntax"


def test_every_decoder_is_named_with_its_version(tmp_path):
    path = write(
        tmp_path / "a", picture(), syntax=uids.JPEG_LS, encoded=[LOSSLESS[uids.JPEG_LS](picture()[0])]
    )
    decoder = open_reader(path, read_header(path)).decoder
    assert (decoder.name, decoder.version) == ("pyjpegls", registry.version("pyjpegls"))


def test_peer_decoder_drift(tmp_path):
    """Another decoder of the same lossless stream gives the same pixels."""
    path = WHEEL / "examples_jpeg2k.dcm"
    with_gdcm = pydicom.pixels.pixel_array(path, decoding_plugin="gdcm")
    assert np.array_equal(read(path)[0], with_gdcm)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe0\x00", b"GIF89a", b"\xff\xd8\xff\xc0\x00\x04\x08\x00"]
)
def test_streams_that_are_no_jpeg_are_refused(data):
    with pytest.raises(Unreadable):
        read_stream(data)
