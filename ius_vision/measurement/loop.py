"""Which pixels lie inside the loop, in its wall, and outside of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ius_vision.measurement.collapsed import disc, lumen_in_dips
from ius_vision.measurement.patch import WallPatch
from ius_vision.outcomes import Abstained

WALL_SHARE = 0.5
LUMEN_SHARE = 0.5
# A collapsed lumen is thinner than a step, so a part of a pixel is enough where no full one is near.
THIN_LUMEN_SHARE = 0.25
SMALLEST_PIECE_MM2 = 1.0
SMALLEST_LUMEN_MM2 = 0.15
# A hole this large in a wall without any other lumen is the lumen; smaller ones are gaps of the mask.
SMALLEST_OPEN_LUMEN_MM2 = 0.8
# ... if it lies this deep (as a share of the deepest point) in a body that is this round (area over depth
# squared).
OPEN_LUMEN_DEPTH = 0.7
ROUND_AREA = 9.0
CONTACT_MM = 0.5
# Cuts through wall and lumen up to this width (narrow shadows, missed strips) are bridged, but not measured.
WALL_GAP_MM = 5.0
# Gaps in the label of a lumen up to this length are closed.
LUMEN_GAP_MM = 3.0
# A piece of lumen nearer to the outer rim than this share of the depth of the large pieces lies inside the
# wall.
STRAY_SHARE, LARGE_LUMEN_SHARE = 0.6, 0.25
# A lumen between two walls has wall on this share of its border; a strip along the outside of the loop has it
# on one side only. A strip is left out where the lumen between the walls is at least half as long.
BETWEEN_SHARE, ONE_SIDE_SHARE, LEAST_BETWEEN = 0.8, 0.6, 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """Regions of a patch, each (rows, columns).

    `wall`, `inside` (lumen) and `outside` are bool and do not overlap; what is none of them is not part of
    the picture. `bridged` is the part of the wall that only joins labelled pieces. `soft` is float32,
    above one half in the wall, for finding its edges between pixels.
    """

    wall: np.ndarray
    inside: np.ndarray
    outside: np.ndarray
    bridged: np.ndarray
    soft: np.ndarray

    @property
    def enclosed(self) -> float:
        """Share of the lumen's border that is wall."""
        near = cv2.dilate(self.inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        border = near & ~self.inside
        return np.count_nonzero(border & self.wall) / max(1, np.count_nonzero(border))


def outline_loop(patch: WallPatch) -> Loop | Abstained:
    """Sort the pixels of a patch into wall, lumen and outside.

    Returns
    -------
    The loop, or `lumen_not_found` where no lumen is labelled beside the wall and none is enclosed by it:
    then one wall and two walls lying on each other cannot be told apart.
    """
    lumen = _lumen(patch)
    wall = _large_pieces((patch.wall > WALL_SHARE) & ~lumen, SMALLEST_PIECE_MM2 / patch.pixel_mm2)
    lumen = _touching(lumen, wall, patch)
    bridged = _bridges(wall | lumen, WALL_GAP_MM, patch.step_mm) & patch.area
    wall, lumen = _sort_holes(wall | bridged, lumen, patch)
    lumen &= ~_along_outside(wall, lumen, patch)
    stray = _inside_wall(wall, lumen, patch)
    wall, lumen = wall | stray, lumen & ~stray
    lumen |= lumen_in_dips(patch, wall, lumen, bridged)
    if not lumen.any():
        return Abstained(
            "lumen_not_found",
            "Wall was found but no lumen beside it, so one wall cannot be told from two lying on each other; "
            "choose a frame in which the lumen can be seen.",
        )
    lumen |= _bridges(lumen, LUMEN_GAP_MM, patch.step_mm) & wall
    wall &= ~lumen
    soft = np.where(wall & (patch.wall <= WALL_SHARE), np.float32(1.0), patch.wall)
    soft = np.where(lumen & (patch.lumen < LUMEN_SHARE), np.float32(0.0), soft)
    return Loop(wall, lumen, ~wall & ~lumen & patch.area, bridged & wall, soft)


def _lumen(patch: WallPatch) -> np.ndarray:
    full = (patch.lumen > LUMEN_SHARE).astype(np.uint8)
    beside = cv2.dilate(full, np.ones((3, 3), np.uint8)) > 0
    return (full > 0) | ((patch.lumen > THIN_LUMEN_SHARE) & ~beside)


def _large_pieces(mask: np.ndarray, smallest_px: float) -> np.ndarray:
    _, parts, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    large = stats[:, cv2.CC_STAT_AREA] >= smallest_px
    large[0] = False
    return large[parts]


def _touching(lumen: np.ndarray, wall: np.ndarray, patch: WallPatch) -> np.ndarray:
    """Pieces of lumen that lie at the wall."""
    near = cv2.dilate(wall.astype(np.uint8), disc(2 * CONTACT_MM, patch.step_mm))
    count, parts, stats, _ = cv2.connectedComponentsWithStats(lumen.astype(np.uint8), connectivity=8)
    contact = np.bincount(parts[near > 0], minlength=count)
    large = stats[:, cv2.CC_STAT_AREA] * patch.pixel_mm2 >= SMALLEST_LUMEN_MM2
    keep = large & (contact * patch.pixel_mm2 >= SMALLEST_LUMEN_MM2)
    keep[0] = False
    return keep[parts]


def _along_outside(wall: np.ndarray, lumen: np.ndarray, patch: WallPatch) -> np.ndarray:
    """Pieces of labelled lumen with wall on one side, of a loop that has lumen between its walls as well."""
    count, parts = cv2.connectedComponents(lumen.astype(np.uint8), connectivity=8)
    if count <= 2:
        return np.zeros_like(lumen)
    around = cv2.dilate(parts.astype(np.uint16), np.ones((3, 3), np.uint8))
    around[lumen | ~patch.area] = 0
    border = np.bincount(around.ravel(), minlength=count)
    walled = np.bincount(around[wall], minlength=count) / np.maximum(border, 1)
    border[0] = 0
    between = border[walled >= BETWEEN_SHARE].sum()
    one_sided = (walled < ONE_SIDE_SHARE) & (border > 0) & (between >= LEAST_BETWEEN * border)
    return one_sided[parts]


def _inside_wall(wall: np.ndarray, lumen: np.ndarray, patch: WallPatch) -> np.ndarray:
    """Pieces of labelled lumen that lie inside the wall: nearer to its outer rim than the rest of the lumen
    is.
    """
    count, parts, stats, _ = cv2.connectedComponentsWithStats(lumen.astype(np.uint8), connectivity=8)
    if count <= 2:
        return np.zeros_like(lumen)
    near_wall = cv2.dilate(wall.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    rim = near_wall & ~wall & ~lumen
    depth = cv2.distanceTransform((~rim).astype(np.uint8), cv2.DIST_L2, 5)
    border = lumen & near_wall
    edges = [depth[border & (parts == part)] for part in range(count)]
    deep = np.array([np.median(edge) if edge.size else np.nan for edge in edges])
    area = stats[:, cv2.CC_STAT_AREA]
    large = (area >= LARGE_LUMEN_SHARE * area[1:].max()) & np.isfinite(deep)
    large[0] = False
    if not large.any():
        return np.zeros_like(lumen)
    # A piece without a border to the wall has no depth, and what is not known is not less than anything.
    stray = deep < STRAY_SHARE * deep[large].max()
    stray[0] = False
    return stray[parts]


def _sort_holes(wall: np.ndarray, lumen: np.ndarray, patch: WallPatch) -> tuple[np.ndarray, np.ndarray]:
    """Enclosed pixels without a label become wall, or lumen where they touch one or are the only one."""
    free = ~wall & ~lumen
    count, parts, stats, _ = cv2.connectedComponentsWithStats(free.astype(np.uint8), connectivity=4)
    open_to = np.zeros(count, bool)
    for border in (parts[0], parts[-1], parts[:, 0], parts[:, -1], parts[~patch.area]):
        open_to[border] = True
    open_to[0] = True
    beside = cv2.dilate(lumen.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    to_lumen = ~open_to & (np.bincount(parts[beside], minlength=count) > 0)
    if not lumen.any():
        to_lumen |= ~open_to & _central(open_to[parts], parts, stats, patch)
    to_wall = ~open_to & ~to_lumen
    return wall | to_wall[parts], lumen | to_lumen[parts]


def _central(outside: np.ndarray, parts: np.ndarray, stats: np.ndarray, patch: WallPatch) -> np.ndarray:
    """Which holes lie in the middle of a round body, as the lumen of a cross-section does."""
    depth_mm = (
        cv2.distanceTransform((~outside | (parts == 0)).astype(np.uint8), cv2.DIST_L2, 5) * patch.step_mm
    )
    hole_depth = np.zeros(len(stats))
    np.maximum.at(hole_depth, parts.ravel(), depth_mm.ravel())
    deepest = depth_mm.max()
    body_mm2 = np.count_nonzero(depth_mm) * patch.pixel_mm2
    large = stats[:, cv2.CC_STAT_AREA] * patch.pixel_mm2 >= SMALLEST_OPEN_LUMEN_MM2
    return large & (hole_depth >= OPEN_LUMEN_DEPTH * deepest) & (body_mm2 < ROUND_AREA * deepest**2)


def _bridges(mask: np.ndarray, gap_mm: float, step_mm: float) -> np.ndarray:
    """Pixels that join pieces of a mask over gaps up to a length (a closing by a disc, without its
    rounding).
    """
    reach = gap_mm / 2 / step_mm
    away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    grown = (away <= reach).astype(np.uint8)
    deep = cv2.distanceTransform(grown, cv2.DIST_L2, 5)
    # The distances are right to a part of a pixel; one pixel more keeps the mask's own border where it is.
    core = ((deep > reach + 1.0) & (away > 1.0)).astype(np.uint8)
    return (cv2.dilate(core, np.ones((5, 5), np.uint8)) > 0) & (deep > reach - 0.5) & ~mask
