from __future__ import annotations

import io
import zlib

import pydicom
import pytest

from ius_vision.dicom import header as header_room
from ius_vision.dicom import uids
from ius_vision.dicom.classify import read_identity
from ius_vision.dicom.facts import header_facts
from ius_vision.dicom.header import date, looks_like_dicom, number, numbers, read_header, text, whole
from ius_vision.dicom.inflate import InflatedFile
from ius_vision.errors import Unreadable

from .build import dataset, picture, write
from .test_golden_pixels import WHEEL


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (b"\0" * 128 + b"DICM", True),
        (b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 100", True),
        (b"\x00\x08\x00\x05CS\x00\x0aISO_IR 100", True),
        (b"\x02\x00\x00\x00UL\x04\x00\x00\x00\x00\x00\x02\x00", True),
        (b"\x08\x00\x05\x00\x0a\x00\x00\x00ISO_IR 100", True),
        (b"a text file that somebody named .dcm", False),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 200, False),
        (b"\x08\x00", False),
        (b"", False),
    ],
)
def test_dicom_is_told_from_other_files_with_or_without_preamble(start, expected):
    assert looks_like_dicom(start, max(len(start), 500) if start else 0) is expected


def test_the_header_is_read_and_the_pixels_are_only_located(tmp_path):
    pixels = picture(2)
    path = write(tmp_path / "a", pixels)
    header = read_header(path)
    assert "PixelData" not in header.dataset
    found = path.read_bytes()[header.pixels.offset :][: header.pixels.length]
    assert found == pixels.tobytes()


def test_a_large_private_value_stays_on_disk(tmp_path):
    made = dataset(picture())
    made.add_new(0x00091010, "OB", b"\1" * (5 << 20))
    made.add_new(0x00090010, "LO", "MAKER")
    made.file_meta = pydicom.dataset.FileMetaDataset()
    made.file_meta.TransferSyntaxUID = uids.EXPLICIT_LITTLE
    made.PixelData = picture().tobytes()
    made.save_as(tmp_path / "a", enforce_file_format=True)
    header = read_header(tmp_path / "a")
    assert (0x0009, 0x1010) not in header.dataset
    assert whole(header.dataset, "Rows") == 24


@pytest.mark.parametrize("where", ["top", "in an open sequence", "in a closed one"])
def test_a_header_of_too_many_elements_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch, where):
    monkeypatch.setattr(header_room, "MOST_READS", 2000)
    monkeypatch.setattr(header_room, "MOST_ELEMENTS", 1000)
    many = b"".join(b"\x11\x00" + (0x1000 + n).to_bytes(2, "little") + b"US\2\0\1\0" for n in range(3000))
    if where == "in a closed one":
        item = b"\xfe\xff\x00\xe0" + len(many).to_bytes(4, "little") + many
        many = b"\x40\x00\x30\xa7SQ\0\0" + len(item).to_bytes(4, "little") + item
    if where == "in an open sequence":
        ends = b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"
        many = b"\x40\x00\x30\xa7SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" + many + ends
    path = tmp_path / "a"
    path.write_bytes(b"\x08\x00\x60\x00CS\2\0US" + many)
    with pytest.raises(Unreadable) as caught:
        read_header(path)
    assert caught.value.reason == "declared_size_absurd"
    if where != "in a closed one":  # which is read only when it is asked for
        assert read_identity(path).reason == "declared_size_absurd"


