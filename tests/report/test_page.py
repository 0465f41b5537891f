"""The page as a whole: complete, self-contained, and harmless whatever a file calls itself."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from ius_vision.errors import IusError
from ius_vision.findings import ExamFacts
from ius_vision.report.evidence import evidence_from_json, evidence_to_json
from ius_vision.report.page import page_is_current, render_report, write_page

from .conftest import JPEG

PICTURES = {"pictures/1.jpg": JPEG}
VOID = {"meta", "br", "link", "img", "input", "hr"}


class Checker(HTMLParser):
    """Collects tags and addresses, and sees whether every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        self.addresses += [value for name, value in attributes if name in ("href", "src", "xlink:href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def checked(html: str) -> Checker:
    checker = Checker()
    checker.feed(html)
    assert checker.open == []
    return checker


@pytest.fixture
def page(findings, evidence):
    def render(previous=None, **parts) -> str:
        return render_report(findings(**parts), evidence, PICTURES, previous)

    return render


def test_the_page_is_well_formed_and_asks_for_nothing_from_outside(page):
    html = page()
    addresses = checked(html).addresses
    assert addresses
    assert all(address.startswith(("#", "data:image/jpeg;base64,")) for address in addresses)
    assert "script" not in checked(html).seen
    assert "@import" not in html


def test_the_page_says_what_was_measured_and_how_far_it_may_be_off(page):
    html = page()
    for words in (
        "4.0 mm",
        "95 %: 3.2–4.8",
        "IBUS-SAS",
        "23.0",
        "short signals in the wall",
        "Sigmoid colon",
    ):
        assert words in html
    assert "Not a medical device" in html


def test_the_page_names_model_versions_settings_and_scale(page):
    html = page(settings={"measure": {"b_mode_frames": 30}, "model_limits": ["It was trained on phantoms."]})
    for words in (
        "bowel_wall 0.1",
        "d" * 64,
        "b_mode_frames 30",
        "0.2000 × 0.1000",
        "Region 1 says so.",
        "simplejpeg",
    ):
        assert words in html
    assert "It was trained on phantoms." in html
    assert "c" * 12 in html


def test_an_item_without_a_value_is_shown_with_its_reason_and_no_number(page, segment):
    html = page(segments=(segment(cds=None),))
    assert "No clip shows cds." in html
    assert "open: an item is missing" in html
    assert re.search(r'class="value">–<', html)


def test_every_cut_off_stands_under_its_name(page):
    html = page()
    assert "Dragoni 2023" in html
    assert "<strong>not met</strong>: any endoscopic activity, &gt; 25.2" in html


def test_texts_from_files_are_escaped_wherever_they_stand(findings, evidence, clip, segment):
    evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    shown = {evil: replace(evidence["a/IM1.dcm"], file=evil)}
    row = clip(
        file=evil, mode_evidence=evil, calibration_evidence=evil, overruled=evil, warnings=evil, decoder=evil
    )
    broken = clip(file=evil + "2", status="failed", reason="unreadable_file", detail=evil)
    made = findings(
        exam=ExamFacts("E1", evil, evil, evil), clips=(row, broken), frames=(),
        segments=(segment(patient_id=evil, warnings=evil),), versions={evil: evil},
        settings={evil: {evil: evil}},
    )  # fmt: skip
    html = render_report(made, shown, PICTURES, made)
    assert html.count("alert(1)") > 10
    assert "<script" not in html
    assert "<img" not in html
    checked(html)


def test_clips_without_a_value_are_listed_with_the_reason(page, clip):
    lost = clip(
        file="b.dcm", status="abstained", reason="no_spacing", detail="No scale in b.dcm.", bwt_mm=None,
        bwt_status="abstained", bwt_reason="no_spacing", bwt_detail="No scale.", bwt_ci_low_mm=None,
        bwt_ci_high_mm=None,
    )  # fmt: skip
    html = page(clips=(clip(), lost))
    section = html[html.index('id="not-measured"') : html.index('id="scale"')]
    assert "b.dcm" in section
    assert "No scale in b.dcm." in section


def test_a_spectral_still_tells_its_velocities_among_the_clips(page, clip):
    still = clip(
        file="s.dcm", mode="spectral_doppler", psv_cm_s=-47.2, edv_cm_s=-11.9, resistive_index=0.748,
        bwt_mm=None, bwt_status=None, bwt_ci_low_mm=None, bwt_ci_high_mm=None, bws=None, bws_status=None,
        ifat=None, ifat_status=None, ifat_reason=None, ifat_detail=None,
    )  # fmt: skip
    html = page(clips=(clip(), still))
    row = html[html.index("s.dcm</") :]
    assert "PSV -47 cm/s, EDV -12 cm/s, RI 0.75" in row[: row.index("</tr>")]


def test_a_contrast_clip_is_listed_with_what_is_known(page, clip, contrast_row):
    html = page(contrast=(contrast_row,))
    section = html[html.index('id="contrast"') : html.index('id="not-measured"')]
    assert "60 dB (manifest)" in section
    assert "Listed." in section


def test_an_exam_without_anything_measured_is_still_a_page(page):
    html = page(clips=(), frames=(), segments=())
    checked(html)
    assert "No wall thickness could be given" in html


def test_equal_findings_give_equal_text(page):
    assert page() == page()


def test_a_page_knows_the_previous_exam_it_was_made_with(tmp_path, findings, evidence):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "1.jpg").write_bytes(JPEG)
    (tmp_path / "findings.json").write_text(findings().to_json(), encoding="utf-8")
    (tmp_path / "evidence.json").write_text(evidence_to_json(tuple(evidence.values())), encoding="utf-8")
    assert not page_is_current(tmp_path, "")
    write_page(tmp_path, None)
    assert page_is_current(tmp_path, "")
    assert not page_is_current(tmp_path, "f" * 64)
    write_page(tmp_path, findings(), "f" * 64)
    assert page_is_current(tmp_path, "f" * 64)
    assert not page_is_current(tmp_path, "")


def test_evidence_survives_its_file(evidence):
    assert evidence_from_json(evidence_to_json(tuple(evidence.values()))) == evidence


def test_damaged_evidence_is_a_clear_error():
    with pytest.raises(IusError) as caught:
        evidence_from_json('{"clips": [{"file": "a"}]}')
    assert caught.value.reason == "findings_unreadable"
