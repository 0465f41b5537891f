"""JPEG Extended with 12 bits, through the libjpeg-turbo inside imagecodecs."""

from __future__ import annotations

import imagecodecs

from ius_vision.dicom.decode.jpeg_stream import read_stream
from ius_vision.dicom.decode.samples import Samples, check_size, corrupt
from ius_vision.dicom.layout import PixelLayout


def decodes(data: bytes) -> bool:
    """Tell whether this is a 12-bit sequential stream of one component."""
    stream = read_stream(data)
    return stream.kind in (0xC1, 0xC2) and stream.precision == 12 and len(stream.components) == 1


def decode(data: bytes, layout: PixelLayout) -> Samples:
    """Decode one frame.

    Raises
    ------
    Unreadable
        The stream is damaged or contradicts the header's size.
    """
    stream = read_stream(data)
    check_size(stream.rows, stream.columns, len(stream.components), layout)
    try:
        values = imagecodecs.jpeg8_decode(data)
    except imagecodecs.Jpeg8Error as error:
        raise corrupt(f"A 12-bit JPEG frame cannot be decoded ({error})") from error
    return Samples(values, layout.photometric)
