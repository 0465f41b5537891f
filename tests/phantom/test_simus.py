"""The SIMUS engine: echoes come back from where the scatterers are, and pictures carry their truth."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from ius_vision.errors import BadUsage
from ius_vision.phantom import simus_render
from ius_vision.phantom.dataset import DatasetOrder, write_dataset
from ius_vision.phantom.simus_echo import Array, Scatterers, _echo, _param, beam_images
from ius_vision.phantom.simus_render import render_simus
from ius_vision.phantom.simus_scene import draw_simus_scene
from ius_vision.vocabulary import Label

LINEAR = Array(6.0, 48, 0.3, 0.0, 75.0, (-0.1, 0.1), 1.3, 0.5)
CONVEX = Array(4.0, 48, 0.5, 50.0, 75.0, (0.0,), 1.3, 0.5)


@pytest.fixture
def pymust():
    return pytest.importorskip("pymust", reason="the extra simus is not installed")


@pytest.mark.parametrize("array", [LINEAR, CONVEX], ids=["linear", "convex"])
@pytest.mark.parametrize("place", [(0.0, 15.0), (4.0, 22.0)])
def test_a_point_is_seen_where_it_is(pymust, array, place):
    x, z = np.meshgrid(place[0] + np.arange(-2, 2.01, 0.1), place[1] + np.arange(-2, 2.01, 0.05))
    point = Scatterers(*(np.array([value]) for value in (*place, 1.0)))
    picture = np.abs(beam_images(array, point, x, z).mean(axis=0))
    row, column = np.unravel_index(picture.argmax(), picture.shape)
    assert (x[row, column], z[row, column]) == pytest.approx(place, abs=0.16)


def test_tiles_add_up_to_one_long_simulation(pymust, monkeypatch):
    rng = np.random.default_rng(4)
    points = Scatterers(rng.uniform(-4e-3, 4e-3, 60), rng.uniform(8e-3, 20e-3, 60), rng.standard_normal(60))
    monkeypatch.setattr("ius_vision.phantom.simus_echo.TILE", 10)
    monkeypatch.setattr("ius_vision.phantom.simus_echo.PULSE_THRESHOLD_DB", -80.0)
    element_x, element_z, _, _ = (np.ravel(each) for each in _param(pymust, LINEAR).getElementPositions())
    delays = np.zeros(LINEAR.elements)
    found = _echo(pymust, LINEAR, points, delays, (element_x, element_z))
    options = pymust.utils.Options()
    options.ElementSplitting = 1
    wanted, _ = pymust.simus(
        points.x_mm, points.z_mm, points.strength, delays[None], _param(pymust, LINEAR), options
    )
    size = min(len(found), len(wanted))
    found, wanted = found[:size], wanted[:size] * (np.abs(found).max() / np.abs(wanted).max())
    assert np.abs(found - wanted).max() < 0.02 * np.abs(wanted).max()


@pytest.mark.parametrize("seed", [5, 12])
def test_a_picture_carries_its_truth(pymust, monkeypatch, seed):
    monkeypatch.setattr(simus_render, "MOST_SCATTERERS", 1500)
    drawn = draw_simus_scene(np.random.default_rng(seed))
    few = replace(drawn.array, elements=drawn.array.elements // 2, pitch_mm=2 * drawn.array.pitch_mm)
    scene = replace(drawn, array=replace(few, steering_rad=(-0.05, 0.05)))
    frame, again = render_simus(scene), render_simus(scene)
    assert (frame.grey == again.grey).all()
    assert frame.grey.shape == frame.labels.shape == (scene.scanner.rows, scene.scanner.columns)
    assert frame.truth.bwt_mm == pytest.approx(scene.scene.bowel.thickness_mm, rel=0.08)
    assert 20 < frame.grey[frame.area_mask].mean() < 230
    assert (frame.labels[~frame.area_mask] == Label.BACKGROUND).all()


def test_thickness_and_probe_are_drawn_over_their_whole_range():
    scenes = [draw_simus_scene(np.random.default_rng(seed)) for seed in range(150)]
    thickness = [scene.scene.bowel.thickness_mm for scene in scenes]
    assert min(thickness) < 1.6
    assert max(thickness) > 12
    assert {scene.scanner.probe for scene in scenes} == {"linear", "convex"}
    assert all(45 <= scene.scanner.dynamic_range_db <= 75 for scene in scenes)


def test_without_pymust_the_command_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pymust", None)
    with pytest.raises(BadUsage, match=r"ius-vision\[simus\]") as caught:
        write_dataset(DatasetOrder(tmp_path / "out", 1, 1, engine="simus"))
    assert caught.value.reason == "missing_extra"
    assert not (tmp_path / "out").exists()
