"""A study's page: one self-contained HTML file with its tables and figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ius_vision.findings.whole_file import whole_file
from ius_vision.study.cohort import Cohort

_TEMPLATE = Path(__file__).with_name("page.html")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table; `level` is set in below the row before it."""

    cells: tuple[str, ...]
    level: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts; `numbers` are the places of columns that are set right."""

    heads: tuple[str, ...]
    rows: tuple[Line, ...]
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page: sentences, tables, pictures (SVG texts), small print."""

    title: str
    lines: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[str, ...] = field(default=())
    notes: tuple[str, ...] = ()


def write_page(path: Path, title: str, cohort: Cohort, parts: Sequence[Part]) -> Path:
    """Write the page; text of the table is escaped, pictures stand in it."""
    from jinja2 import Environment
    from markupsafe import Markup

    template = Environment(autoescape=True).from_string(_TEMPLATE.read_text("utf-8"))
    shown = [
        {
            "title": part.title,
            "lines": part.lines,
            "tables": part.tables,
            "notes": part.notes,
            # Drawn here, with the table's text as outlines of letters.
            "pictures": [Markup(_inline(svg, f"{place}-{nth}")) for nth, svg in enumerate(part.pictures)],
        }
        for place, part in enumerate(parts)
        if part.tables or part.pictures or part.lines
    ]
    text = template.render(
        title=title,
        source=f"{cohort.path.name}: {len(cohort.patients)} patients, {len(cohort.visits)} visits. "
        f"SHA-256 {cohort.sha256[:16]}…",
        warnings=evidence_of(cohort),
        parts=shown,
    )
    with whole_file(path) as stream:
        stream.write(text.encode("utf-8"))
    return path


def evidence_of(cohort: Cohort) -> list[str]:
    """What the table's `evidence` column says of itself, such as that the cohort is simulated."""
    said = dict.fromkeys(str(value) for each in cohort.visits if (value := each.get("evidence")) is not None)
    return [f"Evidence: {word}." for word in said]


def _inline(svg: str, prefix: str) -> str:
    """An SVG without its XML head, and with names of its own, so that several can stand in one page."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", body)
    return re.sub(r'href="#([^"]+)"', rf'href="#{prefix}-\1"', body)


def number(value: float | None, digits: int = 3) -> str:
    """A number for a reader, three significant digits; an empty text where there is none."""
    if value is None:
        return ""
    if value != 0 and not 1e-3 <= abs(value) < 1e5:
        return f"{value:.{digits - 1}e}"
    text = f"{value:.{digits}g}"
    return f"{value:.0f}" if "e" in text else text


def p_value(value: float | None) -> str:
    if value is None:
        return ""
    return "< .001" if value < 0.001 else f"{value:.3f}".lstrip("0") if value < 1 else "1"


def interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{number(low)} to {number(high)}"


def words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
