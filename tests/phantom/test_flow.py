"""Colour Doppler: every grade has the vessels that define it, and no others."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from skimage.measure import label

from ius_vision.phantom import flow
from ius_vision.phantom.cine import Cine, build_cine, cine_frames
from ius_vision.phantom.curves import wall_fields
from ius_vision.phantom.order import exam_order
from ius_vision.phantom.plan import CinePlan, SegmentState, Visit, plan_visits
from ius_vision.vocabulary import Mode, Segment, View


def _cine(seed: int, grade: int, view: View, frames: int = 1) -> Cine:
    state = SegmentState(Segment.SIGMOID_COLON, 5.0, 0, 0, grade)
    (usual,) = plan_visits(exam_order(seed, "sigmoid_colon", 1, "baseline", small=True))
    visit = Visit("baseline", datetime.date(2024, 1, 1), (state,), usual.scanner, usual.size, "en")
    times = tuple(0.1 * index for index in range(frames))
    return build_cine(CinePlan((seed, grade), 1, state, view, Mode.COLOR_DOPPLER, times), visit)


def _spread(cine: Cine) -> tuple[list[float], float]:
    """Lengths along the wall of the connected flow inside it, and how far that flow reaches beyond it, mm."""
    grid = cine.flow_map.grid
    x, z = grid.points()
    fields = wall_fields(cine.scene.bowel, x, z, cine.scene.scanner.width_mm)
    lit = cine.flow_map.outside_mm < 0
    wall = (fields.outside_mm > 0) & (fields.outside_mm < fields.thickness_mm)
    parts = label(lit)
    lengths, beyond = [], 0.0
    for index in range(1, parts.max() + 1):
        part = parts == index
        if not (part & wall).any():
            continue
        rows, columns = np.nonzero(part & wall)
        extent = np.hypot(np.ptp(rows) * grid.dz_mm, np.ptp(columns) * grid.dx_mm)
        lengths.append(extent)
        beyond = max(beyond, float((fields.outside_mm - fields.thickness_mm)[part].max()))
    return lengths, beyond


VIEWS = [View.LONGITUDINAL, View.CROSS_SECTION]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("seed", range(4))
def test_grade_0_has_no_flow_in_the_wall(seed, view):
    assert _spread(_cine(seed, 0, view))[0] == []


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("seed", range(4))
def test_grade_1_has_spots_only(seed, view):
    lengths, beyond = _spread(_cine(seed, 1, view))
    assert 1 <= len(lengths) <= 5
    assert max(lengths) < 5.0
    assert beyond <= 0.1


@pytest.mark.parametrize("seed", range(4))
def test_grade_2_has_long_stretches_that_stay_in_the_wall(seed):
    lengths, beyond = _spread(_cine(seed, 2, View.LONGITUDINAL))
    assert max(lengths) > 5.0
    assert beyond <= 0.1


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("seed", range(4))
def test_grade_3_has_flow_from_the_wall_into_the_mesentery(seed, view):
    lengths, beyond = _spread(_cine(seed, 3, view))
    assert max(lengths) > 5.0
    # Distances are kept up to a few mm beyond the wall only, so this is the least that can be said.
    assert beyond > 2.5


def test_vessels_persist_while_noise_and_flash_do_not():
    cine = _cine(1, 2, View.LONGITUDINAL, frames=10)
    lit = []
    for made in cine_frames(cine):
        spread = made.rgb.astype(int).max(axis=2) - made.rgb.min(axis=2)
        top, left = cine.screen.top + 3, cine.screen.left + 3
        box = cine.colour_box
        inside = spread[top + box.row0 : top + box.row1 - 6, left + box.column0 : left + box.column1 - 6]
        lit.append(inside > 60)
    share = np.mean(lit, axis=0)
    assert (share > 0.5).sum() > 100
    assert ((share > 0) & (share <= 0.2)).sum() > 100


def test_the_velocity_map_is_dark_at_rest_and_warm_towards_the_probe():
    colours = flow.flow_colours()
    assert not colours[127].any()
    assert colours[255][0] > colours[255][2]
    assert colours[0][2] > colours[0][0]
