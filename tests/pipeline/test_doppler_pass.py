"""Doppler clips: the colour is graded only where the wall below it could be measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom.data import get_testdata_file

from ius_vision.dicom.load import load_exam
from ius_vision.dicom.manifest import ManifestRow
from ius_vision.dicom.scan import scan
from ius_vision.outcomes import Abstained, Measured
from ius_vision.pipeline.doppler_pass import grade_doppler
from ius_vision.pipeline.pictures import PictureFolder
from ius_vision.pipeline.settings import MeasureSettings
from ius_vision.pipeline.tools import Tools
from ius_vision.vocabulary import Label, Mode

from .conftest import KnowingModel, scene


class DoubtfulModel(KnowingModel):
    """Sees the wall, and is sure of it in the first few of the frames it is asked about."""

    def __init__(self, sure_looks: int, doubt: float) -> None:
        super().__init__()
        self.left, self.doubt = sure_looks, doubt

    def segment(self, grey, spacing, area_mask, magnification=1.0):
        seen = super().segment(grey, spacing, area_mask)
        if magnification == 1.0:
            self.left -= 1
        probability = np.float32(1.0 if self.left >= 0 else self.doubt) * (seen.labels == Label.WALL)
        return replace(seen, wall_probability=probability.astype(np.float32))


def coloured(index: int) -> np.ndarray:
    """The scene with a red vessel of 3 mm in the near wall."""
    rgb = np.repeat(scene(index)[..., None], 3, axis=2)
    rgb[56:61, 100:115] = (200, 40, 20)
    return rgb


@pytest.fixture
def grade(make_clip, tools, tmp_path) -> Callable[..., Measured | Abstained]:
    def made(sure_looks: int, doubt: float = 0.7) -> Measured | Abstained:
        clip = make_clip(frames=8, mode=Mode.COLOR_DOPPLER, frame=coloured)
        doubtful = replace(tools, model=DoubtfulModel(sure_looks, doubt))
        return grade_doppler(clip, "001_IM", doubtful, PictureFolder(tmp_path)).items["cds"]

    return made


@pytest.mark.parametrize("sure_looks", [8, 2])
def test_colour_is_graded_where_the_wall_is_sure_in_a_quarter_of_the_looks(grade, sure_looks):
    assert grade(sure_looks) == Measured(1)


def test_colour_beside_a_doubtful_wall_has_no_grade(grade):
    found = grade(1)
    assert isinstance(found, Abstained)
    assert found.reason == "low_confidence"
    assert found.detail.startswith("Below the colour, in 7 of 8 frames: The model is not sure")


def test_below_colour_a_wall_has_to_be_surer_than_in_b_mode(grade):
    found = grade(0, doubt=0.93)
    assert found.reason == "low_confidence"
    assert "confidence 0.93, 0.95 is needed for a Doppler grade" in found.detail
    assert isinstance(grade(0, doubt=0.96), Measured)


@pytest.mark.parametrize("mm_per_pixel", [0.11, 0.12])
def test_flow_in_a_lymph_node_has_no_grade(real_data, tmp_path, mm_per_pixel):
    path = real_data("dicom/US1_UNCI.dcm")
    (exam,) = scan([path]).exams
    (clip,), _ = load_exam(exam, {path.name: ManifestRow(file=path.name, mm_per_pixel=mm_per_pixel)})
    tools = Tools.load(None, MeasureSettings(), {})
    found = grade_doppler(clip, "0001", tools, PictureFolder(tmp_path)).items["cds"]
    assert found.reason == "low_confidence"


@pytest.mark.parametrize("mm_per_pixel", [0.08, 0.14, 0.2])
def test_a_real_picture_of_flow_that_is_not_bowel_has_no_grade_at_any_scale(tmp_path, mm_per_pixel):
    path = Path(get_testdata_file("examples_rgb_color.dcm", download=False))
    (exam,) = scan([path]).exams
    row = ManifestRow(file=path.name, mm_per_pixel=mm_per_pixel)
    (clip,), _ = load_exam(exam, {path.name: row})
    assert clip.mode == Mode.POWER_DOPPLER
    tools = Tools.load(None, MeasureSettings(), {})
    found = grade_doppler(clip, "0001", tools, PictureFolder(tmp_path)).items["cds"]
    assert isinstance(found, Abstained)
    assert found.reason != "no_spacing"
