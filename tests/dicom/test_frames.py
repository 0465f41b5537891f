from __future__ import annotations

import pickle
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
from pydicom.encaps import encapsulate, encapsulate_extended

from ius_vision.dicom import uids
from ius_vision.dicom.frames import FrameReader, open_reader
from ius_vision.dicom.header import read_header
from ius_vision.errors import Unreadable

from .build import picture, write


def reader_of(path: Path) -> FrameReader:
    return open_reader(path, read_header(path))


def jpegs(frames: int) -> tuple[np.ndarray, list[bytes]]:
    pixels = picture(frames, 48, 64)
    encoded = [simplejpeg.encode_jpeg(frame[..., None].copy(), 95, "GRAY") for frame in pixels]
    encoded = [data + b"\0" * (len(data) % 2) for data in encoded]
    return np.stack([simplejpeg.decode_jpeg(data, "GRAY")[..., 0] for data in encoded]), encoded


def item(data: bytes, tag: bytes = b"\xfe\xff\x00\xe0") -> bytes:
    return tag + struct.pack("<I", len(data)) + data


def cut(data: bytes) -> list[bytes]:
    third = len(data) // 6 * 2
    return [data[:third], data[third : 2 * third], data[2 * third :]]


END = item(b"", b"\xfe\xff\xdd\xe0")


def read(path: Path) -> np.ndarray:
    return np.stack([frame for _, frame in reader_of(path)()])


def fragmented(encoded: list[bytes], table: bytes) -> bytes:
    return item(table) + b"".join(item(piece) for data in encoded for piece in cut(data)) + END


def test_frames_in_fragments_are_joined_with_and_without_an_offset_table(tmp_path):
    pixels, encoded = jpegs(4)
    lengths = [sum(8 + len(piece) for piece in cut(data)) for data in encoded]
    table = struct.pack("<4I", *np.cumsum([0, *lengths[:-1]]).tolist())
    for name, start in (("with", table), ("without", b""), ("wrong", b"\0\0\0\0\7\0\0\0" * 2)):
        path = write(tmp_path / name, pixels, syntax=uids.JPEG_BASELINE, encoded=fragmented(encoded, start))
        assert np.array_equal(read(path), pixels), name


def test_a_fragment_that_begins_like_a_frame_does_not_start_one(tmp_path):
    pixels, encoded = jpegs(2)
    first = [encoded[0][:100], b"\xff\xd8\xff" + encoded[0][100:]]
    # The second piece only looks like a beginning: the piece before it does not end an image.
    value = item(b"") + b"".join(item(piece) for piece in [*first, encoded[1]]) + END
    path = write(tmp_path / "a", pixels, syntax=uids.JPEG_BASELINE, encoded=value)
    assert [len(pieces) for pieces in reader_of(path).index.pieces] == [2, 1]


def test_an_extended_offset_table_is_followed(tmp_path):
    pixels, encoded = jpegs(3)
    value, offsets, lengths = encapsulate_extended(encoded)
    tags = {"ExtendedOffsetTable": offsets, "ExtendedOffsetTableLengths": lengths}
    path = write(tmp_path / "a", pixels, syntax=uids.JPEG_BASELINE, encoded=value, **tags)
    assert np.array_equal(read(path), pixels)


def test_a_missing_end_mark_loses_no_frame(tmp_path):
    pixels, encoded = jpegs(3)
    path = write(tmp_path / "a", pixels, syntax=uids.JPEG_BASELINE, encoded=encapsulate(encoded))
    path.write_bytes(path.read_bytes()[:-8])
    assert np.array_equal(read(path), pixels)


def test_without_number_of_frames_the_pixel_data_say_how_many_with_a_warning(tmp_path):
    pixels, encoded = jpegs(3)
    lossy = write(tmp_path / "a", pixels, syntax=uids.JPEG_BASELINE, encoded=encoded, NumberOfFrames=None)
    plain = write(tmp_path / "b", pixels, NumberOfFrames=None)
    for path in (lossy, plain):
        assert reader_of(path).frames == 3
        assert "does not say" in reader_of(path).warnings[0]
        assert np.array_equal(read(path), pixels)


def test_more_frames_than_declared_are_left_out_with_a_warning(tmp_path):
    pixels, encoded = jpegs(3)
    path = write(tmp_path / "a", pixels, syntax=uids.JPEG_BASELINE, encoded=encoded, NumberOfFrames=2)
    assert "left out" in reader_of(path).warnings[0]
    assert np.array_equal(read(path), pixels[:2])


def test_frames_come_in_rising_order_and_only_those_asked_for(tmp_path):
    pixels = picture(6)
    reader = reader_of(write(tmp_path / "a", pixels))
    found = list(reader([5, 1, 1, 3], False))
    assert [index for index, _ in found] == [1, 3, 5]
    assert np.array_equal(found[2][1], pixels[5])
    assert list(reader([], True)) == []


@pytest.mark.parametrize("indices", [[6], [-1]])
def test_a_frame_that_does_not_exist_is_refused_at_once(tmp_path, indices):
    reader = reader_of(write(tmp_path / "a", picture(6)))
    with pytest.raises(IndexError, match="frames 0 to 5 exist"):
        reader(indices, False)


