"""Frames of which only the pictures are left, stored so that nothing is lost a second time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import jpeg_ls
import numpy as np
import pydicom
import simplejpeg
from pydicom.encaps import encapsulate

from ius_vision.deidentify.jpeg_blocks import blacken, can_keep_blocks
from ius_vision.deidentify.screen_text import find_text
from ius_vision.dicom import uids
from ius_vision.dicom.clip import Clip
from ius_vision.dicom.frames import FrameReader
from ius_vision.errors import Unreadable
from ius_vision.geometry import Box

FRAMES_FOR_TEXT = 5
AS_STORED = frozenset({"RGB", "YBR_FULL", "YBR_FULL_422", "MONOCHROME1", "MONOCHROME2"})
LOSSY = uids.JPEG_2000, uids.JPEG_LS_NEAR, uids.JPEG_BASELINE, uids.JPEG_EXTENDED, uids.JPEG_XL_RECOMPRESSION
OFFSETS = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")
KEPT_BLOCKS = "Outside the picture black; JPEG blocks inside untouched, those on its rim coded again"
DECODED = "Outside the picture black; decoded samples stored without further loss"


@dataclass(frozen=True, slots=True, eq=False)
class KeptPictures:
    """What stays of a clip's screen.

    Attributes
    ----------
    mask : (rows, columns) bool, the pictures without the writing found in them.
    texts : where writing was found inside a picture.
    """

    mask: np.ndarray
    texts: tuple[Box, ...]


def find_pictures_to_keep(clip: Clip) -> KeptPictures:
    """Tell the pictures from the rest of the screen, and find writing inside them.

    Raises
    ------
    Unreadable
        `no_image_area`: nothing on the screen looks like an ultrasound picture, so nothing can be kept.
    """
    if not clip.areas:
        what = "no ultrasound picture was found on the screen, so nothing of it can be kept"
        raise Unreadable("no_image_area", what, clip.file, "Release it by hand, if at all")
    mask = np.logical_or.reduce([area.mask(clip.rows, clip.columns) for area in clip.areas])
    looked_at = np.unique(np.linspace(0, clip.frames - 1, FRAMES_FOR_TEXT).round().astype(int)).tolist()
    texts = find_text([grey for _, grey in clip.grey_frames(looked_at)], mask)
    for box in texts:
        mask[box.slices] = False
    return KeptPictures(mask, texts)


class Blanked:
    """A clip's frames with everything but the pictures black; also the brightest each pixel ever is.

    Samples are those the file stores; of a palette, and of chroma stored in another range, the RGB they mean.
    """

    def __init__(self, clip: Clip, kept: KeptPictures) -> None:
        self._reader: FrameReader = clip.open_frames
        self._mask = kept.mask
        self.photometric = ""
        self.brightest = np.zeros((clip.rows, clip.columns, 3), np.uint8)

    def frames(self) -> Iterator[np.ndarray]:
        """(rows, columns) or (rows, columns, 3), one at a time.

        Raises
        ------
        Unreadable
            A frame cannot be decoded.
        """
        reader = self._reader
        for _, samples in reader.samples(range(reader.frames), False):
            rgb = np.where(self._mask[..., None], reader.rule.to_rgb(samples), np.uint8(0))
            self.brightest = np.maximum(self.brightest, rgb)
            if samples.photometric not in AS_STORED:
                self.photometric = "RGB"
                yield rgb
                continue
            self.photometric = samples.photometric.removesuffix("_422")
            values = samples.values.copy()
            values[~self._mask] = _black(self.photometric, reader)
            yield values

    def blocks(self) -> Iterator[bytes] | None:
        """Every frame as JPEG whose other blocks are untouched; None where it is not stored so.

        Raises
        ------
        Unreadable
            A frame cannot be decoded.
        """
        reader = self._reader
        if reader.layout.transfer_syntax != uids.JPEG_BASELINE or reader.layout.bits_stored != 8:
            return None
        if not all(can_keep_blocks(data, reader.layout.photometric) for data in reader.stored()):
            return None
        for _ in reader.samples(range(reader.frames), True):  # a damaged frame is found before one is written
            pass
        return self._watched(blacken(reader.stored(), self._mask))

    def _watched(self, frames: Iterator[bytes]) -> Iterator[bytes]:
        """The frames; what is in them, as anybody will see it, counts for the brightest."""
        for data in frames:
            self.brightest = np.maximum(self.brightest, simplejpeg.decode_jpeg(data, "RGB"))
            yield data


def _black(photometric: str, reader: FrameReader) -> int | list[int]:
    layout = reader.layout
    if photometric == "YBR_FULL":
        return [0, 128, 128]
    lowest = -(1 << (layout.bits_stored - 1)) if layout.signed else 0
    return lowest + (1 << layout.bits_stored) - 1 if photometric == "MONOCHROME1" else lowest


def store_pixels(dataset: pydicom.Dataset, blanked: Blanked, syntax_before: str) -> str:
    """Put the frames into a dataset; what they went through before stays on record, nothing is added to it.

    Returns
    -------
    The transfer syntax: JPEG baseline where it was that and its blocks could be kept; JPEG-LS lossless of the
    decoded samples where a sample is a byte; else uncompressed.
    """
    blocks = blanked.blocks()
    if blocks is not None:
        _encapsulate(dataset, list(blocks))
        dataset.LossyImageCompression = "01"
        dataset.DerivationDescription = KEPT_BLOCKS
        for keyword in OFFSETS:
            if keyword in dataset:
                del dataset[keyword]
        return uids.JPEG_BASELINE
    dataset.DerivationDescription = DECODED
    stored: list[bytes] = []
    syntax, shape, kind = uids.JPEG_LS, (), np.dtype(np.uint8)
    for frame in blanked.frames():
        shape, kind = frame.shape, frame.dtype
        syntax = uids.JPEG_LS if kind == np.uint8 else uids.EXPLICIT_LITTLE
        data = np.ascontiguousarray(frame)
        stored.append(bytes(jpeg_ls.encode_array(data)) if kind == np.uint8 else data.tobytes())
    _describe(dataset, blanked.photometric, shape, kind)
    if syntax_before in LOSSY or syntax_before in uids.VIDEO:
        dataset.LossyImageCompression = "01"
    if syntax == uids.JPEG_LS:
        _encapsulate(dataset, stored)
    else:
        joined = b"".join(stored)
        dataset.PixelData = joined + b"\0" * (len(joined) % 2)
        dataset["PixelData"].VR = "OW"
    return syntax


def _encapsulate(dataset: pydicom.Dataset, frames: list[bytes]) -> None:
    dataset.PixelData = encapsulate([data + b"\0" * (len(data) % 2) for data in frames])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True


def _describe(dataset: pydicom.Dataset, photometric: str, shape: tuple[int, ...], kind: np.dtype) -> None:
    dataset.PhotometricInterpretation = photometric
    dataset.SamplesPerPixel = 3 if len(shape) == 3 else 1
    if kind == np.uint8:
        dataset.BitsAllocated = dataset.BitsStored = 8
        dataset.HighBit, dataset.PixelRepresentation = 7, 0
    for keyword in ("PlanarConfiguration", *OFFSETS):
        if keyword in dataset:
            del dataset[keyword]
    if len(shape) == 3:
        dataset.PlanarConfiguration = 0
        for element in [element for element in dataset if "PaletteColorLookupTable" in element.keyword]:
            del dataset[element.tag]


def thumbnail(rgb: np.ndarray, texts: Sequence[Box], longest_side_px: int) -> bytes:
    """A small JPEG of a picture, with a frame around writing that was blanked."""
    shown = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    for box in texts:
        cv2.rectangle(shown, (box.column0, box.row0), (box.column1, box.row1), (60, 60, 255), 2)
    scale = min(1.0, longest_side_px / max(shown.shape[:2]))
    size = (max(1, round(shown.shape[1] * scale)), max(1, round(shown.shape[0] * scale)))
    small = cv2.resize(shown, size, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
