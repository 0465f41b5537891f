"""The part of a frame that holds the wall, resampled to equal steps in mm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from ius_vision.geometry import Spacing
from ius_vision.outcomes import Abstained
from ius_vision.vocabulary import Label

FINEST_STEP_MM, COARSEST_STEP_MM = 0.12, 0.2
STEP_SHARE = 0.75
MARGIN_MM = 3.0
# What lies this close to the border of the picture is left out.
BORDER_MM = 0.6
COARSE_MM = 0.4
# Pieces of one loop lie closer together than this; a shadow or a missed patch may part them.
JOIN_MM = 2.4
SMALLEST_WALL_MM2 = 4.0
WALL_SHARE = 0.5
# A collapsed lumen is thinner than a step, so a part of a pixel is enough.
LUMEN_SHARE = 0.25


class WallLabels(Protocol):
    """What measuring needs of a segmentation; `segmentation.WallSegmentation` has it.

    `labels` (rows, columns) uint8 of `vocabulary.Label`, `wall_probability` (rows, columns) float32,
    `confidence` 0..1.
    """

    labels: np.ndarray
    wall_probability: np.ndarray
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class WallPatch:
    """Fields around the chosen loop, each (rows, columns) at `step_mm` or very near it on both axes.

    `wall`, `lumen` and `fat` are float32 shares 0..1, `area` is bool. Points are (y, x) in mm from the
    corner of the cut-out; `frame_grey`
    (float32), `frame_area` and `frame_interior` (bool, away from the border of the picture) are the cut-out
    in frame pixels.
    """

    wall: np.ndarray
    lumen: np.ndarray
    fat: np.ndarray
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


def cut_patch(
    grey: np.ndarray, segmentation: WallLabels, spacing: Spacing, area_mask: np.ndarray
) -> WallPatch | Abstained:
    """Choose the loop to measure and cut it out.

    Parameters
    ----------
    grey, area_mask : (rows, columns) uint8 and bool; the labels have the same shape.

    Returns
    -------
    The patch, or `no_wall_found` where no piece of labelled wall is large enough.

    Notes
    -----
    The loop with the most wall wins; wall that touches a labelled lumen counts twice, because look-alikes
    (muscle, vessels) seldom do.
    """
    labels = segmentation.labels
    if not grey.shape == labels.shape == area_mask.shape:
        raise ValueError(f"frame {grey.shape}, labels {labels.shape}, area {area_mask.shape}: shapes differ")
    area = area_mask.astype(np.uint8)
    wall = cv2.bitwise_and(cv2.compare(labels, int(Label.WALL), cv2.CMP_EQ), 255 * area)
    lumen = cv2.bitwise_and(cv2.compare(labels, int(Label.LUMEN), cv2.CMP_EQ), 255 * area)
    if not wall.any():
        return Abstained(
            "no_wall_found", "No bowel wall was found in this frame; choose a frame that shows one."
        )
    chosen = _choose_loop(wall, lumen, spacing)
    if chosen is None:
        return Abstained(
            "no_wall_found",
            f"Only pieces of wall below {SMALLEST_WALL_MM2:g} mm² were found; "
            "choose a frame that shows the wall better.",
        )
    row0, column0, rows, columns = _box(chosen, spacing, labels.shape)
    cut = slice(row0, row0 + rows), slice(column0, column0 + columns)
    keep = _enlarge(chosen, labels.shape)[cut]
    # The probability and the label agree about a wall to well below a pixel; where they differ, meet
    # half-way.
    likely = np.clip(segmentation.wall_probability[cut].astype(np.float32), 0.0, 1.0)
    soft = (0.5 * likely + wall[cut] * (0.5 / 255)) * (keep & area_mask[cut])
    step_mm = STEP_SHARE * min(spacing.row_mm, spacing.column_mm)
    step_mm = min(max(step_mm, FINEST_STEP_MM), COARSEST_STEP_MM)
    shape = _shape(rows, columns, spacing, step_mm)
    fat = (labels[cut] == Label.INFLAMED_FAT).astype(np.float32)
    return WallPatch(
        wall=_resize(soft, shape),
        lumen=_resize((lumen[cut] * (keep / np.float32(255))).astype(np.float32), shape),
        fat=_resize(fat, shape),
        area=_resize(area[cut].astype(np.float32), shape) > 0.99,
        step_mm=step_mm,
        step_y_mm=rows * spacing.row_mm / shape[0],
        step_x_mm=columns * spacing.column_mm / shape[1],
        frame_grey=np.ascontiguousarray(grey[cut], dtype=np.float32),
        frame_area=area_mask[cut],
        frame_interior=_interior(area[cut], spacing),
        row0=row0,
        column0=column0,
        spacing=spacing,
    )


def _shape(rows: int, columns: int, spacing: Spacing, step_mm: float) -> tuple[int, int]:
    return max(2, round(rows * spacing.row_mm / step_mm)), max(
        2, round(columns * spacing.column_mm / step_mm)
    )


def _resize(field: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Axis by axis, because averaging is right only where an axis shrinks."""
    for axis in (0, 1):
        now = list(field.shape)
        how = cv2.INTER_AREA if shape[axis] < now[axis] else cv2.INTER_LINEAR
        now[axis] = shape[axis]
        field = cv2.resize(field, (now[1], now[0]), interpolation=how)
    return field


def _choose_loop(wall: np.ndarray, lumen: np.ndarray, spacing: Spacing) -> np.ndarray | None:
    """Mask of the chosen loop on a grid of about `COARSE_MM`, (rows, columns) bool."""
    rows, columns = wall.shape
    shape = _shape(rows, columns, spacing, COARSE_MM)
    wall_share = _resize(wall, shape) / 255.0
    lumen_share = _resize(lumen, shape) / 255.0
    seed = ((wall_share > 0.3) | (lumen_share > 0.1)).astype(np.uint8)
    size = round(JOIN_MM / COARSE_MM) | 1
    joined = cv2.morphologyEx(
        seed, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    )
    count, parts = cv2.connectedComponents(joined, connectivity=8)
    near_lumen = cv2.dilate((lumen_share > 0.1).astype(np.uint8), np.ones((5, 5), np.uint8))
    area = np.bincount(parts.ravel(), wall_share.ravel(), count) * COARSE_MM**2
    touching = np.bincount(parts.ravel(), (wall_share * near_lumen).ravel(), count) * COARSE_MM**2
    area[0] = 0.0
    if count < 2 or area.max() < SMALLEST_WALL_MM2:
        return None
    # Two square millimetres of contact are some 5 mm of wall along a lumen.
    score = area * np.where(touching > 2.0, 2.0, 1.0)
    return parts == int(np.argmax(score))


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
    grown = cv2.dilate(chosen.astype(np.uint8), np.ones((3, 3), np.uint8))
    return cv2.resize(grown, (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST).astype(bool)
