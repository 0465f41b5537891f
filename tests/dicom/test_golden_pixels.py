"""Decoded pixels of real files against values taken with other decoders, and headers against expected.csv."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pydicom
import pytest

from ius_vision.dicom.frames import open_reader
from ius_vision.dicom.header import read_header
from ius_vision.dicom.time_base import find_time_base
from ius_vision.outcomes import Abstained

TABLE = Path(__file__).resolve().parents[1] / "golden" / "dicom_pixels.csv"
WHEEL = Path(pydicom.__file__).parent / "data" / "test_files"


def golden(origin: str) -> dict[str, list[dict]]:
    files = defaultdict(list)
    with TABLE.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["origin"] == origin:
                files[row["file"]].append(row)
    return files


def check(path: Path, rows: list[dict]) -> None:
    reader = open_reader(path, read_header(path))
    layout = reader.layout
    assert (str(layout.rows), str(layout.columns), str(reader.frames)) == tuple(
        rows[0][column] for column in ("rows", "columns", "frames")
    )
    wanted = sorted({int(row["frame"]) - 1 for row in rows})
    rgb, grey = dict(reader(wanted, True)), dict(reader(wanted, False))
    for row in rows:
        frame, at = int(row["frame"]) - 1, (int(row["row"]), int(row["column"]))
        found = [*rgb[frame][at].tolist(), int(grey[frame][at])]
        expected = [int(row[channel]) for channel in ("red", "green", "blue", "grey")]
        assert found == pytest.approx(expected, abs=int(row["tolerance"])), (path.name, row)


def test_every_real_file_decodes_to_the_golden_pixels(real_data):
    folder = real_data("dicom")
    files = golden("real_data")
    assert len(files) == 21
    for name, rows in files.items():
        check(folder / name, rows)


@pytest.mark.parametrize("name", sorted(golden("pydicom")))
def test_every_ultrasound_file_of_the_pydicom_wheel_decodes_to_the_golden_pixels(name):
    check(WHEEL / name, golden("pydicom")[name])


def test_rows_columns_frames_and_times_of_every_real_file_are_as_expected(real_data):
    with real_data("dicom", "expected.csv").open(newline="", encoding="utf-8") as file:
        expected = list(csv.DictReader(file))
    for row in expected:
        path = real_data("dicom", row["file"])
        header = read_header(path)
        reader = open_reader(path, header)
        found = (reader.layout.rows, reader.layout.columns, reader.frames, header.transfer_syntax)
        assert found == (
            int(row["rows"]),
            int(row["columns"]),
            int(row["frames"]),
            row["transfer_syntax_uid"],
        )
        assert reader.layout.photometric == row["photometric"]
        times = find_time_base(header.dataset, reader.frames)
        assert isinstance(times, Abstained) == (row["frame_times"] == "unknown"), row["file"]
        assert (getattr(times, "source", "") == "single_frame") == (row["frame_times"] == "not_applicable")
