"""Which decoder reads which transfer syntax, and why one is missing."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

from ius_vision.dicom import uids
from ius_vision.dicom.clip import Decoder
from ius_vision.dicom.decode import jpeg, jpeg_2000, jpeg_deep, jpeg_ls, jpeg_xl, native, rle
from ius_vision.dicom.decode.samples import Samples
from ius_vision.dicom.layout import PixelLayout
from ius_vision.errors import Unreadable

STILLS = uids.NATIVE | {uids.RLE} | uids.JPEG | uids.JPEG_LS_BOTH | uids.JPEG_2000_ALL | uids.JPEG_XL_ALL


@dataclass(frozen=True, slots=True)
class Codec:
    """A decoder: `decode` gives a frame's samples, `decode_grey` the luminance where that is cheaper."""

    decoder: Decoder
    decode: Callable[[bytes, PixelLayout], Samples]
    decode_grey: Callable[[bytes, PixelLayout], Samples] | None = None


def check_supported(syntax: str) -> None:
    """Refuse a transfer syntax of still frames that nothing here decodes.

    Raises
    ------
    Unreadable
        `unsupported_transfer_syntax`.
    """
    if syntax not in STILLS:
        raise _unsupported(syntax)


def find_codec(layout: PixelLayout, first_frame: bytes) -> Codec:
    """Choose the decoder by transfer syntax and, among the JPEG ones, by what the stream is."""
    syntax = layout.transfer_syntax
    if syntax in uids.NATIVE:
        return Codec(_decoder("numpy"), native.decode)
    if syntax == uids.RLE:
        return Codec(_decoder("imagecodecs"), rle.decode)
    if syntax in uids.JPEG:
        return _jpeg_codec(first_frame)
    if syntax in uids.JPEG_LS_BOTH:
        return Codec(_decoder("pyjpegls"), jpeg_ls.decode)
    if syntax in uids.JPEG_2000_ALL:
        return Codec(_decoder("pylibjpeg-openjpeg"), jpeg_2000.decode)
    return Codec(_decoder("imagecodecs"), jpeg_xl.decode)


def video_decoder(syntax: str) -> Decoder:
    """Name the video decoder.

    Raises
    ------
    Unreadable
        The extra `video` is not installed.
    """
    if importlib.util.find_spec("av") is None:
        raise _unsupported(syntax, "Install the extra: pip install 'ius-vision[video]'")
    return _decoder("av")


def _jpeg_codec(first_frame: bytes) -> Codec:
    if jpeg.decodes(first_frame):
        return Codec(_decoder("simplejpeg"), jpeg.decode, jpeg.decode_grey)
    return Codec(_decoder("imagecodecs"), jpeg_deep.decode)


@cache
def _decoder(distribution: str) -> Decoder:
    return Decoder(distribution, version(distribution))


def _unsupported(syntax: str, next_step: str = "Export the clip as JPEG or uncompressed") -> Unreadable:
    what = f"No installed decoder reads the transfer syntax {syntax or 'that is missing'}"
    return Unreadable("unsupported_transfer_syntax", what, "(0002,0010)", next_step)
