"""Lines of text on a screen, outside its pictures, with every character that can be told for sure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from ius_vision.dicom.image_area import brightest_channel
from ius_vision.dicom.screen_glyphs import DIGITS, SMALL_LETTERS, likeness
from ius_vision.geometry import Box

STROKE_MOST_PX = 15
LEAST_CONTRAST = 40.0
# More is no text but the grain of a picture.
MOST_PARTS = 4000
LOWEST_PX, HIGHEST_PX = 6, 60
WIDEST = 4.0
LINE_GAP = 4.0
SAME_ROW, SAME_HEIGHT = 0.5, 0.4
READ_PX = 36.0
MOST_ENLARGED = 6.0
MARGIN_PX = 2
LEVELS = (0.3, 0.4, 0.5, 0.6)
AGREEING_LEVELS = 2
SMALL = 0.42
TALL = 0.82
TALL_PERCENTILE = 80
SPACE = 0.5
COVERED = 0.5
INK_PERCENTILE = 99
SPECK_SHARE = 0.002
STACKED = 0.5
UNKNOWN = "?"
LEAST_LIKENESS, LIKE, LEAST_MARGIN, MARGIN_FOR_LIKENESS, NEARLY_BEST = 0.6, 0.78, 0.05, 0.3, 0.06

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Reading:
    """A line's characters, once as numbers and once as words, in strings of equal length.

    Attributes
    ----------
    digits : digits, `:`, `.` and spaces; `?` for what is no sure digit.
    letters : lower-case letters, `:`, `.` and spaces; `?` for what is no sure letter.
    """

    digits: str
    letters: str


@dataclass(frozen=True, slots=True)
class TextLine:
    """Where a line stands, and its readings: one for each level at which its characters were cut apart."""

    box: Box
    readings: tuple[Reading, ...]

    def agreed(self, meaning: Callable[[Reading], Value | None]) -> Value | None:
        """What two readings or more mean and none contradicts; None where there is no such thing."""
        told = [value for reading in self.readings if (value := meaning(reading)) is not None]
        return told[0] if len(set(told)) == 1 and len(told) >= AGREEING_LEVELS else None


@dataclass(frozen=True, slots=True)
class _Glyph:
    """A character's box in its line's raster; `tallest` is the height of its tallest of `parts`."""

    left: int
    top: int
    right: int
    bottom: int
    tallest: int
    parts: int = 1

    @property
    def rows(self) -> int:
        return self.bottom - self.top


def read_lines(frame_rgb: NDArray[np.uint8], outside: NDArray[np.bool_]) -> tuple[TextLine, ...]:
    """Read all text of a screen.

    Parameters
    ----------
    frame_rgb : (rows, columns, 3) uint8 RGB.
    outside : (rows, columns) bool, where text is looked for.
    """
    return tuple(read_line(frame_rgb, box) for box in find_lines(frame_rgb, outside))


def find_lines(frame_rgb: NDArray[np.uint8], outside: NDArray[np.bool_]) -> tuple[Box, ...]:
    """Boxes of what stands in a row and has the strokes of text, brighter or darker than its ground."""
    found: list[Box] = []
    for ink in _inks(brightest_channel(frame_rgb)):
        lit = ((ink > LEAST_CONTRAST) & outside).astype(np.uint8)
        count, _, stats, _ = cv2.connectedComponentsWithStats(lit, connectivity=8)
        if count > MOST_PARTS:
            continue
        lines = _rows([Box(y, x, y + h, x + w) for x, y, w, h, _ in stats[1:count].tolist()])
        # The dark ground between bright strokes looks like dark strokes.
        found += [line for line in lines if not any(overlapping(other, line) for other in found)]
    return tuple(found)


def overlapping(one: Box, two: Box) -> bool:
    """Whether one box covers the better part of the other."""
    rows = min(one.row1, two.row1) - max(one.row0, two.row0)
    columns = min(one.column1, two.column1) - max(one.column0, two.column0)
    smaller = min(one.rows * one.columns, two.rows * two.columns)
    return min(rows, columns) > 0 and rows * columns > COVERED * smaller


def _inks(brightness: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """How far thin things stand out of their ground: the bright ones, then the dark ones."""
    square = np.ones((STROKE_MOST_PX, STROKE_MOST_PX), np.uint8)
    yield cv2.morphologyEx(brightness, cv2.MORPH_TOPHAT, square)
    yield cv2.morphologyEx(brightness, cv2.MORPH_BLACKHAT, square)


def _rows(boxes: list[Box]) -> list[Box]:
    """Join boxes of one height and row to lines; marks such as dots join lines, but make none."""
    tall = [
        box
        for box in boxes
        if LOWEST_PX <= box.rows <= HIGHEST_PX and box.columns <= WIDEST * max(box.rows, LOWEST_PX)
    ]
    lines: list[Box] = []
    for box in sorted(tall, key=lambda each: each.column0):
        for place, line in enumerate(lines):
            overlap = min(line.row1, box.row1) - max(line.row0, box.row0)
            small, large = sorted((line.rows, box.rows))
            if (
                overlap >= SAME_ROW * small
                and small >= SAME_HEIGHT * large
                and box.column0 - line.column1 <= LINE_GAP * large
            ):
                lines[place] = hull_of(line, box)
                break
        else:
            lines.append(box)
    return [line for line in lines if line.columns > line.rows]


def hull_of(one: Box, two: Box) -> Box:
    """The box around two boxes."""
    return Box(
        min(one.row0, two.row0), min(one.column0, two.column0),
        max(one.row1, two.row1), max(one.column1, two.column1),
    )  # fmt: skip


def read_line(frame_rgb: NDArray[np.uint8], box: Box) -> TextLine:
    """Read one line of a screen."""
    rows, columns = frame_rgb.shape[:2]
    window = Box(
        max(0, box.row0 - MARGIN_PX), max(0, box.column0 - MARGIN_PX),
        min(rows, box.row1 + MARGIN_PX), min(columns, box.column1 + MARGIN_PX),
    )  # fmt: skip
    brightness = brightest_channel(frame_rgb[window.slices]).astype(np.float32)
    ground = float(np.median(brightness))
    brighter, darker = float(brightness.max()) - ground, ground - float(brightness.min())
    ink = brightness - ground if brighter >= darker else ground - brightness
    factor = min(MOST_ENLARGED, READ_PX / box.rows)
    ink = cv2.resize(ink, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    ink = np.clip(ink / max(float(np.percentile(ink, INK_PERCENTILE)), 1.0), 0.0, 1.0)
    return TextLine(box, tuple(_read_at(level, ink) for level in LEVELS))


def _read_at(level: float, ink: NDArray[np.float32]) -> Reading:
    glyphs = _glyphs(ink >= level)
    if not glyphs:
        return Reading("", "")
    height = float(np.percentile([glyph.rows for glyph in glyphs], TALL_PERCENTILE))
    foot = float(np.median([glyph.bottom for glyph in glyphs if glyph.rows >= SMALL * height]))
    tall = [glyph for glyph in glyphs if glyph.rows >= SMALL * height and glyph.parts < 3]
    scores = likeness([ink[g.top : g.bottom, g.left : g.right] for g in tall])
    told = dict(zip(tall, scores, strict=True))
    digits, letters, end = [], [], None
    for glyph in glyphs:
        if end is not None and glyph.left - end > SPACE * height:
            digits.append(" ")
            letters.append(" ")
        end = glyph.right
        mark = _mark(glyph, height, foot)
        digits.append(mark or _digit(told.get(glyph), glyph.rows >= TALL * height))
        letters.append(mark or _letter(told.get(glyph)))
    return Reading("".join(digits), "".join(letters))


def _glyphs(lit: NDArray[np.bool_]) -> list[_Glyph]:
    """Connected parts from left to right; what lies above each other is one character."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(lit.astype(np.uint8), connectivity=8)
    parts = [
        _Glyph(x, y, x + wide, y + high, high)
        for x, y, wide, high, pixels in stats[1:count].tolist()
        if pixels >= SPECK_SHARE * lit.shape[0] ** 2
    ]
    glyphs: list[_Glyph] = []
    for part in sorted(parts, key=lambda each: each.left):
        last = glyphs[-1] if glyphs else None
        shared = min(last.right, part.right) - part.left if last else 0
        if last and shared >= STACKED * min(last.right - last.left, part.right - part.left):
            glyphs[-1] = _Glyph(
                min(last.left, part.left), min(last.top, part.top),
                max(last.right, part.right), max(last.bottom, part.bottom),
                max(last.tallest, part.tallest), last.parts + 1,
            )  # fmt: skip
        else:
            glyphs.append(part)
    return glyphs


