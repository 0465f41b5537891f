"""Write tests/golden/dicom_pixels.csv: pixels of real files, taken with other decoders than the package's.

Pixels come from pydicom with GDCM or its own RLE and native readers, colour from pydicom's tables and
matrices, JPEG XL from the JPEG it was made of, read by Pillow. Run again only to add files; a changed row
needs a reason.

Usage: python scripts/golden/dicom_pixels.py REAL_DATA_FOLDER
"""

from __future__ import annotations

import csv
import io
import sys
import warnings
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
from PIL import Image
from pydicom.encaps import generate_frames
from pydicom.pixels import pixel_array
from pydicom.pixels.processing import apply_color_lut

PROJECT = Path(__file__).resolve().parents[2]
TABLE = PROJECT / "tests" / "golden" / "dicom_pixels.csv"
WHEEL_FILES = (
    "ExplVR_BigEnd.dcm",
    "examples_jpeg2k.dcm",
    "examples_palette.dcm",
    "examples_rgb_color.dcm",
    "examples_ybr_color.dcm",
)
JPEG_XL_RECOMPRESSION = "1.2.840.10008.1.2.4.111"
COLUMNS = (
    *("file", "origin", "rows", "columns", "frames"),
    *("frame", "row", "column", "red", "green", "blue", "grey", "tolerance"),
)
SMOOTH_RANGE = 12


def frames_of(path: Path) -> tuple[np.ndarray, np.ndarray, int]:
    """Give (frames, rows, columns, 3) RGB, (frames, rows, columns) luminance, and the tolerance in levels."""
    header = pydicom.dcmread(path)
    if header.file_meta.TransferSyntaxUID == JPEG_XL_RECOMPRESSION:
        return *_through_jpeg(header), 4
    rgb = _stack(pixel_array(header, decoding_plugin=_plugin(header)))
    if header.PhotometricInterpretation == "PALETTE COLOR":
        rgb = np.stack([_with_palette(frame, header) for frame in rgb])
    if rgb.ndim == 3:
        return np.repeat(rgb[..., None], 3, axis=3), rgb, 0
    if header.PhotometricInterpretation.startswith("YBR_FULL"):
        return rgb, _stack(pixel_array(header, raw=True, decoding_plugin=_plugin(header)))[..., 0], 0
    return rgb, _luminance(rgb), 0


def _plugin(header: pydicom.Dataset) -> str:
    syntax = header.file_meta.TransferSyntaxUID
    return "gdcm" if syntax.is_encapsulated and syntax != pydicom.uid.RLELossless else ""


def _stack(frames: np.ndarray) -> np.ndarray:
    single = frames.ndim == 2 or (frames.ndim == 3 and frames.shape[-1] == 3)
    return frames[None] if single else frames


def _with_palette(frame: np.ndarray, header: pydicom.Dataset) -> np.ndarray:
    colours = apply_color_lut(frame, header)
    return (colours >> 8).astype(np.uint8) if colours.dtype == np.uint16 else colours


def _through_jpeg(header: pydicom.Dataset) -> tuple[np.ndarray, np.ndarray]:
    found, grey = [], []
    for data in generate_frames(header.PixelData, number_of_frames=int(header.NumberOfFrames)):
        jpeg = imagecodecs.jpegxl_decode_jpeg(data)
        found.append(np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB")))
        as_stored = Image.open(io.BytesIO(jpeg))
        as_stored.draft("YCbCr", as_stored.size)
        grey.append(np.asarray(as_stored)[..., 0])
    return np.stack(found), np.stack(grey)


def _luminance(rgb: np.ndarray) -> np.ndarray:
    return np.floor(rgb @ np.array([0.299, 0.587, 0.114]) + 0.5).astype(np.uint8)


def places(rgb: np.ndarray) -> list[tuple[int, int]]:
    """Choose telling pixels away from edges: bright, saturated towards each colour, and four spread out."""
    rows, columns, _ = rgb.shape
    wide = rgb.astype(int)
    inner = wide[1:-1, 1:-1]
    around = np.stack([wide[r : rows - 2 + r, c : columns - 2 + c] for r in range(3) for c in range(3)])
    smooth = (around.max(0) - around.min(0)).max(-1) <= SMOOTH_RANGE
    marks = [inner.min(-1), inner[..., 0] - inner[..., 1:].max(-1), inner[..., 2] - inner[..., :2].max(-1)]
    chosen = [np.unravel_index(np.argmax(np.where(smooth, mark, -999)), mark.shape) for mark in marks]
    spread = [(rows * r // 5, columns * c // 5) for r, c in ((1, 3), (2, 2), (3, 3), (4, 1))]
    return sorted({(int(r) + 1, int(c) + 1) for r, c in chosen} | set(spread))


def rows_of(path: Path, origin: str) -> list[dict]:
    """Give the table's rows for one file: its first, middle and last frame."""
    rgb, grey, tolerance = frames_of(path)
    frames, rows, columns, _ = rgb.shape
    found = []
    for frame in sorted({0, frames // 2, frames - 1}):
        for row, column in places(rgb[frame]):
            values = [*rgb[frame, row, column].tolist(), int(grey[frame, row, column])]
            place = [frame + 1, row, column]
            record = [path.name, origin, rows, columns, frames, *place, *values, tolerance]
            found.append(dict(zip(COLUMNS, record, strict=True)))
    return found


def main() -> None:
    warnings.simplefilter("ignore")
    real = sorted(p for p in Path(sys.argv[1], "dicom").iterdir() if p.suffix != ".csv")
    wheel = [Path(pydicom.__file__).parent / "data" / "test_files" / name for name in WHEEL_FILES]
    table = [row for path in real for row in rows_of(path, "real_data")]
    table += [row for path in wheel for row in rows_of(path, "pydicom")]
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


if __name__ == "__main__":
    main()
