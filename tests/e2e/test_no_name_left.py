"""A known name in every text field of a header, in folders and file names: none is in what is given away."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path

import pydicom
import pytest
from pydicom.datadict import DicomDictionary

from ius_vision.deidentify.header import KEPT_TEXT
from ius_vision.deidentify.run import deidentify

from .conftest import analyze
from .reading import said_in

MARK = "Quastl"
NAMED = re.compile(f"{MARK}[A-Za-z0-9]*", re.IGNORECASE)
TYPED = {"LO", "SH", "LT", "ST", "UT", "PN", "UC"}
# What the device was is kept: measurements of one device are compared with those of another.
DEVICE = {f"{MARK}{keyword}".lower() for keyword in KEPT_TEXT}


def name_everywhere(dataset: pydicom.Dataset) -> None:
    """Each text field there is gets a name of its own; some stand in sequences and private groups."""
    for tag, (vr, _, _, _, keyword) in DicomDictionary.items():
        if vr in TYPED and keyword and 2 < tag >> 16 < 0x7FE0:
            setattr(dataset, keyword, f"{MARK}{keyword}")
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SeriesDescription = f"sigmoid {MARK}Series"
    inner = pydicom.Dataset()
    inner.PatientName, inner.PatientComments = f"{MARK}Inner", f"{MARK}Comment"
    for keyword in ("RequestAttributesSequence", "AcquisitionContextSequence", "ViewCodeSequence"):
        setattr(dataset, keyword, pydicom.Sequence([pydicom.Dataset(inner)]))
    for region in dataset.SequenceOfUltrasoundRegions:
        region.ImageComments = region.PatientName = f"{MARK}Region"
    dataset.private_block(0x0009, f"{MARK}Maker", create=True).add_new(1, "LO", f"{MARK}Private")
    dataset.BodyPartExamined = f"{MARK}PatientName".upper()
    dataset.add_new(0x00080033, "TM", f"10{MARK}")
    dataset.add_new(0x0008002A, "DT", f"20240305{MARK}")
    dataset.add_new(0x00081155, "UI", f"1.2.840.10008.{MARK}")
    dataset.add_new(0x00280120, "OB", f"{MARK}Bytes ".encode())


@pytest.fixture
def named(one_clip) -> Path:
    """An exam of a clip, a cut-off clip and a text; everything about it names somebody."""
    folder = one_clip.with_name(f"{MARK}Given") / f"{MARK}Folder"
    folder.mkdir(parents=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom about values longer than they may be
        dataset = pydicom.dcmread(one_clip / "IM0001.dcm")
        name_everywhere(dataset)
        dataset.save_as(folder / f"{MARK}File.dcm")
    whole = (folder / f"{MARK}File.dcm").read_bytes()
    (folder / f"{MARK}Cut.dcm").write_bytes(whole[:-3000])
    (folder / f"{MARK}.txt").write_text(MARK)
    return folder.parent


def names_left(said: dict[str, str]) -> dict[str, set[str]]:
    found = {place: {name.lower() for name in NAMED.findall(text)} - DEVICE for place, text in said.items()}
    return {place: names for place, names in found.items() if names}


@pytest.mark.filterwarnings("ignore")
def test_no_name_is_left_by_analyze_under_pseudonyms(named, tmp_path):
    out, key = tmp_path / "out", tmp_path / "site.key"
    for log in ("text", "json"):
        done = analyze(
            named, "--out", out, "--pseudonymize", "--key", key, "--log", log, "--fresh", "--jobs", "2"
        )
        assert done.returncode == 1  # for the clip that was cut off
        assert not NAMED.search((done.stdout + done.stderr).replace(str(tmp_path), ""))
    assert all(json.loads(line) for line in done.stderr.splitlines())
    said = said_in(out)
    assert {"run.json", "worklist.csv", "worklist.parquet", "clips.parquet"} <= said.keys()
    assert any(name.endswith("report.html") for name in said)
    assert names_left(said) == {}


@pytest.mark.filterwarnings("ignore")
def test_no_name_is_left_in_the_copies_or_on_their_contact_sheet(named, tmp_path):
    out = tmp_path / "copies"
    deidentify([named], out, tmp_path / "site.key")
    said = said_in(out)
    assert "contact_sheet.html" in said
    assert len(said) >= 2
    assert names_left(said) == {}


@pytest.mark.filterwarnings("ignore")
def test_by_default_the_terminal_repeats_nothing_of_the_header(named, tmp_path):
    given = named.with_name("plain")  # the names of files are the user's own words
    given.mkdir()
    for number, path in enumerate(sorted(named.rglob("*.dcm"))):
        path.rename(given / f"{number}.dcm")
    for log in ("text", "json"):
        done = analyze(given, "--out", tmp_path / "out", "--log", log, "--fresh")
        assert not NAMED.search((done.stdout + done.stderr).replace(str(tmp_path), ""))