def _mark(glyph: _Glyph, height: float, foot: float) -> str:
    """A point, a colon or another small mark; empty for a character."""
    if glyph.tallest >= SMALL * height:
        return ""
    if glyph.parts == 2 and glyph.rows >= SMALL * height:
        return ":"
    low = glyph.parts == 1 and glyph.bottom >= foot - 0.1 * height and glyph.top > foot - SMALL * height
    return "." if low else UNKNOWN


def _digit(scores: NDArray[np.float32] | None, tall: bool) -> str:
    if scores is None or not tall:
        return UNKNOWN
    return _surest(scores[: len(DIGITS)], float(scores.max()), DIGITS)


def _letter(scores: NDArray[np.float32] | None) -> str:
    if scores is None:
        return UNKNOWN
    # Many letters are the same drawing in capitals and small.
    capitals, small = scores[len(DIGITS) :].reshape(2, -1)
    return _surest(np.maximum(capitals, small), float(scores.max()), SMALL_LETTERS)


def _surest(scores: NDArray[np.float32], best_of_all: float, names: str) -> str:
    """The likeliest of some characters, where it is likely, clearly before the next, and not behind any."""
    second, first = np.sort(scores)[-2:]
    # What is less like any drawing has to be the less like its neighbour.
    apart = LEAST_MARGIN + MARGIN_FOR_LIKENESS * max(0.0, LIKE - first)
    sure = first >= LEAST_LIKENESS and first - second >= apart and first >= best_of_all - NEARLY_BEST
    return names[int(np.argmax(scores))] if sure else UNKNOWN
