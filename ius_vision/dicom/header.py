"""A file's header: read without its pixels, cleaned of what cannot be read, and where the pixels lie."""

from __future__ import annotations

import io
import logging
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import BinaryIO

import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.filereader import read_dataset
from pydicom.multival import MultiValue
from pydicom.valuerep import STANDARD_VR

from ius_vision.dicom import uids
from ius_vision.dicom.inflate import InflatedFile
from ius_vision.errors import Unreadable, kind_and_place

logger = logging.getLogger(__name__)

# Larger values (a maker's raw data) stay on disk: nothing here asks for them.
BUFFER_BYTES = 256 * 1024
LARGEST_VALUE_BYTES = 4 * 1024 * 1024
LONGEST_TEXT = 1000
# Limits for everything before the pixels, read within seconds; an element takes two reads or three.
MOST_ELEMENTS = 500_000
MOST_READS = 2 * MOST_ELEMENTS
MOST_HEADER_BYTES = 256_000_000
UNDEFINED_LENGTH = 0xFFFFFFFF
ITEM_GROUP = 0xFFFE  # a stray item mark between elements: nothing is lost with it
PIXEL_DATA = (0x7FE0, 0x0010)

VRS = frozenset(vr.value.encode() for vr in STANDARD_VR)


@dataclass(frozen=True, slots=True)
class PixelElement:
    """Where Pixel Data lies: first byte of its value, length (None = undefined) and VR ('' = implicit)."""

    offset: int
    length: int | None
    vr: str


@dataclass(frozen=True, slots=True)
class Header:
    """Everything before the pixels; every element left in `dataset` can be read without an error.

    `problems` has a sentence for every element that had to be dropped.
    """

    dataset: pydicom.Dataset
    transfer_syntax: str
    big_endian: bool
    pixels: PixelElement | None
    data_start: int
    problems: tuple[str, ...] = ()


class _HeaderFile(io.BufferedReader):
    """A file whose header is read: one of millions of elements is refused before it fills the memory."""

    reads = 0
    bytes_read = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.reads += 1
        self.bytes_read += len(data)
        if self.reads > MOST_READS or self.bytes_read > MOST_HEADER_BYTES:
            raise _too_much()
        return data


def _too_much() -> Unreadable:
    limits = f"{MOST_ELEMENTS:,} elements or {MOST_HEADER_BYTES // 1_000_000} MB"
    what = f"The header goes on for more than {limits}"
    return Unreadable("declared_size_absurd", what, next_step="Export the file again")


def looks_like_dicom(start: bytes, size: int) -> bool:
    """Tell from a file's first bytes whether it is DICOM, with or without preamble.

    Parameters
    ----------
    start : the first 132 bytes or more, fewer where the file is shorter.
    size : the file's length in bytes.
    """
    if start[128:132] == b"DICM":
        return True
    if len(start) < 8 or size < 16:
        return False
    for order in ("little", "big"):
        group = int.from_bytes(start[0:2], order)
        if group not in (0x0002, 0x0008):
            continue
        if start[4:6] in VRS:
            return True
        length = int.from_bytes(start[4:8], order)
        if order == "little" and int.from_bytes(start[2:4], order) < 0x0100 and length % 2 == 0:
            return length <= min(size - 8, 1024)
    return False


@contextmanager
def open_data(path: Path, transfer_syntax: str, data_start: int) -> Iterator[BinaryIO]:
    """Open a file so that positions count as in `Header`: a deflated file's count inflated bytes."""
    file = path.open("rb")
    if transfer_syntax == uids.DEFLATED:
        file = io.BufferedReader(InflatedFile(file, data_start), BUFFER_BYTES)
    try:
        yield file
    finally:
        file.close()


