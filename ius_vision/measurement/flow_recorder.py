"""Takes in the frames of a Doppler cine one by one and keeps what the grade needs."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ius_vision.measurement.colour_pixels import ColourGauge, green_lines, straight_lines
from ius_vision.measurement.flow_maps import CalmFlow, Cells, FlowMaps, FrameFlow, moved
from ius_vision.measurement.registration import WallTracker
from ius_vision.measurement.still_graphics import (
    FRAMES_NEEDED,
    StillGraphics,
    green_marks,
    outlined_box,
    slanted_lines,
)
from ius_vision.vocabulary import Label

# Frames wait this long to be counted, until it is known which coloured pixels never change.
WAITING_FRAMES = 8
# A cell is coloured from this share of its pixels on.
COLOURED_SHARE = 0.35
# Colour may be this far off its place after registration and still be the same vessel.
TOLERANCE_MM = 0.3


def flow_pixels(gauge: ColourGauge, picture: np.ndarray, area: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coloured pixels of a frame without upright lines and green marks, and those lines, uint8 0 or 1."""
    coloured = gauge.coloured(picture, area)
    lines = cv2.bitwise_or(straight_lines(coloured), green_lines(picture, coloured))
    coloured = cv2.subtract(coloured, lines)
    return cv2.subtract(coloured, green_marks(picture, coloured)), lines


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What a cine showed; the masks are (rows, columns) of cells, bool, as the wall lay in the first frame
    with one.

    `wall_in_picture` is the share of all labelled wall that lay inside the picture, None without labelled
    wall.
    """

    flow: CalmFlow
    wall: np.ndarray
    lumen: np.ndarray
    wall_in_picture: float | None
    chroma_limit: float


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    index: int
    coloured: np.ndarray
    shift: tuple[int, int]


class FlowRecorder:
    """Streams frames; its memory depends on the picture's size only."""

    def __init__(self, cells: Cells, area_mask: np.ndarray) -> None:
        self._cells = cells
        self._area = np.ascontiguousarray(area_mask[cells.box.slices], dtype=np.uint8)
        self._area_px = max(1, int(self._area.sum()))
        self._gauge = ColourGauge()
        self._graphics = StillGraphics(self._area.shape)
        self._tracker = WallTracker(cells)
        self._maps = FlowMaps(cells.rows, cells.columns)
        self._waiting: deque[_Waiting] = deque()
        self._wall = np.zeros((cells.rows, cells.columns), np.float32)
        self._lumen = np.zeros_like(self._wall)
        self._masks = 0
        self._box: np.ndarray | None = None
        self._slanted = np.ones(self._area.shape, np.uint8)
        self._looked = 0
        self._wall_px = self._wall_inside_px = 0
        size = tuple(round(2 * TOLERANCE_MM / step) | 1 for step in (cells.step_column_mm, cells.step_row_mm))
        self._tolerance = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size)

    def add(self, index: int, rgb: np.ndarray, wall_mask: np.ndarray | None) -> None:
        """Take in a frame; see `doppler.DopplerGrader.add`."""
        picture = np.ascontiguousarray(rgb[self._cells.box.slices])
        coloured, lines = flow_pixels(self._gauge, picture, self._area)
        if self._box is None:
            self._find_box(lines, cv2.bitwise_or(coloured, lines))
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        coloured = cv2.subtract(coloured, self._slanted_lines(grey, coloured))
        self._graphics.see(picture, grey, coloured)
        covered = self._cells.shrink(coloured.astype(np.float32)) > 0.1
        masks = None if wall_mask is None else self._wall_and_lumen(wall_mask)
        light = self._cells.shrink(grey.astype(np.float32))
        shift = self._tracker.shift(light, covered, None if masks is None else masks[0])
        if masks is not None:
            self._wall += moved(masks[0].astype(np.float32), *shift)
            self._lumen += moved(masks[1].astype(np.float32), *shift)
            self._masks += 1
        self._waiting.append(_Waiting(index, coloured, shift))
        if len(self._waiting) > WAITING_FRAMES:
            self._count(self._waiting.popleft(), self._graphics.mask())

    def finish(self) -> Recording:
        """Count the frames that still wait and sum up."""
        graphics = self._graphics.mask()
        while self._waiting:
            self._count(self._waiting.popleft(), graphics)
        flow = self._maps.calm()
        # The tolerance has widened every vessel on all sides.
        counts = cv2.erode(flow.counts.astype(np.float32), self._tolerance)
        calm = replace(flow, counts=counts)
        inside = self._wall_inside_px / self._wall_px if self._wall_px else None
        wall, seen = self._usual(self._wall), self._seen_wall()
        if inside is not None and wall.any():
            inside *= float(seen.sum() / wall.sum())
        return Recording(calm, seen, self._usual(self._lumen), inside, self._gauge.limit)

    def _wall_and_lumen(self, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cells of wall and of lumen, bool."""
        wall = mask if mask.dtype == bool else mask == Label.WALL
        lumen = np.zeros_like(wall) if mask.dtype == bool else mask == Label.LUMEN
        self._wall_px += int(np.count_nonzero(wall))
        box = self._cells.box.slices
        inside = wall[box] & (self._area > 0)
        self._wall_inside_px += int(np.count_nonzero(inside))
        return tuple(self._cells.shrink(part.astype(np.float32)) >= 0.5 for part in (inside, lumen[box]))

    def _slanted_lines(self, grey: np.ndarray, coloured: np.ndarray) -> np.ndarray:
        """Slanted lines of a frame, uint8; later those that all of the first frames showed."""
        if self._looked == FRAMES_NEEDED:
            return self._slanted
        self._looked += 1
        lines = slanted_lines(grey, coloured)
        self._slanted = cv2.bitwise_and(self._slanted, cv2.dilate(lines, np.ones((3, 3), np.uint8)))
        return lines

    def _find_box(self, lines: np.ndarray, coloured: np.ndarray) -> None:
        """Cells inside the colour box, once its outline is seen."""
        box = outlined_box(lines, coloured)
        if box is not None:
            inside = np.zeros(lines.shape, np.float32)
            inside[box.slices] = 1.0
            self._box = self._cells.shrink(inside) > 0.5

    def _usual(self, total: np.ndarray) -> np.ndarray:
        return total >= 0.5 * self._masks if self._masks else np.zeros(total.shape, bool)

    def _seen_wall(self) -> np.ndarray:
        """Wall inside the colour box; all of it where no outline is drawn."""
        wall = self._usual(self._wall)
        return wall if self._box is None else wall & self._box

    def _count(self, frame: _Waiting, graphics: np.ndarray) -> None:
        coloured = cv2.subtract(frame.coloured, graphics)
        share = float(cv2.countNonZero(coloured)) / self._area_px
        small = (self._cells.shrink(coloured.astype(np.float32)) > COLOURED_SHARE).astype(np.uint8)
        placed = moved(small, *frame.shift)
        wall = self._seen_wall()
        in_wall = int(np.count_nonzero(placed.astype(bool) & wall))
        flow = FrameFlow(frame.index, share, in_wall, int(np.count_nonzero(wall)), frame.shift)
        self._maps.add(flow, cv2.dilate(placed, self._tolerance))
