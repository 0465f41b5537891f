"""Pixels survive every form of storage, exactly where the form is lossless."""

from __future__ import annotations

import io

import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UltrasoundMultiFrameImageStorage

from ius_vision.phantom.storage import VARIANTS, Storage, store

SHAPE = (48, 64)


def _screens(frames: int) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    smooth = np.linspace(20, 220, SHAPE[0] * SHAPE[1]).reshape(SHAPE)
    pictures = []
    for _ in range(frames):
        grey = np.clip(smooth + rng.normal(0, 2, SHAPE), 0, 255).astype(np.uint8)
        rgb = np.repeat(grey[:, :, None], 3, axis=2)
        rgb[10:20, 10:30] = (200, 60, 20)
        pictures.append(rgb)
    return pictures


@pytest.mark.parametrize("storage", VARIANTS, ids=lambda each: f"{each.syntax.name}-{each.photometric}")
@pytest.mark.parametrize("frames", [1, 2])
def test_pixels_come_back(storage: Storage, frames: int):
    dataset = pydicom.Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = storage.syntax
    dataset.SOPClassUID = UltrasoundMultiFrameImageStorage
    dataset.SOPInstanceUID = "2.25.1"
    screens = _screens(frames)
    store(dataset, iter(screens), storage)
    dataset.file_meta.TransferSyntaxUID = storage.syntax
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    stream.seek(0)
    back = pydicom.dcmread(stream)
    assert back.NumberOfFrames == frames
    pixels = back.pixel_array.reshape(frames, *SHAPE, -1).squeeze(-1 if back.SamplesPerPixel == 1 else ())
    assert back.PhotometricInterpretation == storage.photometric
    wanted = np.stack(screens).astype(int)
    if pixels.ndim == 3:
        wanted = np.rint(wanted @ [0.299, 0.587, 0.114])
    lossy = storage.is_jpeg or "YBR" in storage.photometric
    assert np.abs(pixels - wanted).mean() < (3.0 if lossy else 0.5)
