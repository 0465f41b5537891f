"""What is understood of the real files, against the table of what a correct reader finds."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from PIL import Image

from ius_vision.dicom.areas import find_areas
from ius_vision.dicom.clip import Calibration, Clip
from ius_vision.dicom.colour_content import colour_content
from ius_vision.dicom.load import load_exam
from ius_vision.dicom.scan import scan
from ius_vision.dicom.triage import triage
from ius_vision.vocabulary import Mode, Segment

from .screens import header


@pytest.fixture(scope="module")
def expected(real_data) -> dict[str, dict[str, str]]:
    with real_data("dicom", "expected.csv").open(encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def clips(real_data, expected) -> dict[str, Clip]:
    """Every file loaded by itself, so that none is left out as a duplicate."""
    found = {}
    for name in expected:
        (exam,) = scan([real_data("dicom", name)]).exams
        loaded, unread = load_exam(exam)
        assert not unread, unread
        found[name] = loaded[0]
    return found


def test_every_mode_is_the_expected_one(expected, clips):
    wrong = {
        name: (clips[name].mode.value, row["mode"], clips[name].mode_evidence)
        for name, row in expected.items()
        if clips[name].mode != row["mode"]
    }
    assert not wrong


def test_every_scale_is_the_expected_one_or_an_accepted_one(expected, clips):
    wrong = {}
    for name, row in expected.items():
        main = clips[name].main_area
        scale = main.calibration if main is not None else None
        found = (scale.spacing.column_mm, scale.spacing.row_mm) if isinstance(scale, Calibration) else None
        if row["spacing_source"] == "dicom_region":
            truth = (float(row["spacing_x_mm"]), float(row["spacing_y_mm"]))
            right = (
                found is not None and np.allclose(found, truth, rtol=0.001) and scale.source == "dicom_region"
            )
        else:
            accepted = row["spacing_accept_mm"].split("|")
            values = [float(value) for value in accepted if value != "empty"]
            right = found is None or any(np.allclose(found, value, rtol=0.05) for value in values)
        if not right:
            wrong[name] = (found, row["spacing_x_mm"], row["spacing_accept_mm"])
    assert not wrong


@pytest.mark.parametrize(
    ("name", "pixel_mm"),
    [
        ("GH364.dcm", 0.2509),
        ("GREYSCALE_IMAGE.dcm", 0.0649),
        ("YBR_422.dcm", 0.0616),
        ("OBXXXX1A.dcm", 0.2623),
    ],
)
def test_the_rulers_that_were_measured_by_hand_are_read(clips, name, pixel_mm):
    evidence = " ".join(clips[name].main_area.calibration.evidence)
    assert "ruler" in evidence
    read = [float(said.split(" mm per pixel")[0].split()[-1]) for said in evidence.split("ticks along")[1:]]
    assert read[0] == pytest.approx(pixel_mm, rel=0.005)


def test_refused_scales_name_their_reason(clips):
    reasons = {
        "examples_ybr_color.dcm": "region_outside_frame",
        "IM00001.implicit_little_endian.dcm": "implausible_spacing",
        "color-pl.dcm": "no_spacing",
    }
    assert {name: clips[name].main_area.calibration.reason for name in reasons} == reasons


def test_flow_is_seen_where_there_is_flow_and_only_there(expected, clips):
    for name, row in expected.items():
        flow = clips[name].mode in (Mode.COLOR_DOPPLER, Mode.POWER_DOPPLER)
        assert flow == (row["flow_pixels"] == "yes"), name


def test_flow_lies_inside_the_pictures_that_were_found(expected, clips):
    for name, row in expected.items():
        if row["flow_pixels"] != "yes":
            continue
        clip = clips[name]
        union = np.logical_or.reduce([area.mask(clip.rows, clip.columns) for area in clip.areas])
        x0, y0, x1, y1 = (int(row[f"flow_box_{side}_px"]) for side in ("x0", "y0", "x1", "y1"))
        assert union[y0 : y1 + 1, x0 : x1 + 1].mean() > 0.85, name
        frames = [frame for _, frame in clip.rgb_frames([0])]
        assert colour_content(frames, [union]).flow_px > 0, name


def test_two_pictures_side_by_side_are_two_areas(clips):
    assert len(clips["gdcm-US-ALOKA-16.dcm"].areas) == 2
    assert len(clips["US1_UNCR.dcm"].areas) == 2


def test_the_boxes_of_linear_pictures_are_theirs_to_a_few_pixels(clips):
    seen = {
        "GREYSCALE_IMAGE.dcm": (90, 127, 709, 897),
        "YBR_FULL-RLE.dcm": (48, 84, 416, 484),
        "YBR_422.dcm": (75, 184, 555, 800),
    }
    for name, edges in seen.items():
        box = clips[name].main_area.box
        assert (box.row0, box.column0, box.row1, box.column1) == pytest.approx(edges, abs=3), name


def test_no_real_file_is_taken_for_bowel(clips):
    assert {clip.segment.value for clip in clips.values()} == {Segment.UNKNOWN}


@pytest.mark.parametrize(("folder", "pixels_per_mm"), [("set2", 11.55), ("set3", 14.19), ("set4a", 12.61)])
def test_rulers_of_screens_without_a_header_are_read_as_people_read_them(real_data, folder, pixels_per_mm):
    image = sorted(real_data("timtrack", "images", folder).iterdir())[0]
    frame = np.asarray(Image.open(image).convert("RGB"))
    (area,) = find_areas(header(), [frame], None)
    assert area.calibration.source == "ruler"
    assert 1 / area.calibration.spacing.row_mm == pytest.approx(pixels_per_mm, rel=0.005)


@pytest.mark.parametrize("folder", ["timtrack/images/set1", "dltrack/test/images", "usgra/images"])
def test_grey_pictures_of_other_scanners_are_b_mode(real_data, folder):
    for image in sorted(real_data(*folder.split("/")).iterdir())[:40:20]:
        frame = np.asarray(Image.open(image).convert("RGB"))
        areas = find_areas(header(), [frame], None)
        assert len(areas) == 1, image.name
        assert triage(header(), [frame], areas, None)[0] is Mode.B_MODE, image.name
