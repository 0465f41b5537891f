"""What the wall's geometry says about the view: along the bowel or across it."""

from __future__ import annotations

import numpy as np

from ius_vision.measurement.midline import STATION_MM
from ius_vision.measurement.wall import TracedWall, WallLine
from ius_vision.vocabulary import View

# A wall that turns by more than this runs round a lumen; one this straight (ends apart over length) runs
# along it.
ROUND_TURN_DEG = 200.0
STRAIGHT_SHARE = 0.85
LEAST_STRAIGHT_MM = 12.0
# A closed line this much longer than wide is a loop cut along, whose ends lie in the picture.
LONG_ASPECT = 4.0
ROUND_ASPECT = 2.8


def guess_view(wall: TracedWall) -> View:
    """Longitudinal, cross-section, or unknown where the geometry does not decide."""
    lines = [line for line in wall.lines if line.length_mm > 0]
    if not lines:
        return View.UNKNOWN
    longest = max(lines, key=lambda line: len(line.line))
    aspect = _aspect(longest)
    if longest.line.ring or _turn_deg(longest) > ROUND_TURN_DEG:
        if aspect <= ROUND_ASPECT:
            return View.CROSS_SECTION
        return View.LONGITUDINAL if aspect >= LONG_ASPECT else View.UNKNOWN
    ends = longest.line.points_mm[[0, -1]]
    length_mm = STATION_MM * len(longest.line)
    straight = float(np.linalg.norm(ends[1] - ends[0])) >= STRAIGHT_SHARE * length_mm
    return View.LONGITUDINAL if straight and length_mm >= LEAST_STRAIGHT_MM else View.UNKNOWN


def _turn_deg(line: WallLine) -> float:
    """Angle by which the line turns in one sense from end to end."""
    direction = np.unwrap(np.arctan2(line.line.outward[:, 0], line.line.outward[:, 1]))
    return float(np.degrees(direction.max() - direction.min()))


def _aspect(line: WallLine) -> float:
    centred = line.line.points_mm - line.line.points_mm.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2]
    along, across = (np.ptp(centred @ axis) for axis in axes)
    # The mid-line of a collapsed loop runs inside the wall: add half its thickness on both sides.
    thickness = 2 * float(np.median(line.line.half_mm))
    return float((along + thickness) / max(across + thickness, 1e-6))
