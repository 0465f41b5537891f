"""Headers that name nobody any more, in whatever place the name stood."""

from __future__ import annotations

import io

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from ius_vision.deidentify.header import clean_header
from ius_vision.deidentify.pseudonyms import Pseudonyms

KEY = Pseudonyms(b"k" * 32)
SECRETS = ("Maier", "Zenzi", "80331", "Sonnenstr", "Dr. Huber", "KH-Nord", "4711-22", "19580403")


@pytest.fixture
def named() -> Dataset:
    """A header with a name in every kind of place."""
    made = Dataset()
    made.PatientName, made.PatientID, made.PatientBirthDate = "Maier^Zenzi", "4711-22", "19580403"
    made.PatientAddress, made.PatientAge, made.PatientSex = "Sonnenstr 1, 80331", "066Y", "F"
    made.ReferringPhysicianName, made.InstitutionName = "Dr. Huber", "KH-Nord"
    made.StudyInstanceUID, made.SOPInstanceUID, made.SeriesInstanceUID = "1.2.3", "1.2.3.4", "1.2.3.5"
    made.SOPClassUID = "1.2.840.10008.5.1.4.1.1.3.1"
    made.StudyDate, made.AcquisitionDateTime = "20240131", "20240131101500"
    made.StudyDescription, made.SeriesDescription = "Maier, for Dr. Huber", "sigma Zenzi"
    made.SoftwareVersions = "set up for Zenzi"  # where the table expects no name
    made.ContrastBolusAgent = "SonoVue"
    request = Dataset()
    request.RequestingPhysician, request.StudyInstanceUID = "Dr. Huber", "1.2.3"
    made.RequestAttributesSequence = Sequence([request])
    region = Dataset()
    region.PhysicalDeltaX, region.RegionSpatialFormat = 0.02, 1
    made.SequenceOfUltrasoundRegions = Sequence([region])
    block = made.private_block(0x0009, "KH-Nord", create=True)
    block.add_new(0x01, "LO", "Maier Zenzi")
    made.add_new((0x6000, 0x3000), "OW", b"Maie")
    made.add_new((0x5000, 0x3000), "OW", b"Maie")
    return made


def written(dataset: Dataset) -> bytes:
    stream = io.BytesIO()
    dataset.save_as(stream, implicit_vr=False, little_endian=True, enforce_file_format=False)
    return stream.getvalue()


def test_no_name_survives_anywhere(named):
    clean_header(named, KEY, "sigmoid colon")
    left = written(named).decode("latin-1").lower()
    assert [secret for secret in SECRETS if secret.lower() in left] == []


@pytest.mark.filterwarnings("ignore")  # pydicom about values that are none of their kind
def test_where_the_table_says_nothing_only_words_about_the_device_are_kept(named):
    named.Manufacturer, named.TransducerData = "Maker", "C5-1"
    named.SoftwareVersions = "3.1"
    typed = {"ViewName": "left", "StageName": "rest", "PatientBirthDateInAlternativeCalendar": "S33"}
    for keyword, value in typed.items():
        setattr(named, keyword, value)
    named.add_new(0x00280120, "OB", b"made")
    named.BodyPartExamined = "ZENZI"
    named.ContentTime, named.AcquisitionDateTime = "10 Zenzi", "20240131 Zenzi"
    named.ReferencedSOPInstanceUID = "1.2.840.10008.Zenzi"
    clean_header(named, KEY, "")
    assert (named.Manufacturer, named.TransducerData, named.SoftwareVersions) == ("Maker", "C5-1", "3.1")
    assert not any(keyword in named for keyword in (*typed, "PixelPaddingValue"))
    assert not named.BodyPartExamined
    assert not named.ContentTime
    assert "zenzi" not in written(named).decode("latin-1").lower()


def test_what_measures_is_kept(named):
    clean_header(named, KEY, "sigmoid colon")
    assert named.SequenceOfUltrasoundRegions[0].PhysicalDeltaX == 0.02
    assert named.SOPClassUID == "1.2.840.10008.5.1.4.1.1.3.1"
    assert named.SeriesDescription == "sigmoid colon"
    assert named.ContrastBolusAgent == "REMOVED"  # that there was one is what tells a contrast clip


def test_private_groups_curves_and_overlays_are_gone(named):
    clean_header(named, KEY, "")
    assert not any(tag.is_private or tag.group in (0x5000, 0x6000) for tag in named.keys())  # noqa: SIM118
    assert "SeriesDescription" not in named


def test_one_patient_is_one_pseudonym_and_identifiers_stay_linked(named):
    other = pydicom.Dataset()
    other.PatientID, other.StudyInstanceUID, other.StudyDate = "4711-22", "1.2.3", "20240207"
    clean_header(named, KEY, "")
    clean_header(other, KEY, "")
    assert (named.PatientID, named.StudyInstanceUID) == (other.PatientID, other.StudyInstanceUID)
    assert int(other.StudyDate) != 20240207
    assert named.AcquisitionDateTime == named.StudyDate + "101500"


def test_the_standard_s_marks_are_set(named):
    clean_header(named, KEY, "")
    assert named.PatientIdentityRemoved == "YES"
    assert {item.CodeValue for item in named.DeidentificationMethodCodeSequence} >= {"113100", "113101"}


def test_nothing_is_made_up_where_nothing_was():
    bare = pydicom.Dataset()
    bare.PatientID, bare.ContrastBolusAgent = "1", ""
    clean_header(bare, KEY, "")
    assert not bare.ContrastBolusAgent
