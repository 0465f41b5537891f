"""The header's facts that a reader of the tables may want to see, as plain strings."""

from __future__ import annotations

import pydicom

from ius_vision.dicom.header import text

FACTS = (
    "Manufacturer",
    "ManufacturerModelName",
    "SoftwareVersions",
    "StationName",
    "InstitutionName",
    "Modality",
    "SOPClassUID",
    "SeriesInstanceUID",
    "SeriesNumber",
    "InstanceNumber",
    "StudyDescription",
    "SeriesDescription",
    "ProtocolName",
    "ImageComments",
    "BodyPartExamined",
    "ImageType",
    "StudyTime",
    "AcquisitionDateTime",
    "ContentDate",
    "ContentTime",
    "PatientSex",
    "PatientAge",
    "TransducerData",
    "TransducerType",
    "TransducerFrequency",
    "MechanicalIndex",
    "ThermalIndex",
    "DepthOfScanField",
    "ProcessingFunction",
    "OutputPower",
    "ContrastBolusAgent",
    "PhotometricInterpretation",
    "PixelAspectRatio",
    "PixelSpacing",
    "LossyImageCompression",
    "LossyImageCompressionRatio",
    "BurnedInAnnotation",
    "FrameTime",
    "CineRate",
)


def header_facts(dataset: pydicom.Dataset) -> dict[str, str]:
    """Give the facts that are there, by DICOM keyword."""
    found = {keyword: text(dataset, keyword) for keyword in FACTS}
    return {keyword: value for keyword, value in found.items() if value}
