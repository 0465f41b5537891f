"""Inflamed mesenteric fat: is the tissue beside the wall brighter than tissue elsewhere at the same depth."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from ius_vision.measurement.crossings import along_normal
from ius_vision.measurement.midline import STATION_MM
from ius_vision.measurement.wall import TracedWall, WallLine
from ius_vision.outcomes import Abstained, Measured
from ius_vision.vocabulary import Label

# The band beside the wall begins behind the bright serosa.
BAND_FROM_MM, BAND_TO_MM = 1.0, 4.5
BAND_STEP_MM = 0.25
# Reference tissue keeps this distance from the loop and from labelled fat, and lies within the band's depths.
REFERENCE_AWAY_MM = 5.0
REFERENCE_MM2 = 25.0
DEPTH_CALM_MM = 3.0
LEAST_REFERENCE_PX = 0.5
REFERENCE_DEEPER_MM = 12.0
COARSE_MM = 0.5
SHORTEST_BAND_MM = 8.0
# Grades [J]: labelled fat along at least this much wall, and its brightness in standard deviations of
# speckle.
PRESENT_MM, TRACE_MM = 8.0, 4.0
BRIGHT_FROM, CLEARLY_BRIGHT_FROM = 0.3, 0.9
LABELLED_SHARE = 0.5
SHADOW_GREY = 6.0


@dataclass(frozen=True, slots=True)
class FatSign:
    """The grade and what it rests on.

    `labelled_mm` is the length of wall beside which fat is labelled as inflamed, `seen_mm` the length judged.
    `brightness` is how much brighter that fat (or, without any, all tissue beside the wall) is than tissue
    elsewhere at the same depth, in standard deviations of its speckle (some 5.6 dB); `unevenness` is the
    scatter of that brightness along the wall in the same unit.
    """

    grade: Measured[int] | Abstained
    labelled_mm: float | None = None
    seen_mm: float | None = None
    brightness: float | None = None
    unevenness: float | None = None


def grade_fat(wall: TracedWall, grey: np.ndarray, labels: np.ndarray, area_mask: np.ndarray) -> FatSign:
    """Grade the fat beside the wall 0 absent, 1 uncertain, 2 present.

    Parameters
    ----------
    grey, labels, area_mask : (rows, columns), the whole frame.

    Returns
    -------
    The grade with its evidence, or an abstention: `fat_not_visible` where less than 8 mm of wall has lit
    tissue beside it, `no_reference_tissue` where nothing else lies at that depth to compare with.
    """
    band = [_band(wall, line, grey, labels, area_mask) for line in wall.lines if line.kept.any()]
    if not band:
        return _unseen(0.0)
    rows, light, labelled = (np.concatenate(part) for part in zip(*band, strict=True))
    seen_mm = STATION_MM * len(rows)
    if seen_mm < SHORTEST_BAND_MM:
        return _unseen(seen_mm)
    reference = _reference(wall, grey, labels, area_mask, rows)
    if reference is None:
        return FatSign(
            Abstained(
                "no_reference_tissue",
                "No other tissue lies at the depth of the bowel to compare its fat with; "
                "choose a frame with more of the surroundings.",
            ),
            labelled_mm=STATION_MM * float(labelled.sum()),
            seen_mm=seen_mm,
        )
    usual, speckle = reference
    brighter = (light - usual) / speckle
    labelled_mm = STATION_MM * float(labelled.sum())
    chosen = brighter[labelled] if labelled.any() else brighter
    brightness, unevenness = float(np.median(chosen)), float(chosen.std())
    grade = _grade(labelled_mm, brightness)
    return FatSign(Measured(grade), labelled_mm, seen_mm, brightness, unevenness)


def _unseen(seen_mm: float) -> FatSign:
    return FatSign(
        Abstained(
            "fat_not_visible",
            f"Tissue beside the wall is seen along {seen_mm:.0f} mm, {SHORTEST_BAND_MM:g} mm are needed; "
            "choose a frame that shows more of it.",
        )
    )


def _grade(labelled_mm: float, brightness: float) -> int:
    if labelled_mm < TRACE_MM:
        # Bright tissue that the model did not call inflamed leaves the question open.
        return 1 if brightness >= CLEARLY_BRIGHT_FROM else 0
    if labelled_mm < PRESENT_MM or brightness < CLEARLY_BRIGHT_FROM:
        return 1
    return 2


def _band(wall: TracedWall, line: WallLine, grey: np.ndarray, labels: np.ndarray, area_mask: np.ndarray):
    """Frame row, mean grey and whether fat is labelled, at every kept station with lit tissue beside it."""
    away = np.nan_to_num(line.edges.outer_mm)[:, None] + np.arange(BAND_FROM_MM, BAND_TO_MM, BAND_STEP_MM)
    points = wall.patch.to_frame(np.stack(along_normal(line.line, away), axis=-1))
    row, column = np.rint(points[..., 0]).astype(int), np.rint(points[..., 1]).astype(int)
    inside = (row >= 0) & (row < grey.shape[0]) & (column >= 0) & (column < grey.shape[1])
    row, column = np.clip(row, 0, grey.shape[0] - 1), np.clip(column, 0, grey.shape[1] - 1)
    there = labels[row, column]
    free = inside & area_mask[row, column] & ((there == Label.BACKGROUND) | (there == Label.INFLAMED_FAT))
    light = grey[row, column].astype(np.float32).mean(axis=1)
    use = line.kept & free.all(axis=1) & (light > _black(wall) + SHADOW_GREY)
    labelled = (there == Label.INFLAMED_FAT).mean(axis=1) > LABELLED_SHARE
    return row[use].mean(axis=1), light[use], labelled[use]


def _black(wall: TracedWall) -> float:
    return float(wall.patch.frame_grey.min())


def _reference(
    wall: TracedWall, grey: np.ndarray, labels: np.ndarray, area_mask: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, float] | None:
    """Usual grey value at every given row, and the speckle's standard deviation; None without enough tissue.

    Tissue up to 12 mm deeper counts too, since a loop may fill the whole width.
    """
    spacing = wall.patch.spacing
    step_row, step_column = (max(1, round(COARSE_MM / size)) for size in (spacing.row_mm, spacing.column_mm))
    deeper = round(REFERENCE_DEEPER_MM / spacing.row_mm)
    first = int(rows.min()) // step_row
    last = min(grey.shape[0], int(rows.max()) + 1 + deeper) // step_row + 1
    thin = slice(None, None, step_row), slice(None, None, step_column)
    reach = (
        round(REFERENCE_AWAY_MM / (step_row * spacing.row_mm)),
        round(REFERENCE_AWAY_MM / (step_column * spacing.column_mm)),
    )
    marked = (labels[thin] != Label.BACKGROUND).astype(np.uint8)
    near = cv2.dilate(marked, np.ones((2 * reach[0] + 1, 2 * reach[1] + 1), np.uint8))[first:last] > 0
    tissue = grey[thin][first:last].astype(np.float32)
    free = area_mask[thin][first:last] & ~near & (tissue > _black(wall) + SHADOW_GREY)
    if free.sum() * step_row * step_column * spacing.row_mm * spacing.column_mm < REFERENCE_MM2:
        return None
    calm = DEPTH_CALM_MM / (step_row * spacing.row_mm)
    weight = gaussian_filter1d(free.sum(axis=1).astype(float), calm)
    usual = gaussian_filter1d((tissue * free).sum(axis=1), calm) / np.maximum(weight, 1e-3)
    good = weight > LEAST_REFERENCE_PX
    if not good.any():
        return None
    speckle = 1.48 * float(np.median(np.abs(tissue - usual[:, None])[free])) + 1.0
    depths = step_row * (first + np.flatnonzero(good))
    return np.interp(rows, depths, usual[good]), speckle
