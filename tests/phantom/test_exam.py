"""Exams: files that read back as what truth.csv says, the same bytes for the same seed."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from ius_vision.cli.main import main
from ius_vision.dicom.names import read_text
from ius_vision.phantom.exam import CohortOrder, write_cohort, write_exam
from ius_vision.phantom.header import COLOUR_BAR, UNIT_CM_S
from ius_vision.phantom.order import exam_order
from ius_vision.phantom.plan import plan_visits
from ius_vision.phantom.words import LANGUAGES, SEGMENTS, VIEWS
from ius_vision.vocabulary import Segment, View


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def exam(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("exam")
    words = ["phantom", "exam", "--out", str(out), "--seed", "4", "--segments", "rectum", "--frames", "3"]
    assert main([*words, "--small", "--visit", "week12,baseline"]) == 0
    return out


def test_every_file_reads_back_as_its_row_says(exam):
    rows = _rows(exam / "truth.csv")
    assert len(rows) == len(list(exam.rglob("*.dcm"))) == 12
    for row in rows:
        dataset = pydicom.dcmread(exam / row["file"])
        assert dataset.SOPInstanceUID == row["sop_instance_uid"]
        assert int(dataset.NumberOfFrames) == int(row["frames"])
        assert dataset.file_meta.TransferSyntaxUID == row["transfer_syntax"]
        assert dataset.pixel_array.shape[:3] == (int(row["frames"]), int(row["rows"]), int(row["columns"]))
        assert dataset.pixel_array.max() > 150


def test_files_say_phantom_in_tags_and_hold_valid_uids(exam):
    for path in exam.rglob("*.dcm"):
        dataset = pydicom.dcmread(path, stop_before_pixels=True)
        assert dataset.PatientID.startswith("PHANTOM-")
        assert "PHANTOM" in dataset.ImageComments
        for name in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"):
            assert dataset[name].value.is_valid


def test_regions_lie_in_the_frame_and_carry_the_true_scale_in_cm(exam):
    seen = 0
    for row in _rows(exam / "truth.csv"):
        dataset = pydicom.dcmread(exam / row["file"], stop_before_pixels=True)
        regions = dataset.get("SequenceOfUltrasoundRegions", [])
        assert bool(regions) == (row["spacing_written"] == "region")
        for region in regions:
            seen += 1
            assert 0 <= region.RegionLocationMinX0 < region.RegionLocationMaxX1 < dataset.Columns
            assert 0 <= region.RegionLocationMinY0 < region.RegionLocationMaxY1 < dataset.Rows
            if region.RegionDataType == COLOUR_BAR:
                assert region.PhysicalUnitsYDirection == UNIT_CM_S
                continue
            assert abs(region.PhysicalDeltaX) * 10 == pytest.approx(float(row["spacing_x_mm"]), abs=1e-6)
            assert abs(region.PhysicalDeltaY) * 10 == pytest.approx(float(row["spacing_y_mm"]), abs=1e-6)
    assert seen > 8


def test_the_score_of_truth_segments_follows_from_its_items(exam):
    rows = _rows(exam / "truth_segments.csv")
    assert [row["visit"] for row in rows] == ["baseline", "week12"]
    for row in rows:
        score = 4 * float(row["bwt_mm"]) + 15 * int(row["ifat"]) + 7 * int(row["cds"]) + 4 * int(row["bws"])
        assert float(row["ibus_sas"]) == pytest.approx(score, abs=1e-3)


def test_thickness_of_a_segment_is_the_mean_of_its_b_mode_files(exam):
    for visit in ("baseline", "week12"):
        clips = [row for row in _rows(exam / "truth.csv") if row["visit"] == visit]
        mean = np.mean([float(row["bwt_mm"]) for row in clips if row["mode"] == "b_mode"])
        (segment,) = (row for row in _rows(exam / "truth_segments.csv") if row["visit"] == visit)
        assert float(segment["bwt_mm"]) == pytest.approx(mean, abs=1e-3)


def test_one_contrast_clip_an_exam_with_its_range_in_the_tags(exam):
    clips = [row for row in _rows(exam / "truth.csv") if row["mode"] == "contrast"]
    assert [row["visit"] for row in clips] == ["baseline", "week12"]
    for row in clips:
        dataset = pydicom.dcmread(exam / row["file"], stop_before_pixels=True)
        assert dataset.ContrastBolusAgent == "SonoVue"
        assert float(dataset.MechanicalIndex) < 0.3
        left, right = dataset.SequenceOfUltrasoundRegions
        assert "TableOfYBreakPoints" not in left
        assert list(right.TableOfXBreakPoints) == [0, 255]
        assert list(right.TableOfYBreakPoints) == [-float(row["dynamic_range_db"]), 0.0]
        assert right.PixelComponentPhysicalUnits == 2
        assert float(row["t0_s"]) < float(row["ttp_s"]) < 40


def test_frame_times_stand_under_the_attribute_that_the_pointer_names(exam):
    for path in exam.rglob("*.dcm"):
        dataset = pydicom.dcmread(path, stop_before_pixels=True)
        pointed = dataset[dataset.FrameIncrementPointer]
        assert pointed.keyword in ("FrameTime", "FrameTimeVector")
        if pointed.keyword == "FrameTimeVector":
            assert len(pointed.value) == int(dataset.NumberOfFrames)


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    order = replace(exam_order(9, "cecum", 2, "baseline", small=True), contrast=False)
    for folder in ("a", "b"):
        write_exam(tmp_path / folder, order)
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file())
    assert len(files) == 7
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file


def test_patients_of_a_cohort_differ_and_do_not_depend_on_its_size(tmp_path):
    rectum = (Segment.RECTUM,)
    write_cohort(CohortOrder(tmp_path / "one", 2, 1, rectum, frames=1))
    write_cohort(CohortOrder(tmp_path / "two", 2, 2, rectum, frames=1))
    one, two = _rows(tmp_path / "one" / "truth.csv"), _rows(tmp_path / "two" / "truth.csv")
    assert {row["patient_id"] for row in two} == {"PHANTOM-2-001", "PHANTOM-2-002"}
    assert [row["bwt_mm"] for row in one] == [row["bwt_mm"] for row in two][: len(one)]
    assert len({row["sop_instance_uid"] for row in two}) == len(two)


@pytest.mark.parametrize("option", [["--segments", "stomach"], ["--visit", "week99"], ["--segments", ","]])
def test_a_name_that_does_not_exist_is_refused(tmp_path, capsys, option):
    assert main(["phantom", "exam", "--out", str(tmp_path / "x"), "--seed", "1", *option]) == 2
    assert "unknown_name" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_most_walls_get_better_by_week_12_and_some_do_not():
    changes = []
    for seed in range(60):
        first, last = plan_visits(exam_order(seed, None, 1, "baseline,week12", small=True))
        for before, after in zip(first.states, last.states, strict=True):
            if before.bwt_mm > 3:
                changes.append(after.bwt_mm / before.bwt_mm)
    better = np.mean(np.array(changes) < 0.85)
    assert 0.5 < better < 0.95


def test_every_spelling_of_segment_and_view_is_read_as_what_it_means():
    for language in LANGUAGES:
        for segment, spellings in SEGMENTS.items():
            for view in (View.LONGITUDINAL, View.CROSS_SECTION):
                for text in (f"{a} {b}" for a in spellings[language] for b in VIEWS[view][language]):
                    reading = read_text(text)
                    assert reading.segments == {Segment(segment)}, text
                    assert reading.views == {view}, text
