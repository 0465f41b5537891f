"""The size a JPEG 2000 frame declares, checked before any decoder allocates by it."""

from __future__ import annotations

from ius_vision.dicom.decode.samples import check_size, corrupt
from ius_vision.dicom.layout import PixelLayout

SIZE_MARKER = b"\xff\x4f\xff\x51"
BOX_HEADER_BYTES = 4096


def check_jpeg_2000(data: bytes, layout: PixelLayout) -> None:
    """Compare a JPEG 2000 stream's own size with the header.

    Raises
    ------
    Unreadable
        They differ, or the stream does not begin as JPEG 2000 does.
    """
    # ITU-T T.800 A.5.1: marker, length, capabilities, then Xsiz Ysiz XOsiz YOsiz, 16 bytes of tiles, Csiz.
    at = data.find(SIZE_MARKER, 0, BOX_HEADER_BYTES)
    if at < 0 or len(data) < at + 42:
        raise corrupt("A frame does not begin as a JPEG 2000 stream")
    wide, high, left, top = (int.from_bytes(data[at + i : at + i + 4], "big") for i in (8, 12, 16, 20))
    components = int.from_bytes(data[at + 40 : at + 42], "big")
    check_size(high - top, wide - left, components, layout)
