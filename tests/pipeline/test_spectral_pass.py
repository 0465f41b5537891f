"""Spectral stills from their files to the tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ius_vision.dicom.clip import Clip, ExamFiles
from ius_vision.dicom.load import load_exam
from ius_vision.dicom.scan import scan
from ius_vision.geometry import Box
from ius_vision.phantom.spectral import SpectralScene, draw_spectral, strip_box, write_spectral
from ius_vision.pipeline.clip_pass import look_at
from ius_vision.pipeline.features import feature_rows
from ius_vision.pipeline.pictures import PictureFolder
from ius_vision.pipeline.rows import ClipLook, clip_row
from ius_vision.vocabulary import Mode

EXAM = ExamFiles("E1", "1.2.3", "P1", "20240131", ())


def load(folder: Path, scene: SpectralScene, zero_in_header: bool = True) -> Clip:
    write_spectral(folder / "IM0001.dcm", scene, zero_in_header)
    (exam,) = scan([folder]).exams
    (clip,), _ = load_exam(exam)
    return clip


def look(clip: Clip, folder: Path) -> ClipLook:
    out = folder / "out"
    out.mkdir(exist_ok=True)
    return look_at(clip, "0001", None, PictureFolder(out))


@pytest.mark.parametrize("seed", [2, 9])
@pytest.mark.parametrize("zero_in_header", [True, False])
def test_a_still_is_read_from_its_file(tmp_path, seed, zero_in_header):
    scene = draw_spectral(seed)
    clip = load(tmp_path, scene, zero_in_header)
    assert clip.mode == Mode.SPECTRAL_DOPPLER
    seen = look(clip, tmp_path)
    row = clip_row("E1", seen)
    sign = 1 if scene.towards else -1
    assert row.status == "measured"
    assert sign * row.psv_cm_s == pytest.approx(scene.psv_cm_s, rel=0.1)
    assert row.resistive_index == pytest.approx(scene.resistive_index, abs=0.06)
    assert "angle of the spectrum is not known" in row.warnings
    box = strip_box(scene)
    rows = [point[0] for line in seen.evidence.lines for point in line.points]
    assert box.row0 <= min(rows) <= max(rows) <= box.row1


def test_the_stills_of_a_segment_are_put_together_without_sign(tmp_path):
    looks = []
    for place, seed in enumerate((2, 9)):
        folder = tmp_path / str(place)
        folder.mkdir()
        looks.append(look(load(folder, draw_spectral(seed)), folder))
    (row,) = feature_rows(EXAM, looks)
    figures = [one.spectral for one in looks]
    assert row.spectral_status == "measured"
    assert row.psv_cm_s == pytest.approx(sum(abs(one.psv_cm_s) for one in figures) / 2, rel=1e-6)
    assert 0 < row.resistive_index < 1


def test_a_still_that_cannot_be_read_says_why_in_both_tables(tmp_path):
    clip = load(tmp_path, replace(draw_spectral(2), noise_db=8.0))
    seen = look(clip, tmp_path)
    row = clip_row("E1", seen)
    (features,) = feature_rows(EXAM, [seen])
    assert row.reason == features.spectral_reason == "spectrum_too_faint"
    assert row.psv_cm_s is None


def test_a_file_without_any_base_line_is_not_read(tmp_path):
    clip = load(tmp_path, draw_spectral(2), zero_in_header=False)
    box = clip.spectrum.box
    # The end of the strip alone holds no line.
    end = replace(clip.spectrum, box=Box(box.row0, box.column0, box.row0 + box.rows // 4, box.column1))
    assert look(replace(clip, spectrum=end), tmp_path).outcome.reason == "no_base_line"


def test_an_angle_in_the_header_is_told(tmp_path):
    clip = load(tmp_path, draw_spectral(2))
    told = look(replace(clip, spectrum=replace(clip.spectrum, angle_deg=52.0)), tmp_path)
    row = clip_row("E1", told)
    assert row.doppler_angle_deg == 52.0
    assert not row.warnings
