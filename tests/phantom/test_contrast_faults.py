"""Contrast clips with a fault on purpose: the fault is there, and the truth says what is true of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ius_vision.cli.main import main
from ius_vision.phantom import truth
from ius_vision.phantom.cine import build_cine, cine_frames
from ius_vision.phantom.header import build_header, draw_habits
from ius_vision.phantom.order import exam_order
from ius_vision.phantom.plan import CONTRAST_FAULTS, plan_cines, plan_visits
from ius_vision.vocabulary import Mode


def contrast_cine(fault: str):
    order = exam_order(7, "sigmoid_colon", 2, "baseline", small=True, contrast_fault=fault)
    visit = plan_visits(order)[0]
    plan = next(plan for plan in plan_cines(order, visit) if plan.mode == Mode.CONTRAST)
    plan = replace(plan, times_s=(0.0, 3.0, 15.0))
    cine = build_cine(plan, visit)
    return cine, build_header(order, visit, cine, draw_habits(np.random.default_rng(0), plan.mode))


def test_every_fault_is_only_the_contrast_clip_s():
    order = exam_order(7, "sigmoid_colon", 2, "baseline", small=True, contrast_fault="saturated")
    faults = {plan.mode: plan.fault for plan in plan_cines(order, plan_visits(order)[0])}
    assert faults.pop(Mode.CONTRAST) == "saturated"
    assert set(faults.values()) == {""}


def test_without_a_bolus_nothing_rises_and_the_truth_has_no_figures():
    cine = contrast_cine("no_bolus")[0]
    assert cine.bolus(15.0) == cine.bolus(0.0)
    assert truth._curve(cine).keys() == {"dynamic_range_db", "baseline"}
    assert "pe" in truth._curve(contrast_cine("")[0])


def test_too_much_gain_raises_the_bolus_and_nothing_else():
    usual, loud = contrast_cine("")[0], contrast_cine("saturated")[0]
    assert loud.bolus.parameters()["pe"] == pytest.approx(50.0 * usual.bolus.parameters()["pe"])
    assert loud.bolus.parameters()["ttp_s"] == usual.bolus.parameters()["ttp_s"]
    assert loud.scene == usual.scene


def test_where_the_range_is_unknown_neither_tags_nor_screen_say_it():
    cine, dataset = contrast_cine("range_unknown")
    assert "ProcessingFunction" not in dataset
    assert not any("TableOfYBreakPoints" in item for item in dataset.get("SequenceOfUltrasoundRegions", ()))
    assert not any("DR" in text for text in cine.texts)
    _, known = contrast_cine("")
    assert "DR" in known.ProcessingFunction


def test_deep_breathing_moves_the_tissue_by_millimetres():
    assert contrast_cine("breathing")[0].scene.motion.breathing_mm[0] >= 3.0


def test_swapped_panels_show_the_same_pictures_on_the_other_sides():
    usual, other = contrast_cine("")[0], contrast_cine("swapped")[0]
    assert (other.screen.left, other.screen.panel_shift_px) == (
        usual.screen.left + usual.screen.panel_shift_px,
        -usual.screen.panel_shift_px,
    )
    first, second = (next(cine_frames(cine)) for cine in (usual, other))
    area, lefts = first.frame.area_mask, (usual.screen.left, other.screen.left)
    rows = slice(usual.screen.top, usual.screen.top + area.shape[0])
    for here, there in (lefts, lefts[::-1]):
        pictures = (
            shown.rgb[rows, left : left + area.shape[1]][area]
            for shown, left in ((first, here), (second, there))
        )
        np.testing.assert_array_equal(*pictures)


@pytest.mark.parametrize("fault", ["grey", "swapped_grey"])
def test_a_grey_contrast_clip_has_no_tint_anywhere(fault):
    rgb = next(cine_frames(contrast_cine(fault)[0])).rgb
    assert np.ptp(rgb, axis=2).max() == 0
    assert np.ptp(next(cine_frames(contrast_cine("swapped")[0])).rgb, axis=2).max() > 50


def test_a_fault_that_does_not_exist_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["phantom", "exam", "--out", str(tmp_path), "--seed", "1", "--contrast-fault", "lost"])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert all(name in said for name in CONTRAST_FAULTS)
