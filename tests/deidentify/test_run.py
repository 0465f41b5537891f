"""Copies of whole files: nothing but the picture is left of the screen, and it is left exactly."""

from __future__ import annotations

import csv
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import jpeglib
import numpy as np
import pydicom
import pytest
import simplejpeg
from pydicom.encaps import generate_frames
from pydicom.uid import JPEGBaseline8Bit

from ius_vision.cli.main import main
from ius_vision.deidentify.header import naming_words
from ius_vision.deidentify.jpeg_blocks import blacken, can_keep_blocks
from ius_vision.deidentify.pixels import DECODED, KEPT_BLOCKS
from ius_vision.deidentify.run import deidentify
from ius_vision.deidentify.screen_text import find_text
from ius_vision.dicom.load import load_exam
from ius_vision.dicom.scan import scan
from ius_vision.errors import BadUsage
from ius_vision.phantom.exam import write_exam
from ius_vision.phantom.plan import ExamOrder
from ius_vision.vocabulary import Segment

NAME = "MAIERHOFER"


def clips_below(folder: Path) -> list:
    return [clip for exam in scan([folder]).exams for clip in load_exam(exam)[0]]


def listed(key: Path) -> list[dict[str, str]]:
    with key.with_name(f"{key.name}.files.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def given(tmp_path_factory) -> Path:
    """A simulated exam whose header and first frames name the patient."""
    folder = tmp_path_factory.mktemp("given")
    order = ExamOrder(
        key=(71, 1), patient=NAME, segments=(Segment.SIGMOID_COLON,), frames=2, small=True,
    )  # fmt: skip
    write_exam(folder, order)
    for table in folder.rglob("*.csv"):
        table.unlink()
    return folder


@pytest.fixture(scope="module")
def copied(given, tmp_path_factory) -> tuple[Path, Path]:
    """The exam's copies, and the key."""
    work = tmp_path_factory.mktemp("copied")
    summary = deidentify([given], work / "out", work / "site.key")
    assert summary.exit_code == 0
    return work / "out", work / "site.key"


def test_nothing_outside_the_picture_is_left_and_the_picture_is_exact(given, copied):
    out, key = copied
    outputs = {row["input"]: row["output"] for row in listed(key)}
    for before in clips_below(given):
        (after,) = clips_below(out / outputs[before.file])
        mask = np.logical_or.reduce([area.mask(before.rows, before.columns) for area in before.areas])
        is_jpeg = before.open_frames.layout.transfer_syntax == JPEGBaseline8Bit
        # On the rim of a JPEG picture a block holds both picture and black, and is coded again.
        unit = np.ones((17, 33), np.uint8) if is_jpeg else np.ones((1, 1), np.uint8)
        inner = cv2.erode(mask.astype(np.uint8), unit) > 0
        outer = cv2.dilate(mask.astype(np.uint8), unit) == 0
        for (_, was), (_, now) in zip(before.rgb_frames(), after.rgb_frames(), strict=True):
            assert not now[outer].any()
            assert now[~mask].mean() < 2
            kept = (now[inner] == was[inner]).all(axis=1)
            assert kept.mean() > 0.95  # but for writing found inside
            rim = mask & ~inner
            assert not rim.any() or np.median(np.abs(now[rim].astype(int) - was[rim])) <= 1


def test_jpeg_stays_jpeg_and_its_blocks_are_those_of_the_original(given, copied):
    out, key = copied
    outputs = {row["input"]: row["output"] for row in listed(key)}
    compared = 0
    for before in clips_below(given):
        copy = pydicom.dcmread(out / outputs[before.file])
        if before.open_frames.layout.transfer_syntax != JPEGBaseline8Bit:
            assert copy.DerivationDescription == DECODED
            continue
        assert copy.file_meta.TransferSyntaxUID == JPEGBaseline8Bit
        assert (copy.DerivationDescription, copy.LossyImageCompression) == (KEPT_BLOCKS, "01")
        frames = generate_frames(copy.PixelData, number_of_frames=before.frames)
        for was, now in zip(coefficients(before.open_frames.stored()), coefficients(frames), strict=True):
            equal = (was == now).all(axis=(2, 3))
            black = (now[..., 0, 0] < 0) & ~now.reshape(*now.shape[:2], -1)[..., 1:].any(axis=-1)
            assert equal.mean() > 0.3
            assert (equal | black).mean() > 0.85
            compared += 1
    assert compared > 2


def coefficients(frames) -> Iterator[np.ndarray]:
    """Of the luminance of each frame."""
    with tempfile.TemporaryDirectory() as folder:
        for data in frames:
            Path(folder, "frame.jpg").write_bytes(data)
            yield np.array(jpeglib.read_dct(str(Path(folder, "frame.jpg"))).Y)


@pytest.mark.parametrize("sampling", ["444", "422", "420", "440", "GRAY"])
def test_blocks_of_every_sampling_are_kept_or_black_and_comments_go(sampling):
    rng = np.random.default_rng(4)
    picture = np.clip(rng.normal(120, 30, (75, 107, 1 if sampling == "GRAY" else 3)), 0, 255).astype(np.uint8)
    colours = "GRAY" if sampling == "GRAY" else "RGB"
    data = simplejpeg.encode_jpeg(np.ascontiguousarray(picture), 80, colours, sampling)
    data = data[:2] + b"\xff\xfe\x00\x0c" + NAME.encode() + data[2:]
    assert can_keep_blocks(data, "MONOCHROME2" if sampling == "GRAY" else "YBR_FULL_422")
    kept = np.zeros((75, 107), bool)
    kept[21:, 43:] = True
    (made,) = blacken([data], kept)
    assert NAME.encode() not in made
    was, now = (simplejpeg.decode_jpeg(each, "GRAY")[..., 0].astype(int) for each in (data, made))
    assert not now[:16].any()
    assert not now[:, :40].any()
    assert (now[24:, 48:] == was[24:, 48:]).all()
    rim = kept.copy()
    rim[24:, 48:] = False
    assert np.abs(now - was)[rim].mean() < 8  # as far as the tables round
    assert now[~kept].mean() < 3


def test_segment_view_mode_and_scale_are_read_from_the_copies_as_before(given, copied):
    def facts(folder):
        return sorted(
            (clip.mode, clip.segment.value, clip.view.value, clip.frames, clip.main_area.calibration.spacing)
            for clip in clips_below(folder)
        )

    assert [fact[:4] for fact in facts(copied[0])] == [fact[:4] for fact in facts(given)]


def test_the_patient_is_in_no_byte_of_what_is_given_away(copied):
    out, key = copied
    for path in out.rglob("*"):
        assert NAME.lower() not in str(path).lower()
        if path.is_file():
            assert NAME.lower().encode() not in path.read_bytes().lower()
    assert {row["patient_id"] for row in listed(key)} == {NAME}


def test_originals_are_left_alone_and_never_written_beside(given, tmp_path):
    def hashes():
        files = (path for path in given.rglob("*") if path.is_file())
        return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    before = hashes()
    for out in (given, given.parent):
        with pytest.raises(BadUsage) as caught:
            deidentify([given], out, tmp_path / "site.key")
        assert caught.value.reason == "out_holds_input"
    assert hashes() == before


def test_the_same_key_gives_the_same_bytes(given, copied, tmp_path):
    out, key = copied
    deidentify([given], tmp_path / "again", key)
    for path in out.rglob("*.dcm"):
        assert (tmp_path / "again" / path.relative_to(out)).read_bytes() == path.read_bytes()


def test_the_list_keeps_what_earlier_runs_did_and_no_copy_takes_another_s_place(given, tmp_path):
    first, second, key = tmp_path / "one", tmp_path / "two", tmp_path / "site.key"
    for folder, original in zip((first, second), sorted(given.rglob("*.dcm"))[:2], strict=True):
        folder.mkdir()
        (folder / "IM.dcm").write_bytes(original.read_bytes())
    assert deidentify([first], tmp_path / "out", key).exit_code == 0
    (copy,) = (tmp_path / "out").rglob("*.dcm")
    before = copy.read_bytes()
    with pytest.raises(BadUsage):
        deidentify([second], tmp_path / "out", key)
    assert copy.read_bytes() == before
    assert [(row["path"], row["reason"]) for row in listed(key)] == [
        (str(first / "IM.dcm"), ""),
        (str(second / "IM.dcm"), "copy_would_be_lost"),
    ]
    assert deidentify([second], tmp_path / "other", key).exit_code == 0
    assert deidentify([first], tmp_path / "out", key).exit_code == 0
    released = [row["path"] for row in listed(key) if row["status"] == "released"]
    assert sorted(released) == [str(first / "IM.dcm"), str(second / "IM.dcm")]


def test_a_list_that_cannot_be_read_is_not_written_over(given, tmp_path):
    key = tmp_path / "site.key"
    key.with_name("site.key.files.csv").write_bytes(b"input\n\xff\n")
    with pytest.raises(BadUsage) as caught:
        deidentify([given], tmp_path / "out", key)
    assert caught.value.reason == "bad_key"
    assert key.with_name("site.key.files.csv").read_bytes() == b"input\n\xff\n"


def test_other_programs_read_the_copies(copied):
    for path in copied[0].rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        pixels = dataset.pixel_array
        assert pixels.shape[-3:-1] == (dataset.Rows, dataset.Columns) or pixels.shape[-2:] == (
            dataset.Rows,
            dataset.Columns,
        )


def test_writing_inside_a_picture_is_found_and_speckle_is_not():
    rng = np.random.default_rng(3)
    frames = [np.clip(rng.rayleigh(35, (400, 500)), 0, 255).astype(np.uint8) for _ in range(3)]
    frames = [cv2.GaussianBlur(frame, (5, 5), 0) for frame in frames]
    mask = np.ones((400, 500), bool)
    assert find_text(frames[:1], mask) == find_text(frames, mask) == ()
    for frame in frames:
        cv2.putText(frame, NAME, (150, 300), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 230, 1, cv2.LINE_AA)
    for seen in (frames[:1], frames):
        (box,) = find_text(seen, mask)
        assert box.row0 <= 290
        assert box.row1 >= 298
        assert box.column0 <= 155
        assert box.column1 >= 250


def test_the_command_says_what_to_look_at_and_what_to_keep(given, tmp_path, capsys):
    words = [str(given), "--out", str(tmp_path / "out"), "--key", str(tmp_path / "site.key")]
    assert main(["deidentify", *words]) == 0
    said = capsys.readouterr()
    assert "contact_sheet.html" in said.out
    assert "site.key.files.csv" in said.out
    assert NAME not in said.out + said.err
    assert main(["deidentify", str(tmp_path / "out"), "--out", str(tmp_path / "out"), *words[-2:]]) == 2


# Their names stand in the header, outside the picture, or inside it; and one is stored big-endian.
NAMED = (
    "YBR_FULL-RLE.dcm",
    "GREYSCALE_IMAGE.dcm",
    "examples_ybr_color.dcm",
    "OBXXXX1A.dcm",
    "ExplVR_BigEnd.dcm",
)


@pytest.fixture
def real() -> Path:
    root = Path(os.environ.get("IUS_REAL_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))
    if not (root / "dicom").is_dir():
        pytest.skip("real data folder ../shared/data is not here")
    return root / "dicom"


@pytest.mark.filterwarnings("ignore")  # pydicom about values that were never allowed
def test_no_name_of_the_real_files_survives(real, tmp_path):
    key = tmp_path / "site.key"
    deidentify([real / name for name in NAMED], tmp_path / "out", key)
    released = [row for row in listed(key) if row["status"] == "released"]
    assert len(released) == len(NAMED)
    for row in released:
        words = naming_words(pydicom.dcmread(real / row["input"], stop_before_pixels=True))
        copy = pydicom.dcmread(tmp_path / "out" / row["output"], stop_before_pixels=True)
        header = {word.strip("'[]\",").lower() for word in str(copy).replace("^", " ").split()}
        assert words & header <= {"ultrasound"}, row["input"]
