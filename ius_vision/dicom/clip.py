"""What the DICOM room gives: exams of clips, each clip a header's facts and a stream of frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ius_vision.dicom.spectral_region import NOT_CALIBRATED, SpectralRegion
from ius_vision.dicom.velocity import VelocityScale
from ius_vision.geometry import Box, Spacing
from ius_vision.outcomes import Abstained, Failed, Skipped
from ius_vision.vocabulary import Mode


@dataclass(frozen=True, slots=True)
class Calibration:
    """A scale and where it comes from.

    `source` is one of `manifest`, `dicom_region`, `pixel_spacing`, `ruler`;
    `evidence` holds one sentence for every source that was looked at.
    """

    spacing: Spacing
    source: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageArea:
    """One picture on the screen (fan or rectangle), free of text, rulers and bars.

    `outline` is a polygon of (row, column) points, or None where the box is the outline.
    `kind` is `tissue` or `flow`, after the region's data type. `declared` is the header's box, None where
    the picture was found in the pixels alone.
    """

    box: Box
    calibration: Calibration | Abstained
    outline: tuple[tuple[float, float], ...] | None = None
    kind: str = "tissue"
    declared: Box | None = None

    def mask(self, rows: int, columns: int) -> np.ndarray:
        """Pixels of the area as a (rows, columns) bool array."""
        mask = np.zeros((rows, columns), dtype=bool)
        if self.outline is None:
            mask[self.box.slices] = True
            return mask
        from skimage.draw import polygon2mask

        return polygon2mask((rows, columns), np.asarray(self.outline))


@dataclass(frozen=True, slots=True)
class TimeBase:
    """Seconds of every frame from the first one, and the attribute they come from."""

    times_s: tuple[float, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Named:
    """A value read from words or tags, and where: `manifest`, `dicom:SeriesDescription`, `none`, ..."""

    value: str
    source: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Decoder:
    """Which decoder read the pixels."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Clip:
    """One readable ultrasound image object, with its pixels still on disk.

    `file` is the path shown to users: relative to the folder that was given, with forward slashes.
    `open_frames(indices, colour)` yields `(index, array)` one at a time, index from 0:
    (rows, columns) uint8 luminance, or (rows, columns, 3) uint8 RGB when `colour` is true.
    It raises `Unreadable` where a frame cannot be decoded.
    """

    path: Path
    file: str
    sop_instance_uid: str
    study_instance_uid: str
    patient_id: str
    study_date: str
    frames: int
    rows: int
    columns: int
    mode: Mode
    mode_evidence: tuple[str, ...]
    segment: Named
    view: Named
    areas: tuple[ImageArea, ...]
    time_base: TimeBase | Abstained
    decoder: Decoder
    sha256: str
    header: dict[str, str]
    open_frames: Callable[[Sequence[int] | None, bool], Iterator[tuple[int, np.ndarray]]] = field(
        repr=False, compare=False
    )
    warnings: tuple[str, ...] = ()
    overruled: tuple[str, ...] = ()
    luminance_steps: tuple[int, ...] = ()
    velocity_scale: VelocityScale | None = None
    spectrum: SpectralRegion | Abstained = NOT_CALIBRATED

    def grey_frames(self, indices: Sequence[int] | None = None) -> Iterator[tuple[int, np.ndarray]]:
        """Luminance frames, (rows, columns) uint8, all or those asked for, in rising order."""
        return self.open_frames(indices, False)

    def rgb_frames(self, indices: Sequence[int] | None = None) -> Iterator[tuple[int, np.ndarray]]:
        """Colour frames, (rows, columns, 3) uint8 RGB, all or those asked for, in rising order."""
        return self.open_frames(indices, True)

    @property
    def main_area(self) -> ImageArea | None:
        """The area measurements are taken in: calibrated before uncalibrated, then the largest."""
        if not self.areas:
            return None
        return max(
            self.areas,
            key=lambda a: (isinstance(a.calibration, Calibration), a.box.rows * a.box.columns),
        )


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that gave no clip, and why; the identifiers are empty where they could not be read."""

    path: Path
    file: str
    outcome: Failed | Skipped
    study_instance_uid: str = ""
    patient_id: str = ""
    study_date: str = ""
    sop_instance_uid: str = ""


@dataclass(frozen=True, slots=True)
class ExamFiles:
    """The files of one study, found by reading headers only; cheap to send to another process.

    `exam_id` is safe as a folder name on every system and is made from the StudyInstanceUID.
    """

    exam_id: str
    study_instance_uid: str
    patient_id: str
    study_date: str
    files: tuple[tuple[Path, str], ...]
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan of paths found: exams in a stable order, and files that belong to none."""

    exams: tuple[ExamFiles, ...]
    unread: tuple[Unread, ...]
