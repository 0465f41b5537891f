"""Text of a file never becomes markup, a formula, a path or a line of its own, whatever its field."""

from __future__ import annotations

import csv
import re
import warnings
from html.parser import HTMLParser
from pathlib import Path

import pydicom
import pytest

from ius_vision.deidentify.run import deidentify
from ius_vision.pipeline.batch import analyze as analyze_here
from ius_vision.pipeline.links import list_beside
from ius_vision.pipeline.settings import AnalyzeSettings

EVIL = (
    "=HYPERLINK(1)<script>alert(1)</script>", "+1\n=cmd()", "@SUM(A1)", "-2+3", "\t=1",
    "\"><img src=x onerror=y>", "../../../../tmp/x", "{{ 7*7 }}", "\u202e\u2028=1", "'; DROP TABLE x; --",
    "\x1b]0;x\x07\x1b[2J\x08", "..\\..\\CON", "=1+" + 220 * "x",
)  # fmt: skip
NEEDED = {"SpecificCharacterSet", "SOPClassUID", "Modality", "PhotometricInterpretation", "ImageType"}
TEXT_VRS = {"LO", "SH", "LT", "ST", "UT", "PN", "CS", "DA", "TM", "AE", "AS", "UI"}
ADDED = (
    "PatientName", "PatientID", "StudyDescription", "SeriesDescription", "ProtocolName", "ViewName",
    "StageName", "ImageComments", "InstitutionName", "OperatorsName", "TransducerData",
    "ProcessingFunction", "StudyDate", "BodyPartExamined", "ManufacturerModelName", "SoftwareVersions",
)  # fmt: skip


FORMULA = re.compile(r"\s*[=+\-@]")


class Tags(HTMLParser):
    """Every tag of a page, with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.found.append((tag, dict(attrs)))


def assert_plain(page: Path) -> None:
    """No tag that runs or loads anything, and none that answers to events."""
    tags = Tags()
    tags.feed(page.read_text("utf-8"))
    assert tags.found
    for tag, attributes in tags.found:
        assert tag not in ("script", "iframe", "object", "embed", "form", "base")
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href"):
            assert (attributes.get(name) or "#").startswith(("data:image/", "#"))


@pytest.fixture
def hostile(one_clip) -> Path:
    """One clip for each evil text, which stands in every text field of its header and in its name."""
    original = one_clip / "IM0001.dcm"
    for number, evil in enumerate(EVIL):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(original)
            dataset.SpecificCharacterSet = "ISO_IR 192"
            for keyword in ADDED:
                setattr(dataset, keyword, "")
            allowed = TEXT_VRS if evil.isascii() else TEXT_VRS & {"LO", "SH", "LT", "ST", "UT", "PN"}
            for element in dataset:
                if element.VR in allowed and element.keyword not in NEEDED:
                    element.value = evil
            dataset.save_as(one_clip / f"{number}{evil.replace('/', '_').replace(chr(10), '_')}.dcm")
    original.unlink()
    return one_clip


@pytest.mark.filterwarnings("ignore")  # pydicom about the values
@pytest.mark.parametrize("pseudonyms", [False, True])
def test_no_field_breaks_out_of_tables_pages_or_folders(hostile, tmp_path, pseudonyms):
    out, key = tmp_path / "out", tmp_path / "site.key"
    before = set(tmp_path.rglob("*"))
    summary = analyze_here(AnalyzeSettings((hostile,), out, key=key if pseudonyms else None))
    assert sum(summary.clips.values()) == len(EVIL)
    made = set(tmp_path.rglob("*")) - before
    beside = {key, list_beside(key)} if pseudonyms else set()
    assert all(path == out or out in path.parents for path in made - beside)
    for path in made:
        assert re.fullmatch(r"[\w.-]{1,100}", path.name), path
    pages = list(out.rglob("*.html"))
    assert pages
    for page in pages:
        assert_plain(page)
    for table in (*out.glob("*.csv"), *(path for path in beside if path.suffix == ".csv")):
        with table.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        for row in rows:
            for cell in row.values():
                is_number = re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell)
                assert is_number or not FORMULA.match(cell), (table.name, cell)
                assert not re.search(r"[\n\r\u2028]", cell)


@pytest.mark.filterwarnings("ignore")
def test_no_field_breaks_out_of_what_deidentify_writes(hostile, tmp_path):
    out, key = tmp_path / "copies", tmp_path / "site.key"
    deidentify([hostile], out, key)
    names = [path.relative_to(out).as_posix() for path in out.rglob("*.dcm")]
    assert len(names) == len(EVIL)
    assert all(re.fullmatch(r"P-[0-9A-F]{12}/\d+/IM\d{4}\.dcm", name) for name in names)
    assert_plain(out / "contact_sheet.html")
    with key.with_name("site.key.files.csv").open(encoding="utf-8", newline="") as stream:
        assert not any(FORMULA.match(cell) for row in csv.DictReader(stream) for cell in row.values())
