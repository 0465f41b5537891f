"""One bolus in several files is put together where the headers' clocks say so, and only there."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pydicom
import pytest
from dicom.build import write

from contrast.screens import Recording, box, screens
from ius_vision.cli.main import main
from ius_vision.dicom.load import load_exam
from ius_vision.dicom.manifest import ManifestRow
from ius_vision.dicom.scan import scan
from ius_vision.outcomes import Abstained
from ius_vision.pipeline.contrast_join import Siblings, whole_recording

RATE_HZ, FRAMES, CUT = 3.0, 150, 48  # the bolus peaks about where the recording is cut
SECOND_S = CUT / RATE_HZ


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return screens(Recording(frames=FRAMES, rate_hz=RATE_HZ))


def region(left: bool) -> pydicom.Dataset:
    item, panel = pydicom.Dataset(), box(left)
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = 1, 1, 0
    item.RegionLocationMinX0, item.RegionLocationMinY0 = panel.column0, panel.row0
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = panel.column1 - 1, panel.row1 - 1
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = 3
    item.PhysicalDeltaX = item.PhysicalDeltaY = 0.02
    return item


def store(folder: Path, name: str, frames: np.ndarray, begun: str | None, **tags) -> Path:
    tags = {"AcquisitionTime": begun, "SeriesInstanceUID": "1.2.3.4"} | tags
    return write(
        folder / name, np.ascontiguousarray(frames), "RGB", FrameTime=f"{1000.0 / RATE_HZ:.6f}",
        SequenceOfUltrasoundRegions=pydicom.Sequence([region(True), region(False)]),
        **{name: value for name, value in tags.items() if value is not None},
    )  # fmt: skip


def recording(folder: Path, manifest: dict[str, ManifestRow] | None = None):
    """What each contrast clip of a folder belongs to, by file."""
    exam = scan([folder]).exams[0]
    rows = {name: ManifestRow(file=name, mode="contrast") for _, name in exam.files}
    clips, _ = load_exam(exam, rows | (manifest or {}))
    tools = SimpleNamespace(manifest=rows | (manifest or {}))
    return {clip.file: whole_recording(clip, Siblings(exam, exam), tools) for clip in clips}


def halves(folder: Path, pixels: np.ndarray, first: str | None, second: str | None, **tags) -> None:
    store(folder, "a.dcm", pixels[:CUT], first)
    store(folder, "b.dcm", pixels[CUT:], second, **tags)


def test_files_whose_clocks_go_on_are_one_recording(tmp_path, pixels):
    halves(tmp_path, pixels, "115950.0", "120006.0")
    found = recording(tmp_path)
    whole = found["a.dcm"]
    assert whole.files == ("a.dcm", "b.dcm")
    assert whole.clip.frames == FRAMES
    assert np.allclose(whole.clip.time_base.times_s, np.arange(FRAMES) / RATE_HZ, atol=1e-3)
    asked = [0, CUT - 1, CUT, FRAMES - 1]
    frames = dict(whole.clip.rgb_frames(asked))
    assert sorted(frames) == asked
    assert all(np.array_equal(frames[index], pixels[index]) for index in asked)
    assert len(list(whole.clip.grey_frames())) == FRAMES
    assert isinstance(found["b.dcm"], Abstained)
    assert found["b.dcm"].reason == "part_of_bolus"
    assert "a.dcm" in found["b.dcm"].detail


def test_a_pause_between_the_files_stays_in_the_times(tmp_path, pixels):
    halves(tmp_path, pixels, "235950.0", "000008.0")
    times = np.array(recording(tmp_path)["a.dcm"].clip.time_base.times_s)
    assert times[CUT] == pytest.approx(18.0, abs=1e-3)
    assert np.all(np.diff(times) > 0)


@pytest.mark.parametrize(
    ("second", "tags"),
    [
        ("120500.0", {}),
        ("115955.0", {}),
        ("120006.0", {"SeriesInstanceUID": "1.2.3.5"}),
    ],
    ids=["five minutes later", "before the first has ended", "another series"],
)
def test_other_recordings_stay_their_own(tmp_path, pixels, second, tags):
    halves(tmp_path, pixels, "115950.0", second, **tags)
    found = recording(tmp_path)
    assert [one.files for one in found.values()] == [("a.dcm",), ("b.dcm",)]
    assert not any(one.unplaced for one in found.values())


def test_without_a_clock_nobody_can_tell_and_that_is_flagged(tmp_path, pixels):
    halves(tmp_path, pixels, "115950.0", None)
    found = recording(tmp_path)
    assert [one.files for one in found.values()] == [("a.dcm",), ("b.dcm",)]
    assert all(one.unplaced for one in found.values())


def test_a_clip_of_another_mode_goes_on_from_nothing(tmp_path, pixels):
    halves(tmp_path, pixels, "115950.0", "120006.0")
    other = {"b.dcm": ManifestRow(file="b.dcm", mode="b_mode")}
    assert recording(tmp_path, other)["a.dcm"].files == ("a.dcm",)


def contrast_rows(folder: Path, files: int) -> dict[tuple[str, str], dict[str, str]]:
    rows = "".join(f"{name}.dcm,contrast,50\n" for name in "ab"[:files])
    (folder / "m.csv").write_text(f"file,mode,dynamic_range_db\n{rows}", "utf-8")
    given = ("--out", str(folder / "out"), "--manifest", str(folder / "m.csv"))
    assert main(["analyze", str(folder / "in"), *given]) == 0
    with (folder / "out" / "contrast.csv").open(encoding="utf-8", newline="") as stream:
        return {(row["file"], row["roi"]): row for row in csv.DictReader(stream)}


def test_a_bolus_in_two_files_gives_the_figures_of_the_bolus_in_one(tmp_path, pixels):
    store(tmp_path / "one" / "in", "a.dcm", pixels, "115950.0")
    halves(tmp_path / "two" / "in", pixels, "115950.0", "120006.0")
    one, two = contrast_rows(tmp_path / "one", 1), contrast_rows(tmp_path / "two", 2)
    measured = [key for key, row in one.items() if row["status"] == "measured"]
    assert measured
    for key in measured:
        assert two[key]["joined_files"] == "a.dcm;b.dcm"
        for name in ("pe", "ttp_s", "mtt_s", "wiwo_auc"):
            assert float(two[key][name]) == pytest.approx(float(one[key][name]), rel=1e-3), (key, name)
    part = two["b.dcm", ""]
    assert (part["status"], part["reason"]) == ("abstained", "part_of_bolus")
