"""Damaged copies of real files never raise out of the room, whatever is wrong with them."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ius_vision.dicom.clip import Clip
from ius_vision.dicom.load import load_exam
from ius_vision.dicom.scan import scan
from ius_vision.errors import Unreadable

from .test_golden_pixels import WHEEL

SMALL_FILES = (
    "ExplVR_BigEnd.dcm",
    "SC_rgb_jpeg_dcmtk.dcm",
    "SC_rgb_small_odd_jpeg.dcm",
    "SC_rgb_jpeg_gdcm.dcm",
    "SC_rgb_rle_2frame.dcm",
    "JPEGLSNearLossless_08.dcm",
    "image_dfl.dcm",
    "SC_rgb_jls_lossy_line.dcm",
    "JPEG2000.dcm",
)
MODALITY = b"\x08\x00\x60\x00CS\x02\x00"


def ultrasound(name: str) -> bytes:
    """Give a small real file, called ultrasound so that it is read to its pixels."""
    path = WHEEL / name
    if pydicom.dcmread(path, stop_before_pixels=True).get("Modality") == "US":
        return path.read_bytes()
    made = pydicom.dcmread(path)
    made.Modality = "US"
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.6.1"
    buffer = pydicom.filebase.DicomBytesIO()
    pydicom.dcmwrite(buffer, made)
    return buffer.getvalue()


def read_everything(folder) -> int:
    """Scan, load and decode; give the number of rows. Only `Unreadable` may come out of a frame."""
    found = scan([folder])
    rows = len(found.unread)
    for exam in found.exams:
        clips, unread = load_exam(exam)
        rows += len(clips) + len(unread) + len(exam.unread)
        for clip in clips:
            decode(clip)
    return rows


def decode(clip: Clip) -> None:
    for frames, shape in ((clip.grey_frames, ()), (clip.rgb_frames, (3,))):
        try:
            for _, frame in frames():
                assert frame.shape == (clip.rows, clip.columns, *shape)
                assert frame.dtype == np.uint8
        except Unreadable as error:
            assert error.detail  # noqa: PT017


@pytest.fixture(scope="module")
def originals() -> dict[str, bytes]:
    return {name: ultrasound(name) for name in SMALL_FILES}


@pytest.mark.parametrize("name", SMALL_FILES)
def test_the_undamaged_file_is_a_clip(tmp_path, originals, name):
    (tmp_path / name).write_bytes(originals[name])
    (exam,) = scan([tmp_path]).exams
    clips, unread = load_exam(exam)
    assert (len(clips), unread) == (1, [])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_truncated_or_mutated_file_is_one_row(tmp_path_factory, originals, data):
    name = data.draw(st.sampled_from(SMALL_FILES))
    damaged = bytearray(originals[name])
    in_header = data.draw(st.booleans())
    most = min(len(damaged), 1600) if in_header else len(damaged)
    for place, value in data.draw(
        st.lists(st.tuples(st.integers(0, most - 1), st.integers(0, 255)), max_size=6)
    ):
        damaged[place] = value
    if data.draw(st.booleans()):
        del damaged[data.draw(st.integers(0, len(damaged))) :]
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "file").write_bytes(damaged)
    assert read_everything(folder) == 1
