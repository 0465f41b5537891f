"""Where the bytes of every frame lie in the file, found once by walking item headers without the pixels."""

from __future__ import annotations

import bisect
import itertools
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ius_vision.dicom import uids
from ius_vision.dicom.header import Header, PixelElement, open_data
from ius_vision.dicom.layout import MOST_FRAMES, PixelLayout
from ius_vision.errors import Unreadable

ITEM, SEQUENCE_END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
# How the codestreams of one frame begin: JPEG and JPEG-LS, JPEG 2000 bare and boxed, JPEG XL bare and boxed.
FRAME_STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ", b"\xff\x0a", b"\0\0\0\x0cJXL ")
END_OF_IMAGE = b"\xff\xd9"
MOST_FRAGMENTS = 50 * MOST_FRAMES

Piece = tuple[int, int]
"""First byte in the file, and length in bytes."""


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """Pieces of the file that make up each frame; a video stream is one frame's worth of pieces for all.

    `file_bytes` is the file's length when it was indexed.
    """

    pieces: tuple[tuple[Piece, ...], ...]
    frames: int
    file_bytes: int
    warnings: tuple[str, ...] = ()


def index_frames(path: Path, header: Header, layout: PixelLayout) -> FrameIndex:
    """Find every frame's bytes, and compare what is there with what the header declares.

    Raises
    ------
    Unreadable
        The file breaks off, or holds fewer frames than declared.
    """
    size = path.stat().st_size
    if layout.transfer_syntax in uids.NATIVE:
        with open_data(path, layout.transfer_syntax, header.data_start) as file:
            return _index_native(file, header.pixels, layout, size)
    with path.open("rb") as file:
        offsets, fragments = _walk_items(file, header.pixels, size)
        if layout.transfer_syntax in uids.VIDEO:
            return FrameIndex((tuple(fragments),), layout.frames or 1, size)
        extended = header.dataset.get("ExtendedOffsetTable")
        if isinstance(extended, bytes) and extended and len(extended) % 8 == 0:
            offsets = [offset for (offset,) in struct.iter_unpack("<Q", extended)]
        return _group(file, offsets, fragments, layout, size)


