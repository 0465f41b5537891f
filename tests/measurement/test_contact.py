"""A picture that is black below the near field is not measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.data import get_testdata_file

from ius_vision.dicom.load import load_exam
from ius_vision.dicom.scan import scan
from ius_vision.measurement.bwt_error import BwtErrorModel
from ius_vision.measurement.contact import lit_depth, without_contact
from ius_vision.measurement.frame import measure_frame
from ius_vision.outcomes import Measured
from ius_vision.pipeline.scene import scene_in

from . import synthetic
from .synthetic import SQUARE
from .test_thickness import measured


def test_the_depth_that_is_lit_is_told_whatever_the_black_is():
    grey = np.full((100, 80), 20, np.uint8)
    grey[:40] = 90
    area = np.zeros(grey.shape, bool)
    area[10:90] = True
    assert lit_depth(grey, area) == pytest.approx(30 / 80)
    grey[70, :3] = 255
    assert lit_depth(grey, area) == pytest.approx(30 / 80)
    assert lit_depth(np.zeros_like(grey), area) == 0.0
    assert lit_depth(grey, np.zeros_like(area)) == 0.0


def test_a_wall_in_a_picture_that_goes_dark_below_it_is_not_measured():
    shown = synthetic.two_walls(4.0, 3.0)
    assert isinstance(measured(shown).thickness, Measured)
    tall = np.zeros((4 * shown.grey.shape[0], shown.grey.shape[1]), np.uint8)
    labels = np.zeros_like(tall)
    tall[: len(shown.grey)], labels[: len(shown.grey)] = shown.grey, shown.labels
    dark = synthetic.Picture(tall, labels, SQUARE, np.ones(tall.shape, bool))
    found = measure_frame(dark.grey, dark.truth, SQUARE, dark.area, BwtErrorModel())
    assert found.thickness.reason == "no_contact"
    assert found.wall_length_mm == 0.0


def test_a_real_probe_in_air_has_no_contact():
    path = Path(get_testdata_file("examples_palette.dcm", download=False))
    clips = [clip for exam in scan([path]).exams for clip in load_exam(exam)[0]]
    ((_, grey),) = clips[0].grey_frames([0])
    assert without_contact(grey, scene_in(clips[0].main_area, clips[0]).mask).reason == "no_contact"
