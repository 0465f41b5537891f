"""Counts of coloured pixels over a cine, kept apart by how much colour a frame shows."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ius_vision.geometry import Box, Spacing

CELL_MM = 0.2
# Bounds of the share of the picture that is coloured. Frames are sorted into these classes as they come, so
# that flash frames can be left out at the end, when it is known what the clip usually shows.
SHARES = (0.003, 0.006, 0.01, 0.015, 0.022, 0.033, 0.05, 0.075, 0.11, 0.17, 0.25, 0.38)
# A flash shows this many times the colour of the usual frame and covers this much more of the picture;
# where more than this is coloured, it is a flash whatever the other frames show.
FLASH_TIMES, FLASH_SHARE, ALWAYS_FLASH_SHARE = 2.5, 0.04, 0.38
# The frame shown is not one of the most coloured fifth, among which the weaker flashes are; a vessel that
# counts is in more frames than that.
SHOWN_QUANTILE = 0.8
# A frame shows flow in the wall where this share of it is coloured [J]; rims of vessels beside it reach less.
LEAST_FLOW_SHARE = 0.005


@dataclass(frozen=True, slots=True)
class Cells:
    """The grid of cells, whole numbers of pixels, on which colour is counted: about `CELL_MM`, never finer
    than pixels.
    """

    box: Box
    row_px: int
    column_px: int
    step_row_mm: float
    step_column_mm: float
    rows: int
    columns: int

    @classmethod
    def over(cls, area_mask: np.ndarray, spacing: Spacing) -> Cells:
        """Cells over the bounding box of a picture's area."""
        column, row, columns, rows = cv2.boundingRect(area_mask.astype(np.uint8))
        row_px = max(1, round(CELL_MM / spacing.row_mm))
        column_px = max(1, round(CELL_MM / spacing.column_mm))
        # Whole cells only; the last few pixels of the border do not matter.
        rows, columns = max(1, rows // row_px), max(1, columns // column_px)
        box = Box(
            row,
            column,
            min(row + rows * row_px, area_mask.shape[0]),
            min(column + columns * column_px, area_mask.shape[1]),
        )
        return cls(
            box, row_px, column_px, row_px * spacing.row_mm, column_px * spacing.column_mm, rows, columns
        )

    def shrink(self, plane: np.ndarray) -> np.ndarray:
        """Mean of a (box rows, box columns) float32 or uint8 plane over every cell."""
        return cv2.resize(plane, (self.columns, self.rows), interpolation=cv2.INTER_AREA)

    def to_frame(self, cells: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
        """A bool mask of cells as a bool mask of a frame."""
        full = np.zeros(shape, bool)
        size = self.box.columns, self.box.rows
        full[self.box.slices] = cv2.resize(cells.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        return full


def moved(cells: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """A copy shifted by whole cells, zeros where nothing came in."""
    shifted = np.zeros_like(cells)
    height, width = cells.shape
    if abs(rows) >= height or abs(columns) >= width:
        return shifted
    to_rows = slice(max(0, rows), min(height, height + rows))
    to_columns = slice(max(0, columns), min(width, width + columns))
    from_rows = slice(max(0, -rows), min(height, height - rows))
    from_columns = slice(max(0, -columns), min(width, width - columns))
    shifted[to_rows, to_columns] = cells[from_rows, from_columns]
    return shifted


@dataclass(frozen=True, slots=True)
class FrameFlow:
    """One frame's colour that is of interest later: share of the picture, coloured and all cells of wall,
    its shift.
    """

    index: int
    share: float
    in_wall: int
    wall: int
    shift: tuple[int, int]


class FlowMaps:
    """Counts by class; of the frames themselves only some numbers are kept."""

    def __init__(self, rows: int, columns: int) -> None:
        classes = len(SHARES) + 1
        self._counts = np.zeros((classes, rows, columns), np.uint16)
        self._frames = np.zeros(classes, int)
        self._in_wall = np.zeros(classes)
        self._most = np.zeros(classes)
        self._flowing = np.zeros(classes, int)
        self._best: list[FrameFlow | None] = [None] * classes
        self._shifts: list[list[tuple[int, tuple[int, int]]]] = [[] for _ in range(classes)]

    def add(self, frame: FrameFlow, coloured: np.ndarray) -> None:
        """Count a frame; `coloured` is (rows, columns) 0 or 1, already shifted to where the wall lies in the
        maps.
        """
        kind = int(np.searchsorted(SHARES, frame.share, side="right"))
        self._counts[kind] += coloured
        self._shifts[kind].append((frame.index, frame.shift))
        self._frames[kind] += 1
        if frame.wall:
            share = frame.in_wall / frame.wall
            self._in_wall[kind] += share
            self._most[kind] = max(self._most[kind], share)
            self._flowing[kind] += share >= LEAST_FLOW_SHARE
        best = self._best[kind]
        if best is None or frame.in_wall > best.in_wall:
            self._best[kind] = frame

    @property
    def frames(self) -> int:
        return int(self._frames.sum())

    def calm(self) -> CalmFlow:
        """The sum over all frames that are no flash."""
        bounds = np.array((0.0, *SHARES, 1.0))
        middle = (bounds[:-1] + bounds[1:]) / 2
        usual = float(np.interp(0.5 * self.frames, np.cumsum(self._frames), middle)) if self.frames else 0.0
        flash = (bounds[:-1] > FLASH_TIMES * usual) & (bounds[:-1] > usual + FLASH_SHARE)
        flash |= bounds[:-1] >= ALWAYS_FLASH_SHARE
        kinds = np.flatnonzero(~flash & (self._frames > 0))
        frames = int(self._frames[kinds].sum())
        usual_last = int(np.searchsorted(np.cumsum(self._frames), SHOWN_QUANTILE * self.frames))
        best = [self._best[kind] for kind in kinds if kind <= usual_last or kind == kinds[0]]
        return CalmFlow(
            counts=self._counts[kinds].sum(axis=0, dtype=np.int64),
            frames=frames,
            flash_frames=self.frames - frames,
            wall_share=float(self._in_wall[kinds].sum() / frames) if frames else 0.0,
            wall_share_peak=float(self._most[kinds].max(initial=0.0)),
            flow_frames=int(self._flowing[kinds].sum()),
            best=max(best, key=lambda frame: frame.in_wall, default=None),
            shifts=dict(sorted(shift for kind in kinds for shift in self._shifts[kind])),
        )


@dataclass(frozen=True, slots=True, eq=False)
class CalmFlow:
    """Counts of coloured frames (rows, columns), the number of frames used and left out, and the best frame.

    `wall_share` is the coloured share of the wall, mean of the frames used, `wall_share_peak` the largest of
    any; `flow_frames` are those that show flow in the wall. `shifts` holds the shift of every frame used, by
    its index.
    """

    counts: np.ndarray
    frames: int
    flash_frames: int
    wall_share: float
    wall_share_peak: float
    flow_frames: int
    best: FrameFlow | None
    shifts: dict[int, tuple[int, int]]


@dataclass(frozen=True, slots=True, eq=False)
class CineVessels:
    """The vessels in the wall of a cine, `mask` a bool mask of cells, and where they lie in each frame.

    `shifts` holds, by the index of each frame that is no flash, the whole cells by which its content was
    moved to lie on the mask. `shape` is that of the frames.
    """

    mask: np.ndarray
    shifts: dict[int, tuple[int, int]]
    cells: Cells
    shape: tuple[int, int]

    def in_frame(self, index: int) -> np.ndarray:
        """The vessels as they lie in a frame, (rows, columns) bool."""
        rows, columns = self.shifts[index]
        return self.cells.to_frame(moved(self.mask, -rows, -columns), self.shape)