def _index_native(file: BinaryIO, pixels: PixelElement, layout: PixelLayout, size: int) -> FrameIndex:
    if pixels.length is None:
        what = "The pixel data are in items although the transfer syntax says they are uncompressed"
        raise Unreadable("pixel_data_corrupt", what)
    frame_bytes = layout.native_frame_bytes
    declared = layout.frames if layout.frames is not None else max(1, pixels.length // frame_bytes)
    needed = declared * frame_bytes
    if pixels.length < needed:
        shape = f"{declared} frames of {layout.columns} x {layout.rows}"
        what = f"{shape} need {needed} bytes, the pixel data declare {pixels.length}"
        raise Unreadable("pixel_data_corrupt", what)
    last = pixels.offset + needed - 1
    file.seek(last)
    if len(file.read(1)) != 1:
        what = f"The file breaks off before byte {last + 1}, inside its pixel data"
        raise Unreadable("unreadable_file", what)
    pieces = tuple(((pixels.offset + i * frame_bytes, frame_bytes),) for i in range(declared))
    if layout.swaps_bytes and frame_bytes % 2:
        if declared > 1:
            what = "Frames of odd length in swapped words share words, which is not read"
            raise Unreadable("unsupported_pixel_format", what)
        pieces = (((pixels.offset, frame_bytes + 1),),)
    return FrameIndex(pieces, declared, size, _count_warning(layout, declared))


def _walk_items(file: BinaryIO, pixels: PixelElement, size: int) -> tuple[list[int], list[Piece]]:
    """Read the basic offset table and the place of every fragment (PS3.5 Annex A.4)."""
    end = size if pixels.length is None else min(size, pixels.offset + pixels.length)
    position, items = pixels.offset, []
    while position + 8 <= end:
        file.seek(position)
        tag, length = file.read(4), int.from_bytes(file.read(4), "little")
        if tag == SEQUENCE_END:
            break
        if tag != ITEM:
            what = f"The pixel data hold no item at byte {position}: they are damaged or not encapsulated"
            raise Unreadable("pixel_data_corrupt", what)
        if position + 8 + length > end:
            raise Unreadable("unreadable_file", f"The file breaks off inside the pixel data, at byte {size}")
        items.append((position + 8, length))
        position += 8 + length
        if len(items) > MOST_FRAGMENTS:
            what = f"The pixel data are in more than {MOST_FRAGMENTS} pieces"
            raise Unreadable("declared_size_absurd", what)
    if len(items) < 2:
        raise Unreadable("unreadable_file", "The pixel data hold no frame: the file breaks off or is empty")
    table_at, table_bytes = items[0]
    file.seek(table_at)
    table = file.read(table_bytes - table_bytes % 4)
    return [offset for (offset,) in struct.iter_unpack("<I", table)], items[1:]


def _group(
    file: BinaryIO, offsets: list[int], fragments: list[Piece], layout: PixelLayout, size: int
) -> FrameIndex:
    declared = layout.frames
    groups = _by_offsets(offsets, fragments)
    if groups is None or (declared is not None and len(groups) < declared):
        groups = _by_content(file, fragments, declared)
    if declared is not None and len(groups) < declared:
        what = f"The header declares {declared} frames, the pixel data hold {len(groups)}"
        raise Unreadable("pixel_data_corrupt", what)
    frames = len(groups) if declared is None else declared
    warnings = _count_warning(layout, frames)
    if len(groups) > frames:
        held = f"The pixel data hold {len(groups)} frames, the header declares {frames}"
        warnings += (f"{held}: the rest is left out.",)
    return FrameIndex(tuple(tuple(group) for group in groups[:frames]), frames, size, warnings)


def _by_offsets(offsets: list[int], fragments: list[Piece]) -> list[list[Piece]] | None:
    """Group fragments by an offset table; None where it is empty or does not fit the fragments."""
    first = fragments[0][0] - 8
    starts = [position - 8 - first for position, _ in fragments]
    known = set(starts)
    if not offsets or offsets[0] != 0 or any(offset not in known for offset in offsets):
        return None
    if any(later <= earlier for earlier, later in itertools.pairwise(offsets)):
        return None
    cuts = [bisect.bisect_left(starts, offset) for offset in offsets] + [len(fragments)]
    return [fragments[a:b] for a, b in itertools.pairwise(cuts)]


def _by_content(file: BinaryIO, fragments: list[Piece], declared: int | None) -> list[list[Piece]]:
    """Group fragments by how frames begin, where no table says so."""
    if declared == len(fragments):
        return [[fragment] for fragment in fragments]
    if declared == 1:
        return [fragments]
    begins = [_begins_frame(file, fragment) for fragment in fragments]
    if not any(begins):
        return [[fragment] for fragment in fragments]
    if declared is not None and sum(begins) > declared:
        # Bytes inside a frame may look like a beginning: then the piece before does not end an image.
        begins = [
            begin and (number == 0 or _ends_image(file, fragments[number - 1]))
            for number, begin in enumerate(begins)
        ]
    groups: list[list[Piece]] = []
    for fragment, begin in zip(fragments, begins, strict=True):
        if begin or not groups:
            groups.append([])
        groups[-1].append(fragment)
    return groups


def _begins_frame(file: BinaryIO, fragment: Piece) -> bool:
    file.seek(fragment[0])
    return file.read(min(8, fragment[1])).startswith(FRAME_STARTS)


def _ends_image(file: BinaryIO, fragment: Piece) -> bool:
    file.seek(fragment[0] + max(0, fragment[1] - 10))
    return END_OF_IMAGE in file.read(min(10, fragment[1]))


def _count_warning(layout: PixelLayout, frames: int) -> tuple[str, ...]:
    if layout.frames is None and frames > 1:
        return (f"The header does not say how many frames there are; the pixel data hold {frames}.",)
    return ()
