"""Contrast clips through the installed command: the contract's table, and what is said where it is empty."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pydicom
import pytest

from e2e.conftest import analyze, rows
from ius_vision.phantom.exam import write_exam
from ius_vision.phantom.plan import ExamOrder
from ius_vision.vocabulary import Segment

TIMES = ("t0_s", "ttp_s")
SPANS = ("rt_s", "ft_s", "mtt_s")
AMPLITUDES = ("pe", "pe_db", "wi_auc", "wo_auc", "wiwo_auc", "wir", "wor", "wipi")
# A small clip's JPEG is too coarse to be corrected, which its rows say: its amplitudes hold what it added.
OFF = {"ttp_s": 0.08, "mtt_s": 0.08, "pe": 0.2, "wiwo_auc": 0.2}
REGIONS = {"wall", "most_enhanced", "inner_half", "outer_half", "reference"}


@pytest.fixture(scope="module")
def bolus(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """One small contrast clip, which does not say its range, and its truth."""
    folder = tmp_path_factory.mktemp("bolus")
    return small_clip(folder, "range_unknown")


def small_clip(folder: Path, fault: str) -> tuple[Path, dict[str, str]]:
    """A small contrast clip with a fault, and its truth."""
    order = ExamOrder(
        key=(21, 1),
        patient="PHANTOM-21",
        segments=(Segment.SIGMOID_COLON,),
        frames=1,
        small=True,
        contrast_fault=fault,
    )
    with write_exam(folder, order).open(encoding="utf-8", newline="") as stream:
        truth = next(row for row in csv.DictReader(stream) if row["mode"] == "contrast")
    return folder / truth["file"], truth


def with_range(dataset: pydicom.Dataset, truth: dict[str, str]) -> None:
    dataset.ProcessingFunction = f"CONTRAST DR {float(truth['dynamic_range_db']):.0f} dB"


def unchanged(dataset: pydicom.Dataset, truth: dict[str, str]) -> None:
    """Nothing says the clip's range."""


def without_times(dataset: pydicom.Dataset, truth: dict[str, str]) -> None:
    for keyword in ("FrameTime", "FrameTimeVector", "FrameIncrementPointer", "CineRate"):
        if keyword in dataset:
            del dataset[keyword]
    for keyword in ("RecommendedDisplayFrameRate", "EffectiveDuration"):
        if keyword in dataset:
            del dataset[keyword]


VARIANTS = {
    "known": with_range,
    "unknown": unchanged,
    "told": unchanged,
    "timeless": without_times,
}


@pytest.fixture(scope="module")
def run(bolus, tmp_path_factory) -> dict[str, list[dict[str, str]]]:
    """Rows of four variants of the clip, each an exam of its own, by the variant's name."""
    path, truth = bolus
    folder, out = (tmp_path_factory.mktemp(name) for name in ("given", "out"))
    for number, (name, change) in enumerate(VARIANTS.items()):
        dataset = pydicom.dcmread(path)
        change(dataset, truth)
        dataset.StudyInstanceUID = f"1.2.3.{number}"
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{number}.1"
        dataset.save_as(folder / f"{name}.dcm")
    manifest = folder.parent / f"{folder.name}.csv"
    manifest.write_text(
        f"file,dynamic_range_db,injection_time_s\ntold.dcm,{truth['dynamic_range_db']},2.5\n", "utf-8"
    )
    done = analyze(folder, "--out", out, "--manifest", manifest)
    assert done.returncode == 0, done.stderr
    found = rows(out, "contrast")
    found = [row | {"out": str(out)} for row in found]
    return {name: [row for row in found if row["file"] == f"{name}.dcm"] for name in VARIANTS}


