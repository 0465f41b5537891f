"""Colour found in real Doppler files against outlines drawn by eye, and none in real grey files."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from ius_vision.dicom.clip import Clip
from ius_vision.dicom.load import load_exam
from ius_vision.dicom.manifest import ManifestRow
from ius_vision.dicom.scan import scan
from ius_vision.measurement.colour_pixels import ColourGauge
from ius_vision.measurement.flow_recorder import flow_pixels
from ius_vision.measurement.still_graphics import slanted_lines
from ius_vision.pipeline.doppler_pass import NOT_DOPPLER, grade_doppler

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "dicom"
# (x, y) corners in pixels, drawn by eye on the enlarged picture.
OUTLINES = json.loads(Path(__file__).with_name("flow_outlines.json").read_text("utf-8"))
GREY = (
    "GH364.dcm", "GREYSCALE_IMAGE.dcm", "OBXXXX1A.dcm", "YBR_422.dcm", "YBR_FULL-RLE.dcm",
    "examples_palette.dcm", "examples_ybr_color.dcm", "gdcm-US-ALOKA-16.dcm",
)  # fmt: skip
REACH_PX = 4
# A maker's red letter in the corner of one picture cannot be told from flow in a single frame.
RED_LETTER_PX = {"YBR_422.dcm": 74}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared real files are not there")


def load(name: str, manifest: dict[str, ManifestRow] | None = None) -> Clip:
    (exam,) = scan([FOLDER / name]).exams
    (clip,), _ = load_exam(exam, manifest)
    return clip


def found(clip: Clip, index: int) -> tuple[np.ndarray, np.ndarray]:
    """Coloured pixels of a frame, uint8, and the picture's area."""
    area = np.zeros((clip.rows, clip.columns), np.uint8)
    for part in clip.areas:
        area |= part.mask(clip.rows, clip.columns).astype(np.uint8)
    ((_, rgb),) = clip.rgb_frames([index])
    coloured, _ = flow_pixels(ColourGauge(), rgb, area)
    return cv2.subtract(coloured, slanted_lines(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), coloured)), area


@pytest.mark.parametrize("name", OUTLINES)
def test_colour_lies_where_an_eye_sees_it_and_nowhere_else(name):
    coloured, area = found(load(name), OUTLINES[name]["frame"] - 1)
    seen = np.zeros(area.shape, np.uint8)
    for corners in OUTLINES[name]["outlines"]:
        cv2.fillPoly(seen, [np.rint(16 * np.array(corners)).astype(np.int32)], 1, shift=4)
    seen &= area
    dice = 2 * int((seen & coloured).sum()) / int(seen.sum() + coloured.sum())
    near = cv2.dilate(seen, np.ones((2 * REACH_PX + 1, 2 * REACH_PX + 1), np.uint8))
    assert dice >= 0.8
    assert int((coloured & (1 - near)).sum()) <= 0.1 * int(coloured.sum())


@pytest.mark.parametrize("name", GREY)
def test_a_grey_file_called_doppler_has_no_grade(name):
    clip = load(name, {name: ManifestRow(file=name, mode="color_doppler")})
    look = grade_doppler(clip, "0001", None, None)
    assert look.items == {"cds": NOT_DOPPLER}
    assert look.flow is None


@pytest.mark.parametrize("name", GREY)
def test_a_grey_file_has_no_coloured_area(name):
    coloured, _ = found(load(name), 0)
    assert int(coloured.sum()) <= RED_LETTER_PX.get(name, 0)
