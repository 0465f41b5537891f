from __future__ import annotations

import os
import sys
from pathlib import Path

import pydicom
import pytest

from ius_vision.dicom import uids
from ius_vision.dicom.clip import Scan
from ius_vision.dicom.scan import exam_id, scan
from ius_vision.dicom.walk import natural_key
from ius_vision.errors import BadUsage

from .build import STUDY, picture, write
from .test_golden_pixels import WHEEL


def reasons(found: Scan) -> dict[str, str]:
    loose = [*found.unread, *(unread for exam in found.exams for unread in exam.unread)]
    return {unread.file: unread.outcome.reason for unread in loose}


def test_peer_extension(tmp_path):
    write(tmp_path / "DEEP" / "ER" / "IM0001", picture())
    write(tmp_path / "b.dcm", picture())
    (exam,) = scan([tmp_path]).exams
    assert [file for _, file in exam.files] == ["DEEP/ER/IM0001", "b.dcm"]
    assert (exam.exam_id, exam.patient_id, exam.study_date) == (STUDY, "P1", "20260102")


def test_files_without_preamble_are_read(tmp_path):
    data = write(tmp_path / "a", picture()).read_bytes()
    (tmp_path / "a").write_bytes(data[132:])
    dataset_at = 132 + 12 + int.from_bytes(data[140:144], "little")
    (tmp_path / "b").write_bytes(data[dataset_at:])
    (exam,) = scan([tmp_path]).exams
    assert len(exam.files) == 2


def test_studies_mixed_in_one_folder_are_separate_exams(tmp_path):
    for number, (study, patient) in enumerate([("1.2.9", "B"), ("1.2.3", "A"), ("1.2.9", "B")]):
        write(tmp_path / f"{number}", picture(), StudyInstanceUID=study, PatientID=patient)
    exams = scan([tmp_path]).exams
    assert [(exam.exam_id, len(exam.files)) for exam in exams] == [("1.2.3", 1), ("1.2.9", 2)]


def test_files_are_in_the_order_people_count_in(tmp_path):
    for name in ("IM10", "IM2", "IM1", "a/IM3"):
        write(tmp_path / name, picture())
    (exam,) = scan([tmp_path]).exams
    assert [file for _, file in exam.files] == ["IM1", "IM2", "IM10", "a/IM3"]
    assert natural_key("x٣") != natural_key("x3")


def test_what_is_no_ultrasound_image_is_skipped_with_its_reason(tmp_path):
    write(tmp_path / "us", picture())
    for name, sop_class, modality in [
        ("report", "1.2.840.10008.5.1.4.1.1.88.33", "SR"),
        ("state", "1.2.840.10008.5.1.4.1.1.11.1", "PR"),
        ("keys", "1.2.840.10008.5.1.4.1.1.88.59", "KO"),
        ("labels", "1.2.840.10008.5.1.4.1.1.66.4", "SEG"),
        ("pdf", "1.2.840.10008.5.1.4.1.1.104.1", "US"),
        ("ct", "1.2.840.10008.5.1.4.1.1.2", "CT"),
        ("photo", "1.2.840.10008.5.1.4.1.1.7", "OT"),
        ("volume", "1.2.840.10008.5.1.4.1.1.6.2", "US"),
    ]:
        write(tmp_path / name, picture(), SOPClassUID=sop_class, Modality=modality)
    (tmp_path / "notes.dcm").write_text("These are not the pixels you are looking for." * 20)
    (tmp_path / "empty").write_bytes(b"")
    found = scan([tmp_path])
    assert [file for _, file in found.exams[0].files] == ["us"]
    assert reasons(found) == {
        **dict.fromkeys(("report", "state", "keys", "labels", "pdf"), "not_an_image"),
        **dict.fromkeys(("ct", "photo"), "not_ultrasound"),
        "volume": "unsupported_3d",
        **dict.fromkeys(("notes.dcm", "empty"), "not_dicom"),
    }
    everything = [*found.unread, *found.exams[0].unread]
    assert {unread.outcome.status for unread in everything} == {"skipped"}
    assert {unread.file for unread in found.exams[0].unread} >= {"report", "volume"}


@pytest.mark.parametrize(
    ("sop_class", "modality"),
    [
        ("1.2.840.10008.5.1.4.1.1.6", "US"),
        ("1.2.840.10008.5.1.4.1.1.3", "US"),
        ("1.2.840.10008.5.1.4.1.1.6.1", "OT"),
        ("1.2.840.10008.5.1.4.1.1.7.4", "US"),
        ("1.2.840.10008.5.1.4.1.1.7", "US"),
        (None, "US"),
    ],
)
def test_every_ultrasound_image_class_is_read(tmp_path, sop_class, modality):
    write(tmp_path / "a", picture(), SOPClassUID=sop_class, Modality=modality)
    assert len(scan([tmp_path]).exams[0].files) == 1


def test_a_screen_capture_with_ultrasound_regions_is_ultrasound_whatever_its_modality(tmp_path):
    region = pydicom.Dataset()
    region.RegionSpatialFormat = 1
    secondary = uids.SECONDARY_CAPTURE_PREFIX + ".4"
    regions = pydicom.Sequence([region])
    write(
        tmp_path / "a", picture(), SOPClassUID=secondary, Modality="OT", SequenceOfUltrasoundRegions=regions
    )
    assert len(scan([tmp_path]).exams) == 1


