"""Syntaxes decoded by pydicom's plugins, each by the one plugin named here, a frame at a time."""

from __future__ import annotations

import warnings

from pydicom.encaps import encapsulate
from pydicom.pixels import get_decoder

from ius_vision.dicom import uids
from ius_vision.dicom.decode.jpeg_stream import read_stream
from ius_vision.dicom.decode.samples import Samples, check_size, corrupt
from ius_vision.dicom.layout import PixelLayout

# GDCM for JPEG lossless and extended: pylibjpeg's decoder for them is under the GPL.
PLUGINS = {
    **dict.fromkeys(uids.JPEG, "gdcm"),
    **dict.fromkeys(uids.JPEG_LS_BOTH, "pyjpegls"),
}
END_OF_IMAGE = b"\xff\xd9"


def decode(data: bytes, layout: PixelLayout) -> Samples:
    """Decode one frame with the plugin of its transfer syntax.

    Raises
    ------
    Unreadable
        The stream is damaged or contradicts the header's size.
    """
    stream = read_stream(data)
    check_size(stream.rows, stream.columns, len(stream.components), layout)
    # CharLS searches many seconds for the rest of a stream that was cut off.
    if not data.rstrip(b"\0").endswith(END_OF_IMAGE):
        raise corrupt("The codestream breaks off before its end mark")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values, told = get_decoder(layout.transfer_syntax).as_array(
                encapsulate([data], has_bot=False),
                index=0,
                raw=True,
                decoding_plugin=PLUGINS[layout.transfer_syntax],
                **_description(layout),
            )
    except Exception as error:  # every plugin raises kinds of its own
        said = " ".join(str(error).split())[:200]
        raise corrupt(f"A frame cannot be decoded ({said})") from error
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
