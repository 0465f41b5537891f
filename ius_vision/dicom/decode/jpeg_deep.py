"""JPEG that is lossless, or has more than 8 bits, through the libjpeg-turbo inside imagecodecs."""

from __future__ import annotations

import imagecodecs

from ius_vision.dicom.decode.jpeg_stream import LOSSLESS, RGB_IDS, JpegStream, check_complete, read_stream
from ius_vision.dicom.decode.samples import Samples, check_size, corrupt
from ius_vision.dicom.layout import PixelLayout


def decode(data: bytes, layout: PixelLayout) -> Samples:
    """Decode one frame: lossless components as they are stored, lossy colour to RGB.

    Raises
    ------
    Unreadable
        The stream is damaged or contradicts the header's size or bits.
    """
    stream = read_stream(data)
    check_size(stream.rows, stream.columns, len(stream.components), layout)
    check_complete(data)
    if stream.precision > layout.bits_allocated:
        what = f"The codestream has {stream.precision} bits, the header allocates {layout.bits_allocated}"
        raise corrupt(what)
    as_stored = stream.kind == LOSSLESS and layout.samples == 3
    # Naming the same space twice keeps the decoder from converting.
    spaces = {"colorspace": "RGB", "outcolorspace": "RGB"} if as_stored else {}
    try:
        values = imagecodecs.jpeg8_decode(data, **spaces)
    except (imagecodecs.Jpeg8Error, ValueError) as error:
        raise corrupt(f"A JPEG frame cannot be decoded ({error})") from error
    if layout.samples == 1:
        return Samples(values, layout.photometric)
    return Samples(values, _stored_space(stream, layout.photometric) if as_stored else "RGB")


def _stored_space(stream: JpegStream, declared: str) -> str:
    """Give the space of lossless components: a JFIF mark or the letters RGB decide before the header."""
    if stream.jfif:
        return "YBR_FULL"
    return "RGB" if stream.components in RGB_IDS else declared
