"""A bolus from screens to figures: regions, motion, frames of another plane, and what is abstained."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from contrast.screens import FLAT, SPACING, Recording, box, lumen_mask, screens, wall_mask
from ius_vision.contrast.crop import Crop
from ius_vision.contrast.linear import DisplayMap
from ius_vision.contrast.perfusion import RegionFit, fit_regions, scales_of
from ius_vision.contrast.reference import Reference, Sample, choose_reference
from ius_vision.contrast.regions import Wall
from ius_vision.contrast.study import (
    INNER,
    MOST,
    OUTER,
    PANEL,
    REFERENCE,
    UNMOVED,
    WALL,
    BolusCine,
    BolusStudy,
    study_bolus,
)
from ius_vision.outcomes import Abstained

NAMES = ("pe", "ttp_s", "rt_s", "ft_s", "mtt_s", "wi_auc", "wo_auc", "wiwo_auc", "wir", "wor", "wipi")
CROP = Crop(box(False), box(True), np.ones((box(True).rows, box(True).columns), bool))
BREATHING = tuple((round(4 * np.sin(i / 3)), round(3 * np.cos(i / 3)) - 3) for i in range(200))


def sample(grey: np.ndarray, index: int, shift: tuple[int, int], known: bool = True) -> Sample:
    """What a model that knows the answer sees in a frame."""
    wall, lumen = (np.roll(mask, shift, (0, 1)).astype(np.float32) for mask in (wall_mask(), lumen_mask()))
    nothing = np.zeros_like(wall)
    tissue = grey[index][CROP.tissue.slices]
    return Sample(index, tissue, wall if known else nothing, lumen if known else nothing, float(known))


def study(
    recording: Recording, range_db: float | None = 50.0, known: bool = True, panels: bool = True
) -> tuple[BolusStudy, dict[str, RegionFit]]:
    grey = screens(recording)[..., 1]
    crop = CROP if panels else Crop(CROP.contrast, None, CROP.valid)

    def frames(indices):
        return ((i, grey[i]) for i in (range(len(grey)) if indices is None else indices))

    reference: Reference | None = None
    if panels:
        looked = range(0, len(grey), 25)
        shifts = recording.shifts or ((0, 0),)
        seen = [sample(grey, i, shifts[i % len(shifts)], known and i not in recording.away) for i in looked]
        reference = choose_reference(seen, crop, SPACING)
    scales = scales_of(DisplayMap.grey(), range_db)
    found = study_bolus(BolusCine(frames, recording.times_s, crop, scales, SPACING), reference, {})
    used = {name: found.counted(name) for name in found.regions if not name.startswith("layer")}
    fits = fit_regions(recording.times_s, found.curves, used, ("lognormal",))
    return found, {fit.region: fit for fit in fits}


def assert_near_truth(fit: RegionFit, recording: Recording, share: float = 0.05) -> None:
    truth = recording.bolus.parameters()
    for name in (
        "pe",
        "ttp_s",
        "rt_s",
        "ft_s",
        "mtt_s",
        "wi_auc",
        "wo_auc",
        "wiwo_auc",
        "wir",
        "wor",
        "wipi",
    ):
        assert fit.values[name] == pytest.approx(truth[name], rel=share), name


@pytest.fixture(scope="module")
def moved():
    recording = Recording(shifts=BREATHING)
    return recording, *study(recording)


def test_the_wall_s_curve_is_the_truth_under_breathing(moved):
    recording, found, fits = moved
    assert_near_truth(fits[WALL], recording)
    assert found.followed
    assert found.used.all()


def test_without_motion_compensation_the_wall_would_lose_height(moved):
    recording, found, fits = moved
    near = np.abs(recording.times_s - fits[WALL].values["ttp_s"]) < 3.0
    power = found.curves.power[0]
    still, followed = (power[found.curves.row(name), near].mean() for name in (UNMOVED, WALL))
    assert still < 0.95 * followed


def test_parts_of_an_even_wall_are_alike(moved):
    recording, _, fits = moved
    for name in (MOST, INNER, OUTER):
        assert_near_truth(fits[name], recording, 0.08)


def test_the_reference_region_lies_outside_wall_and_lumen(moved):
    _, found, fits = moved
    assert not (found.regions[REFERENCE] & (wall_mask() | lumen_mask())).any()
    assert fits[REFERENCE].values["pe"] < 0.1 * fits[WALL].values["pe"]


def test_halves_lie_on_either_side_of_the_middle(moved):
    _, found, _ = moved
    rows = np.arange(wall_mask().shape[0])[:, None] * np.ones_like(wall_mask())
    assert found.reference.index >= 0
    upper = found.regions[OUTER] & (rows < 67)
    assert rows[upper].mean() < rows[found.regions[INNER] & (rows < 67)].mean()


def test_frames_of_another_plane_are_left_out():
    recording = Recording(away=tuple(range(60, 80)))
    found, fits = study(recording)
    assert set(np.flatnonzero(~found.used)) == set(range(60, 80))
    assert_near_truth(fits[WALL], recording)


def test_mostly_another_plane_is_abstained():
    fits = study(Recording(away=tuple(i for i in range(180) if i % 25 and i % 5)))[1]
    assert fits[WALL].outcome is not None
    assert not fits[WALL].values


def test_without_a_range_only_times_are_given():
    recording = Recording()
    fit = study(recording, range_db=None)[1][WALL]
    assert fit.outcome.reason == "not_linearised"
    assert set(fit.values) == {"t0_s", "ttp_s"}
    assert fit.values["ttp_s"] == pytest.approx(recording.bolus.parameters()["ttp_s"], rel=0.05)


def test_a_clip_without_a_bolus_is_abstained():
    fit = study(Recording(bolus=FLAT))[1][WALL]
    assert fit.outcome.reason == "no_bolus"
    assert not fit.values


def test_a_saturated_wall_is_abstained_with_its_share():
    fit = study(Recording(gain_db=16.0))[1][WALL]
    assert fit.outcome.reason == "saturated"
    assert fit.saturated > 0.05
    assert not fit.values


def test_a_clip_that_ends_before_the_peak_is_abstained():
    fit = study(Recording(frames=36))[1][WALL]
    assert fit.outcome.reason == "too_short"


def test_without_a_wall_the_whole_panel_is_measured_and_named():
    found, fits = study(Recording(), known=False)
    assert isinstance(found.reference.wall, Abstained)
    assert set(fits) == {PANEL, MOST}
    assert fits[PANEL].outcome is None


@pytest.mark.parametrize(("sure", "has_wall"), [(0, False), (1, True)])
def test_labels_are_a_wall_only_where_it_could_be_measured_in_some_frame(sure, has_wall):
    recording = Recording(frames=60)
    grey = screens(recording)[..., 1]
    doubt = Abstained("low_confidence", "The model is not sure of this wall.")
    seen = [replace(sample(grey, i, (0, 0)), doubt=None if i < sure else doubt) for i in range(4)]
    reference = choose_reference(seen, CROP, SPACING)
    without = choose_reference([sample(grey, i, (0, 0), known=False) for i in range(4)], CROP, SPACING)
    wall = reference.wall
    assert isinstance(wall, Wall) == has_wall
    assert (reference.patch == without.patch) == (not has_wall)  # what is no wall is not followed either
    if not has_wall:
        assert wall.reason == "low_confidence"
        assert wall.detail.startswith("On the B-mode panel: The model is not sure")


def test_without_a_b_mode_panel_nothing_is_followed():
    found, fits = study(Recording(), panels=False)
    assert found.reference is None
    assert not found.followed
    assert fits[PANEL].outcome is None


def test_pixels_outside_the_panel_change_nothing():
    recording = Recording(frames=60, rate_hz=1.0)
    grey = screens(recording)[..., 1]
    scales = scales_of(DisplayMap.grey(), 50.0)
    crop = Crop(CROP.contrast, None, CROP.valid)
    curves = []
    for fill in (0, 255):
        around = np.full_like(grey, fill)
        around[:, crop.contrast.row0 : crop.contrast.row1, crop.contrast.column0 : crop.contrast.column1] = (
            grey[:, crop.contrast.row0 : crop.contrast.row1, crop.contrast.column0 : crop.contrast.column1]
        )

        def frames(indices, around=around):
            return ((i, around[i]) for i in (range(len(around)) if indices is None else indices))

        cine = BolusCine(frames, recording.times_s, crop, scales, SPACING)
        curves.append(study_bolus(cine, None, {}).curves.power[0])
    assert np.array_equal(curves[0], curves[1])
