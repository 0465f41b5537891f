"""Uncompressed frames."""

from __future__ import annotations

import numpy as np

from ius_vision.dicom.decode.samples import Samples
from ius_vision.dicom.layout import PixelLayout


def decode(data: bytes, layout: PixelLayout) -> Samples:
    """Shape one native frame (PS3.5 8.1), whatever its byte order and planar configuration."""
    values = _words(data, layout)
    rows, columns = layout.rows, layout.columns
    if layout.photometric in ("YBR_FULL_422", "YBR_PARTIAL_422"):
        return Samples(_share_chroma(values).reshape(rows, columns, 3), layout.photometric)
    if layout.samples == 1:
        return Samples(values.reshape(rows, columns), layout.photometric)
    if layout.planar == 1:
        values = values.reshape(3, rows, columns).transpose(1, 2, 0)
    else:
        values = values.reshape(rows, columns, 3)
    # Reversible and irreversible colour transforms exist only inside JPEG 2000; uncompressed, they mean RGB.
    photometric = "RGB" if layout.photometric in ("YBR_RCT", "YBR_ICT") else layout.photometric
    return Samples(values, photometric)


def _words(data: bytes, layout: PixelLayout) -> np.ndarray:
    kind = "i" if layout.signed else "u"
    if layout.bits_allocated == 16:
        order = ">" if layout.big_endian else "<"
        return np.frombuffer(data, f"{order}{kind}2").astype(f"{kind}2")
    values = np.frombuffer(data, f"{kind}1")
    if layout.swaps_bytes:
        return values.reshape(-1, 2)[:, ::-1].ravel()[: layout.native_frame_bytes]
    return values


def _share_chroma(values: np.ndarray) -> np.ndarray:
    """Spread Y1 Y2 Cb Cr over the two pixels that share their chroma."""
    quads = values.reshape(-1, 4)
    pixels = np.empty((len(quads), 2, 3), values.dtype)
    pixels[:, 0, 0], pixels[:, 1, 0] = quads[:, 0], quads[:, 1]
    pixels[:, :, 1:] = quads[:, None, 2:]
    return pixels
