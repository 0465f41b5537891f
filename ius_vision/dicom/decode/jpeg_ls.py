"""JPEG-LS frames through pydicom's plugin for CharLS."""

from __future__ import annotations

import warnings

from pydicom.encaps import encapsulate
from pydicom.pixels import get_decoder

from ius_vision.dicom.decode.jpeg_stream import check_complete, read_stream
from ius_vision.dicom.decode.samples import Samples, check_size, corrupt
from ius_vision.dicom.layout import PixelLayout


def decode(data: bytes, layout: PixelLayout) -> Samples:
    """Decode one frame.

    Raises
    ------
    Unreadable
        The stream is damaged or contradicts the header's size.
    """
    stream = read_stream(data)
    check_size(stream.rows, stream.columns, len(stream.components), layout)
    # CharLS searches many seconds for the rest of a stream that was cut off.
    check_complete(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values, told = get_decoder(layout.transfer_syntax).as_array(
                encapsulate([data], has_bot=False),
                index=0,
                raw=True,
                decoding_plugin="pyjpegls",
                **_description(layout),
            )
    except (RuntimeError, ValueError, NotImplementedError) as error:
        said = " ".join(str(error).split())[:200]
        raise corrupt(f"A JPEG-LS frame cannot be decoded ({said})") from error
    return Samples(values, str(told["photometric_interpretation"]))


def _description(layout: PixelLayout) -> dict:
    return {
        "rows": layout.rows,
        "columns": layout.columns,
        "samples_per_pixel": layout.samples,
        "number_of_frames": 1,
        "bits_allocated": layout.bits_allocated,
        "bits_stored": layout.bits_stored,
        "pixel_representation": int(layout.signed),
        "photometric_interpretation": layout.photometric,
        "planar_configuration": layout.planar,
        "pixel_keyword": "PixelData",
    }
