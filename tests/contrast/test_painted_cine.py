"""A bolus painted onto a real 2D cine, with its real speckle and motion, through the installed command.

No real bolus clip was at hand; this is the nearest to one.
"""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
import simplejpeg
from dicom.build import write
from pydicom.data import get_testdata_file

from ius_vision.cli.main import main
from ius_vision.phantom.perfusion import Bolus

ROWS, COLUMNS = slice(24, 202), slice(92, 248)
TOP, LEFT, RIGHT, SCREEN = 30, 20, 212, (240, 400)
RANGE_DB, RATE_HZ, FRAMES = 50.0, 4.0, 240
STEP = 7  # frames of the cine, which has 30 a second, from one frame of the clip to the next
# Full height is the grey of the real frame itself, so that nothing is clipped at the top.
BOLUS = Bolus(area=14.9, m=2.6, s=0.5, t0_s=7.0, baseline=0.02)


def real_cine() -> np.ndarray:
    """A beating heart as a clip of 4 Hz would show it, (frames, rows, columns) uint8.

    The cine's thirty frames are played forwards and backwards in turns.
    """
    path = get_testdata_file("examples_ybr_color.dcm", download=False)
    if path is None:
        pytest.skip("pydicom's cine examples_ybr_color.dcm is not here")
    dataset = pydicom.dcmread(path)
    frames = [
        simplejpeg.decode_jpeg(data, "GRAY")[ROWS, COLUMNS, 0]
        for data in pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=dataset.NumberOfFrames)
    ]
    turns = [*frames, *frames[::-1]]
    return np.stack([turns[index * STEP % len(turns)] for index in range(FRAMES)])


def mask() -> np.ndarray:
    """A piece of the heart's wall, drawn on the B-mode panel of the first frame."""
    drawn = np.zeros(SCREEN, np.uint8)
    region = cv2.ellipse(np.zeros((178, 156), np.uint8), (62, 78), (9, 26), 8, 0, 360, 255, -1)
    drawn[TOP : TOP + 178, LEFT : LEFT + 156] = region
    return drawn


def painted(cine: np.ndarray) -> np.ndarray:
    """Screens with the real frames on the left and, on the right, their power times the bolus."""
    screens = np.zeros((len(cine), *SCREEN), np.uint8)
    for index, frame in enumerate(cine):
        gain_db = 10.0 * np.log10(BOLUS(index / RATE_HZ))
        seen = np.clip(np.rint(frame + 255.0 * gain_db / RANGE_DB), 0, 255)
        screens[index, TOP : TOP + 178, LEFT : LEFT + 156] = frame
        screens[index, TOP : TOP + 178, RIGHT : RIGHT + 156] = seen
    return screens


def region(column: int) -> pydicom.Dataset:
    item = pydicom.Dataset()
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = 1, 1, 0
    item.RegionLocationMinX0, item.RegionLocationMinY0 = column, TOP
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = column + 155, TOP + 177
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = 3
    item.PhysicalDeltaX = item.PhysicalDeltaY = 0.08
    return item


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    """What the command leaves of the painted clip."""
    folder = tmp_path_factory.mktemp("painted")
    write(
        folder / "in" / "bolus.dcm",
        painted(real_cine()),
        FrameTime=str(1000.0 / RATE_HZ),
        SequenceOfUltrasoundRegions=pydicom.Sequence([region(LEFT), region(RIGHT)]),
    )
    cv2.imwrite(str(folder / "drawn.png"), mask())
    (folder / "manifest.csv").write_text(
        f"file,mode,dynamic_range_db,mask\nbolus.dcm,contrast,{RANGE_DB},drawn.png\n", "utf-8"
    )
    given = ("--out", str(folder / "out"), "--manifest", str(folder / "manifest.csv"))
    assert main(["analyze", str(folder / "in"), *given]) == 0
    return folder / "out"


@pytest.fixture(scope="module")
def rows(out) -> dict[str, dict[str, str]]:
    with (out / "contrast.csv").open(encoding="utf-8", newline="") as stream:
        return {row["roi"]: row for row in csv.DictReader(stream)}


def test_the_region_that_the_user_drew_is_measured(rows, out):
    assert rows["user"]["status"] == "measured"
    assert rows["user"]["dynamic_range_source"] == "manifest"
    assert float(rows["user"]["roi_mm2"]) == pytest.approx(np.count_nonzero(mask()) * 0.8**2, rel=0.01)


@pytest.mark.parametrize("roi", ["user", "whole_region"])
@pytest.mark.parametrize("name", ["ttp_s", "rt_s", "ft_s", "mtt_s"])
def test_times_are_those_of_the_bolus_that_was_painted(rows, roi, name):
    assert float(rows[roi][name]) == pytest.approx(BOLUS.parameters()[name], rel=0.10)


@pytest.mark.parametrize("name", ["pe", "wi_auc", "wo_auc", "wiwo_auc", "wir", "wor", "wipi"])
def test_amplitudes_are_those_of_the_bolus_times_the_mean_power_of_the_real_speckle(rows, out, name):
    """Of the whole panel: the power in a part of a beating heart has no mean that does not hang on following
    it. Frames that show another plane, two of the heart's phases, are left out; they are the brightest.
    """
    contrast = next(out.glob("exams/*/contrast"))
    regions = cv2.imread(str(next(contrast.glob("*_regions.png"))), cv2.IMREAD_UNCHANGED)
    inside = regions[TOP : TOP + 178, RIGHT : RIGHT + 156] & 32 > 0
    with next(contrast.glob("*_curves.csv")).open(encoding="utf-8", newline="") as stream:
        curve = [row for row in csv.DictReader(stream) if row["curve_id"] == "whole_region"]
    used = np.array([row["used"] == "1" for row in curve])
    assert used.mean() > 0.9
    speckle = (10.0 ** ((real_cine()[used][:, inside] / 255.0 - 1.0) * RANGE_DB / 10.0)).mean()
    assert float(rows["whole_region"][name]) == pytest.approx(BOLUS.parameters()[name] * speckle, rel=0.10)
