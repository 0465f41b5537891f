"""Spectral Doppler stills of known peak and end-diastolic velocity, as pictures and as DICOM files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundImageStorage
from scipy.ndimage import gaussian_filter

from ius_vision.geometry import Box
from ius_vision.phantom.header import COMMENT, make_uid
from ius_vision.phantom.screen import FONT, SIZES

UNIT_S, UNIT_CM_S = 4, 7
FORMAT_SPECTRAL, PULSED = 3, 3
WALL_FILTER_SHARE = 0.03


@dataclass(frozen=True, slots=True)
class SpectralScene:
    """What a still shows; velocities in cm/s without sign, `towards` the probe or away from it.

    `scale_cm_s` is what fits above the base line, `below_share` the part of the strip below it. `mirror_db`,
    `noise_db` are levels of the mirrored spectrum and of noise against the spectrum, `range_db` is displayed.
    `fullness` is how evenly the spectrum fills what lies below the fastest flow, 0 to 1; `fading` how much it
    thins out towards the fastest, as it does where little blood flows fast.
    """

    seed: int
    psv_cm_s: float
    edv_cm_s: float
    heart_rate_bpm: float
    towards: bool
    scale_cm_s: float
    below_share: float
    seconds: float
    fullness: float
    fading: float
    mirror_db: float
    noise_db: float
    range_db: float
    size: tuple[int, int]
    jpeg_quality: int | None
    trace: bool

    @property
    def resistive_index(self) -> float:
        return (self.psv_cm_s - self.edv_cm_s) / self.psv_cm_s


def draw_spectral(seed: int) -> SpectralScene:
    """Draw an arterial flow and a machine's settings."""
    rng = np.random.default_rng([seed, 77])
    psv = float(rng.uniform(8, 180))
    return SpectralScene(
        seed=seed, psv_cm_s=psv, edv_cm_s=psv * float(rng.uniform(0.12, 0.6)),
        heart_rate_bpm=float(rng.uniform(48, 115)), towards=bool(rng.random() < 0.7),
        scale_cm_s=psv * float(rng.uniform(1.15, 2.2)), below_share=float(rng.uniform(0.15, 0.5)),
        seconds=float(rng.uniform(2.6, 5.0)), fullness=float(rng.uniform(0.2, 0.9)),
        fading=float(rng.uniform(0.0, 0.6)),
        mirror_db=float(rng.uniform(-40, -12)), noise_db=float(rng.uniform(-38, -16)),
        range_db=float(rng.uniform(28, 45)), size=SIZES[rng.integers(len(SIZES))],
        jpeg_quality=int(rng.integers(70, 96)) if rng.random() < 0.5 else None,
        trace=bool(rng.random() < 0.25),
    )  # fmt: skip


def strip_box(scene: SpectralScene) -> Box:
    """Where the strip stands on the screen."""
    rows, columns = scene.size
    return Box(round(0.5 * rows), round(0.08 * columns), round(0.94 * rows), round(0.92 * columns))


def zero_row(scene: SpectralScene) -> int:
    """The row of velocity 0 in the strip: `below_share` lies on the side without flow."""
    share = 1 - scene.below_share if scene.towards else scene.below_share
    return round(share * strip_box(scene).rows)


def cm_s_px(scene: SpectralScene) -> float:
    """Velocity of a row."""
    rows, zero = strip_box(scene).rows, zero_row(scene)
    return scene.scale_cm_s / (zero if scene.towards else rows - zero)


def fastest_cm_s(scene: SpectralScene, time_s: np.ndarray) -> np.ndarray:
    """The fastest flow at a time: a steep upstroke, a fall with a dicrotic notch, and a diastolic slope."""
    phase = (time_s * scene.heart_rate_bpm / 60 + scene.seed % 7 / 7) % 1.0
    upstroke = np.clip(phase / 0.12, 0, 1)
    rise = 0.5 - 0.5 * np.cos(np.pi * upstroke)
    fall = np.exp(-np.clip(phase - 0.12, 0, None) / 0.22)
    notch = 0.07 * np.exp(-(((phase - 0.45) / 0.05) ** 2))
    # Brought to 1 at the peak and to 0 at the end of the beat.
    end = np.exp(-0.88 / 0.22)
    shape = np.where(phase < 0.12, rise, (fall - end) / (1 - end) + notch)
    return scene.edv_cm_s + (scene.psv_cm_s - scene.edv_cm_s) * np.clip(shape, 0, 1)