def fit_curves(table: Path, out: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "ius_vision.cli.main", "fit-curves", str(table), "--out", str(out)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def wall(found: list[dict[str, str]]) -> dict[str, str]:
    return next(row for row in found if row["roi"] == "wall")


def test_the_wall_s_figures_are_those_of_the_bolus(run, bolus):
    row, truth = wall(run["known"]), bolus[1]
    assert row["status"] == "measured"
    assert "coarse_jpeg" in row["flags"]
    assert row["dynamic_range_source"].startswith("dicom:")
    for name, off in OFF.items():
        assert float(row[name]) == pytest.approx(float(truth[name]), rel=off), name
    assert float(row["wor"]) < 0
    assert 0.75 <= float(row["qof"]) <= 1


def test_every_region_has_a_row_a_model(run):
    assert {row["roi"] for row in run["known"]} == REGIONS
    assert {row["model"] for row in run["known"]} == {"lognormal"}


def test_every_value_of_a_measured_row_has_its_interval(run):
    row = wall(run["known"])
    for name in (*TIMES, *SPANS, "pe", "wi_auc", "wo_auc", "wiwo_auc", "wir", "wor", "wipi"):
        stem, unit = (name[:-2], "_s") if name.endswith("_s") else (name, "")
        low, high = float(row[f"{stem}_ci_low{unit}"]), float(row[f"{stem}_ci_high{unit}"])
        assert low <= float(row[name]) <= high


def test_without_a_range_only_arrival_and_peak_are_filled(run, bolus):
    row = wall(run["unknown"])
    assert (row["status"], row["reason"]) == ("abstained", "not_linearised")
    assert all(row[name] == "" for name in (*AMPLITUDES, *SPANS, "dynamic_range_db", "enhancement_db"))
    assert float(row["ttp_s"]) == pytest.approx(float(bolus[1]["ttp_s"]), rel=0.08)


def test_the_manifest_s_range_is_taken_and_named(run):
    told, known = wall(run["told"]), wall(run["known"])
    assert told["dynamic_range_source"] == "manifest"
    assert float(told["pe"]) == pytest.approx(float(known["pe"]), rel=1e-6)


def test_the_injection_is_told_with_its_source(run):
    told, known = wall(run["told"]), wall(run["known"])
    assert (float(told["injection_time_s"]), told["injection_source"]) == (2.5, "manifest")
    assert (float(known["injection_time_s"]), known["injection_source"]) == (
        0,
        "dicom:ContrastBolusStartTime",
    )


def test_curves_and_regions_lie_beside_the_page(run, tmp_path):
    import numpy as np
    from PIL import Image

    row = wall(run["known"])
    folder = Path(row["out"]) / "exams" / row["exam_id"]
    again = tmp_path / "again.csv"
    done = fit_curves(folder / row["curve_file"], again)
    assert done.returncode == 0, done.stderr
    with again.open(encoding="utf-8", newline="") as stream:
        refit = next(each for each in csv.DictReader(stream) if each["curve_id"] == "wall")
    assert float(refit["pe"]) == pytest.approx(float(row["pe"]), rel=1e-4)
    assert np.count_nonzero(np.asarray(Image.open(folder / row["mask"])) & 1) > 100


def test_a_clip_without_frame_times_gives_no_figure(run):
    (row,) = run["timeless"]
    assert (row["status"], row["reason"]) == ("abstained", "no_time_base")
    assert "timeless.dcm" in row["detail"]
    assert all(row[name] == "" for name in (*TIMES, *SPANS, *AMPLITUDES, "qof"))


def test_an_assumed_range_is_marked_in_every_row(bolus, tmp_path):
    done = analyze(bolus[0], "--out", tmp_path / "out", "--assume-dynamic-range", "50")
    assert done.returncode == 0, done.stderr
    found = rows(tmp_path / "out", "contrast")
    assert {row["dynamic_range_source"] for row in found} == {"assumed"}
    assert {row["dynamic_range_db"] for row in found} == {"50.0"}
    assert wall(found)["status"] == "measured"


def test_times_and_range_that_only_the_screen_shows_are_read_off_it(tmp_path):
    path, truth = small_clip(tmp_path / "given", "screen_only")
    done = analyze(path, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    row = wall(rows(tmp_path / "out", "contrast"))
    assert (row["time_source"], row["dynamic_range_source"]) == ("screen_timer", "screen_text")
    assert float(row["dynamic_range_db"]) == float(truth["dynamic_range_db"])
    assert row["status"] == "measured"
    for name, off in OFF.items():
        assert float(row[name]) == pytest.approx(float(truth[name]), rel=off), name
    (clip,) = rows(tmp_path / "out", "clips")
    assert clip["time_source"] == "screen_timer"
    assert "timer on the screen" in clip["warnings"]


@pytest.mark.parametrize("word", ["0", "wide", "nan", "500"])
def test_a_range_that_no_display_has_is_wrong_usage(tmp_path, word):
    done = analyze(tmp_path, "--out", tmp_path / "out", "--assume-dynamic-range", word)
    assert done.returncode == 2
    assert "15 to 150 dB" in done.stderr


def test_a_grey_contrast_panel_on_the_left_is_measured_like_the_usual_one(tmp_path):
    path, truth = small_clip(tmp_path / "given", "swapped_grey")
    done = analyze(path, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    row = wall(rows(tmp_path / "out", "contrast"))
    assert row["panels"].startswith("Left panel")
    assert row["display_map"] == "grey"
    for name, off in OFF.items():
        assert float(row[name]) == pytest.approx(float(truth[name]), rel=off), name
