"""How the header says the pixels are laid out, refused where no scanner would store them so."""

from __future__ import annotations

from dataclasses import dataclass

import pydicom

from ius_vision.dicom.header import Header, text, whole
from ius_vision.errors import Unreadable

LARGEST_SIDE_PX = 16_384
# A screen of 4096 x 2160 and some: to look at a frame takes about 60 bytes a pixel.
LARGEST_FRAME_PX = 12_000_000
MOST_FRAMES = 200_000

ONE_SAMPLE = frozenset({"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"})
THREE_SAMPLES = frozenset(
    ["RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT", "XYB"]
)


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """The Image Pixel module's numbers; `frames` is None where the header does not say.

    `photometric` is empty where it is missing.
    """

    rows: int
    columns: int
    frames: int | None
    samples: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    planar: int
    photometric: str
    transfer_syntax: str
    big_endian: bool
    pixel_vr: str

    @property
    def swaps_bytes(self) -> bool:
        """Whether bytes are stored as big endian words, in which neighbours change places."""
        return self.big_endian and self.pixel_vr == "OW" and self.bits_allocated == 8

    @property
    def native_frame_bytes(self) -> int:
        """Length of one uncompressed frame in bytes."""
        samples = 2 if self.photometric in ("YBR_FULL_422", "YBR_PARTIAL_422") else self.samples
        return self.rows * self.columns * samples * self.bits_allocated // 8


def read_layout(header: Header) -> PixelLayout:
    """Read and check the pixel layout, before anything is allocated by it.

    Raises
    ------
    Unreadable
        There are no pixels or frames, or the sizes or kinds are beyond what ultrasound stores.
    """
    dataset = header.dataset
    if header.pixels is None:
        what = "The file has no pixel data: it is cut off before them or never had any"
        raise Unreadable("unreadable_file", what)
    rows, columns = whole(dataset, "Rows"), whole(dataset, "Columns")
    _check_size(rows, columns)
    frames = _frames(dataset)
    photometric = text(dataset, "PhotometricInterpretation").upper().replace("_COLOR", " COLOR")
    samples = whole(dataset, "SamplesPerPixel") or (3 if photometric in THREE_SAMPLES else 1)
    photometric = photometric or ("RGB" if samples == 3 else "MONOCHROME2")
    allocated = whole(dataset, "BitsAllocated") or 8
    stored = whole(dataset, "BitsStored") or allocated
    high_bit = whole(dataset, "HighBit")
    high_bit = stored - 1 if high_bit is None else high_bit
    _check_kind(photometric, samples, allocated, stored, high_bit)
    return PixelLayout(
        rows=rows,
        columns=columns,
        frames=frames,
        samples=samples,
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=high_bit,
        signed=whole(dataset, "PixelRepresentation") == 1,
        planar=whole(dataset, "PlanarConfiguration") or 0,
        photometric=photometric,
        transfer_syntax=header.transfer_syntax,
        big_endian=header.big_endian,
        pixel_vr=header.pixels.vr,
    )


def _frames(dataset: pydicom.Dataset) -> int | None:
    frames = whole(dataset, "NumberOfFrames")
    if frames is None:
        return None
    if frames < 1:
        raise Unreadable("no_frames", f"The header declares {frames} frames, (0028,0008)")
    if frames > MOST_FRAMES:
        what = f"The header declares {frames} frames, (0028,0008); at most {MOST_FRAMES} are read"
        raise Unreadable("declared_size_absurd", what)
    return frames


def _check_size(rows: int | None, columns: int | None) -> None:
    if not rows or not columns or rows < 1 or columns < 1:
        said = f"{'no' if rows is None else rows} rows, {'no' if columns is None else columns} columns"
        what = f"The header gives no image size: {said}, (0028,0010) and (0028,0011)"
        raise Unreadable("pixel_data_corrupt", what)
    if max(rows, columns) > LARGEST_SIDE_PX or rows * columns > LARGEST_FRAME_PX:
        limit = f"at most {LARGEST_SIDE_PX} a side and {LARGEST_FRAME_PX / 1e6:g} million in all are read"
        what = f"The header declares {columns} x {rows} pixels; {limit}"
        raise Unreadable("declared_size_absurd", what)


def _check_kind(photometric: str, samples: int, allocated: int, stored: int, high_bit: int) -> None:
    if photometric not in ONE_SAMPLE | THREE_SAMPLES:
        what = f"The photometric interpretation {photometric[:40]!r}, (0028,0004), is not one of ultrasound"
        raise Unreadable("unsupported_pixel_format", what)
    if samples != (1 if photometric in ONE_SAMPLE else 3):
        what = f"{photometric} with {samples} samples a pixel contradicts itself, (0028,0002) and (0028,0004)"
        raise Unreadable("pixel_data_corrupt", what)
    if allocated not in (8, 16):
        what = f"{allocated} bits allocated, (0028,0100); 8 and 16 are read"
        raise Unreadable("unsupported_pixel_format", what)
    if not 1 <= stored <= allocated or not stored - 1 <= high_bit < allocated:
        what = f"{stored} bits stored up to bit {high_bit} do not fit {allocated} bits allocated"
        raise Unreadable("pixel_data_corrupt", what)
