"""Tissue beside the wall: how much brighter it is, in dB, than other tissue at the same depth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt

from ius_vision.geometry import Spacing
from ius_vision.measurement.midline import STATION_MM
from ius_vision.measurement.patch import WallLabels
from ius_vision.measurement.resample import grid_shape
from ius_vision.measurement.speckle import grey_per_db
from ius_vision.measurement.taps import axis_taps
from ius_vision.measurement.wall import TracedWall

CELL_MM = 0.5
# The band beside the wall begins behind the bright serosa.
BAND_FROM_MM, BAND_TO_MM, BAND_STEP_MM = 1.2, 4.6, 0.4
FREE_SHARE = 0.8
# Reference tissue keeps this distance from every labelled wall, and this one from labelled fat.
AWAY_MM, AWAY_FROM_FAT_MM = 6.0, 1.0
SKIN_OFF_MM = 1.2
# Labelled fat is followed outwards this far, and not beyond what lies nearer to another wall.
FAT_TO_MM, FAT_STEP_MM, OWN_SIDE_MM = 14.0, 0.5, 0.8
# Tissue less probable than this to be fat adds nothing.
LEAST_LIKELY = 0.02
# So much of it, nearest in depth, is compared with; none that lies deeper or shallower than this.
REFERENCE_MM2, NEAR_DEPTH_MM, FARTHEST_DEPTH_MM = 15.0, 2.5, 12.0
# Sound that went through fluid comes back stronger: paths through the lumen may differ by this much.
SAME_PATH_MM = 3.0
SHADOW_GREY = 8.0
# Tissue this bright, connected with the wall and this near to it, is under judgement itself.
BRIGHT_DB, JUDGED_MM, PATCH_MM = 4.0, 16.0, 1.0


@dataclass(frozen=True, slots=True, eq=False)
class TissueBeside:
    """Tissue beside every measured station of the wall, arrays (stations,).

    `excess_db` is its mean level above the reference, NaN where it is hidden or has no reference. `labelled`
    is true where the model calls it inflamed fat, `likely` is how probable that is, 0 to 1. `fat_mm` is how
    thick labelled tissue is, `fat_db_mm` its excess added up over the thickness, `likely_db_mm` the excess of
    all tissue outwards, each part as far as it is probably fat. `line` numbers the lines of wall, `lit` is
    true where there is tissue to see, `by_other` where the reference lies 6 mm or more from any wall.
    """

    excess_db: np.ndarray
    labelled: np.ndarray
    likely: np.ndarray
    fat_mm: np.ndarray
    fat_db_mm: np.ndarray
    likely_db_mm: np.ndarray
    line: np.ndarray
    lit: np.ndarray
    by_other: np.ndarray

    @property
    def seen_mm(self) -> float:
        """Length of wall whose surroundings were compared."""
        return STATION_MM * float(np.isfinite(self.excess_db).sum())

    @property
    def by_other_mm(self) -> float:
        """Length of it whose surroundings were compared with tissue that is not itself beside the wall."""
        return STATION_MM * float(self.by_other.sum())


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """The frame on a grid of about `CELL_MM`, each (rows, columns).

    `grey` float32, `calm` the same averaged over tissue nearby; `tissue` bool, lit and off every labelled
    wall; `reference` bool, what to compare with, `next_best` what to take at depths without any; `fat` share
    labelled, `likely` how probable that is; `away_mm` distance from labelled wall; `path_mm` length of
    lumen above.
    """

    grey: np.ndarray
    calm: np.ndarray
    tissue: np.ndarray
    reference: np.ndarray
    next_best: np.ndarray
    fat: np.ndarray
    likely: np.ndarray
    away_mm: np.ndarray
    path_mm: np.ndarray
    step_y_mm: float
    step_x_mm: float

    def read(self, field: np.ndarray, y_mm: np.ndarray, x_mm: np.ndarray) -> np.ndarray:
        column, row = x_mm / self.step_x_mm - 0.5, y_mm / self.step_y_mm - 0.5
        return cv2.remap(
            field.astype(np.float32), column.astype(np.float32), row.astype(np.float32), cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT, borderValue=0.0,
        )  # fmt: skip


def look_beside(wall: TracedWall, grey: np.ndarray, seen: WallLabels, area_mask: np.ndarray) -> TissueBeside:
    """Compare the tissue 1 to 5 mm outside the wall with other tissue at its depth.

    Parameters
    ----------
    grey, area_mask : (rows, columns), the whole frame, as what was `seen` in it.

    Notes
    -----
    The reference lies 6 mm or more from any labelled wall, not above the loop (where the abdominal wall
    is), and behind about as much lumen. Of it the 15 mm² nearest in depth are taken, their median. Above a
    loop that fills the picture there is none: there it is what lies nearer to the wall and is not held
    for fat, which alone makes no comparison (`by_other_mm`). Grey values become dB by the scatter of
    speckle, within what displays span.
    """
    spacing = wall.patch.spacing
    points, outward, line = _stations(wall)
    if not len(points):
        return TissueBeside(*(np.zeros(0, kind) for kind in (float, bool, *[float] * 4, int, bool, bool)))
    cells = _cells(grey, seen, area_mask, spacing, float(points[:, 0].min()))
    away = np.arange(BAND_FROM_MM, BAND_TO_MM, BAND_STEP_MM)
    y, x = (points[:, axis, None] + away * outward[:, axis, None] for axis in (0, 1))
    free = cells.read(cells.tissue, y, x) > FREE_SHARE
    lit = free.mean(axis=1) > FREE_SHARE
    light = (cells.read(cells.grey, y, x) * free).sum(axis=1) / np.maximum(free.sum(axis=1), 1)
    labelled = (cells.read(cells.fat, y, x) > 0.5).mean(axis=1) > 0.5
    scale = grey_per_db(grey, cells.tissue, spacing)
    cells = _without_bright(cells, scale)
    usual, by_other = _usual(cells, y.mean(axis=1), x.mean(axis=1), lit)
    excess = (light - usual) / scale
    likely = cells.read(cells.likely, y, x).mean(axis=1)
    fat = _fat_outwards(cells, points, outward, scale)
    return TissueBeside(excess, labelled & lit, likely, *fat, line, lit, by_other)


def _fat_outwards(
    cells: _Cells, points: np.ndarray, outward: np.ndarray, scale: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outside every station: thickness of labelled fat, mm, its excess summed over it, dB mm, and the excess
    of all tissue summed as far as it is probable to be fat, dB mm.
    """
    rows, columns = np.nonzero(cells.tissue & (cells.likely > LEAST_LIKELY) & (cells.away_mm < FAT_TO_MM))
    y, x = (rows + 0.5) * cells.step_y_mm, (columns + 0.5) * cells.step_x_mm
    usual, _ = _usual(cells, y, x, np.ones(len(y), bool))
    above = (cells.grey[rows, columns] - usual) / scale
    known, excess = np.zeros(cells.grey.shape), np.zeros(cells.grey.shape)
    known[rows, columns] = np.isfinite(above)
    excess[rows, columns] = np.nan_to_num(above)
    labelled = known * (cells.fat > 0.5)
    away = np.arange(BAND_FROM_MM, FAT_TO_MM, FAT_STEP_MM)
    y, x = (points[:, axis, None] + away * outward[:, axis, None] for axis in (0, 1))
    own_side = cells.read(cells.away_mm, y, x) > away - OWN_SIDE_MM
    share = cells.read(labelled, y, x)
    here = (share > 0.5) & own_side
    level = np.where(here, cells.read(excess * labelled, y, x) / np.maximum(share, 0.5), 0.0)
    likely = np.where(own_side, cells.read(excess * cells.likely, y, x), 0.0)
    return FAT_STEP_MM * here.sum(axis=1), FAT_STEP_MM * level.sum(axis=1), FAT_STEP_MM * likely.sum(axis=1)


