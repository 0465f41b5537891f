"""Direction and velocity of phantom vessels, from files as they are written to what a table shows."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from ius_vision.dicom.load import load_exam
from ius_vision.dicom.scan import scan
from ius_vision.dicom.velocity import VelocityScale
from ius_vision.dicom.velocity_bar import read_velocity_bar
from ius_vision.geometry import Box, Spacing
from ius_vision.measurement.doppler import DopplerGrader
from ius_vision.measurement.flow_velocity import ColourCode, FlowReader
from ius_vision.phantom.cine import Cine, build_cine, cine_frames
from ius_vision.phantom.header import Habits, build_header
from ius_vision.phantom.order import exam_order
from ius_vision.phantom.plan import CinePlan, SegmentState, Visit, plan_visits
from ius_vision.phantom.storage import draw_storage, store
from ius_vision.phantom.truth import flow_cells
from ius_vision.pipeline.doppler_velocity import FlowMotion, read_motion
from ius_vision.pipeline.rows import motion_cells
from ius_vision.vocabulary import Label, Mode, Segment, View

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "dicom"
FRAMES = 5
SCALED = Habits(regions=True, upward=False, coded=False, in_protocol=False, scaled_bar=True)


def write(folder: Path, seed: int, grade: int, habits: Habits) -> tuple[Cine, list, dict[str, str]]:
    """A Doppler cine as a file; its labels by frame (of the screen) and what is true of its flow."""
    state = SegmentState(Segment.SIGMOID_COLON, 6.0, 0, 0, grade)
    order = exam_order(seed, "sigmoid_colon", FRAMES, "baseline", small=True)
    (usual,) = plan_visits(order)
    visit = Visit("baseline", datetime.date(2024, 1, 1), (state,), usual.scanner, usual.size, "en")
    times = tuple(0.1 * index for index in range(FRAMES))
    view = View.LONGITUDINAL
    cine = build_cine(CinePlan((seed, grade), 1, state, view, Mode.COLOR_DOPPLER, times), visit)
    made = list(cine_frames(cine))
    dataset = build_header(order, visit, cine, habits)
    storage = draw_storage(np.random.default_rng(seed), Mode.COLOR_DOPPLER, True)
    store(dataset, iter(one.rgb for one in made), storage)
    dataset.file_meta.TransferSyntaxUID = storage.syntax
    pydicom.dcmwrite(folder / "IM0001.dcm", dataset, enforce_file_format=True)
    truth = flow_cells(cine, np.concatenate([one.wall_flow_cm_s for one in made]))
    return cine, [one.frame.labels for one in made], truth


def read(folder: Path, cine: Cine, labels: list[np.ndarray], **facts) -> FlowMotion:
    (exam,) = scan([folder]).exams
    (clip,), _ = load_exam(exam)
    clip = replace(clip, **facts)
    area = np.zeros((clip.rows, clip.columns), bool)
    where = slice(cine.screen.top, cine.screen.top + labels[0].shape[0])
    across = slice(cine.screen.left, cine.screen.left + labels[0].shape[1])
    area[where, across] = True
    scanner = cine.scene.scanner.spacing
    grader = DopplerGrader(area, Spacing(scanner.row_mm, scanner.column_mm))
    for index, rgb in clip.rgb_frames():
        wall = np.zeros(area.shape, np.uint8)
        wall[where, across] = labels[index]
        grader.add(rgb, wall == Label.WALL)
    return read_motion(clip, area, grader.result().in_wall, range(clip.frames))


@pytest.fixture(scope="module")
def stretch(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stretch")
    return folder, *write(folder, 7, 2, SCALED)


@pytest.mark.parametrize("seed", [7, 23])
def test_velocities_of_a_phantom_come_back_from_its_file(tmp_path, seed):
    cine, labels, truth = write(tmp_path, seed, 2, SCALED)
    motion = read(tmp_path, cine, labels)
    cells = motion_cells(motion)
    assert cells["velocity_status"] == "measured"
    scale = cine.velocity_cm_s
    for name in (f"velocity_{part}_cm_s" for part in ("mean", "speed", "peak_towards", "peak_away")):
        if cells[name] is not None:
            assert cells[name] == pytest.approx(float(truth[name]), abs=0.1 * scale), name
    assert cells["flow_towards_percent"] == pytest.approx(float(truth["flow_towards_percent"]), abs=6)
    assert cells["flow_aliased"] == "no"


def test_without_a_scale_there_is_a_direction_only(stretch):
    folder, cine, labels, truth = stretch
    cells = motion_cells(read(folder, cine, labels, velocity_scale=None))
    assert cells["velocity_reason"] == "no_velocity_scale"
    assert cells["flow_towards_percent"] == pytest.approx(float(truth["flow_towards_percent"]), abs=6)
    assert "velocity_mean_cm_s" not in cells


def test_directional_power_has_a_direction_only(stretch):
    folder, cine, labels, _ = stretch
    motion = read(folder, cine, labels, mode=Mode.POWER_DOPPLER)
    assert motion.velocity.reason == "no_velocity_in_power"
    assert motion.direction.towards_percent >= 0


def test_a_header_that_contradicts_the_bar_is_not_followed(stretch):
    folder, cine, labels, _ = stretch
    wrong = VelocityScale(5.0, "colour_bar_region", None, zero_row=float(cine.screen.rows) * 0.2)
    assert read(folder, cine, labels, velocity_scale=wrong).velocity.reason == "velocity_scale_conflict"


def test_a_screen_without_a_bar_has_no_direction(stretch):
    folder, cine, labels, _ = stretch
    elsewhere = VelocityScale(5.0, "colour_bar_region", Box(0, 0, 40, 10))
    motion = read(folder, cine, labels, velocity_scale=elsewhere)
    assert motion.direction.reason == motion.velocity.reason == "no_colour_bar"


def test_a_wall_without_flow_has_neither(tmp_path):
    cine, labels, truth = write(tmp_path, 5, 0, SCALED)
    motion = read(tmp_path, cine, labels)
    assert motion.direction.reason == motion.velocity.reason == "no_flow_in_wall"
    assert "velocity_mean_cm_s" not in truth


# Seen by eye: blue fills frame 4; in frame 7 it turns to yellow beside cyan; frame 13 is red throughout.
REAL = {3: (30, False), 6: (35, True), 9: (40, False), 12: (100, False)}


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared real files are not there")
@pytest.mark.parametrize("index", REAL)
def test_a_real_heart_flows_as_an_eye_sees_it(index):
    (exam,) = scan([FOLDER / "will-jxl.dcm"]).exams
    (clip,), _ = load_exam(exam)
    ((_, rgb),) = clip.rgb_frames([index])
    bar = read_velocity_bar(rgb)
    area = clip.main_area.mask(clip.rows, clip.columns)
    reader = FlowReader(ColourCode(bar.colours, bar.places))
    reader.add(rgb, area, area)
    found, (most_towards, aliased) = reader.result(), REAL[index]
    assert most_towards - 20 <= found.towards_percent <= most_towards
    assert found.aliased == aliased