def read_header(path: Path, keywords: Sequence[str] | None = None) -> Header:
    """Read a header, all of it or only the elements named.

    Raises
    ------
    Unreadable
        The file cannot be opened, or breaks off or contradicts itself before its identifiers.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(path, keywords)
    except Unreadable:
        raise
    except OSError as error:
        what = f"The file cannot be opened ({error.strerror or error})"
        raise Unreadable("unreadable_file", what) from error
    except Exception as error:  # pydicom raises whatever a damaged byte leads to
        logger.debug("header of %s", path, exc_info=True)
        what = f"The DICOM header cannot be read ({kind_and_place(error)})"
        raise Unreadable("unreadable_file", what, next_step="Export the file again") from error


def _read(path: Path, keywords: Sequence[str] | None) -> Header:
    tags = None if keywords is None else [pydicom.tag.Tag(keyword) for keyword in keywords]
    deflated_from = _deflated_start(path)
    syntax = uids.DEFLATED
    with _open_header(path, deflated_from) as file:
        if deflated_from is None:
            found = pydicom.dcmread(
                file, stop_before_pixels=True, force=True, defer_size=LARGEST_VALUE_BYTES, specific_tags=tags
            )
            syntax = text(found.file_meta, "TransferSyntaxUID") or _implied_syntax(found)
            media_class = text(found.file_meta, "MediaStorageSOPClassUID")
        else:
            found = read_dataset(
                file, False, True, stop_when=_at_pixels, defer_size=LARGEST_VALUE_BYTES, specific_tags=tags
            )
            media_class = ""
        big_endian = syntax == uids.EXPLICIT_BIG
        pixels = _find_pixels(file, "big" if big_endian else "little")
    problems = tuple(_drop_unreadable(found, count(1)))
    if media_class and "SOPClassUID" not in found:
        found.SOPClassUID = media_class
    return Header(found, syntax, big_endian, pixels, deflated_from or 0, problems)


def _open_header(path: Path, deflated_from: int | None) -> _HeaderFile:
    raw: io.RawIOBase = path.open("rb", buffering=0)
    if deflated_from is not None:
        raw = InflatedFile(raw, deflated_from, MOST_HEADER_BYTES)
    return _HeaderFile(raw, BUFFER_BYTES)


def _deflated_start(path: Path) -> int | None:
    """First byte of the deflate stream, or None where the file is not deflated."""
    with path.open("rb") as file:
        start = file.read(2048)
    if start[128:132] != b"DICM" or uids.DEFLATED.encode() not in start:
        return None
    meta = pydicom.filereader.read_file_meta_info(path)
    if text(meta, "TransferSyntaxUID") != uids.DEFLATED:
        return None
    return 132 + 12 + int(meta.FileMetaInformationGroupLength)


def _at_pixels(tag, _vr, _length) -> bool:
    return tag >= 0x7FE00008


def _implied_syntax(dataset: pydicom.Dataset) -> str:
    implicit, little = dataset.original_encoding
    if implicit:
        return uids.IMPLICIT_LITTLE
    return uids.EXPLICIT_LITTLE if little else uids.EXPLICIT_BIG


def _find_pixels(file: BinaryIO, order: str) -> PixelElement | None:
    """Read the element header that pydicom stopped in front of."""
    head = file.read(12)
    if len(head) < 8 or (int.from_bytes(head[:2], order), int.from_bytes(head[2:4], order)) != PIXEL_DATA:
        return None
    explicit = head[4:6] in VRS
    length = int.from_bytes(head[8:12] if explicit else head[4:8], order)
    position = file.tell() - len(head) + (12 if explicit else 8)
    vr = head[4:6].decode() if explicit else ""
    return PixelElement(position, None if length == UNDEFINED_LENGTH else length, vr)


def _drop_unreadable(dataset: pydicom.Dataset, numbered: Iterator[int]) -> Iterator[str]:
    """Convert every element once, so that nobody after this meets an exception; drop those that fail."""
    for tag in list(dataset.keys()):
        if next(numbered) > MOST_ELEMENTS:
            raise _too_much()
        raw = dataset.get_item(tag, keep_deferred=True)
        if isinstance(raw, RawDataElement) and raw.value is None:
            del dataset[tag]
            continue
        try:
            element = dataset[tag]
            if element.VR == "SQ":
                for item in element.value or ():
                    yield from _drop_unreadable(item, numbered)
            else:
                str(element.value)
        except Unreadable:
            raise
        except Exception as error:  # a wrong value raises anything from TypeError to OverflowError
            del dataset[tag]
            if tag.group != ITEM_GROUP:
                yield f"The element {tag} cannot be read ({type(error).__name__}) and is left out."


def text(dataset: pydicom.Dataset, keyword: str) -> str:
    """Read an element as one line of text; empty where it is missing or empty."""
    value = dataset.get(keyword)
    if value is None or isinstance(value, (bytes, pydicom.Sequence)):
        return ""
    if isinstance(value, (MultiValue, list, tuple)):
        value = "\\".join(str(part) for part in value)
    # Surrogates cannot be written as UTF-8, and control characters break tables and terminals.
    readable = "".join(c if c.isprintable() else " " for c in str(value))
    return " ".join(readable.split())[:LONGEST_TEXT]


def date(dataset: pydicom.Dataset, keyword: str) -> str:
    """Read a date as YYYYMMDD, also from the old form YYYY.MM.DD; other texts as they are."""
    found = text(dataset, keyword)
    plain = found.replace(".", "").replace("-", "")
    return plain if len(plain) == 8 and plain.isdecimal() else found


def numbers(dataset: pydicom.Dataset, keyword: str) -> tuple[float, ...]:
    """Read an element's values as finite numbers; empty where one of them is not a number."""
    value = dataset.get(keyword)
    parts = value if isinstance(value, (MultiValue, list, tuple)) else [value]
    try:
        found = tuple(float(part) for part in parts)
    except (TypeError, ValueError, OverflowError):
        return ()
    return found if all(math.isfinite(number) for number in found) else ()


def number(dataset: pydicom.Dataset, keyword: str) -> float | None:
    """Read an element's first value as a finite number, or None."""
    found = numbers(dataset, keyword)
    return found[0] if found else None


def whole(dataset: pydicom.Dataset, keyword: str) -> int | None:
    """Read an element's first value as a whole number, or None."""
    value = number(dataset, keyword)
    return int(value) if value is not None and value == int(value) else None