def _stations(wall: TracedWall) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points on the outer edge, mm from the frame's corner, their normals, and the number of their line."""
    size = np.array([wall.patch.spacing.row_mm, wall.patch.spacing.column_mm])
    points, outward, number = [np.empty((0, 2))], [np.empty((0, 2))], [np.empty(0, int)]
    for index, line in enumerate(wall.lines):
        edge = wall.patch.to_frame(line.points_mm(line.edges.outer_mm)[line.kept])
        points.append((edge + 0.5) * size)
        outward.append(line.line.outward[line.kept])
        number.append(np.full(len(edge), index))
    return np.concatenate(points), np.concatenate(outward), np.concatenate(number)


def _cells(
    grey: np.ndarray, seen: WallLabels, area_mask: np.ndarray, spacing: Spacing, top_mm: float
) -> _Cells:
    shape = grid_shape(*grey.shape, spacing, CELL_MM)
    inside, light, lumen, wall, fat = _shares(grey, seen.labels, area_mask, shape)
    likely = _means(seen.fat_probability, shape)
    light /= np.maximum(inside, 1e-3)
    step_y, step_x = grey.shape[0] * spacing.row_mm / shape[0], grey.shape[1] * spacing.column_mm / shape[1]
    area = inside > 0.99
    loop = (wall > 0.3) | (lumen > 0.3)
    away = distance_transform_edt(~loop, sampling=(step_y, step_x)) if loop.any() else np.full(shape, np.inf)
    black = float(np.percentile(light[area], 1)) if area.any() else 0.0
    tissue = area & (light > black + SHADOW_GREY) & (away > SKIN_OFF_MM)
    rim = [2 * max(1, round(AWAY_FROM_FAT_MM / step)) + 1 for step in (step_x, step_y)]
    near_fat = cv2.dilate((fat > 0.5).astype(np.uint8), np.ones(rim[::-1], np.uint8)) > 0
    below_top = ((np.arange(shape[0]) + 0.5) * step_y > top_mm)[:, None]
    path = np.cumsum(lumen > 0.5, axis=0) * step_y
    behind_gas = _behind_gas(wall > 0.5, lumen > 0.5)
    reference = tissue & (away > AWAY_MM) & ~near_fat & below_top & ~behind_gas
    next_best = tissue & (away <= AWAY_MM) & ~near_fat & ~behind_gas
    size = [2 * max(1, round(PATCH_MM / step)) + 1 for step in (step_x, step_y)]
    weight = cv2.blur(tissue.astype(np.float32), size)
    calm = cv2.blur(light * tissue, size) / np.maximum(weight, 1e-3)
    return _Cells(light, calm, tissue, reference, next_best, fat, likely, away, path, step_y, step_x)