def test_a_deflated_clip_gives_late_frames(tmp_path):
    pixels = picture(20)
    reader = reader_of(write(tmp_path / "a", pixels, syntax=uids.DEFLATED))
    assert np.array_equal(next(iter(reader([17], False)))[1], pixels[17])


def test_a_reader_can_be_sent_to_another_process(tmp_path):
    pixels = picture(3)
    reader = pickle.loads(pickle.dumps(reader_of(write(tmp_path / "a", pixels))))
    assert np.array_equal(next(iter(reader([2], False)))[1], pixels[2])


def test_a_file_that_changed_meanwhile_is_refused(tmp_path):
    path = write(tmp_path / "a", picture(3))
    reader = reader_of(path)
    path.write_bytes(path.read_bytes() + b"\0\0")
    with pytest.raises(Unreadable, match="has changed"):
        list(reader())
    path.unlink()
    with pytest.raises(Unreadable, match="cannot be read"):
        list(reader())


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"NumberOfFrames": 0}, "no_frames"),
        ({"NumberOfFrames": -3}, "no_frames"),
        ({"NumberOfFrames": 1_000_000}, "declared_size_absurd"),
        ({"Rows": 65535, "Columns": 65535}, "declared_size_absurd"),
        ({"Rows": 4000, "Columns": 4000}, "declared_size_absurd"),
        ({"Rows": 0}, "pixel_data_corrupt"),
        ({"Columns": None}, "pixel_data_corrupt"),
        ({"NumberOfFrames": 150_000}, "pixel_data_corrupt"),
        ({"Rows": 4_000, "Columns": 3_000}, "pixel_data_corrupt"),
        ({"SamplesPerPixel": 3}, "pixel_data_corrupt"),
        ({"PhotometricInterpretation": "CMYK"}, "unsupported_pixel_format"),
        ({"BitsAllocated": 32, "BitsStored": 32, "HighBit": 31}, "unsupported_pixel_format"),
        ({"BitsStored": 9}, "pixel_data_corrupt"),
        ({"HighBit": 3}, "pixel_data_corrupt"),
    ],
)
def test_headers_that_cannot_be_are_refused_before_anything_is_allocated(tmp_path, tags, reason):
    path = write(tmp_path / "a", picture(2), **tags)
    with pytest.raises(Unreadable) as caught:
        reader_of(path)
    assert caught.value.reason == reason


@pytest.mark.parametrize("syntax", [uids.EXPLICIT_LITTLE, uids.JPEG_BASELINE])
@pytest.mark.parametrize("kept", [0.99, 0.7])
def test_a_truncated_clip_is_an_error_before_its_first_frame(tmp_path, syntax, kept):
    pixels, encoded = jpegs(8)
    encoded = encoded if syntax == uids.JPEG_BASELINE else None
    path = write(tmp_path / "a", pixels, syntax=syntax, encoded=encoded)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(Unreadable, match="breaks off") as caught:
        reader_of(path)
    assert caught.value.reason == "unreadable_file"


@pytest.mark.parametrize("encoded", [b"", item(b""), item(b"") + END, b"\1\2\3\4\5\6\7\x08" * 9])
def test_encapsulated_data_without_frames_are_an_error(tmp_path, encoded):
    valid = encapsulate([b"MARKMARK"])
    path = write(tmp_path / "a", picture(1), syntax=uids.JPEG_BASELINE, encoded=valid)
    path.write_bytes(path.read_bytes().replace(valid + END, encoded))
    with pytest.raises(Unreadable):
        reader_of(path)


MEMORY_RUN = """
import sys
from pathlib import Path
from ius_vision.dicom.load import load_exam
from ius_vision.dicom.scan import scan
clips, _ = load_exam(scan([Path(sys.argv[1])]).exams[0])
assert sum(1 for _ in clips[0].rgb_frames(range(0, 600, 10))) == 60
status = Path("/proc/self/status").read_text().splitlines()
print(next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak memory from /proc")
def test_peer_memory(tmp_path):
    """600 colour frames of 1024 x 768, 1.4 GB decoded and 120 MB encoded, in less than 400 MB."""
    frame = picture(1, 768, 1024, 3)[0]
    data = simplejpeg.encode_jpeg(frame, 80, "RGB", "422")
    data += b"\0" * (200_000 - len(data))
    header = write(
        tmp_path / "cine",
        np.zeros((1, 768, 1024, 3), np.uint8),
        "YBR_FULL_422",
        uids.JPEG_BASELINE,
        item(b"") + b"MARK",
        NumberOfFrames=600,
        FrameTime="40",
    )
    start = header.read_bytes().partition(b"MARK")[0]
    with header.open("wb") as file:
        file.write(start)
        for _ in range(600):
            file.write(item(data))
        file.write(END)
    ran = subprocess.run(
        [sys.executable, "-c", MEMORY_RUN, str(header)], capture_output=True, text=True, check=True
    )
    assert int(ran.stdout) < 400
