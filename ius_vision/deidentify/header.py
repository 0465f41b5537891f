"""A header that names nobody: the standard's basic profile, dates moved, descriptions of fixed words only."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pydicom
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from ius_vision.deidentify.profile import EDITION, Action, action_for
from ius_vision.deidentify.pseudonyms import Pseudonyms
from ius_vision.dicom.header import text

# CID 7050: the profile and the options that were followed.
METHODS = (
    ("113100", "Basic Application Confidentiality Profile"),
    ("113101", "Clean Pixel Data Option"),
    ("113105", "Clean Descriptors Option"),
    ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
)
STANDARD_ROOT = "1.2.840.10008."
FREE_TEXT = frozenset({"AE", "LO", "LT", "PN", "SH", "ST", "UC", "UN", "UR", "UT"})
# Where the table says nothing, text that may have been typed goes; which device it was, and how set, stays.
KEPT_TEXT = frozenset(
    ["Manufacturer", "ManufacturerModelName", "SoftwareVersions", "TransducerData", "ProcessingFunction",
     "OutputPower", "RescaleType", "CodeValue", "CodingSchemeDesignator", "CodingSchemeVersion",
     "CodeMeaning"]
)  # fmt: skip
BYTES = frozenset({"OB", "OD", "OF", "OL", "OV", "OW"})
KEPT_BYTES = frozenset({"PixelData", "ICCProfile", "LUTData"})
TECHNICAL_CODES = frozenset(
    ["ImageType", "Modality", "PhotometricInterpretation", "SpecificCharacterSet", "LossyImageCompression",
     "LossyImageCompressionMethod"]
)  # fmt: skip
TIME = re.compile(r"[0-9:.+\-]*")
UID = re.compile(r"[0-9.]*")
DUMMY = "REMOVED"
NAMING = (
    "PatientID", "OtherPatientIDs", "AccessionNumber", "PatientBirthDate", "InstitutionName", "StationName",
    "PatientAddress", "PatientTelephoneNumbers",
)  # fmt: skip
SHORTEST_WORD = 3


def clean_header(dataset: Dataset, pseudonyms: Pseudonyms, description: str) -> frozenset[str]:
    """Take everything out of a dataset that says whose it is, in place.

    Parameters
    ----------
    description : what the series' description becomes; words of a fixed vocabulary only.

    Returns
    -------
    The words that named somebody before, in lower case; none of them stands in the dataset any more.
    """
    words = naming_words(dataset)
    patient = text(dataset, "PatientID") or text(dataset, "StudyInstanceUID")
    _clean(dataset, pseudonyms, patient)
    dataset.PatientID = dataset.PatientName = pseudonyms.patient(patient)
    dataset.PatientBirthDate = dataset.PatientSex = ""
    if description:
        dataset.SeriesDescription = description
    dataset.PatientIdentityRemoved = "YES"
    dataset.LongitudinalTemporalInformationModified = "MODIFIED"
    dataset.DeidentificationMethod = f"ius-vision; PS3.15 {EDITION} table E.1-1"
    dataset.DeidentificationMethodCodeSequence = [_code(*method) for method in METHODS]
    _empty_naming(dataset, words)
    return words


def naming_words(dataset: Dataset) -> frozenset[str]:
    """Words by which a person could be known: of every person's name, of numbers, addresses and places."""
    found: set[str] = set()
    for element in _elements(dataset):
        if element.VR == "PN" or element.keyword in NAMING:
            values = element.value if isinstance(element.value, MultiValue) else [element.value]
            for value in values:
                found |= {part.lower() for part in re.split(r"[\W_]+", str(value or ""))}
    return frozenset(word for word in found if len(word) >= SHORTEST_WORD)


def _elements(dataset: Dataset) -> Iterator[DataElement]:
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value or ():
                yield from _elements(item)
        else:
            yield element


def _clean(dataset: Dataset, pseudonyms: Pseudonyms, patient: str) -> None:
    for tag in list(dataset.keys()):
        element = dataset[tag]
        action = action_for(tag)
        if element.VR in ("DA", "DT") and action is not None and element.keyword != "PatientBirthDate":
            action = None  # kept, and moved: dates of a patient keep their distance
        typed = action is None and _may_be_typed(element)
        if typed or action is Action.REMOVE or (element.VR == "SQ" and action is not None):
            del dataset[tag]
        elif action is Action.EMPTY:
            element.value = None if element.VR in ("OB", "OW", "UN") else ""
        elif action is Action.REPLACE:
            element.value = _dummy(element)
        elif element.VR == "SQ":
            for item in element.value or ():
                _clean(item, pseudonyms, patient)
        elif element.VR == "UI":
            element.value = _each(element.value, lambda uid, named=action: _uid(uid, pseudonyms, named))
        elif element.VR == "DA":
            element.value = _each(element.value, lambda day: pseudonyms.day(day, patient))
        elif element.VR == "DT":
            element.value = _each(element.value, lambda moment: pseudonyms.moment(moment, patient))
        elif element.VR == "TM":
            element.value = _each(element.value, lambda time: time if TIME.fullmatch(time.strip()) else "")


def _may_be_typed(element: DataElement) -> bool:
    """Whether an element that the table does not name could hold words of anybody's choice."""
    if element.VR in BYTES:
        return element.keyword not in KEPT_BYTES and "PaletteColorLookupTable" not in element.keyword
    return element.VR in FREE_TEXT and element.keyword not in KEPT_TEXT


def _uid(uid: str, pseudonyms: Pseudonyms, action: Action | None) -> str:
    """UIDs of the standard itself say nothing about anybody, unless the table names their place."""
    if not uid or (action is None and uid.startswith(STANDARD_ROOT) and UID.fullmatch(uid)):
        return uid
    return pseudonyms.uid(uid)


def _each(value: object, change) -> object:
    if isinstance(value, (MultiValue, list, tuple)):
        return [change(str(part)) for part in value]
    return change(str(value or ""))


def _dummy(element: DataElement) -> str | None:
    """A value that stands for one that was there; nothing where nothing was, and no number made up."""
    written = element.VR in FREE_TEXT or element.VR == "CS"
    return DUMMY if written and str(element.value or "") else None


def _empty_naming(dataset: Dataset, words: frozenset[str]) -> None:
    """Empty what still holds a naming word in a place where the table expects none."""
    for element in _elements(dataset):
        typed = element.VR in FREE_TEXT and element.keyword not in ("PatientID", "PatientName")
        if typed or (element.VR == "CS" and element.keyword not in TECHNICAL_CODES):
            value = element.value
            said = value.decode("latin-1") if isinstance(value, bytes) else str(value or "")
            if words & {part.lower() for part in re.split(r"[\W_]+", said)}:
                element.value = None


def _code(value: str, meaning: str) -> Dataset:
    item = pydicom.Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item
