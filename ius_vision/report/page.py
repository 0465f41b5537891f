"""The page of one exam, made from what lies in its folder."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ius_vision.errors import IusError
from ius_vision.findings import ExamFindings
from ius_vision.findings.whole_file import whole_file
from ius_vision.report.assemble import assemble
from ius_vision.report.evidence import ClipEvidence, evidence_from_json
from ius_vision.report.view import Page

FINDINGS, EVIDENCE, REPORT = "findings.json", "evidence.json", "report.html"
HEAD_BYTES = 2048


def write_page(folder: Path, previous: ExamFindings | None, previous_key: str = "") -> None:
    """Write an exam's report.html from its findings, key frames and pictures.

    Parameters
    ----------
    folder : holds findings.json, evidence.json and pictures/.
    previous : findings of the same patient's exam before this one, if there is one.
    previous_key : key of the previous exam's ledger, by which a page shows whether it is current.

    Raises
    ------
    IusError
        `findings_unreadable`: the folder does not hold what an analysis leaves.
    """
    findings = load_findings(folder)
    evidence = evidence_from_json(_text(folder / EVIDENCE), str(folder / EVIDENCE))
    names = [name for clip in evidence.values() for name in clip.pictures()]
    pictures = {name: _bytes(folder / name) for name in names}
    html = render_report(findings, evidence, pictures, previous, previous_key)
    with whole_file(folder / REPORT) as stream:
        stream.write(html.encode("utf-8"))


def load_findings(folder: Path) -> ExamFindings:
    """The findings of a finished exam.

    Raises
    ------
    IusError
        `findings_unreadable`: they are not there, or are not what an analysis leaves.
    """
    return ExamFindings.from_json(_text(folder / FINDINGS), str(folder / FINDINGS))


def page_is_current(folder: Path, previous_key: str) -> bool:
    """Whether the page was made with this previous exam (an empty key: with none)."""
    try:
        with (folder / REPORT).open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError:
        return False
    return _mark(previous_key).encode() in head


def render_report(
    findings: ExamFindings,
    evidence: dict[str, ClipEvidence],
    pictures: dict[str, bytes],
    previous: ExamFindings | None,
    previous_key: str = "",
) -> str:
    """One self-contained HTML page; equal findings give equal text.

    Parameters
    ----------
    evidence : key frames by file.
    pictures : JPEG or PNG bytes by the name that `evidence` uses.
    """
    page: Page = assemble(findings, evidence, pictures, previous)
    template = _environment().get_template("report.html")
    return template.render(page=page, style=_style(), previous_mark=_mark(previous_key))


def _mark(previous_key: str) -> Markup:
    return Markup('<meta name="ius-vision-previous" content="{}">').format(previous_key)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        said = f"what an earlier run found cannot be read ({error.strerror or error})"
        raise IusError("findings_unreadable", said, str(path), "Run analyze again with --fresh") from error


def _text(path: Path) -> str:
    return _bytes(path).decode("utf-8", "replace")


@cache
def _environment() -> Environment:
    loader = PackageLoader("ius_vision.report", "templates")
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


@cache
def _style() -> Markup:
    return Markup(
        resources.files("ius_vision.report").joinpath("templates/style.css").read_text(encoding="utf-8")
    )
