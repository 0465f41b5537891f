"""The echo engine: the same seed gives the same picture, and the truth is what picture and labels show."""

from __future__ import annotations

import csv
from functools import cache

import cv2
import numpy as np
import pytest
from scipy.ndimage import binary_dilation, binary_erosion, distance_transform_edt

from ius_vision.cli.main import main
from ius_vision.phantom import echo_render
from ius_vision.phantom.dataset import draw_echo_case
from ius_vision.phantom.echo_labels import LEAST_OUTER_STEP, can_be_read, outer_step
from ius_vision.phantom.echo_noise import smooth_noise, turned_noise
from ius_vision.segmentation.dataset import read_dataset
from ius_vision.vocabulary import Label, View

SEED = 5
WITHOUT, FLUID, WITH_FAT = (0, 2), (4, 7, 8, 9), 7
WITH_BOWEL = (*FLUID, 10, 12)


@cache
def _drawn(index: int):
    return draw_echo_case(SEED, index)


def test_the_same_seed_gives_the_same_frame():
    first, frame = _drawn(4)
    scene, again = draw_echo_case(SEED, 4)
    assert again.grey.tobytes() == frame.grey.tobytes()
    assert again.labels.tobytes() == frame.labels.tobytes()
    assert again.truth.bwt_mm == frame.truth.bwt_mm
    assert scene.field == first.field


def test_opencv_may_use_any_number_of_threads():
    threads = cv2.getNumThreads()
    try:
        cv2.setNumThreads(4 if threads == 1 else 1)
        _, other = draw_echo_case(SEED, 2)
    finally:
        cv2.setNumThreads(threads)
    np.testing.assert_array_equal(other.grey, _drawn(2)[1].grey)


@pytest.mark.parametrize("index", [*WITH_BOWEL, *WITHOUT])
def test_arrays_share_one_shape_and_nothing_lies_outside_the_area(index):
    scene, frame = _drawn(index)
    shape = (scene.field.rows, scene.field.columns)
    assert frame.grey.shape == frame.labels.shape == frame.area_mask.shape == shape
    assert frame.grey.dtype == frame.labels.dtype == np.uint8
    assert set(np.unique(frame.labels)) <= set(Label)
    assert not frame.grey[~frame.area_mask].any()
    assert not frame.labels[~frame.area_mask].any()


@pytest.mark.parametrize("index", WITHOUT)
def test_a_frame_without_bowel_has_no_labels(index):
    scene, frame = _drawn(index)
    assert scene.loop is None
    assert not frame.labels.any()
    assert frame.truth.bwt_mm is None
    assert (frame.truth.view, frame.truth.lumen) == (View.UNKNOWN, "")


def test_a_mass_under_an_abdominal_wall_that_leaves_no_room_is_drawn_all_the_same():
    scene, frame = draw_echo_case(90210, 15)
    assert scene.loop is None
    assert frame.grey.any()


@pytest.mark.parametrize("index", WITH_BOWEL)
def test_the_wall_lies_in_the_picture_and_a_reader_could_see_it(index):
    scene, frame = _drawn(index)
    wall = frame.labels == Label.WALL
    assert wall.any()
    assert frame.area_mask[wall].all()
    np.testing.assert_array_equal(wall, frame.truth.visible_wall)
    smooth = cv2.GaussianBlur(frame.grey.astype(np.float32), (0, 0), 0.5 / frame.spacing.row_mm)
    assert outer_step(smooth, wall, scene.loop) >= LEAST_OUTER_STEP


@pytest.mark.parametrize("index", FLUID)
def test_the_labelled_wall_is_as_thick_as_the_truth_says(index):
    _, frame = _drawn(index)
    wall, lumen = frame.labels == Label.WALL, frame.labels == Label.LUMEN
    spacing = (frame.spacing.row_mm, frame.spacing.column_mm)
    rim = wall & ~binary_erosion(wall | lumen, border_value=1) & binary_erosion(frame.area_mask)
    measured = np.median(distance_transform_edt(~lumen, sampling=spacing)[rim])
    assert measured == pytest.approx(frame.truth.bwt_mm, rel=0.08)
    assert frame.truth.wall_area_mm2 == pytest.approx(wall.sum() * spacing[0] * spacing[1])


def test_inflamed_fat_lies_beyond_the_wall():
    _, frame = _drawn(WITH_FAT)
    fat = frame.labels == Label.INFLAMED_FAT
    assert fat.any()
    assert not (binary_dilation(fat) & (frame.labels == Label.LUMEN)).any()


def test_a_wall_in_a_flat_picture_cannot_be_read():
    scene, frame = _drawn(4)
    assert can_be_read(frame.grey, frame.labels, scene.loop)
    assert not can_be_read(np.full_like(frame.grey, 90), frame.labels, scene.loop)
    assert not can_be_read(frame.grey, np.zeros_like(frame.labels), scene.loop)


def test_a_frame_that_cannot_be_read_is_drawn_anew(monkeypatch):
    answers = iter([False, True])
    monkeypatch.setattr(echo_render, "can_be_read", lambda *_: next(answers))
    scene, _ = draw_echo_case(SEED, 4)
    assert scene.field != _drawn(4)[0].field


def test_noise_has_mean_0_and_deviation_1_and_turns_down_to_the_right():
    field = smooth_noise(np.random.default_rng(1), (150, 200), 3.0, 9.0)
    assert (float(field.mean()), float(field.std())) == pytest.approx((0, 1), abs=1e-4)
    grain = turned_noise(np.random.default_rng(1), (150, 200), (1.0, 20.0), 30.0)
    down_right, down_left = grain[6:, 10:] - grain[:-6, :-10], grain[6:, :-10] - grain[:-6, 10:]
    assert down_right.std() < 0.7 * down_left.std()


def test_the_command_writes_a_folder_that_training_reads(tmp_path):
    words = ["phantom", "dataset", "--engine", "echo", "--out", str(tmp_path), "--seed", str(SEED)]
    assert main([*words, "--frames", "5", "--jobs", "2"]) == 0
    cases = read_dataset(tmp_path)
    for index in (0, 4):
        grey, labels = cases[index].read()
        np.testing.assert_array_equal(grey, _drawn(index)[1].grey)
        np.testing.assert_array_equal(labels, _drawn(index)[1].labels)
    with (tmp_path / "cases.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["style"] for row in rows} == {"echo"}
    assert {row[name] for row in rows for name in ("bws", "lost_length_mm", "ifat", "contrast")} == {""}
    assert (rows[4]["case"], rows[4]["patient_id"]) == ("PHANTOM_0004", f"PHANTOM-{SEED}-0004")
    assert (rows[4]["view"], rows[4]["lumen"]) == ("longitudinal", "fluid")
    assert (rows[0]["view"], rows[0]["lumen"], rows[0]["bwt_mm"]) == ("unknown", "", "")
