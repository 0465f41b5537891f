"""JPEG XL frames through the libjxl inside imagecodecs; pydicom does not know these syntaxes."""

from __future__ import annotations

import imagecodecs
import numpy as np

from ius_vision.dicom.decode.samples import Samples, corrupt
from ius_vision.dicom.layout import PixelLayout


def decode(data: bytes, layout: PixelLayout) -> Samples:
    """Decode one frame; the codestream itself says how its colours are made, so colour comes out as RGB.

    Raises
    ------
    Unreadable
        The stream is damaged or contradicts the header's size.
    """
    shape = (layout.rows, layout.columns, 3) if layout.samples == 3 else (layout.rows, layout.columns)
    # Decoding into an array of the header's size refuses a stream of any other size before it grows.
    values = np.empty(shape, np.uint8 if layout.bits_stored <= 8 else np.uint16)
    try:
        imagecodecs.jpegxl_decode(data, out=values, numthreads=1)
    except (imagecodecs.JpegxlError, ValueError, RuntimeError) as error:
        raise corrupt(f"A JPEG XL frame cannot be decoded to the header's size ({error})") from error
    return Samples(values, "RGB" if layout.samples == 3 else layout.photometric)
