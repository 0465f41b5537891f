"""RLE Lossless frames (PS3.5 Annex G): up to 15 PackBits segments, one a byte plane."""

from __future__ import annotations

import struct

import imagecodecs
import numpy as np

from ius_vision.dicom.decode.samples import Samples, corrupt
from ius_vision.dicom.layout import PixelLayout

HEADER_BYTES = 64


def decode(data: bytes, layout: PixelLayout) -> Samples:
    """Decode one RLE frame.

    Raises
    ------
    Unreadable
        Segments are missing, too short, or overlap.
    """
    sample_bytes = layout.bits_allocated // 8
    planes = [_segment(data, start, end, layout) for start, end in _segments(data, layout)]
    stack = np.stack(planes)
    kind = "i" if layout.signed else "u"
    if sample_bytes == 2:
        # The more significant byte plane comes first.
        high, low = stack[0::2].astype(np.uint16), stack[1::2]
        stack = (high << 8) | low
    samples = stack.view(f"{kind}{sample_bytes}").reshape(layout.samples, layout.rows, layout.columns)
    values = samples[0] if layout.samples == 1 else samples.transpose(1, 2, 0)
    # Once a sample stands for each pixel, shared chroma has been spread.
    photometric = "RGB" if layout.photometric in ("YBR_RCT", "YBR_ICT") else layout.photometric
    return Samples(values, photometric)


def _segments(data: bytes, layout: PixelLayout) -> list[tuple[int, int]]:
    if len(data) <= HEADER_BYTES:
        raise corrupt("An RLE frame is shorter than its header")
    count, *offsets = struct.unpack("<16I", data[:HEADER_BYTES])
    needed = layout.samples * layout.bits_allocated // 8
    if count != needed:
        raise corrupt(f"An RLE frame has {count} segments where {needed} are needed")
    starts = offsets[:count]
    ends = [*starts[1:], len(data)]
    if starts[0] < HEADER_BYTES or any(end <= start for start, end in zip(starts, ends, strict=True)):
        raise corrupt("The segments of an RLE frame are out of order or out of bounds")
    return list(zip(starts, ends, strict=True))


def _segment(data: bytes, start: int, end: int, layout: PixelLayout) -> np.ndarray:
    pixels = layout.rows * layout.columns
    try:
        unpacked = imagecodecs.packbits_decode(data[start:end])
    except (ValueError, RuntimeError) as error:
        raise corrupt(f"An RLE segment cannot be unpacked ({error})") from error
    if len(unpacked) < pixels:
        raise corrupt(f"An RLE segment holds {len(unpacked)} bytes, the frame has {pixels} pixels")
    return np.frombuffer(unpacked, np.uint8, pixels)
