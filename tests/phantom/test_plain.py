"""The plain engine: the same seed gives the same picture, and the truth is what picture and labels show."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import binary_erosion, distance_transform_edt

from ius_vision.cli.main import main
from ius_vision.phantom.dataset import draw_plain_case
from ius_vision.phantom.plain_render import render_plain
from ius_vision.phantom.plain_scene import VISIBLE_STEP_DB, draw_plain_scene
from ius_vision.segmentation.dataset import read_dataset
from ius_vision.vocabulary import Label, View


def _scene(seed: int, bowel: bool = True):
    return draw_plain_scene(np.random.default_rng(seed), bowel)


def test_the_same_seed_gives_the_same_frame():
    first, second = (render_plain(_scene(4)) for _ in range(2))
    assert np.array_equal(first.grey, second.grey)
    assert np.array_equal(first.labels, second.labels)


@pytest.mark.parametrize("seed", range(8))
def test_arrays_share_one_shape_and_nothing_lies_outside_the_area(seed):
    scene = _scene(seed)
    frame = render_plain(scene)
    shape = (scene.scanner.rows, scene.scanner.columns)
    assert frame.grey.shape == frame.labels.shape == frame.area_mask.shape == shape
    assert frame.grey.dtype == frame.labels.dtype == np.uint8
    assert not frame.grey[~frame.area_mask].any()
    assert not frame.labels[~frame.area_mask].any()


def test_a_scene_without_bowel_has_no_labels():
    for seed in range(4):
        frame = render_plain(_scene(seed, bowel=False))
        assert not frame.labels.any()
        assert frame.truth.bwt_mm is None


def test_scenes_range_wide():
    scenes = [_scene(seed) for seed in range(80)]
    assert {scene.speckle.kind for scene in scenes} == {"field", "multiplied", "added"}
    assert {scene.scanner.probe for scene in scenes} == {"linear", "convex"}
    assert {scene.bowel.view for scene in scenes} == {View.LONGITUDINAL, View.CROSS_SECTION}
    assert {scene.bowel.lumen.kind for scene in scenes} == {"collapsed", "gas", "fluid", "contents"}
    walls = [scene.bowel.thickness_mm for scene in scenes]
    assert min(walls) < 2.0
    assert max(walls) > 11.0
    assert any(not scene.bowel.layers.seen for scene in scenes)


@pytest.mark.parametrize("seed", range(30))
def test_both_edges_of_a_wall_can_be_seen(seed):
    bowel = _scene(seed).bowel
    layers = bowel.layers
    assert layers.mucosa_share + layers.submucosa_share <= 0.851
    steps = [abs(layers.mucosa_db - bowel.lumen.level_db)]
    if layers.interface_mm:
        steps.append(layers.interface_db - layers.mucosa_db)
    assert max(steps) >= VISIBLE_STEP_DB


def test_the_labelled_wall_is_as_thick_as_the_truth_says():
    seen = 0
    for seed in range(200, 230):
        scene = _scene(seed)
        if scene.bowel.lumen.kind not in ("fluid", "contents"):
            continue
        frame = render_plain(scene)
        wall, lumen = frame.labels == Label.WALL, frame.labels == Label.LUMEN
        spacing = (frame.spacing.row_mm, frame.spacing.column_mm)
        rim = wall & ~binary_erosion(wall | lumen, border_value=1) & binary_erosion(frame.area_mask)
        if not rim.any():
            continue
        measured = np.median(distance_transform_edt(~lumen, sampling=spacing)[rim])
        waviness = sum(abs(term[0]) for term in scene.bowel.thickness_wave.terms) * scene.bowel.thickness_mm
        assert abs(measured - frame.truth.bwt_mm) <= max(spacing) + waviness, seed
        seen += 1
    assert seen >= 10


def test_the_wall_of_an_open_lumen_is_seen_once():
    opened = [scene for seed in range(120) if (scene := _scene(seed)).bowel.half_lumen_mm > 200]
    assert len(opened) >= 3
    for scene in opened[:3]:
        wall = render_plain(scene).labels == Label.WALL
        runs = np.diff(np.pad(wall, ((1, 1), (0, 0))).astype(int), axis=0) == 1
        assert runs.sum(axis=0).max() == 1


def test_the_command_writes_a_folder_that_training_reads(tmp_path):
    words = [
        "phantom",
        "dataset",
        "--engine",
        "plain",
        "--out",
        str(tmp_path),
        "--seed",
        "7",
        "--frames",
        "3",
    ]
    assert main(words) == 0
    cases = read_dataset(tmp_path)
    grey, labels = cases[1].read()
    _, frame = draw_plain_case(7, 1)
    assert np.array_equal(grey, frame.grey)
    assert np.array_equal(labels, frame.labels)
    assert {case.row["style"].partition("_")[0] for case in cases} == {"plain"}
