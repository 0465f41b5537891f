"""The lumen's width between two walls, and how uneven the wall's inner edge is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, uniform_filter1d
from scipy.spatial import cKDTree

from ius_vision.measurement.crossings import along_normal
from ius_vision.measurement.midline import STATION_MM
from ius_vision.measurement.wall import TracedWall, WallLine

RAY_STEP_MM = 0.1
# Samples of a ray that are read at a time.
PIECE = 64
# A measured stretch of wall that looks back lies within this distance of the lumen's end.
BEHIND_MM = 1.2
LEAST_FACING = 0.5
SHORTEST_MM = 8.0
# Widths are told over this length of bowel, so that one fold is no stricture.
STRETCH_MM = 5.0
# Bends of the bowel are longer than this, ulcers and clefts of the mucosa shorter.
BEND_MM = 10.0


@dataclass(frozen=True, slots=True)
class LumenWidth:
    """Width of the lumen between its two walls, mm.

    Told are the median, and the means of the narrowest and the widest 5 mm;
    `seen_mm` is the length of wall from which the opposite wall is seen.
    """

    median_mm: float
    narrowest_mm: float
    widest_mm: float
    seen_mm: float


def measure_lumen(wall: TracedWall) -> LumenWidth | None:
    """Width along the wall's normals; None where less than 8 mm of wall face an opposite wall.

    A ray counts where it runs through nothing but lumen until it meets measured wall that looks back; gas,
    behind which no wall is measured, gives no width.
    """
    medians, narrow, wide, seen_mm = [], [], [], 0.0
    for line in wall.lines:
        width = _widths(wall, line)
        known = np.isfinite(width)
        length_mm = STATION_MM * np.count_nonzero(known)
        if length_mm < SHORTEST_MM:
            continue
        calm = uniform_filter1d(width[known], min(known.sum(), round(STRETCH_MM / STATION_MM)))
        medians.append(np.median(width[known]))
        narrow.append(calm.min())
        wide.append(calm.max())
        seen_mm += length_mm
    if not medians:
        return None
    return LumenWidth(float(np.median(medians)), float(min(narrow)), float(max(wide)), float(seen_mm))


def inner_roughness_mm(wall: TracedWall) -> float | None:
    """Root mean square of the inner edge off its own course over `BEND_MM`, mm; None for less than 8 mm of
    wall.
    """
    squares, count = 0.0, 0
    for line in wall.lines:
        for start, stop in _runs(line.kept):
            if STATION_MM * (stop - start) < SHORTEST_MM:
                continue
            edge = line.edges.inner_mm[start:stop]
            off = edge - gaussian_filter1d(edge, BEND_MM / STATION_MM / 2.355, mode="nearest")
            squares += float((off**2).sum())
            count += len(off)
    return float(np.sqrt(squares / count)) if count else None


def _runs(flags: np.ndarray) -> zip:
    steps = np.diff(np.concatenate([[0], flags.astype(int), [0]]))
    return zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True)


def _widths(wall: TracedWall, line: WallLine) -> np.ndarray:
    """Width (stations,) mm, NaN where no opposite wall is seen."""
    start = np.where(line.kept, line.edges.inner_mm, np.nan)
    begun, end_mm = _through_lumen(wall, line, np.nan_to_num(start))
    stop = line.line.points_mm + (np.nan_to_num(start) - end_mm)[:, None] * line.line.outward
    width = np.full(len(start), np.nan)
    edges, outward = _inner_edges(wall)
    asked = np.flatnonzero(begun & line.kept)
    if asked.size:
        apart, nearest = cKDTree(edges).query(stop[asked])
        faces = -(outward[nearest] * line.line.outward[asked]).sum(axis=1)
        met = (apart <= BEHIND_MM) & (faces >= LEAST_FACING)
        width[asked[met]] = _between(line, start, edges, asked, nearest)[met]
    return width


def _through_lumen(wall: TracedWall, line: WallLine, start_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which rays enter the lumen near their start, and how far inwards each leaves it again, (stations,) mm.

    Rays are followed in pieces, since most of them end long before the far side of the patch.
    """
    patch = wall.patch
    reach_mm = float(np.hypot(*(np.array(patch.wall.shape) * patch.step_mm)))
    away = np.arange(RAY_STEP_MM, reach_mm, RAY_STEP_MM)
    lumen = wall.inside.astype(np.uint8) * 255
    begun, end = np.zeros(len(start_mm), bool), np.full(len(start_mm), len(away) - 1)
    going, within = line.kept, round(BEHIND_MM / RAY_STEP_MM)
    for first in range(0, len(away), PIECE):
        part = np.flatnonzero(going)
        if not part.size:
            break
        across = start_mm[part, None] - away[first : first + PIECE]
        inside = patch.read(lumen, *along_normal(line.line, across, part)) > 127
        if first == 0:
            begun[part] = inside[:, :within].any(axis=1)
            entered = np.where(inside.any(axis=1), inside.argmax(axis=1), 0)[:, None]
            left = ~inside & (np.arange(inside.shape[1]) > entered)
        else:
            left = ~inside
        ended = left.any(axis=1)
        end[part[ended]] = first + left[ended].argmax(axis=1)
        going = begun & (end == len(away) - 1)
    return begun, away[end]


def _between(line: WallLine, start: np.ndarray, edges: np.ndarray, asked: np.ndarray, nearest: np.ndarray):
    """Distance along the normals from the own inner edge to the opposite one, mm."""
    own = line.line.points_mm[asked] + start[asked, None] * line.line.outward[asked]
    return np.maximum(((own - edges[nearest]) * line.line.outward[asked]).sum(axis=1), 0.0)


def _inner_edges(wall: TracedWall) -> tuple[np.ndarray, np.ndarray]:
    """Points on the inner edge of all measured wall, mm, and their outward normals."""
    lines = [line for line in wall.lines if line.kept.any()]
    points = [line.points_mm(line.edges.inner_mm)[line.kept] for line in lines]
    return np.concatenate(points), np.concatenate([line.line.outward[line.kept] for line in lines])
