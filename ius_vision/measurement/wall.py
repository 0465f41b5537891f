"""The wall of one frame, traced: lines of stations with both edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ius_vision.geometry import Spacing
from ius_vision.measurement.confidence import wall_confidence
from ius_vision.measurement.crossings import cross_wall
from ius_vision.measurement.edges import Edges, refine_edges
from ius_vision.measurement.keep import measurable
from ius_vision.measurement.loop import WALL_SHARE, outline_loop
from ius_vision.measurement.midline import STATION_MM, Midline, find_midlines
from ius_vision.measurement.patch import WallLabels, WallPatch, cut_patches
from ius_vision.outcomes import Abstained

SHORTEST_LINE = 5
# Of two loops the longer is not the better once both are this long.
ENOUGH_MM = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class WallLine:
    """One stretch of wall: stations every `STATION_MM`, their edges, and which of them are measured."""

    line: Midline
    edges: Edges
    kept: np.ndarray

    @property
    def length_mm(self) -> float:
        return STATION_MM * int(self.kept.sum())

    @property
    def thickness_mm(self) -> np.ndarray:
        """Thickness of the measured stations, mm."""
        return self.edges.thickness_mm[self.kept]

    def points_mm(self, away_mm: np.ndarray) -> np.ndarray:
        """Points (stations, 2) of the patch at a distance (stations,) along every normal."""
        return self.line.points_mm + away_mm[:, None] * self.line.outward


@dataclass(frozen=True, slots=True, eq=False)
class TracedWall:
    """The patch and every line of wall in it, longest first.

    `inside` (rows, columns) bool is the lumen, `lumen_enclosed` the share of its border that is wall,
    `confidence` 0..1 how sure the model is of the labelled wall.
    """

    patch: WallPatch
    lines: tuple[WallLine, ...]
    inside: np.ndarray
    lumen_enclosed: float
    confidence: float

    @property
    def length_mm(self) -> float:
        return sum(line.length_mm for line in self.lines)

    @property
    def explained(self) -> float:
        """Share of the labelled wall's area that the measured stations cover."""
        labelled_mm2 = np.count_nonzero(self.patch.wall > WALL_SHARE) * self.patch.pixel_mm2
        covered_mm2 = STATION_MM * sum(float(line.thickness_mm.sum()) for line in self.lines)
        return covered_mm2 / max(labelled_mm2, 1e-6)

    @property
    def candidate_mm(self) -> float:
        """Length of all mid-lines, measured or not."""
        return STATION_MM * sum(len(line.line) for line in self.lines)


def trace_wall(
    grey: np.ndarray, segmentation: WallLabels, spacing: Spacing, area_mask: np.ndarray
) -> TracedWall | Abstained:
    """Find the wall in a frame and both of its edges; see `patch`, `loop`, `edges` and `keep` for the rules.

    Where several pieces of the labels may be the loop, each is traced and the one that makes the best wall
    is taken.
    """
    patches = cut_patches(grey, segmentation, spacing, area_mask)
    if isinstance(patches, Abstained):
        return patches
    traced = [_trace(patch) for patch in patches]
    walls = [wall for wall in traced if isinstance(wall, TracedWall)]
    return max(walls, key=_worth) if walls else traced[0]


def _trace(patch: WallPatch) -> TracedWall | Abstained:
    loop = outline_loop(patch)
    if isinstance(loop, Abstained):
        return loop
    lines = []
    for line in find_midlines(patch, loop):
        if len(line) < SHORTEST_LINE:
            continue
        edges = refine_edges(patch, loop, line, cross_wall(patch, loop, line))
        lines.append(WallLine(line, edges, measurable(patch, line, edges)))
    return TracedWall(patch, tuple(lines), loop.inside, loop.enclosed, wall_confidence(patch))


def _worth(wall: TracedWall) -> float:
    """How much of a wall a traced loop is: long, measurable throughout, around its lumen, surely labelled."""
    likely = wall.patch.wall[wall.patch.wall > WALL_SHARE]
    sure = float(likely.mean()) if likely.size else 0.0
    length = min(wall.length_mm, ENOUGH_MM)
    return length * min(1.0, wall.explained) * (0.5 + 0.5 * wall.lumen_enclosed) * sure
