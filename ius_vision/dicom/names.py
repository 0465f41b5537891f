"""Which bowel segment and view a clip shows, from the words and codes people attach to it.

The words stand in `segment_names.csv` and `view_names.csv`, the codes in `anatomy_codes.csv`: a new
spelling is a new row. A `weak` spelling is an abbreviation that also means other things; it counts only
beside the other kind of word (an abbreviated segment beside a view or a mode, an abbreviated view beside a
segment).
A spelling with the value `unknown` stands for something else, such as the aorta, and keeps its words from
being read as bowel.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import PurePosixPath

import pydicom

from ius_vision.dicom.clip import Named
from ius_vision.dicom.header import text as header_text
from ius_vision.dicom.manifest import ManifestRow
from ius_vision.vocabulary import Segment, View

CODE_SEQUENCES = ("AnatomicRegionSequence", "PrimaryAnatomicStructureSequence", "ViewCodeSequence")
MODIFIER_SEQUENCES = ("AnatomicRegionModifierSequence", "ViewModifierCodeSequence")
TEXTS = ("SeriesDescription", "ProtocolName", "ViewName", "StageName", "ImageComments", "BodyPartExamined")
EXAM_TEXTS = ("StudyDescription",)
FILE_SUFFIXES = (".dcm", ".dicom", ".dic", ".ima", ".img")
MODE_WORDS = frozenset({"doppler", "farbdoppler", "color", "colour", "cdi", "cfi", "cdfi", "cfm", "fkds"})
LONGEST_TEXT = 300
MOST_TILINGS = 64

THERMAL_INDEX = re.compile(r"(?<![^\W\d_])(TI[SBC]?|MI)[\s_:=<>]*\d*[.,]\d+")
CAMEL = re.compile(r"(?<=[a-zà-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])")
LIGATURES = str.maketrans({"æ": "ae", "œ": "oe"})
TOKEN = re.compile(r"[぀-ヿ㐀-鿿]|[^\W\d_぀-ヿ㐀-鿿]+|\d+")


@dataclass(frozen=True, slots=True)
class _Match:
    """A spelling found in a text: its tokens start..end-1 and what it means."""

    start: int
    end: int
    value: Segment | View
    weak: bool
    letters: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What one text says: the distinct segments and views named in it."""

    segments: frozenset[Segment]
    views: frozenset[View]


def find_segment(dataset: pydicom.Dataset, file: str, manifest_row: ManifestRow | None) -> Named:
    """Name the bowel segment.

    Parameters
    ----------
    file : the path shown to users, with forward slashes.

    Returns
    -------
    A `Segment` with its source; `unknown` where nothing names one, or several are named (the text is kept).
    The first source that names one segment wins; a later, more exact `terminal_ileum` refines `small_bowel`.
    """
    if manifest_row is not None and manifest_row.segment is not None:
        return Named(manifest_row.segment, "manifest", manifest_row.segment.value)
    found: Named | None = None
    ambiguous = Named(Segment.UNKNOWN, "none")
    for source, text, coded in _sources(dataset, file):
        coded_segment = {coded} if isinstance(coded, Segment) else set()
        segments = _most_exact(coded_segment | read_text(text).segments)
        if len(segments) > 1 and found is None and not ambiguous.text:
            ambiguous = Named(Segment.UNKNOWN, "none", text)
        if len(segments) != 1:
            continue
        (segment,) = segments
        if found is None:
            found = Named(segment, source, text)
        elif found.value is Segment.SMALL_BOWEL and segment is Segment.TERMINAL_ILEUM:
            return Named(segment, source, text)
    return found or ambiguous


def find_view(dataset: pydicom.Dataset, file: str, manifest_row: ManifestRow | None) -> Named:
    """Name the view, as `find_segment` names the segment."""
    if manifest_row is not None and manifest_row.view is not None:
        return Named(manifest_row.view, "manifest", manifest_row.view.value)
    ambiguous = Named(View.UNKNOWN, "none")
    for source, text, coded in _sources(dataset, file):
        views = {coded} if isinstance(coded, View) else read_text(text).views
        if len(views) == 1:
            return Named(next(iter(views)), source, text)
        if views and not ambiguous.text:
            ambiguous = Named(View.UNKNOWN, "none", text)
    return ambiguous


@lru_cache(maxsize=4096)
def read_text(text: str) -> Reading:
    """Read the segments and views named in a text.

    Notes
    -----
    The words are tiled with known spellings so that most letters are covered by the fewest spellings: the
    longest spelling wins, and `transverse` inside `transverse colon` is no view. Among equal tilings the one
    naming the fewest segments is read.
    """
    tokens = tokenize(text)
    matches = _matches(tokens)
    tiling = _best_tiling(tokens, matches)
    strong = [match for match in tiling if not match.weak]
    segments = {match.value for match in strong if isinstance(match.value, Segment)}
    views = {match.value for match in strong if isinstance(match.value, View)}
    if not segments and (views or MODE_WORDS.intersection(tokens)):
        segments = {match.value for match in tiling if isinstance(match.value, Segment)}
    if not views and segments:
        views = {match.value for match in tiling if isinstance(match.value, View)}
    return Reading(
        _most_exact(segments - {Segment.UNKNOWN}),
        frozenset(views - {View.UNKNOWN}),
    )


