"""JPEG 2000 and High-Throughput JPEG 2000 through OpenJPEG."""

from __future__ import annotations

import openjpeg

from ius_vision.dicom.decode.codestream import check_jpeg_2000
from ius_vision.dicom.decode.samples import Samples, corrupt
from ius_vision.dicom.layout import PixelLayout

CODESTREAM = 0
BOXED = 2
BOX_START = b"\0\0\0\x0cjP  "


def decode(data: bytes, layout: PixelLayout) -> Samples:
    """Decode one frame; the decoder itself undoes the reversible and irreversible colour transforms.

    Raises
    ------
    Unreadable
        The stream is damaged or contradicts the header's size.
    """
    check_jpeg_2000(data, layout)
    try:
        values = openjpeg.decode(data, BOXED if data.startswith(BOX_START) else CODESTREAM)
    except (RuntimeError, ValueError, TypeError) as error:
        raise corrupt(f"A JPEG 2000 frame cannot be decoded ({error})") from error
    photometric = "RGB" if layout.photometric in ("YBR_RCT", "YBR_ICT") else layout.photometric
    return Samples(values, photometric)
