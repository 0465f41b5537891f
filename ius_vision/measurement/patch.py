"""The part of a frame that holds the wall, resampled to equal steps in mm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from ius_vision.geometry import Spacing
from ius_vision.measurement.candidates import SMALLEST_WALL_MM2, candidate_loops
from ius_vision.measurement.resample import grid_shape, resize
from ius_vision.outcomes import Abstained
from ius_vision.vocabulary import Label

FINEST_STEP_MM, COARSEST_STEP_MM = 0.12, 0.2
STEP_SHARE = 0.75
MARGIN_MM = 3.0
# A step belongs to the picture only as a whole.
FULL_SHARE = 0.99
# What lies this close to the border of the picture is left out.
BORDER_MM = 0.6


class WallLabels(Protocol):
    """What measuring needs of a segmentation; `segmentation.WallSegmentation` has it.

    `labels` (rows, columns) uint8 of `vocabulary.Label`; `wall_probability` and `fat_probability`
    (rows, columns) float32.
    """

    labels: np.ndarray
    wall_probability: np.ndarray
    fat_probability: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class WallPatch:
    """Fields around the chosen loop, each (rows, columns) at `step_mm` or very near it on both axes.

    `wall` and `lumen` are float32 shares 0..1, `area` is bool. Points are (y, x) in mm from the
    corner of the cut-out; `frame_grey`
    (float32), `frame_area` and `frame_interior` (bool, away from the border of the picture) are the cut-out
    in frame pixels.
    """

    wall: np.ndarray
    lumen: np.ndarray
    area: np.ndarray
    step_mm: float
    step_y_mm: float
    step_x_mm: float
    frame_grey: np.ndarray
    frame_area: np.ndarray
    frame_interior: np.ndarray
    row0: int
    column0: int
    spacing: Spacing

    def to_frame(self, points_mm: np.ndarray) -> np.ndarray:
        """From (..., 2) mm in the patch to (row, column) of the frame, pixel centres at whole numbers."""
        size = np.array([self.spacing.row_mm, self.spacing.column_mm])
        return points_mm / size - 0.5 + np.array([self.row0, self.column0])

    def read_grey(self, y_mm: np.ndarray, x_mm: np.ndarray) -> np.ndarray:
        """Grey values of the frame at points, float32, linear; the border value holds beyond the cut-out."""
        return _read(self.frame_grey, y_mm / self.spacing.row_mm, x_mm / self.spacing.column_mm)

    def read(self, field: np.ndarray, y_mm: np.ndarray, x_mm: np.ndarray) -> np.ndarray:
        """Values of a float32 or uint8 field of the patch at points, linear."""
        return _read(field, y_mm / self.step_y_mm, x_mm / self.step_x_mm)

    @property
    def pixel_mm2(self) -> float:
        return self.step_y_mm * self.step_x_mm


def _read(field: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    shifted = (columns - 0.5).astype(np.float32), (rows - 0.5).astype(np.float32)
    return cv2.remap(field, *shifted, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def cut_patches(
    grey: np.ndarray, segmentation: WallLabels, spacing: Spacing, area_mask: np.ndarray
) -> list[WallPatch] | Abstained:
    """Cut out the loops that may be the one to measure, the likeliest first.

    Parameters
    ----------
    grey, area_mask : (rows, columns) uint8 and bool; the labels have the same shape.

    Returns
    -------
    The patches, or `no_wall_found` where no piece of labelled wall is large enough.

    Raises
    ------
    ValueError
        Frame, labels and area differ in shape.
    """
    labels = segmentation.labels
    if not grey.shape == labels.shape == area_mask.shape:
        raise ValueError(f"frame {grey.shape}, labels {labels.shape}, area {area_mask.shape}: shapes differ")
    area = area_mask.astype(np.uint8)
    wall = cv2.bitwise_and(cv2.compare(labels, int(Label.WALL), cv2.CMP_EQ), 255 * area)
    lumen = cv2.bitwise_and(cv2.compare(labels, int(Label.LUMEN), cv2.CMP_EQ), 255 * area)
    loops = candidate_loops(wall, lumen, spacing) if wall.any() else []
    if not loops:
        return Abstained(
            "no_wall_found",
            f"No piece of bowel wall of {SMALLEST_WALL_MM2:g} mm² or more was found in this frame; "
            "choose one that shows the wall better.",
        )
    frame = _Frame(grey, area, wall, lumen, segmentation.wall_probability, spacing)
    return [_cut(frame, loop) for loop in loops]


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """What patches are cut from, all (rows, columns); `area` is 0 or 1, `wall` and `lumen` 0 or 255."""

    grey: np.ndarray
    area: np.ndarray
    wall: np.ndarray
    lumen: np.ndarray
    wall_probability: np.ndarray
    spacing: Spacing


def _cut(frame: _Frame, loop: np.ndarray) -> WallPatch:
    spacing = frame.spacing
    row0, column0, rows, columns = _box(loop, spacing, frame.area.shape)
    cut = slice(row0, row0 + rows), slice(column0, column0 + columns)
    area = frame.area[cut]
    keep = _enlarge(loop, frame.area.shape)[cut] & area
    # Probability and label agree about an edge to well below a pixel; where they differ, meet half-way.
    likely = np.clip(frame.wall_probability[cut].astype(np.float32), 0.0, 1.0)
    soft = (np.float32(0.5) * likely + np.float32(0.5 / 255) * frame.wall[cut]) * keep
    step_mm = STEP_SHARE * min(spacing.row_mm, spacing.column_mm)
    step_mm = min(max(step_mm, FINEST_STEP_MM), COARSEST_STEP_MM)
    shape = grid_shape(rows, columns, spacing, step_mm)
    return WallPatch(
        wall=resize(soft, shape),
        lumen=resize(frame.lumen[cut] * (keep * np.float32(1 / 255)), shape),
        area=resize(area.astype(np.float32), shape) > FULL_SHARE,
        step_mm=step_mm,
        step_y_mm=rows * spacing.row_mm / shape[0],
        step_x_mm=columns * spacing.column_mm / shape[1],
        frame_grey=np.ascontiguousarray(frame.grey[cut], dtype=np.float32),
        frame_area=area > 0,
        frame_interior=_interior(area, spacing),
        row0=row0,
        column0=column0,
        spacing=spacing,
    )


def _box(chosen: np.ndarray, spacing: Spacing, shape: tuple[int, int]) -> tuple[int, int, int, int]:
    column, row, columns, rows = cv2.boundingRect(chosen.astype(np.uint8))
    scale_row, scale_column = shape[0] / chosen.shape[0], shape[1] / chosen.shape[1]
    more_rows, more_columns = MARGIN_MM / spacing.row_mm, MARGIN_MM / spacing.column_mm
    row0 = max(0, int(row * scale_row - more_rows))
    column0 = max(0, int(column * scale_column - more_columns))
    row1 = min(shape[0], int(np.ceil((row + rows) * scale_row + more_rows)))
    column1 = min(shape[1], int(np.ceil((column + columns) * scale_column + more_columns)))
    return row0, column0, row1 - row0, column1 - column0


def _interior(area: np.ndarray, spacing: Spacing) -> np.ndarray:
    rows, columns = max(1, round(BORDER_MM / spacing.row_mm)), max(1, round(BORDER_MM / spacing.column_mm))
    kernel = np.ones((2 * rows + 1, 2 * columns + 1), np.uint8)
    # The cut-out may end where the frame does, and what lies beyond is not picture.
    return cv2.erode(area, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0


def _enlarge(chosen: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Mask on the grid of candidates as a mask of the frame, 0 or 1, a cell larger on all sides."""
    grown = cv2.dilate(chosen.astype(np.uint8), np.ones((3, 3), np.uint8))
    return cv2.resize(grown, (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST)