def _shares(
    grey: np.ndarray, labels: np.ndarray, area_mask: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """Area, grey of the area, lumen, wall and inflamed fat in every cell, (5, rows, columns) float32."""
    from ius_vision.measurement.compiled.shares import cell_shares

    cells = np.empty((5, *shape), np.float32)
    given = (np.ascontiguousarray(field) for field in (grey, labels, area_mask))
    taps = (part for axis in zip(grey.shape, shape, strict=True) for part in axis_taps(*axis).all)
    cell_shares(*given, *taps, cells)
    return cells


def _means(field: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Mean of a float32 field in every cell."""
    from ius_vision.measurement.compiled.shares import cell_means

    cells = np.empty(shape, np.float32)
    taps = (part for axis in zip(field.shape, shape, strict=True) for part in axis_taps(*axis).all)
    cell_means(np.ascontiguousarray(field), *taps, cells)
    return cells


def _behind_gas(wall: np.ndarray, lumen: np.ndarray) -> np.ndarray:
    """Below a lumen whose far wall is not seen there is only shadow and reverberation."""
    last_wall, last_lumen = (
        np.where(part.any(axis=0), len(part) - 1 - part[::-1].argmax(axis=0), -1) for part in (wall, lumen)
    )
    return (np.arange(len(wall))[:, None] > last_lumen) & (last_lumen > last_wall)


def _usual(
    cells: _Cells, y_mm: np.ndarray, x_mm: np.ndarray, wanted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Grey value of reference tissue at every station's depth, (stations,), NaN where there is not enough,
    and whether it is proper reference, not the next best.
    """
    row = np.clip((y_mm / cells.step_y_mm).astype(int), 0, cells.grey.shape[0] - 1)
    column = np.clip((x_mm / cells.step_x_mm).astype(int), 0, cells.grey.shape[1] - 1)
    own_path = cells.path_mm[row, column]
    # Stations of one cell row and path share their reference.
    rows, path = len(cells.grey), np.rint(own_path).astype(int)
    kinds, place = np.unique((path * rows + row)[wanted], return_inverse=True)
    through, at_rows = np.divmod(kinds, rows)
    found = _at_rows(cells, cells.reference, through, at_rows)
    missing = np.isnan(found)
    proper = ~missing
    found[missing] = _at_rows(cells, cells.next_best, through[missing], at_rows[missing])
    usual, by_other = np.full(len(y_mm), np.nan), np.zeros(len(y_mm), bool)
    usual[wanted], by_other[wanted] = found[place], proper[place]
    return usual, by_other


def _at_rows(cells: _Cells, reference: np.ndarray, through: np.ndarray, at_rows: np.ndarray) -> np.ndarray:
    """Grey value of a reference nearest to some cell rows, behind as much lumen, mm; NaN without."""
    found = np.full(len(at_rows), np.nan)
    for one in np.unique(through):
        same = reference & (np.abs(cells.path_mm - one) < SAME_PATH_MM)
        found[through == one] = _medians_at(cells, same, at_rows[through == one])
    return found


def _medians_at(cells: _Cells, reference: np.ndarray, at_rows: np.ndarray) -> np.ndarray:
    """Median grey value of the reference nearest in depth to each of some cell rows, NaN where it is too
    little or too far.
    """
    from ius_vision.measurement.compiled.depths import medians_near

    light = cells.calm[reference]  # row after row, so that any span of rows is one piece of it
    ends = np.concatenate([[0], np.cumsum(np.count_nonzero(reference, axis=1))])
    least = round(REFERENCE_MM2 / (cells.step_y_mm * cells.step_x_mm))
    found = np.empty(len(at_rows))
    medians_near(light, ends, at_rows, cells.step_y_mm, least, NEAR_DEPTH_MM, FARTHEST_DEPTH_MM, found)
    return found


def _without_bright(cells: _Cells, scale: float) -> _Cells:
    """Bright tissue that reaches to the wall is what is judged; it cannot be its own reference."""
    near = cells.tissue & (cells.away_mm < JUDGED_MM)
    rows, columns = np.nonzero(near)
    y, x = (rows + 0.5) * cells.step_y_mm, (columns + 0.5) * cells.step_x_mm
    usual = np.full(near.shape, np.nan)
    usual[near], _ = _usual(cells, y, x, np.ones(len(y), bool))
    size = [2 * max(1, round(PATCH_MM / step)) + 1 for step in (cells.step_x_mm, cells.step_y_mm)]
    bright = (near & (cells.calm > usual + BRIGHT_DB * scale)).astype(np.uint8)
    bright = cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, parts = cv2.connectedComponents(bright, connectivity=4)
    touching = np.unique(parts[(cells.away_mm < BAND_FROM_MM + 2 * CELL_MM) & (bright > 0)])
    judged = cv2.dilate(
        np.isin(parts, touching[touching > 0]).astype(np.uint8), np.ones(size[::-1], np.uint8)
    )
    return replace(
        cells, reference=cells.reference & (judged == 0), next_best=cells.next_best & (judged == 0)
    )
