from __future__ import annotations

import hashlib
import pickle

import numpy as np
import pytest

from ius_vision.dicom import load, uids
from ius_vision.dicom.clip import Clip, Unread
from ius_vision.dicom.load import load_exam
from ius_vision.dicom.manifest import ManifestRow
from ius_vision.dicom.scan import scan
from ius_vision.vocabulary import Mode

from .build import STUDY, picture, write


def load_folder(path, manifest=None) -> tuple[list[Clip], list[Unread]]:
    exams = scan([path]).exams
    loaded = [load_exam(exam, manifest) for exam in exams]
    return [c for clips, _ in loaded for c in clips], [u for _, unread in loaded for u in unread]


def test_a_clip_carries_its_facts_its_times_and_its_frames(tmp_path):
    pixels = picture(4, 48, 64)
    path = write(tmp_path / "a", pixels, Manufacturer="Maker", SeriesDescription="Sigma quer")
    ((clip,), unread) = load_folder(tmp_path)
    assert unread == []
    assert (clip.file, clip.study_instance_uid, clip.patient_id) == ("a", STUDY, "P1")
    assert (clip.frames, clip.rows, clip.columns) == (4, 48, 64)
    assert clip.time_base.times_s == pytest.approx((0, 0.04, 0.08, 0.12))
    assert clip.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert clip.header["Manufacturer"] == "Maker"
    assert clip.segment.value == "sigmoid_colon"
    assert clip.decoder.name == "numpy"
    assert np.array_equal([frame for _, frame in clip.grey_frames()], pixels)
    assert next(iter(clip.rgb_frames([2])))[1].shape == (48, 64, 3)


def test_a_clip_can_be_sent_to_another_process(tmp_path):
    pixels = picture(2)
    write(tmp_path / "a", pixels)
    ((clip,), _) = load_folder(tmp_path)
    again = pickle.loads(pickle.dumps(clip))
    assert np.array_equal(next(iter(again.grey_frames([1])))[1], pixels[1])


def test_peer_one_bad_file(tmp_path):
    for name in "abc":
        write(tmp_path / name, picture(3))
    bad = tmp_path / "b"
    bad.write_bytes(bad.read_bytes()[:-100])
    clips, unread = load_folder(tmp_path)
    assert [clip.file for clip in clips] == ["a", "c"]
    assert [(u.file, u.outcome.status, u.outcome.reason) for u in unread] == [
        ("b", "failed", "unreadable_file")
    ]
    assert unread[0].study_instance_uid == STUDY
    assert unread[0].sop_instance_uid


def test_an_unexpected_error_is_that_files_row_and_nothing_more(tmp_path, monkeypatch):
    write(tmp_path / "a", picture(), SeriesDescription="trip")
    write(tmp_path / "b", picture())
    real = load.find_segment

    def trips(dataset, file, row):
        if file == "a":
            raise ZeroDivisionError("a bug")
        return real(dataset, file, row)

    monkeypatch.setattr(load, "find_segment", trips)
    clips, unread = load_folder(tmp_path)
    assert [clip.file for clip in clips] == ["b"]
    assert unread[0].outcome.reason == "unreadable_file"
    assert "ZeroDivisionError in dicom/load.py" in unread[0].outcome.detail


def test_ultrasound_without_pixels_is_failed(tmp_path):
    path = write(tmp_path / "a", picture())
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"\xe0\x7f\x10\x00")])
    _, (unread,) = load_folder(tmp_path)
    assert (unread.outcome.status, unread.outcome.reason) == ("failed", "unreadable_file")
    assert "no pixel data" in unread.outcome.detail


def test_the_same_image_in_another_syntax_counts_once(tmp_path):
    pixels = picture(3, samples=3)
    write(tmp_path / "a", pixels, "RGB", SOPInstanceUID="1.2.3")
    write(tmp_path / "b", pixels, "RGB", uids.DEFLATED, SOPInstanceUID="1.2.3")
    (clip,), (unread,) = load_folder(tmp_path)
    assert (clip.file, clip.warnings) == ("a", ())
    assert (unread.file, unread.outcome.reason) == ("b", "duplicate_file")
    assert "as a " in unread.outcome.detail


