"""What the page shows, as plain words and drawings; the template only lays it out."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as it is printed: its text, the interval or range under it, its status and why."""

    text: str
    status: str
    interval: str = ""
    meaning: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CutOff:
    """A named limit: what it says, and whether the value meets it (`met`, `not met`, `open`)."""

    says: str
    limit: str
    verdict: str
    source: str


@dataclass(frozen=True, slots=True)
class Score:
    """A score of one segment with the limits it is read against."""

    name: str
    cell: Cell
    cut_offs: tuple[CutOff, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing with its caption."""

    drawing: Markup
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A clip's key frame and, for a B-mode cine, its thickness over frames."""

    shot: Figure
    chart: Figure | None


@dataclass(frozen=True, slots=True)
class Reading:
    """One clip's contribution to a segment: the items its mode is looked at for, by name."""

    file: str
    mode: str
    view: str
    frames: str
    key_frame: str
    mask: str
    cells: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True)
class SegmentView:
    """A bowel segment: its row in the first table, and its own section.

    `cells` is keyed by the page's columns; `why` are the sentences under the row.
    """

    anchor: str
    name: str
    clips: str
    cells: dict[str, Cell]
    why: tuple[str, ...]
    scores: tuple[Score, ...]
    readings: tuple[Reading, ...]
    cards: tuple[Card, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """An item in both exams, and how it changed."""

    values: str
    change: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a named definition says about one segment: yes, no or open, with what is missing."""

    response: str
    remission: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A named definition in words."""

    name: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A segment seen in both exams: its items in the view's columns, its answers by definition."""

    segment: str
    values: tuple[Delta, ...]
    answers: dict[str, Answer]


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What changed since the previous exam of the same patient."""

    sentence: str
    columns: tuple[str, ...] = ()
    rows: tuple[ChangeRow, ...] = ()
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedClip:
    """A clip in a list: what it is, and what was found about it."""

    file: str
    mode: str
    segment: str
    facts: str
    cell: Cell
    figure: Figure | None = None


@dataclass(frozen=True, slots=True)
class RegionView:
    """A region of a contrast clip: its figures in the view's columns, its status and what to know."""

    name: str
    model: str
    size: str
    cells: tuple[Cell, ...]
    status: Cell
    notes: str


@dataclass(frozen=True, slots=True)
class BolusView:
    """A contrast clip: facts, regions, the frame at the peak, charts and maps."""

    file: str
    segment: str
    mode: str
    status: Cell
    facts: tuple[str, ...]
    regions: tuple[RegionView, ...]
    shot: Figure | None
    charts: tuple[Figure, ...]
    maps: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class CalibrationRow:
    """Where a clip's millimetres come from."""

    file: str
    spacing: str
    source: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on the page."""

    title: str
    product: str
    notice: str
    columns: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    headline: tuple[str, ...]
    segments: tuple[SegmentView, ...]
    change: ChangeView
    contrast: tuple[BolusView, ...]
    contrast_columns: tuple[str, ...]
    not_measured: tuple[ListedClip, ...]
    calibrations: tuple[CalibrationRow, ...]
    files: tuple[tuple[str, str, str, str], ...]
    trace: tuple[tuple[str, str], ...]
    limits: tuple[str, ...]
