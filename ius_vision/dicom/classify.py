"""Is this file an ultrasound image? Decided by its header alone."""

from __future__ import annotations

from pathlib import Path

import pydicom

from ius_vision.dicom import uids
from ius_vision.dicom.header import looks_like_dicom, read_header, text, whole
from ius_vision.errors import Unreadable
from ius_vision.outcomes import Failed, Skipped

KEYWORDS = (
    "SpecificCharacterSet",
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "StudyDate",
    "PatientID",
    "Modality",
    "Rows",
    "TransducerData",
    "TransducerType",
    "SequenceOfUltrasoundRegions",
)
SNIFF_BYTES = 1024
ULTRASOUND_MODALITIES = ("US", "IVUS")


def read_identity(path: Path) -> pydicom.Dataset | Skipped | Failed:
    """Read the few elements a scan needs, or say why there are none."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(SNIFF_BYTES)
    except OSError as error:
        return Failed("unreadable_file", f"The file cannot be opened ({error.strerror or error}).")
    if size == 0:
        return Skipped("not_dicom", "The file is empty.")
    if not looks_like_dicom(start, size):
        return Skipped("not_dicom", "The file does not begin as DICOM does.")
    try:
        return read_header(path, KEYWORDS).dataset
    except Unreadable as error:
        return Failed(error.reason, error.detail)


def not_an_input(dataset: pydicom.Dataset) -> Skipped | Failed | None:
    """Say why a DICOM object is no ultrasound image to analyse; None where it is one."""
    sop_class, modality = text(dataset, "SOPClassUID"), text(dataset, "Modality").upper()
    if sop_class in uids.ULTRASOUND_CLASSES:
        return None
    if sop_class in uids.VOLUME_CLASSES:
        said = f"{uids.VOLUME_CLASSES[sop_class]} objects are not analysed; export 2D clips."
        return Skipped("unsupported_3d", said)
    for root, meaning in uids.NO_IMAGE_ROOTS.items():
        if sop_class == root or sop_class.startswith(root + "."):
            return Skipped("not_an_image", f"The object holds no image: {meaning}.")
    if not sop_class and not modality:
        return Failed(
            "unreadable_file",
            "The header names no class and no modality: the file is cut off or damaged; export it again.",
        )
    if modality in ULTRASOUND_MODALITIES or _has_ultrasound_tags(dataset):
        if whole(dataset, "Rows") is None and sop_class and not _may_be_image(sop_class):
            return Skipped("not_an_image", f"An ultrasound object of class {sop_class} without an image.")
        return None
    return Skipped("not_ultrasound", f"Modality {modality or 'unknown'}, class {sop_class or 'unknown'}.")


def _may_be_image(sop_class: str) -> bool:
    return sop_class.startswith(uids.SECONDARY_CAPTURE_PREFIX)


def _has_ultrasound_tags(dataset: pydicom.Dataset) -> bool:
    keywords = ("SequenceOfUltrasoundRegions", "TransducerData", "TransducerType")
    return any(dataset.get(keyword) for keyword in keywords)
