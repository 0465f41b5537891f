"""How fast and in how much memory a long JPEG cine is decoded, against a bare loop of the same decoder.

Usage (Linux): python scripts/bench/decode.py [--frames 1800]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pydicom
import simplejpeg
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels import iter_pixels

from ius_vision.dicom import uids
from ius_vision.dicom.frames import FrameReader, open_reader
from ius_vision.dicom.header import read_header

ROWS, COLUMNS = 768, 1024
DIFFERENT_FRAMES = 30
TIMED_FRAMES = 300
PLUGIN_FRAMES = 30
REPEATS = 5

MEMORY_RUN = """
import sys
from pathlib import Path
from ius_vision.dicom.load import load_exam
from ius_vision.dicom.scan import scan
exam = scan([Path(sys.argv[1])]).exams[0]
clips, unread = load_exam(exam)
assert not unread, unread
count = sum(1 for _ in clips[0].grey_frames()) + sum(1 for _ in clips[0].rgb_frames())
# Not getrusage: its peak includes that of the process this one was started from.
status = Path("/proc/self/status").read_text().splitlines()
peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
print(f"{count} frames decoded, grey and RGB; peak memory of the whole process {peak:.0f} MB")
"""


def write_cine(path: Path, frames: int) -> None:
    """Write a colour JPEG cine of speckle with a coloured box."""
    rng = np.random.default_rng(7)
    encoded = []
    for _ in range(DIFFERENT_FRAMES):
        grey = np.clip(rng.rayleigh(40, (ROWS // 4, COLUMNS // 4)), 0, 255).repeat(4, 0).repeat(4, 1)
        grey = np.clip(grey + rng.normal(0, 6, grey.shape), 0, 255)
        rgb = np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)
        rgb[200:400, 300:600, 0] = 255 - rgb[200:400, 300:600, 0]
        data = simplejpeg.encode_jpeg(np.ascontiguousarray(rgb), 90, "RGB", "422")
        encoded.append(data + b"\0" * (len(data) % 2))
    made = pydicom.Dataset()
    made.SOPClassUID = next(uid for uid in uids.ULTRASOUND_CLASSES if uid.endswith(".3.1"))
    made.SOPInstanceUID = made.StudyInstanceUID = "1.2.826.0.1.3680043.8.498.9"
    made.Modality, made.PatientID, made.FrameTime = "US", "BENCH", "40"
    made.Rows, made.Columns, made.NumberOfFrames = ROWS, COLUMNS, frames
    made.SamplesPerPixel, made.PlanarConfiguration = 3, 0
    made.PhotometricInterpretation = "YBR_FULL_422"
    made.BitsAllocated = made.BitsStored = 8
    made.HighBit, made.PixelRepresentation = 7, 0
    made.PixelData = encapsulate([encoded[i % DIFFERENT_FRAMES] for i in range(frames)])
    made["PixelData"].VR = "OB"
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = uids.JPEG_BASELINE
    made.save_as(path, enforce_file_format=True)


def first_frames(path: Path, reader: FrameReader) -> list[bytes]:
    """Read the encoded frames into memory, for the bare loop."""
    with path.open("rb") as file:
        file.seek(read_header(path).pixels.offset)
        source = generate_frames(file, number_of_frames=reader.frames)
        return [next(source) for _ in range(min(TIMED_FRAMES, reader.frames))]


def rate_of(work: Callable[[], Iterable]) -> float:
    """Run the work once; give its items a second of this process."""
    start = time.process_time()
    count = sum(1 for _ in work())
    return count / (time.process_time() - start)


def compare(reader: FrameReader, encoded: list[bytes], colour: bool) -> None:
    """Time ours and the bare loop in turns, and print the median ratio."""
    colorspace = "RGB" if colour else "GRAY"
    ours, bare = [], []
    for _ in range(REPEATS):
        bare.append(rate_of(lambda: (simplejpeg.decode_jpeg(data, colorspace) for data in encoded)))
        ours.append(rate_of(lambda: reader(range(len(encoded)), colour)))
    ratios = sorted(mine / theirs for mine, theirs in zip(ours, bare, strict=True))
    print(
        f"{colorspace}: bare simplejpeg {np.median(bare):.0f} frames/s, "
        f"ours {np.median(ours):.0f}, ratio {ratios[len(ratios) // 2]:.2f} (worst {ratios[0]:.2f})"
    )


def compare_plugins(path: Path, reader: FrameReader) -> None:
    """Time ours and pydicom's plug-ins in turns: to RGB, and the luminance that B-mode is measured in."""
    wanted = list(range(PLUGIN_FRAMES))
    works = {
        "pillow": lambda: iter_pixels(path, indices=wanted, decoding_plugin="pillow"),
        "gdcm": lambda: iter_pixels(path, indices=wanted, decoding_plugin="gdcm"),
        "RGB": lambda: reader(wanted, True),
        "luminance": lambda: reader(wanted, False),
    }
    rates: dict[str, list[float]] = {name: [] for name in works}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(REPEATS):
            for name, work in works.items():
                rates[name].append(rate_of(work))
    usual = {name: float(np.median(found)) for name, found in rates.items()}
    fastest = max(usual["pillow"], usual["gdcm"])
    for name, rate in usual.items():
        print(f"{name}: {rate:.0f} frames/s, {rate / fastest:.1f} times pydicom's fastest plug-in to RGB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=1800)
    frames = parser.parse_args().frames
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cine.dcm")
        write_cine(path, frames)
        print(f"{frames} frames {COLUMNS}x{ROWS} JPEG baseline, file {path.stat().st_size / 1e6:.0f} MB")
        start = time.perf_counter()
        reader = open_reader(path, read_header(path))
        print(f"header and index {1000 * (time.perf_counter() - start):.0f} ms, {reader.decoder}")
        start = time.perf_counter()
        list(reader([frames - 1], True))
        print(f"one late frame {1000 * (time.perf_counter() - start):.0f} ms")
        encoded = first_frames(path, reader)
        compare(reader, encoded, colour=False)
        compare(reader, encoded, colour=True)
        compare_plugins(path, reader)
        subprocess.run([sys.executable, "-c", MEMORY_RUN, str(path)], check=True)


if __name__ == "__main__":
    main()