@pytest.mark.parametrize("size", [30 << 20, 0xFFFFFFF0, 1 << 20])
def test_a_header_that_inflates_without_end_is_refused_on_the_way(tmp_path, monkeypatch, size):
    monkeypatch.setattr(header_room, "MOST_HEADER_BYTES", 10 << 20)
    start = write(tmp_path / "plain", picture(), syntax=uids.DEFLATED).read_bytes()
    start = start[: 144 + int.from_bytes(start[140:144], "little")]
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = b"\x08\x00\x60\x00CS\2\0US"
    for place in range(30 if size == 1 << 20 else 1):
        data += b"\x09\x00" + (0x1001 + place).to_bytes(2, "little") + b"OB\0\0" + size.to_bytes(4, "little")
        data += bytes(min(size, 30 << 20))
    path = tmp_path / "a"
    path.write_bytes(start + packer.compress(data) + packer.flush())
    with pytest.raises(Unreadable) as caught:
        read_header(path)
    assert "MB" in caught.value.detail


def test_elements_that_cannot_be_read_are_dropped_and_told(tmp_path):
    path = write(tmp_path / "a", picture(), Columns=32, CineRate="25")
    rows = b"\x28\x00\x10\x00US\x02\x00"
    assert rows in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(rows, rows.replace(b"US", b"FD")))
    header = read_header(path)
    assert "Rows" not in header.dataset
    assert whole(header.dataset, "Columns") == 32
    assert len(header.problems) == 1
    assert "(0028,0010)" in header.problems[0]


def test_text_where_a_number_belongs_is_no_number():
    header = read_header(WHEEL / "badVR.dcm")
    assert header.dataset.NumberOfFrames == "1A"
    assert whole(header.dataset, "NumberOfFrames") is None


def test_strange_values_are_missing_and_never_raise():
    made = pydicom.Dataset()
    made.add_new("Rows", "US", [5, 6])
    made.add_new("CineRate", "IS", "")
    made.add_new("PatientID", "LO", ["a", "b"])
    made.add_new("FrameTime", "DS", ["1", "2"])
    made.SeriesDescription = "two\nlines\x00 \x1b[31mred"
    assert whole(made, "Rows") == 5
    assert number(made, "CineRate") is None
    assert number(made, "Columns") is None
    assert numbers(made, "PatientID") == ()
    assert text(made, "PatientID") == "a\\b"
    assert text(made, "SeriesDescription") == "two lines [31mred"
    assert text(made, "SequenceOfUltrasoundRegions") == ""


@pytest.mark.parametrize(
    ("written", "read"), [("20260102", "20260102"), ("2026.01.02", "20260102"), ("", ""), ("soon", "soon")]
)
def test_old_dates_are_read_as_new_ones(written, read):
    made = pydicom.Dataset()
    with pydicom.config.disable_value_validation():
        made.StudyDate = written
    assert date(made, "StudyDate") == read


def test_only_facts_that_are_there_are_given():
    made = pydicom.Dataset()
    made.Manufacturer = "Maker"
    made.MechanicalIndex = "0.8"
    made.SeriesDescription = ""
    assert header_facts(made) == {"Manufacturer": "Maker", "MechanicalIndex": "0.8"}


@pytest.mark.parametrize("length", [0, 100, 131, 132, 140, 200])
def test_a_header_that_breaks_off_is_an_error_or_has_no_pixels(tmp_path, length):
    path = tmp_path / "a"
    path.write_bytes(write(tmp_path / "whole", picture()).read_bytes()[:length])
    try:
        assert read_header(path).pixels is None
    except Unreadable as error:
        assert error.reason == "unreadable_file"  # noqa: PT017


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def test_a_deflated_file_reads_as_the_plain_one_forwards_and_back():
    data = bytes(range(256)) * 2000
    with InflatedFile(io.BytesIO(b"head" + deflated(data)), 4) as file:
        assert file.read(10) == data[:10]
        file.seek(300_000)
        assert file.read(5) == data[300_000:300_005]
        file.seek(7)
        assert file.read(3) == data[7:10]
        file.seek(-3, io.SEEK_CUR)
        assert file.readall() == data[7:]
        assert file.read(1) == b""


def test_a_damaged_deflated_file_is_an_error_of_reading():
    with InflatedFile(io.BytesIO(b"\xff" * 50), 0) as file, pytest.raises(OSError, match="damaged"):
        file.read(1)