def tokenize(text: str) -> tuple[str, ...]:
    """Split a text to words without case and accents, numbers, and single Chinese or Japanese characters."""
    plain = THERMAL_INDEX.sub(" ", unicodedata.normalize("NFKC", text[:LONGEST_TEXT]))
    plain = CAMEL.sub(" ", plain).casefold().translate(LIGATURES)
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(sign))
    return tuple(TOKEN.findall(plain))


def _sources(dataset: pydicom.Dataset, file: str) -> Iterator[tuple[str, str, Segment | View | None]]:
    """Yield (source, text, coded value) from the most to the least telling place."""
    for keyword in CODE_SEQUENCES:
        for item in _items(dataset, keyword):
            modifiers = [inner for name in MODIFIER_SEQUENCES for inner in _items(item, name)]
            for code in (item, *modifiers):
                yield f"dicom:{keyword}", header_text(code, "CodeMeaning"), _coded(code)
    for keyword in TEXTS:
        yield f"dicom:{keyword}", header_text(dataset, keyword), None
    path = PurePosixPath(file)
    name = path.stem if path.suffix.lower() in FILE_SUFFIXES else path.name
    yield "file_name", name, None
    for folder in reversed(path.parent.parts):
        yield "folder_name", folder, None
    for keyword in EXAM_TEXTS:
        yield f"dicom:{keyword}", header_text(dataset, keyword), None


def _items(dataset: pydicom.Dataset, keyword: str) -> tuple[pydicom.Dataset, ...]:
    items = dataset.get(keyword)
    return tuple(items) if isinstance(items, pydicom.Sequence) else ()


def _coded(item: pydicom.Dataset) -> Segment | View | None:
    key = (header_text(item, "CodingSchemeDesignator"), header_text(item, "CodeValue"))
    return _codes().get(key)


def _most_exact(segments: set[Segment]) -> frozenset[Segment]:
    """The terminal ileum is small bowel: naming both is naming the first."""
    if Segment.TERMINAL_ILEUM in segments:
        segments = segments - {Segment.SMALL_BOWEL}
    return frozenset(segments)


def _matches(tokens: tuple[str, ...]) -> dict[int, list[_Match]]:
    """Find every known spelling, by the token it starts at."""
    table = _spellings()
    longest = max(len(words) for words in table)
    found: dict[int, list[_Match]] = {}
    for start in range(len(tokens)):
        for end in range(start + 1, min(start + longest, len(tokens)) + 1):
            words = tokens[start:end]
            for value, weak in table.get(words, ()):
                found.setdefault(start, []).append(_Match(start, end, value, weak, sum(map(len, words))))
    return found


def _best_tiling(tokens: tuple[str, ...], matches: dict[int, list[_Match]]) -> tuple[_Match, ...]:
    """Cover most letters with the fewest spellings that do not overlap, then with the fewest segments."""
    best: list[list[tuple[_Match, ...]]] = [[()] for _ in range(len(tokens) + 1)]
    for start in range(len(tokens) - 1, -1, -1):
        options = list(best[start + 1])
        for match in matches.get(start, ()):
            options += [(match, *rest) for rest in best[match.end]]
        top = max(map(_coverage, options))
        best[start] = [option for option in options if _coverage(option) == top][:MOST_TILINGS]
    return min(best[0], key=_segments_named)


def _coverage(tiling: tuple[_Match, ...]) -> tuple[int, int]:
    return sum(match.letters for match in tiling), -len(tiling)


def _segments_named(tiling: tuple[_Match, ...]) -> int:
    return len({match.value for match in tiling if isinstance(match.value, Segment)})


@lru_cache(maxsize=1)
def _spellings() -> dict[tuple[str, ...], tuple[tuple[Segment | View, bool], ...]]:
    """Every spelling's words with what they can mean: (value, weak)."""
    table: dict[tuple[str, ...], tuple[tuple[Segment | View, bool], ...]] = {}
    for file, values in (("segment_names.csv", Segment), ("view_names.csv", View)):
        for row in _rows(file):
            words = tokenize(row["spelling"])
            meaning = (values(row["value"]), row["strength"] == "weak")
            if meaning not in table.get(words, ()):
                table[words] = (*table.get(words, ()), meaning)
    return table


@lru_cache(maxsize=1)
def _codes() -> dict[tuple[str, str], Segment | View]:
    views = set(View)
    return {
        (row["scheme"], row["code"]): View(row["value"]) if row["value"] in views else Segment(row["value"])
        for row in _rows("anatomy_codes.csv")
    }


def _rows(file: str) -> list[dict[str, str]]:
    text = resources.files("ius_vision.dicom").joinpath(file).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
