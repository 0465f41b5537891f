"""JPEG with 8 bits, straight through libjpeg-turbo; luminance is decoded without ever making colours."""

from __future__ import annotations

import io

import numpy as np
import simplejpeg
from PIL import Image

from ius_vision.dicom.decode.jpeg_stream import SEQUENTIAL_8_BIT, JpegStream, mark_as_rgb, read_stream
from ius_vision.dicom.decode.samples import Samples, check_size, corrupt
from ius_vision.dicom.layout import PixelLayout

# libjpeg-turbo's words for bytes it skipped before the end mark: nothing of the picture is missing.
HARMLESS = "extraneous bytes before marker 0xd9"


def decodes(data: bytes) -> bool:
    """Tell whether this stream is one libjpeg-turbo reads here."""
    stream = read_stream(data)
    return stream.kind in SEQUENTIAL_8_BIT and stream.precision == 8


def decode(data: bytes, layout: PixelLayout) -> Samples:
    """Decode one frame to RGB, or to its single component.

    Raises
    ------
    Unreadable
        The stream is damaged or contradicts the header's size.
    """
    data, stream = _checked(data, layout)
    if len(stream.components) == 1:
        return Samples(_decode(data, "GRAY")[..., 0], layout.photometric)
    return Samples(_decode(data, "RGB"), "RGB")


def decode_grey(data: bytes, layout: PixelLayout) -> Samples:
    """Decode only the luminance of one frame, or its single component.

    Raises
    ------
    Unreadable
        The stream is damaged or contradicts the header's size.
    """
    data, stream = _checked(data, layout)
    grey = _decode(data, "GRAY")[..., 0]
    return Samples(grey, layout.photometric if len(stream.components) == 1 else "MONOCHROME2")


def colour_conflict(data: bytes, photometric: str) -> tuple[str, ...]:
    """Say how the stream's colour markers contradict the header; empty where they agree or say nothing."""
    stream = read_stream(data)
    if len(stream.components) != 3 or stream.is_rgb in (None, photometric == "RGB"):
        return ()
    found = "RGB" if stream.is_rgb else "YCbCr"
    return (f"The header says {photometric}, the JPEG stream {found}: the stream is followed.",)


def luminance_steps(data: bytes) -> tuple[int, ...]:
    """The 64 quantisation steps of the luminance; none where the stream has none of its own."""
    stream = read_stream(data)
    if not decodes(data) or stream.is_rgb or stream.rows * stream.columns > Image.MAX_IMAGE_PIXELS:
        return ()
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return tuple(picture.quantization[picture.layer[0][3]])
    except (
        OSError,
        SyntaxError,
        KeyError,
        IndexError,
        AttributeError,
    ):
        return ()


def _checked(data: bytes, layout: PixelLayout) -> tuple[bytes, JpegStream]:
    stream = read_stream(data)
    check_size(stream.rows, stream.columns, len(stream.components), layout)
    # The stream's own markers decide; only where it has none does the header's word count.
    if len(stream.components) == 3 and stream.is_rgb is None and layout.photometric == "RGB":
        data = mark_as_rgb(data)
    return data, stream


def _decode(data: bytes, colorspace: str) -> np.ndarray:
    try:
        return simplejpeg.decode_jpeg(data, colorspace)
    except ValueError as error:
        if not str(error).endswith(HARMLESS):
            raise corrupt(f"A JPEG frame cannot be decoded ({error})") from error
    return simplejpeg.decode_jpeg(data, colorspace, strict=False)
