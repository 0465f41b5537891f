"""Where the tissue of a reference frame lies in every other frame, and which frames show another plane."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ius_vision.geometry import Box

LARGEST_SIDE_PX = 176  # patches are looked at no finer than this: ample for shifts of a tenth of a mm
_REFINE_PX = 3
_LARGEST_SHARE = 0.25
LEAST_LIKENESS = 0.2
_USUAL_DROP, _LARGEST_DROP, _SIGMAS = 0.12, 0.45, 5.0
_TO_SIGMA = 1.4826


@dataclass(frozen=True, slots=True)
class Position:
    """How far a frame's tissue lies from the reference's, in frame pixels, and how alike the two are.

    `similarity` is the normalised cross-correlation of the aligned patches, -1 to 1.
    """

    rows: float
    columns: float
    similarity: float


class Tracker:
    """Finds a patch of a reference frame in other frames.

    Parameters
    ----------
    reference : (rows, columns) uint8 frame.
    patch : the part to follow: the region of interest with a margin, inside the B-mode panel.
    panel : the B-mode panel; nothing outside it is read.

    Notes
    -----
    Phase correlation under a Hann window gives a first guess, normalised cross-correlation around it and
    around no shift at all the answer, to a part of a pixel by a parabola.

    References
    ----------
    Foroosh 2002, IEEE Trans Image Process 11(3):188-200, for the sub-pixel phase correlation.
    """

    def __init__(self, reference: NDArray[np.uint8], patch: Box, panel: Box) -> None:
        self._panel = panel
        scale = min(1.0, LARGEST_SIDE_PX / max(patch.rows, patch.columns))
        self._size = max(8, round(panel.columns * scale)), max(8, round(panel.rows * scale))
        self._scale = self._size[1] / panel.rows, self._size[0] / panel.columns
        self._patch = self._scaled(patch)
        self._reach = tuple(round(_LARGEST_SHARE * size) for size in self._size[::-1])
        self._template = self._small(reference)[self._patch.slices].copy()
        self._hann = cv2.createHanningWindow((self._patch.columns, self._patch.rows), cv2.CV_32F)
        self._flat = float(self._template.std()) < 1e-3

    def locate(self, frame: NDArray[np.uint8]) -> Position:
        """Find the reference's patch in a frame."""
        if self._flat:
            return Position(0.0, 0.0, 0.0)
        small = self._small(frame)
        here = np.ascontiguousarray(small[self._patch.slices])
        (guess_x, guess_y), _ = cv2.phaseCorrelate(self._template, here, self._hann)
        rows, columns, similarity = max(
            (self._refined(small, guess) for guess in ((0.0, 0.0), (guess_y, guess_x))),
            key=lambda found: found[2],
        )
        return Position(rows / self._scale[0], columns / self._scale[1], similarity)

    def _scaled(self, box: Box) -> Box:
        """A box of the frame on the small panel."""
        rows, columns = self._size[::-1]
        row0 = min(round((box.row0 - self._panel.row0) * self._scale[0]), rows - 4)
        column0 = min(round((box.column0 - self._panel.column0) * self._scale[1]), columns - 4)
        row1 = min(row0 + max(4, round(box.rows * self._scale[0])), rows)
        return Box(row0, column0, row1, min(column0 + max(4, round(box.columns * self._scale[1])), columns))

    def _small(self, frame: NDArray[np.uint8]) -> NDArray[np.float32]:
        part = frame[self._panel.slices]
        return cv2.resize(part, self._size, interpolation=cv2.INTER_AREA).astype(np.float32)

    def _refined(self, small: NDArray[np.float32], guess: tuple[float, float]) -> tuple[float, float, float]:
        """Rows, columns and correlation of the best place within some pixels of a guess."""
        start = self._patch.row0, self._patch.column0
        size = self._template.shape
        first, last = [], []
        for axis in (0, 1):
            farthest = small.shape[axis] - size[axis]
            moved = float(np.clip(guess[axis], -self._reach[axis], self._reach[axis]))
            middle = int(np.clip(start[axis] + round(moved), 0, farthest))
            first.append(max(0, middle - _REFINE_PX))
            last.append(min(farthest, middle + _REFINE_PX))
        part = small[first[0] : last[0] + size[0], first[1] : last[1] + size[1]]
        scores = cv2.matchTemplate(part, self._template, cv2.TM_CCOEFF_NORMED)
        row, column = np.unravel_index(int(np.argmax(scores)), scores.shape)
        moved_rows = first[0] + row + _peak(scores[:, column], row) - start[0]
        moved_columns = first[1] + column + _peak(scores[row], column) - start[1]
        return float(moved_rows), float(moved_columns), float(scores[row, column])


def _peak(scores: NDArray[np.float32], at: int) -> float:
    """Where a parabola through three neighbours peaks, from the middle one; 0 at an end."""
    if at in (0, len(scores) - 1):
        return 0.0
    low, top, high = (float(scores[at + step]) for step in (-1, 0, 1))
    bend = low - 2.0 * top + high
    return 0.0 if bend >= 0 else float(np.clip(0.5 * (low - high) / bend, -0.5, 0.5))


def plane_limit(similarities: NDArray[np.float64]) -> float:
    """Similarity below which a frame shows another plane than the reference.

    Returns
    -------
    NaN where the usual similarity itself is under 0.2: the picture has nothing to follow, and no frame can be
    judged.

    Notes
    -----
    The limit lies under the usual similarity by five of its own scatters, at least by 0.12 and at most by
    0.45 of itself: a clip that stays in plane loses next to nothing, another plane falls far below.
    """
    usual = float(np.median(similarities))
    if usual < LEAST_LIKENESS:
        return float("nan")
    above = similarities[similarities >= usual]
    drop = max(_USUAL_DROP, _SIGMAS * _TO_SIGMA * float(np.median(above - usual)))
    return usual - min(drop, _LARGEST_DROP * usual)
