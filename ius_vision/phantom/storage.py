"""Pixel data of a cine in the forms that makers store it in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import imagecodecs
import numpy as np
import pydicom
import simplejpeg
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)

from ius_vision.vocabulary import Mode

SHORT_CLIP = 4


@dataclass(frozen=True, slots=True)
class Storage:
    """Transfer syntax and photometric interpretation; `planar` applies to uncompressed RGB."""

    syntax: pydicom.uid.UID
    photometric: str
    quality: int = 85
    planar: int = 0

    @property
    def is_jpeg(self) -> bool:
        return self.syntax == JPEGBaseline8Bit


# What a B-mode cine may be stored as. All but JPEG hold few frames, for their size.
VARIANTS = (
    Storage(JPEGBaseline8Bit, "MONOCHROME2"),
    Storage(ExplicitVRLittleEndian, "RGB"),
    Storage(ExplicitVRLittleEndian, "RGB", planar=1),
    Storage(ImplicitVRLittleEndian, "MONOCHROME2"),
    Storage(ExplicitVRLittleEndian, "YBR_FULL_422"),
    Storage(RLELossless, "RGB"),
    Storage(RLELossless, "MONOCHROME2"),
    Storage(JPEG2000Lossless, "MONOCHROME2"),
)
SMALL_VARIANTS = tuple(each for each in VARIANTS if each.photometric == "MONOCHROME2")
QUALITY, SMALL_QUALITY = (78, 93), (58, 66)
VARIETY, SMALL_VARIETY = 0.2, 0.1


def draw_storage(rng: np.random.Generator, mode: Mode, small: bool) -> Storage:
    """JPEG baseline in colour; now and then, for B-mode, another form."""
    quality = int(rng.integers(*(SMALL_QUALITY if small else QUALITY)))
    variants = SMALL_VARIANTS if small else VARIANTS
    if mode == Mode.B_MODE and rng.random() < (SMALL_VARIETY if small else VARIETY):
        return variants[rng.integers(len(variants))]
    return Storage(JPEGBaseline8Bit, "YBR_FULL_422", quality)


def store(dataset: pydicom.Dataset, screens: Iterable[np.ndarray], storage: Storage) -> None:
    """Set the pixel attributes of a dataset.

    Parameters
    ----------
    screens : (rows, columns, 3) uint8 RGB, one a frame; columns must be even.
    """
    grey = storage.photometric == "MONOCHROME2"
    dataset.SamplesPerPixel = 1 if grey else 3
    dataset.PhotometricInterpretation = storage.photometric
    if not grey:
        dataset.PlanarConfiguration = storage.planar
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PixelRepresentation = 0
    if storage.is_jpeg:
        _store_jpeg(dataset, screens, storage)
        return
    frames = [_to_grey(screen) if grey else screen for screen in screens]
    dataset.Rows, dataset.Columns = frames[0].shape[:2]
    dataset.NumberOfFrames = len(frames)
    if storage.syntax.is_compressed:
        _store_lossless(dataset, np.stack(frames), storage)
        return
    dataset.PixelData = _even(b"".join(_plain(frame, storage) for frame in frames))
    dataset["PixelData"].VR = "OW" if storage.syntax.is_implicit_VR else "OB"


def _store_jpeg(dataset: pydicom.Dataset, screens: Iterable[np.ndarray], storage: Storage) -> None:
    grey = storage.photometric == "MONOCHROME2"
    packed, plain = [], 0
    for screen in screens:
        if grey:
            picture = np.ascontiguousarray(_to_grey(screen)[:, :, None])
            packed.append(simplejpeg.encode_jpeg(picture, storage.quality, "GRAY", "GRAY"))
        else:
            packed.append(simplejpeg.encode_jpeg(screen, storage.quality, "RGB", "422"))
        plain += screen.shape[0] * screen.shape[1] * dataset.SamplesPerPixel
        dataset.Rows, dataset.Columns = screen.shape[:2]
    dataset.NumberOfFrames = len(packed)
    dataset.PixelData = encapsulate(packed)
    dataset["PixelData"].VR = "OB"
    dataset.LossyImageCompression = "01"
    dataset.LossyImageCompressionMethod = "ISO_10918_1"
    dataset.LossyImageCompressionRatio = f"{plain / sum(map(len, packed)):.2f}"


def _store_lossless(dataset: pydicom.Dataset, pixels: np.ndarray, storage: Storage) -> None:
    if storage.syntax == RLELossless:
        # The encoder takes a single frame only without the axis of frames.
        pixels = pixels if len(pixels) > 1 else pixels[0]
        dataset.compress(RLELossless, pixels, encoding_plugin="gdcm", generate_instance_uid=False)
        return
    packed = [imagecodecs.jpeg2k_encode(frame, level=0, codecformat="j2k") for frame in pixels]
    dataset.PixelData = encapsulate(packed)
    dataset["PixelData"].VR = "OB"


def _to_grey(screen: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(screen, cv2.COLOR_RGB2GRAY)


def _plain(frame: np.ndarray, storage: Storage) -> bytes:
    if storage.photometric == "YBR_FULL_422":
        return _ybr_422(frame)
    if storage.planar:
        frame = frame.transpose(2, 0, 1)
    return frame.tobytes()


def _ybr_422(frame: np.ndarray) -> bytes:
    """Y Y Cb Cr for every two pixels; chroma is the mean of both (PS3.3 C.7.6.3.1.2)."""
    y, cr, cb = np.moveaxis(cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb), 2, 0)
    halves = [(plane[:, 0::2].astype(np.uint16) + plane[:, 1::2] + 1) // 2 for plane in (cb, cr)]
    pairs = np.stack([y[:, 0::2], y[:, 1::2], *halves], axis=2)
    return pairs.astype(np.uint8).tobytes()


def _even(data: bytes) -> bytes:
    return data + b"\0" * (len(data) % 2)
