"""Characters of a screen's text, told by their likeness to drawn ones of several typefaces."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

DIGITS = "0123456789"
SMALL_LETTERS = "abcdefghijklmnopqrstuvwxyz"
CHARACTERS = DIGITS + SMALL_LETTERS.upper() + SMALL_LETTERS
ROWS, COLUMNS = 20, 14
SIZES_PX = (11, 15, 22, 34)
TYPEFACES = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSansMono-Bold")
ASPECT_COST = 0.15
LIT = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Templates:
    """Drawn characters in the order of `CHARACTERS`.

    Attributes
    ----------
    vectors : (templates, pixels) unit vectors.
    log_aspects : logarithms of width over height.
    starts : where each character's drawings begin.
    """

    vectors: NDArray[np.float32]
    log_aspects: NDArray[np.float32]
    starts: NDArray[np.intp]


def normalised(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """A character's ink, (rows, columns) tight around it, as a vector of mean 0 and length 1."""
    size = (COLUMNS, ROWS)
    shrink = ink.shape[0] > ROWS and ink.shape[1] > COLUMNS
    drawn = cv2.resize(ink, size, interpolation=cv2.INTER_AREA if shrink else cv2.INTER_LINEAR).ravel()
    drawn = drawn - drawn.mean()
    return drawn / max(float(np.linalg.norm(drawn)), 1e-6)


def likeness(inks: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Likeness of every ink to every character of `CHARACTERS`, (inks, characters), 1 at most.

    Notes
    -----
    Correlation with the best drawing of a character after both were stretched to one size, less what their
    widths over heights differ by.
    """
    if not inks:
        return np.zeros((0, len(CHARACTERS)), np.float32)
    known = templates()
    vectors = np.stack([normalised(ink) for ink in inks])
    aspects = np.log([ink.shape[1] / ink.shape[0] for ink in inks]).astype(np.float32)
    apart = np.abs(aspects[:, None] - known.log_aspects[None, :])
    scores = vectors @ known.vectors.T - ASPECT_COST * apart
    return np.maximum.reduceat(scores, known.starts, axis=1)


@functools.lru_cache(maxsize=1)
def templates() -> Templates:
    """Draw every character in every typeface and size, once a process."""
    drawings = sorted(_drawings(), key=lambda each: each[0])
    places = [place for place, _ in drawings]
    return Templates(
        vectors=np.stack([normalised(ink) for _, ink in drawings]),
        log_aspects=np.array([np.log(ink.shape[1] / ink.shape[0]) for _, ink in drawings], np.float32),
        starts=np.searchsorted(places, np.arange(len(CHARACTERS))),
    )


def tight(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """The part of a picture, 0 to 1, that holds everything half lit."""
    lit = ink >= LIT * ink.max()
    rows, columns = np.flatnonzero(lit.any(axis=1)), np.flatnonzero(lit.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _drawings() -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Every character's place in `CHARACTERS`, and one drawing of it."""
    folder = Path(importlib.util.find_spec("matplotlib").origin).parent / "mpl-data" / "fonts" / "ttf"
    faces = [functools.partial(ImageFont.truetype, str(folder / f"{name}.ttf")) for name in TYPEFACES]
    for size in SIZES_PX:
        for font in (face(size) for face in (*faces, ImageFont.load_default)):
            for place, character in enumerate(CHARACTERS):
                yield place, _drawn(character, font)
            yield CHARACTERS.index("0"), _drawn("0", font, slashed=True)


def _drawn(character: str, font: ImageFont.FreeTypeFont, slashed: bool = False) -> NDArray[np.float32]:
    image = Image.new("L", (64, 64))
    draw = ImageDraw.Draw(image)
    draw.text((8, 8), character, fill=255, font=font)
    if slashed:
        left, top, right, bottom = draw.textbbox((8, 8), character, font=font)
        draw.line((left + 1, bottom - 2, right - 2, top + 1), fill=255, width=max(1, round(font.size / 12)))
    # A view would keep the whole picture.
    return tight(enlarged(np.asarray(image, np.float32) / 255.0)).copy()


def enlarged(ink: NDArray[np.float32], factor: float = 3.0) -> NDArray[np.float32]:
    """A finer raster, so that edges can be placed between pixels."""
    return np.clip(cv2.resize(ink, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), 0.0, 1.0)
