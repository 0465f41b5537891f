"""Small ultrasound files in any transfer syntax, written for one test each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import generate_uid

from ius_vision.dicom import uids

MULTI_FRAME = "1.2.840.10008.5.1.4.1.1.3.1"
STUDY = "1.2.826.0.1.3680043.8.498.1"


def picture(frames: int = 1, rows: int = 24, columns: int = 32, samples: int = 1) -> np.ndarray:
    """Give smooth, different frames: (frames, rows, columns[, 3]) uint8."""
    row, column = np.mgrid[0:rows, 0:columns]
    base = [(row * 5 + column * (3 + channel) + 40 * channel) % 256 for channel in range(samples)]
    stack = np.stack([np.stack(base, -1) + 7 * index for index in range(frames)]) % 256
    return (stack if samples == 3 else stack[..., 0]).astype(np.uint8)


def dataset(pixels: np.ndarray, photometric: str = "MONOCHROME2", **tags) -> pydicom.Dataset:
    """Give the header of a clip whose pixels are (frames, rows, columns[, 3])."""
    made = pydicom.Dataset()
    made.SOPClassUID = MULTI_FRAME
    made.SOPInstanceUID = generate_uid()
    made.StudyInstanceUID = STUDY
    made.SeriesInstanceUID = STUDY + ".2"
    made.PatientID = "P1"
    made.StudyDate = "20260102"
    made.Modality = "US"
    made.NumberOfFrames = pixels.shape[0]
    made.Rows, made.Columns = pixels.shape[1:3]
    made.SamplesPerPixel = 3 if pixels.ndim == 4 else 1
    made.PhotometricInterpretation = photometric
    made.BitsAllocated = made.BitsStored = 8 * pixels.dtype.itemsize
    made.HighBit = made.BitsStored - 1
    made.PixelRepresentation = 0
    if made.SamplesPerPixel == 3:
        made.PlanarConfiguration = 0
    if made.NumberOfFrames > 1:
        made.FrameTime = "40"
    for keyword, value in tags.items():
        if value is None:
            del made[keyword]
        else:
            setattr(made, keyword, value)
    return made


def write(
    path: Path,
    pixels: np.ndarray,
    photometric: str = "MONOCHROME2",
    syntax: str = uids.EXPLICIT_LITTLE,
    encoded: list[bytes] | bytes | None = None,
    **tags,
) -> Path:
    """Write a clip; `encoded` is one codestream a frame, or the whole encapsulated value."""
    made = dataset(pixels, photometric, **tags)
    made.file_meta = FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = made.get("SOPClassUID", "1.2.840.10008.5.1.4.1.1.7")
    made.file_meta.MediaStorageSOPInstanceUID = made.get("SOPInstanceUID", "1.2.3.4")
    if encoded is None:
        made.PixelData = pixels.tobytes() + b"\0" * (pixels.nbytes % 2)
    else:
        made.PixelData = encoded if isinstance(encoded, bytes) else encapsulate(encoded)
        made["PixelData"].is_undefined_length = True
    made["PixelData"].VR = "OW" if pixels.dtype.itemsize == 2 else "OB"
    path.parent.mkdir(parents=True, exist_ok=True)
    # pydicom writes no syntax it does not know: those go in under a known one of the same length.
    known = uids.HTJ2K if syntax in uids.JPEG_XL_ALL else syntax
    made.file_meta.TransferSyntaxUID = known
    made.save_as(path, enforce_file_format=True)
    if known != syntax:
        path.write_bytes(path.read_bytes().replace(known.encode(), syntax.encode(), 1))
    return path