def render_spectral(scene: SpectralScene) -> np.ndarray:
    """Draw the screen, (rows, columns, 3) uint8 RGB."""
    rng = np.random.default_rng([scene.seed, 78])
    rows, columns = scene.size
    canvas = np.zeros((rows, columns, 3), np.uint8)
    ink = (210, 210, 210)
    echo = gaussian_filter(rng.exponential(1.0, (round(0.36 * rows), round(0.36 * columns))), (0.8, 1.2))
    grey = np.clip(30 + 45 * np.log10(np.maximum(echo, 1e-3)) + 40, 0, 255)
    top, left = round(0.1 * rows), round(0.32 * columns)
    canvas[top : top + grey.shape[0], left : left + grey.shape[1]] = grey[..., None].astype(np.uint8)
    box, zero = strip_box(scene), zero_row(scene)
    canvas[box.slices] = _strip(scene, rng, box, zero)[..., None]
    cv2.line(canvas, (box.column0, box.row0 + zero), (box.column1 - 1, box.row0 + zero), ink, 1)
    size = rows / 480 * 0.4
    cv2.putText(canvas, "PHANTOM  simulated, not a patient", (10, round(rows * 0.05)), FONT, size, ink, 1)
    for share in np.linspace(-1, 1, 9):
        row = box.row0 + zero - round(share * scene.scale_cm_s / cm_s_px(scene))
        if box.row0 <= row < box.row1:
            cv2.line(canvas, (box.column1 + 1, row), (box.column1 + 6, row), ink, 1)
    if scene.trace:
        _trace(canvas, scene, box, zero)
    if scene.jpeg_quality is None:
        return canvas
    _, data = cv2.imencode(".jpg", canvas[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, scene.jpeg_quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1].copy()


def _strip(scene: SpectralScene, rng: np.random.Generator, box: Box, zero: int) -> np.ndarray:
    """The spectrum, (rows, columns) uint8."""
    way = 1.0 if scene.towards else -1.0
    velocity = way * (zero - np.arange(box.rows)[:, None]) * cm_s_px(scene)
    time_s = np.arange(box.columns) * scene.seconds / box.columns
    fastest = fastest_cm_s(scene, time_s)[None, :]
    soft = 0.012 * scene.scale_cm_s
    power = _band(scene, velocity, fastest, soft)
    power += 10 ** (scene.mirror_db / 10) * _band(scene, -velocity, fastest, soft)
    power *= 1 / (1 + np.exp(-(np.abs(velocity) - WALL_FILTER_SHARE * scene.scale_cm_s) / (soft / 2)))
    power += 10 ** (scene.noise_db / 10)
    speckle = gaussian_filter(rng.exponential(1.0, power.shape), (0.7, 0.9))
    level_db = 10 * np.log10(np.maximum(power * speckle, 1e-9))
    return np.clip(255 * (level_db + scene.range_db - 4) / scene.range_db, 0, 255).astype(np.uint8)


def _band(scene: SpectralScene, velocity: np.ndarray, fastest: np.ndarray, soft: float) -> np.ndarray:
    """Power of flow from 0 to the fastest: more of it near the fastest where the profile is flat."""
    below = 1 / (1 + np.exp(np.clip((velocity - fastest) / (soft / 2), -60, 60)))
    share = np.clip(velocity / fastest, 0, 1)
    filled = scene.fullness + (1 - scene.fullness) * share**3
    return (velocity > 0) * below * filled * np.maximum(1 - share, 0.02) ** scene.fading


def _trace(canvas: np.ndarray, scene: SpectralScene, box: Box, zero: int) -> None:
    """The machine's own coloured envelope."""
    time_s = np.arange(box.columns) * scene.seconds / box.columns
    way = -1.0 if scene.towards else 1.0
    row = box.row0 + zero + way * fastest_cm_s(scene, time_s) / cm_s_px(scene)
    line = np.stack([np.arange(box.columns) + box.column0, np.rint(row)], axis=1).astype(np.int32)
    cv2.polylines(canvas, [line[:, None]], False, (90, 230, 90), 1, cv2.LINE_AA)


def write_spectral(path: Path, scene: SpectralScene, zero_in_header: bool = True) -> None:
    """Write a still as a single-frame DICOM object with its spectral region.

    Parameters
    ----------
    zero_in_header : whether the region has a reference pixel.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    rgb, box = render_spectral(scene), strip_box(scene)
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = FORMAT_SPECTRAL, PULSED, 0
    region.RegionLocationMinX0, region.RegionLocationMinY0 = box.column0, box.row0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = box.column1 - 1, box.row1 - 1
    region.PhysicalUnitsXDirection, region.PhysicalUnitsYDirection = UNIT_S, UNIT_CM_S
    region.PhysicalDeltaX, region.PhysicalDeltaY = scene.seconds / box.columns, -cm_s_px(scene)
    if zero_in_header:
        region.ReferencePixelX0, region.ReferencePixelY0 = 0, zero_row(scene)
        region.ReferencePixelPhysicalValueX = region.ReferencePixelPhysicalValueY = 0.0
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = UltrasoundImageStorage
    dataset.SOPInstanceUID = make_uid("spectral", scene.seed)
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = (
        make_uid("study", scene.seed),
        make_uid("series", scene.seed),
    )
    dataset.Modality, dataset.Manufacturer, dataset.ManufacturerModelName = "US", "ius-vision", "PHANTOM"
    dataset.PatientID, dataset.PatientName = f"PHANTOM-{scene.seed}", f"PHANTOM^{scene.seed}"
    dataset.StudyDate, dataset.ImageComments = "20240101", COMMENT
    dataset.SeriesDescription = "terminal ileum PW"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "ABDOMINAL", "0009"]
    dataset.SequenceOfUltrasoundRegions = Sequence([region])
    dataset.PhotometricInterpretation, dataset.SamplesPerPixel, dataset.PlanarConfiguration = "RGB", 3, 0
    dataset.Rows, dataset.Columns = rgb.shape[:2]
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
    dataset.PixelData = rgb.tobytes()
    pydicom.dcmwrite(path, dataset, enforce_file_format=True)
