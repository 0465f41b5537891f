"""Which stations of a wall can be measured."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter

from ius_vision.measurement.crossings import along_normal
from ius_vision.measurement.edges import Edges
from ius_vision.measurement.midline import STATION_MM, Midline
from ius_vision.measurement.patch import WallPatch

# Where an edge runs off the mid-line more steeply, the wall ends, is cut, or is hit at a slant.
STEEPEST = 0.7
END_MM = 0.8
# Thickness changes slowly along bowel; a station that stands out of its surroundings is a fold or a slip of
# the mask.
SURROUNDINGS_MM = 10.0
OUTLIER_SHARE, OUTLIER_MM = 0.3, 0.4
SHORTEST_RUN_MM = 1.6
# Less light than this above the black of the picture is a shadow.
SHADOW_GREY = 6.0


def measurable(patch: WallPatch, line: Midline, edges: Edges) -> np.ndarray:
    """Stations (stations,) bool where both edges are seen and belong together.

    Left out: stations without both edges, near the border of the picture or the end of the wall, where an
    edge runs at a slant, where thickness stands out of its surroundings (folds), in shadow, and what is left
    between them when it is too short to stand alone.
    """
    keep = np.isfinite(edges.thickness_mm) & (edges.thickness_mm > 0.3)
    if not keep.any():
        return keep
    keep &= _in_picture(patch, line, edges, keep) & _lit(patch, line, edges, keep)
    if not keep.any():
        return keep
    keep &= ~_slanted(edges.inner_mm, keep, line.ring) & ~_slanted(edges.outer_mm, keep, line.ring)
    if not line.ring:
        ends = round(END_MM / STATION_MM)
        keep[:ends] = keep[len(keep) - ends :] = False
    keep &= ~_outliers(edges.thickness_mm, keep, line.ring)
    return _long_runs(keep, line.ring)


def _in_picture(patch: WallPatch, line: Midline, edges: Edges, seen: np.ndarray) -> np.ndarray:
    interior = patch.frame_interior
    both = np.nan_to_num(np.stack([edges.inner_mm, edges.outer_mm], axis=1))
    y, x = along_normal(line, both)
    row = np.clip((y / patch.spacing.row_mm).astype(int), 0, interior.shape[0] - 1)
    column = np.clip((x / patch.spacing.column_mm).astype(int), 0, interior.shape[1] - 1)
    return seen & interior[row, column].all(axis=1)


def _lit(patch: WallPatch, line: Midline, edges: Edges, seen: np.ndarray) -> np.ndarray:
    """Whether anything is seen from the middle of the wall to just behind its outer edge."""
    away = np.nan_to_num(edges.outer_mm)[:, None] * np.linspace(0.0, 1.0, 9) + np.linspace(0.0, 1.0, 9)
    light = median_filter(patch.read_grey(*along_normal(line, away)).max(axis=1), 5, mode="nearest")
    black = float(np.percentile(patch.frame_grey[::4, ::4][patch.frame_area[::4, ::4]], 1))
    return seen & (light > black + SHADOW_GREY)


def _slanted(edge_mm: np.ndarray, seen: np.ndarray, ring: bool) -> np.ndarray:
    index = np.arange(len(edge_mm))
    filled = np.interp(index, index[seen], edge_mm[seen], period=len(edge_mm) if ring else None)
    calm = gaussian_filter1d(filled, 1.0, mode="wrap" if ring else "nearest")
    return np.abs(np.gradient(calm, STATION_MM)) > STEEPEST


def _outliers(thickness_mm: np.ndarray, keep: np.ndarray, ring: bool) -> np.ndarray:
    if keep.sum() < 3:
        return np.zeros_like(keep)
    index = np.arange(len(keep))
    filled = np.interp(index, index[keep], thickness_mm[keep])
    size = min(len(keep), round(SURROUNDINGS_MM / STATION_MM)) | 1
    usual = median_filter(filled, size, mode="wrap" if ring else "reflect")
    return np.abs(thickness_mm - usual) > OUTLIER_SHARE * usual + OUTLIER_MM


def _long_runs(keep: np.ndarray, ring: bool) -> np.ndarray:
    """Drop runs of stations shorter than `SHORTEST_RUN_MM`."""
    least = round(SHORTEST_RUN_MM / STATION_MM)
    if keep.all() or not keep.any():
        return keep & (len(keep) >= least)
    # A ring is opened at a gap, so that no run is cut in two.
    shift = int(np.argmin(keep)) if ring else 0
    rolled = np.roll(keep, -shift)
    steps = np.diff(np.concatenate([[0], rolled.astype(int), [0]]))
    for start, stop in zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True):
        if stop - start < least:
            rolled[start:stop] = False
    return np.roll(rolled, shift)