def test_other_pixels_under_one_uid_are_both_kept_with_the_conflict_told(tmp_path):
    pixels = picture(3)
    other = pixels.copy()
    other[2, 0, 0] ^= 1
    write(tmp_path / "a", pixels, SOPInstanceUID="1.2.3")
    write(tmp_path / "b", other, SOPInstanceUID="1.2.3")
    write(tmp_path / "c", pixels[:2], SOPInstanceUID="1.2.3")
    write(tmp_path / "d", other, SOPInstanceUID="1.2.4")
    clips, unread = load_folder(tmp_path)
    assert [clip.file for clip in clips] == ["a", "b", "c", "d"]
    assert unread == []
    assert [bool(clip.warnings) for clip in clips] == [True, True, True, False]
    assert "conflicting_duplicate" in clips[0].warnings[0]
    assert "b, c" in clips[0].warnings[0]


def test_a_copy_is_a_duplicate_even_without_a_uid(tmp_path):
    path = write(tmp_path / "a", picture(), SOPInstanceUID=None)
    (tmp_path / "b").write_bytes(path.read_bytes())
    write(tmp_path / "c", picture(2), SOPInstanceUID=None)
    clips, (unread,) = load_folder(tmp_path)
    assert [clip.file for clip in clips] == ["a", "c"]
    assert unread.file == "b"


def test_the_manifest_overrules_and_the_clip_says_what(tmp_path):
    write(tmp_path / "a", picture(1, 48, 64), SeriesDescription="Sigma longitudinal")
    write(tmp_path / "b", picture(1, 48, 64, 3), "RGB", SOPInstanceUID="1.2.5")
    rows = {
        "a": ManifestRow(file="a", segment="rectum", view="longitudinal", mode="contrast"),
        "1.2.5": ManifestRow(file="1.2.5", segment="cecum"),
    }
    clips, _ = load_folder(tmp_path, rows)
    by_name = {clip.file: clip for clip in clips}
    first = by_name["a"]
    assert (first.segment.value, first.segment.source, first.mode) == ("rectum", "manifest", Mode.CONTRAST)
    assert any("sigmoid_colon" in said and "rectum" in said for said in first.overruled)
    assert any(said.startswith("mode:") for said in first.overruled)
    assert not any(said.startswith("view:") for said in first.overruled)
    assert (by_name["b"].segment.value, by_name["b"].overruled) == ("cecum", ())


def test_another_patient_in_the_same_study_is_told(tmp_path):
    write(tmp_path / "a", picture())
    write(tmp_path / "b", picture(2), PatientID="P2")
    clips, _ = load_folder(tmp_path)
    assert clips[0].warnings == ()
    assert "PatientID differs" in clips[1].warnings[0]
    assert "P2" not in clips[1].warnings[0]


def test_peer_stills_and_peer_overwrite_input(tmp_path):
    path = write(tmp_path / "a", picture(1))
    before = path.read_bytes()
    ((clip,), _) = load_folder(tmp_path)
    assert (clip.frames, clip.time_base.source) == (1, "single_frame")
    assert path.read_bytes() == before


def test_every_real_file_is_a_clip_or_a_told_duplicate(real_data):
    clips, unread = load_folder(real_data("dicom"))
    assert len(clips) == 18
    assert {u.file: u.outcome.reason for u in unread} == dict.fromkeys(
        ("color-px.dcm", "examples_jpeg2k.dcm", "OBXXXX1A_rle.dcm"), "duplicate_file"
    )
    conflicts = [c.file for c in clips if any("conflicting_duplicate" in w for w in c.warnings)]
    assert conflicts == ["OBXXXX1A.dcm", "OBXXXX1A_2frame.dcm", "examples_palette.dcm"]
