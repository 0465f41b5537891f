"""Which of two pictures is the contrast panel, and how one lies on the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ius_vision.geometry import Box

SIZE_TOLERANCE = 0.15
_SAME_RISE = 1.15
_TINT_APART = 6.0
_DARKER = 0.85


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on the screen: its box, its pixels, and what the header says of it.

    Attributes
    ----------
    box : where it was found in the pixels.
    mask : (rows, columns) bool of the frame.
    declared : the header's box, which lies alike in both panels; None where the header has none.
    is_flow : the header calls it colour flow, as some makers do with the contrast panel.
    """

    box: Box
    mask: NDArray[np.bool_]
    declared: Box | None = None
    is_flow: bool = False


@dataclass(frozen=True, slots=True)
class Panels:
    """The contrast picture and the B-mode picture beside it.

    Attributes
    ----------
    contrast : index of the contrast picture among those given.
    tissue : index of the B-mode picture, None where no pair was found.
    shift : rows and columns from a point of the B-mode picture to the same point of the contrast picture.
    evidence : what decided, one sentence.
    """

    contrast: int
    tissue: int | None
    shift: tuple[int, int]
    evidence: str


def find_panels(pictures: Sequence[Picture], frames_rgb: Sequence[NDArray[np.uint8]]) -> Panels:
    """Find the contrast panel among 1 or more pictures.

    Parameters
    ----------
    frames_rgb : 2 to 5 frames in rising order from the first one, (rows, columns, 3) uint8 RGB.

    Notes
    -----
    A pair is two pictures of near-equal size, beside or below each other. Votes: the one with a tint (2),
    the one whose light changes more over the clip (2), the darker one at the start (1), the one declared
    as colour flow (1).
    """
    largest = max(range(len(pictures)), key=lambda i: pictures[i].box.rows * pictures[i].box.columns)
    pair = _pair(pictures)
    if pair is None:
        said = "No two pictures of equal size: the whole picture is taken as contrast, without a B-mode panel"
        return Panels(largest, None, (0, 0), f"{said}.")
    votes = dict.fromkeys(pair, 0.0)
    words: dict[int, list[str]] = {index: [] for index in pair}

    def vote(chosen: int, weight: float, why: str) -> None:
        votes[chosen] += weight
        words[chosen].append(why)

    a, b = pair
    tint = [_tint(frames_rgb, pictures[index].mask) for index in pair]
    if abs(tint[0] - tint[1]) > _TINT_APART:
        vote(pair[int(np.argmax(tint))], 2.0, "tinted")
    light = [_light(frames_rgb, pictures[index].mask) for index in pair]
    swing = [float(each.max() / max(each.min(), 1.0)) for each in light]
    if max(swing) > _SAME_RISE * min(swing):
        vote(pair[int(np.argmax(swing))], 2.0, f"its light changes {max(swing):.1f}-fold")
    if min(light[0][0], light[1][0]) < _DARKER * max(light[0][0], light[1][0]):
        vote(pair[int(np.argmin([light[0][0], light[1][0]]))], 1.0, "darker at the start")
    if pictures[a].is_flow != pictures[b].is_flow:
        vote(a if pictures[a].is_flow else b, 1.0, "declared as colour flow")
    contrast = a if votes[a] > votes[b] else b
    tissue = b if contrast == a else a
    where = _where(pictures[contrast].box, pictures[tissue].box)
    why = ", ".join(words[contrast]) or "nothing tells them apart, so the second one is taken"
    return Panels(contrast, tissue, _shift(pictures[tissue], pictures[contrast]), f"{where} panel: {why}.")


def _pair(pictures: Sequence[Picture]) -> tuple[int, int] | None:
    """The two largest pictures of near-equal size that do not lie on each other."""
    sized = sorted(range(len(pictures)), key=lambda i: -pictures[i].box.rows * pictures[i].box.columns)
    for place, first in enumerate(sized):
        for second in sized[place + 1 :]:
            if _near_equal(*_boxes(pictures[first], pictures[second])):
                return tuple(sorted((first, second)))
    return None


def _near_equal(one: Box, two: Box) -> bool:
    alike = (
        abs(one.rows / two.rows - 1) < SIZE_TOLERANCE and abs(one.columns / two.columns - 1) < SIZE_TOLERANCE
    )
    over_rows = min(one.row1, two.row1) - max(one.row0, two.row0)
    over_columns = min(one.column1, two.column1) - max(one.column0, two.column0)
    beside = over_columns < 0.1 * one.columns and over_rows > 0.7 * one.rows
    below = over_rows < 0.1 * one.rows and over_columns > 0.7 * one.columns
    return alike and (beside or below)


def _tint(frames_rgb: Sequence[NDArray[np.uint8]], mask: NDArray[np.bool_]) -> float:
    """Mean chroma of the brighter quarter of the pixels, the highest over the frames."""
    found = []
    for frame in frames_rgb:
        pixels = np.ascontiguousarray(frame[mask][::7][None])
        converted = cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb)[0].astype(np.float64)
        bright = converted[:, 0] >= np.quantile(converted[:, 0], 0.75)
        found.append(float(np.linalg.norm(converted[bright, 1:].mean(axis=0) - 128.0)))
    return max(found)


def _light(frames_rgb: Sequence[NDArray[np.uint8]], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Mean luminance of every frame."""
    weights = np.array([0.299, 0.587, 0.114])
    return np.array([float((frame[mask].mean(axis=0) * weights).sum()) for frame in frames_rgb])


def _where(contrast: Box, tissue: Box) -> str:
    if abs(contrast.column0 - tissue.column0) > abs(contrast.row0 - tissue.row0):
        return "Left" if contrast.column0 < tissue.column0 else "Right"
    return "Upper" if contrast.row0 < tissue.row0 else "Lower"


def _boxes(one: Picture, two: Picture) -> tuple[Box, Box]:
    """Declared boxes are exact where they are of one size; boxes found in pixels are off by what is dark."""
    a, b = one.declared, two.declared
    same = a and b and abs(a.rows - b.rows) <= 2 and abs(a.columns - b.columns) <= 2
    return (a, b) if same else (one.box, two.box)


def _shift(tissue: Picture, contrast: Picture) -> tuple[int, int]:
    start, end = _boxes(tissue, contrast)
    if start.rows == end.rows and start.columns == end.columns:
        return end.row0 - start.row0, end.column0 - start.column0
    rows = (end.row0 + end.row1 - start.row0 - start.row1) / 2
    columns = (end.column0 + end.column1 - start.column0 - start.column1) / 2
    return round(rows), round(columns)
