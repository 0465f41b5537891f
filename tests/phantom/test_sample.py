"""The sample exams that ship with the project."""

from __future__ import annotations

import csv
from pathlib import Path

import pydicom

SAMPLE = Path(__file__).resolve().parents[2] / "sample_dicoms"


def test_the_sample_is_one_phantom_with_two_exams_and_stays_under_12_mb():
    files = list(SAMPLE.rglob("*.dcm"))
    headers = [pydicom.dcmread(path, stop_before_pixels=True) for path in files]
    assert {header.PatientID for header in headers} == {"PHANTOM-3698"}
    assert len({header.StudyInstanceUID for header in headers}) == 2
    assert all("PHANTOM" in header.ImageComments for header in headers)
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 12_000_000


def test_each_exam_has_three_segments_with_both_views_doppler_and_one_contrast_clip():
    with (SAMPLE / "truth.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert all((SAMPLE / row["file"]).is_file() for row in rows)
    for visit in ("baseline", "week12"):
        mine = [row for row in rows if row["visit"] == visit]
        assert sum(row["mode"] == "contrast" for row in mine) == 1
        for segment in {row["segment"] for row in mine}:
            clips = [row for row in mine if row["segment"] == segment]
            views = {row["view"] for row in clips if row["mode"] == "b_mode"}
            assert views == {"longitudinal", "cross_section"}
            assert sum(row["mode"] == "color_doppler" for row in clips) == 1
        assert len({row["segment"] for row in mine}) == 3
