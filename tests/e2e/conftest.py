"""A tiny simulated patient with two visits, written once, and the command as users run it."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from ius_vision.phantom.exam import write_exam
from ius_vision.phantom.plan import ExamOrder
from ius_vision.vocabulary import Segment

ANALYZE = (sys.executable, "-m", "ius_vision.cli.main", "analyze")


@pytest.fixture(scope="session")
def patient(tmp_path_factory) -> Path:
    """A folder with two exams of one patient: four B-mode clips and a Doppler clip of the sigmoid each."""
    folder = tmp_path_factory.mktemp("patient")
    order = ExamOrder(
        key=(11, 1), patient="PHANTOM-11", segments=(Segment.SIGMOID_COLON,), frames=2,
        visits=("baseline", "week12"), contrast=False, small=True,
    )  # fmt: skip
    write_exam(folder, order)
    for table in folder.glob("*.csv"):
        table.unlink()
    return folder


@pytest.fixture(scope="session")
def one_run(patient, tmp_path_factory) -> tuple[subprocess.CompletedProcess, Path]:
    """The patient analysed in one go by the command."""
    out = tmp_path_factory.mktemp("one_run") / "out"
    return analyze(patient, "--out", out, "--jobs", "2"), out


@pytest.fixture
def one_clip(patient, tmp_path) -> Path:
    """A folder with a single B-mode clip, free to be changed."""
    folder = tmp_path / "given"
    folder.mkdir()
    shutil.copy(sorted(patient.rglob("*.dcm"))[0], folder / "IM0001.dcm")
    return folder


def analyze(*words: object) -> subprocess.CompletedProcess:
    """Run `ius-vision analyze`."""
    command = [*ANALYZE, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def rows(out: Path, table: str) -> list[dict[str, str]]:
    """A table as a spreadsheet reads it."""
    with (out / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def tables(out: Path) -> dict[str, bytes]:
    """Every file that must not depend on when and in how many goes it was made."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != "run.json"
    }


@pytest.fixture
def edit_tags() -> Callable[..., None]:
    """Change tags of a DICOM file in place."""

    def edit(path: Path, **tags: str) -> None:
        import pydicom

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom says that a hostile UID is none
            dataset = pydicom.dcmread(path)
            for keyword, value in tags.items():
                setattr(dataset, keyword, value)
            dataset.save_as(path)

    return edit
