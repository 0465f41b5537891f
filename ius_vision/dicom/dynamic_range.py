"""The log-compression range that a header states, in dB over the display's 0 to 255."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path

import pydicom

from ius_vision.dicom.header import numbers, read_header, text, whole
from ius_vision.dicom.manifest import LEAST_DB, MOST_DB, ManifestRow

UNIT_DB = 2
ACUSON_GROUP, ACUSON_CREATOR, ACUSON_RANGE = 0x7FDF, "ACUSON:1.2.840.113680.1.0:7f10", 0x73
WRITTEN = re.compile(
    r"\b(?:DR|dyn(?:amic)?\.?\s*r(?:an)?ge?\.?)\s*[:=]?\s*(\d{2,3}(?:\.\d+)?)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class DynamicRange:
    """dB between pixel values 0 and 255, and where they are stated."""

    range_db: float
    source: str


def find_dynamic_range(path: Path, row: ManifestRow | None) -> DynamicRange | None:
    """The range of a clip: the manifest's, a region's table, ACUSON's element, or Processing Function's text.

    Raises
    ------
    Unreadable
        The file's header cannot be read.
    """
    if row is not None and row.dynamic_range_db is not None:
        return DynamicRange(row.dynamic_range_db, "manifest")
    dataset = read_header(path).dataset
    return _of_tables(dataset) or _of_acuson(dataset) or _of_text(dataset)


def _of_tables(dataset: pydicom.Dataset) -> DynamicRange | None:
    """The range of the regions' pixel-to-dB tables (PS3.3 C.8.5.5.1); None where they disagree."""
    items = dataset.get("SequenceOfUltrasoundRegions") or ()
    if not isinstance(items, pydicom.Sequence):
        return None
    found = {span for item in items if (span := _table_span(item)) is not None}
    return DynamicRange(found.pop(), "dicom:TableOfYBreakPoints") if len(found) == 1 else None


def _table_span(region: pydicom.Dataset) -> float | None:
    if whole(region, "PixelComponentPhysicalUnits") != UNIT_DB:
        return None
    pixels, levels = numbers(region, "TableOfXBreakPoints"), numbers(region, "TableOfYBreakPoints")
    if len(pixels) != len(levels) or len(pixels) < 2 or max(pixels) == min(pixels):
        return None
    # A table that ends short of the display's ends goes on with its own slope.
    span = abs(levels[-1] - levels[0]) / abs(pixels[-1] - pixels[0]) * 255
    return round(span, 3) if LEAST_DB <= span <= MOST_DB else None


def _of_acuson(dataset: pydicom.Dataset) -> DynamicRange | None:
    """(7FDF,xx73) of ACUSON scanners, B-mode Dynamic Range in dB, a double also where its VR was lost."""
    try:
        value = dataset.private_block(ACUSON_GROUP, ACUSON_CREATOR)[ACUSON_RANGE].value
    except KeyError:
        return None
    if isinstance(value, bytes) and len(value) == struct.calcsize("d"):
        (value,) = struct.unpack("<d", value)
    if not isinstance(value, float) or not LEAST_DB <= value <= MOST_DB:
        return None
    return DynamicRange(round(value, 3), "dicom:ACUSON(7FDF,xx73)")


def _of_text(dataset: pydicom.Dataset) -> DynamicRange | None:
    said = WRITTEN.search(text(dataset, "ProcessingFunction"))
    if said is None or not LEAST_DB <= float(said.group(1)) <= MOST_DB:
        return None
    return DynamicRange(float(said.group(1)), "dicom:ProcessingFunction")
