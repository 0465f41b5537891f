"""Vessels in a map of persistent colour: how long along the wall, and whether they leave it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt

# Pieces of one vessel that the raster parts lie closer together than this.
JOIN_MM = 0.8
SMALLEST_MM2 = 0.25
# Colour blooms beyond its vessel, so a vessel of the wall reaches this far into it, and one that leaves it
# ends this far outside.
INTO_WALL_MM = 0.3
BEYOND_MM = 1.2
SMALLEST_BEYOND_MM2 = 0.6
GAP_MM = 1.0
# A signal along a half turn of the wall is this much longer than its ends are apart.
MOST_BEND = 1.57


@dataclass(frozen=True, slots=True)
class VesselEvidence:
    """One connected piece of persistent colour that touches the wall.

    `along_mm` is its length along the wall, `beyond_mm` how far it runs beyond the outer edge (0 where it
    does not).
    """

    along_mm: float
    beyond_mm: float
    area_mm2: float


@dataclass(frozen=True, slots=True, eq=False)
class WallVessels:
    """Vessels of a wall, longest first, the mask of all of them, and the length of the wall's middle."""

    vessels: tuple[VesselEvidence, ...]
    mask: np.ndarray
    course_mm: float


def wall_vessels(
    colour: np.ndarray, wall: np.ndarray, lumen: np.ndarray, step_row_mm: float, step_column_mm: float
) -> WallVessels:
    """Vessels that lie in the wall or are connected with it.

    Parameters
    ----------
    colour, wall, lumen : (rows, columns) bool on a grid of the given steps. Colour in the lumen belongs to
    no vessel.
    """
    size = round(JOIN_MM / step_row_mm) | 1, round(JOIN_MM / step_column_mm) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size[::-1])
    joined = cv2.morphologyEx((colour & ~lumen).astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    count, parts = cv2.connectedComponents(joined, connectivity=8)
    steps = (step_row_mm, step_column_mm)
    deep = distance_transform_edt(wall, sampling=steps) > INTO_WALL_MM
    outside_mm = distance_transform_edt(~(wall | lumen), sampling=steps)
    course = _Course(wall, steps)
    pixel_mm2 = step_row_mm * step_column_mm
    found, mask = [], np.zeros(wall.shape, bool)
    for index in range(1, count):
        part = (parts == index) & colour & ~lumen
        inside = part & wall
        if part.sum() * pixel_mm2 < SMALLEST_MM2 or (part & deep).sum() * pixel_mm2 < SMALLEST_MM2 / 2:
            continue
        leaving = part & (outside_mm > BEYOND_MM)
        beyond = float(outside_mm[part].max()) if leaving.sum() * pixel_mm2 >= SMALLEST_BEYOND_MM2 else 0.0
        found.append(VesselEvidence(course.length_mm(inside), beyond, float(part.sum() * pixel_mm2)))
        mask |= part
    vessels = tuple(sorted(found, key=lambda vessel: vessel.along_mm, reverse=True))
    return WallVessels(vessels, mask, course.whole_mm)


class _Course:
    """The middle of the wall as a line of pixels, onto which vessels are projected."""

    def __init__(self, wall: np.ndarray, steps: tuple[float, float]) -> None:
        from skimage.morphology import skeletonize  # slow to load, and without flow nobody needs it

        self._steps = steps
        # A smooth outline has a skeleton without side branches.
        calm = (
            cv2.GaussianBlur(wall.astype(np.float32), (0, 0), sigmaX=0.6 / steps[1], sigmaY=0.6 / steps[0])
            > 0.5
        )
        self._line = skeletonize(calm) if calm.any() else wall
        if not self._line.any():
            self._line = wall
        self._nearest = distance_transform_edt(
            ~self._line, sampling=steps, return_distances=False, return_indices=True
        )

    @property
    def whole_mm(self) -> float:
        """Length of all of it."""
        return self._arc_mm(self._line)

    def length_mm(self, inside: np.ndarray) -> float:
        """Length along the wall covered by a mask in it: the longest run of its projections, small gaps
        closed.
        """
        if not inside.any():
            return 0.0
        hit = np.zeros(inside.shape, np.uint8)
        hit[self._nearest[0][inside], self._nearest[1][inside]] = 1
        size = round(GAP_MM / self._steps[0]) | 1, round(GAP_MM / self._steps[1]) | 1
        near = cv2.dilate(hit, np.ones(size, np.uint8)) & self._line.astype(np.uint8)
        count, runs = cv2.connectedComponents(near, connectivity=8)
        # Closing the gaps has lengthened both ends by half a gap.
        arc = max((max(self._arc_mm(runs == run) - GAP_MM, 0.0) for run in range(1, count)), default=0.0)
        # Inside a tight bend a spot projects onto a long arc; it is no longer for that.
        rows, columns = np.nonzero(inside)
        size = float(np.hypot(np.ptp(rows) * self._steps[0], np.ptp(columns) * self._steps[1]))
        return min(arc, MOST_BEND * size)

    def _arc_mm(self, run: np.ndarray) -> float:
        """Arc length of a line of pixels, by neighbour steps (Vossepoel and Smeulders 1982, weights .948,
        1.340).
        """
        across = int((run[:, 1:] & run[:, :-1]).sum())
        down = int((run[1:] & run[:-1]).sum())
        falling = int((run[1:, 1:] & run[:-1, :-1] & ~run[1:, :-1] & ~run[:-1, 1:]).sum())
        rising = int((run[1:, :-1] & run[:-1, 1:] & ~run[1:, 1:] & ~run[:-1, :-1]).sum())
        step_row, step_column = self._steps
        slanted = (falling + rising) * float(np.hypot(step_row, step_column))
        return 0.948 * (across * step_column + down * step_row + slanted)
