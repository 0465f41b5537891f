"""Palette colour tables: stored values are numbers of colours, not brightness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pydicom

from ius_vision.dicom.header import numbers
from ius_vision.errors import Unreadable

COLOURS = ("Red", "Green", "Blue")
MOST_ENTRIES = 65_536
DISCRETE, LINEAR, INDIRECT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Palette:
    """`colours` is (entries, 3) uint8 RGB; a stored value v means entry v - first, clamped to the table."""

    colours: np.ndarray
    first: int

    def rgb_table(self, bits: int, signed: bool) -> np.ndarray:
        """Give the colour of every value an unsigned array of `bits` bits can hold, (2**bits, 3) uint8."""
        values = np.arange(2**bits, dtype=np.int64)
        if signed:
            values = np.where(values >= 2 ** (bits - 1), values - 2**bits, values)
        return self.colours[np.clip(values - self.first, 0, len(self.colours) - 1)]


def read_palette(dataset: pydicom.Dataset, big_endian: bool) -> Palette:
    """Read the three tables (0028,1101-1103), plain (0028,1201-1203) or segmented (0028,1221-1223).

    Raises
    ------
    Unreadable
        A table is missing, or shorter than its descriptor says.
    """
    tables, first = [], 0
    for colour in COLOURS:
        descriptor = numbers(dataset, f"{colour}PaletteColorLookupTableDescriptor")
        if len(descriptor) != 3:
            what = f"PALETTE COLOR without a {colour.lower()} table descriptor"
            raise Unreadable("pixel_data_corrupt", what)
        entries, first, bits = (int(value) for value in descriptor)
        entries = entries % MOST_ENTRIES or MOST_ENTRIES  # 0 stands for 65,536, and some write it signed
        tables.append(_read_table(dataset, colour, entries, bits, big_endian))
    length = min(len(table) for table in tables)
    colours = np.stack([table[:length] for table in tables], axis=1)
    # Tables declared 16 bit hold 8-bit entries in some files; shifting those would give black.
    if colours.max() > 255:
        colours = colours >> 8
    # A negative first value may come as its unsigned twin: the element's kind follows the pixels' sign.
    signed = numbers(dataset, "PixelRepresentation") == (1.0,)
    return Palette(colours.astype(np.uint8), first - 65_536 if signed and first > 32_767 else first)


def _read_table(
    dataset: pydicom.Dataset, colour: str, entries: int, bits: int, big_endian: bool
) -> np.ndarray:
    plain = dataset.get(f"{colour}PaletteColorLookupTableData")
    if plain:
        table = _words(plain, entries, bits, big_endian)
    else:
        segmented = dataset.get(f"Segmented{colour}PaletteColorLookupTableData")
        if not segmented:
            raise Unreadable("pixel_data_corrupt", f"PALETTE COLOR without a {colour.lower()} table")
        table = expand_segments(_words(segmented, None, bits, big_endian))
    if len(table) < entries:
        what = f"The {colour.lower()} palette table has {len(table)} entries, its descriptor says {entries}"
        raise Unreadable("pixel_data_corrupt", what)
    return table[:entries].astype(np.uint16)


def _words(value, entries: int | None, bits: int, big_endian: bool) -> np.ndarray:
    """Read table data as numbers; `entries` None where the length does not tell bytes from words."""
    if not isinstance(value, (bytes, bytearray)):
        return np.atleast_1d(np.asarray(value, dtype=np.int64)).astype(np.uint16)
    bytes_an_entry = bits // 8 if entries is None else len(value) // entries
    if bytes_an_entry <= 1:
        packed = np.frombuffer(bytes(value), np.uint8)
        return packed.reshape(-1, 2)[:, ::-1].ravel() if big_endian and len(packed) % 2 == 0 else packed
    return np.frombuffer(bytes(value[: len(value) // 2 * 2]), ">u2" if big_endian else "<u2")


def expand_segments(data: np.ndarray) -> np.ndarray:
    """Expand a segmented table into its entries.

    Notes
    -----
    PS3.3 C.7.9.2: discrete segments list values; linear ones run from the last value to their end value; an
    indirect one repeats earlier segments, whose place is given in bytes as two words, low word first.
    """
    table: list[int] = []
    _expand(data.tolist(), 0, len(data), None, table, data.dtype.itemsize)
    return np.asarray(table, dtype=np.uint16)


def _expand(data: list[int], at: int, end: int, most: int | None, table: list[int], item_bytes: int) -> None:
    done = 0
    while at + 1 < end and (most is None or done < most) and len(table) <= MOST_ENTRIES:
        kind, length = data[at], data[at + 1]
        if kind == DISCRETE:
            table.extend(data[at + 2 : at + 2 + length])
            at += 2 + length
        elif kind == LINEAR and table and at + 2 < end:
            table.extend(np.rint(np.linspace(table[-1], data[at + 2], length + 1)[1:]).astype(int).tolist())
            at += 3
        elif kind == INDIRECT and most is None and at + 3 < end:
            wide = 16 if item_bytes == 2 else 8
            place = (data[at + 2] | data[at + 3] << wide) // item_bytes
            _expand(data, place, end, length, table, item_bytes)
            at += 4
        else:
            raise Unreadable("pixel_data_corrupt", f"A segmented palette table has an unknown segment {kind}")
        done += 1