def test_a_dicomdir_is_skipped_and_its_files_are_found_by_themselves():
    found = scan([WHEEL / "dicomdirtests" / "TINY_ALPHA"])
    assert reasons(found)["DICOMDIR"] == "not_an_image"
    assert len(found.unread) > 40
    assert found.exams == ()


def test_hidden_folders_are_told_and_not_entered_while_hidden_files_are_looked_at(tmp_path):
    write(tmp_path / ".Trashes" / "deleted.dcm", picture())
    write(tmp_path / "__MACOSX" / "copy.dcm", picture())
    (tmp_path / "._IM1").write_bytes(b"\x00\x05\x16\x07" + b"\0" * 300)
    write(tmp_path / ".IM2", picture())
    found = scan([tmp_path])
    assert [file for _, file in found.exams[0].files] == [".IM2"]
    assert reasons(found) == {
        ".Trashes": "hidden_folder",
        "__MACOSX": "hidden_folder",
        "._IM1": "not_dicom",
    }


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_in_circles_end_and_a_file_reached_twice_counts_once(tmp_path):
    write(tmp_path / "a" / "im", picture())
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "again").symlink_to(tmp_path / "a" / "im")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    found = scan([tmp_path, tmp_path / "a", tmp_path / "a" / "im"])
    assert len(found.exams[0].files) == 1
    assert reasons(found) == {"nowhere": "unreadable_file"}


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_that_lead_only_to_each_other_are_told(tmp_path):
    write(tmp_path / "im", picture())
    for name, target in (("a", "b"), ("b", "a"), ("self", "self")):
        (tmp_path / name).symlink_to(target)
    found = scan([tmp_path])
    assert reasons(found) == dict.fromkeys(("a", "b", "self"), "unreadable_file")
    assert len(found.exams[0].files) == 1
    with pytest.raises(BadUsage) as caught:
        scan([tmp_path / "self"])
    assert caught.value.reason == "path_not_found"


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes there")
def test_a_named_pipe_is_not_waited_for_below_a_folder_or_given_by_itself(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for given in (tmp_path, tmp_path / "pipe"):
        assert reasons(scan([given])) == {"pipe": "unreadable_file"}


@pytest.mark.skipif(sys.platform == "win32", reason="no such device there")
def test_a_device_without_end_is_not_read(tmp_path):
    (tmp_path / "zeros").symlink_to("/dev/zero")
    assert reasons(scan([tmp_path, Path("/dev/zero")])) == {"zeros": "unreadable_file"}


def test_a_name_longer_than_the_system_takes_is_wrong_usage(tmp_path):
    with pytest.raises(BadUsage) as caught:
        scan([tmp_path / ("x" * 5000)])
    assert caught.value.reason == "path_not_found"


def test_the_same_name_in_two_given_folders_means_two_files(tmp_path):
    for folder in ("one", "two"):
        write(tmp_path / folder / "IM1", picture())
    (exam,) = scan([tmp_path / "one", tmp_path / "two"]).exams
    assert [file for _, file in exam.files] == ["one/IM1", "two/IM1"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names themselves")
def test_names_that_are_no_text_are_shown_as_text(tmp_path):
    raw = os.fsencode(tmp_path) + b"/b\xff\n=x"
    Path(os.fsdecode(raw)).write_bytes(b"no dicom")
    (unread,) = scan([tmp_path]).unread
    assert unread.file == r"b\xff\x0a=x"


def test_a_path_that_does_not_exist_is_wrong_usage(tmp_path):
    with pytest.raises(BadUsage) as caught:
        scan([tmp_path / "gone"])
    assert caught.value.reason == "path_not_found"


def test_an_empty_folder_gives_nothing(tmp_path):
    assert scan([tmp_path]) == Scan((), ())


@pytest.mark.parametrize(
    "uid", ["../../x", "=cmd()", "1.2/3", "a" * 300, "1..2", ".", "CON", "1.2.", "1.2\\3", "１.２"]
)
def test_an_exam_id_is_always_a_safe_folder_name(uid):
    name = exam_id(uid)
    assert name.startswith("exam-")
    assert name.isascii()
    assert len(name) == len("exam-") + 16
    assert name != exam_id(uid + "1")


def test_a_clean_study_uid_is_the_exam_id():
    assert exam_id("1.2.840.113619.2") == "1.2.840.113619.2"
    assert exam_id("1." + "2" * 63).startswith("exam-")


def test_files_without_study_uid_are_an_exam_by_folder_patient_and_date(tmp_path):
    for name in ("x/1", "x/2", "y/1"):
        write(tmp_path / name, picture(), StudyInstanceUID=None)
    write(tmp_path / "x/3", picture(), StudyInstanceUID=None, PatientID="P2")
    exams = scan([tmp_path]).exams
    assert sorted(len(exam.files) for exam in exams) == [1, 1, 2]
    assert len({exam.exam_id for exam in exams}) == 3
    assert [exam.exam_id for exam in scan([tmp_path]).exams] == [exam.exam_id for exam in exams]


def test_progress_counts_every_file(tmp_path):
    for name in "abc":
        write(tmp_path / name, picture())
    seen: list[int] = []
    scan([tmp_path], seen.append)
    assert seen == [1, 2, 3]


def test_the_real_folder_gives_thirteen_studies_and_loses_nothing(real_data):
    found = scan([real_data("dicom")])
    files = [file for exam in found.exams for _, file in exam.files]
    assert len(files) == 21
    assert reasons(found) == {"expected.csv": "not_dicom"}
    assert len(found.exams) == 13
