"""Clips made of arrays, and a wall model that knows where the wall is: no test here needs a trained one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from ius_vision.dicom.clip import Calibration, Clip, Decoder, ImageArea, Named, TimeBase
from ius_vision.geometry import Box, Spacing
from ius_vision.measurement.bwt_error import BwtErrorModel
from ius_vision.outcomes import Abstained
from ius_vision.pipeline.settings import MeasureSettings
from ius_vision.pipeline.tools import Tools
from ius_vision.segmentation.model import WallSegmentation
from ius_vision.vocabulary import Label, Mode

ROWS, COLUMNS, MM = 160, 240, 0.2
WALL_ROWS = 20
NO_SCALE = Abstained("no_spacing", "The file holds no scale; give mm_per_pixel in the manifest.")


def labels_of_scene() -> np.ndarray:
    """A lumen between two walls of 4 mm, left to right."""
    labels = np.zeros((ROWS, COLUMNS), np.uint8)
    labels[50 : 50 + WALL_ROWS] = Label.WALL
    labels[70:90] = Label.LUMEN
    labels[90 : 90 + WALL_ROWS] = Label.WALL
    return labels


def scene(shift: int = 0) -> np.ndarray:
    """The picture of it, (rows, columns) uint8: dark walls in bright tissue around a black lumen."""
    noise = np.random.default_rng(5 + shift).normal(0, 6, (ROWS, COLUMNS))
    grey = np.array([150, 4, 60, 220])[labels_of_scene()] + noise
    return grey.clip(0, 255).astype(np.uint8)


class KnowingModel:
    """Stands for the network: gives the true labels wherever the picture is not black."""

    name, version, sha256 = "knowing", "1", "a" * 64

    def __init__(self) -> None:
        self.card = {"limits": ["It knows the answer."]}

    def segment(self, grey, spacing, area_mask, magnification=1.0) -> WallSegmentation:
        labels = np.where(area_mask & grey.any(), labels_of_scene(), np.uint8(0))
        wall, fat = ((labels == label).astype(np.float32) for label in (Label.WALL, Label.INFLAMED_FAT))
        return WallSegmentation(labels, wall, fat)


@pytest.fixture
def tools() -> Tools:
    """The knowing model with the default settings and no manifest."""
    return Tools(KnowingModel(), BwtErrorModel(), MeasureSettings(), {})


@pytest.fixture
def make_clip() -> Callable[..., Clip]:
    """Build a clip; `frame(index)` gives its grey or RGB picture."""

    def build(
        file: str = "a/IM0001.dcm",
        mode: Mode = Mode.B_MODE,
        segment: str = "sigmoid_colon",
        view: str = "longitudinal",
        frames: int = 3,
        frame: Callable[[int], np.ndarray] = scene,
        scale: Calibration | Abstained | None = None,
        areas: bool = True,
    ) -> Clip:
        calibration = scale or Calibration(Spacing(MM, MM), "dicom_region", ("Region 1 says so.",))
        area = ImageArea(Box(0, 0, ROWS, COLUMNS), calibration)

        def open_frames(indices, colour):
            for index in sorted(range(frames) if indices is None else indices):
                pixels = frame(index)
                if colour and pixels.ndim == 2:
                    pixels = np.repeat(pixels[..., None], 3, axis=2)
                yield index, pixels if colour or pixels.ndim == 2 else pixels[..., 0]

        return Clip(
            path=Path(file), file=file, sop_instance_uid=f"1.2.{crc32(file.encode())}",
            study_instance_uid="1.2.3", patient_id="P1", study_date="20240131", frames=frames,
            rows=ROWS, columns=COLUMNS, mode=mode,
            mode_evidence=("2D and no colour",), segment=Named(segment, "dicom:SeriesDescription"),
            view=Named(view, "dicom:SeriesDescription"), areas=(area,) if areas else (),
            time_base=TimeBase(tuple(0.04 * index for index in range(frames)), "FrameTime"),
            decoder=Decoder("test", "1"), sha256="b" * 64, header={}, open_frames=open_frames,
        )  # fmt: skip

    return build
