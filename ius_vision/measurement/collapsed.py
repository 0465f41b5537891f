"""A collapsed lumen that won no pixel of the mask, found as a line along which the wall is less certain."""

from __future__ import annotations

import cv2
import numpy as np
from skimage.morphology import skeletonize

from ius_vision.measurement.patch import WallPatch

DIP_WIDTH_MM = 2.4
LEAST_DIP = 0.1
LEAST_DEPTH_MM = 0.7
# Two walls that lie on each other may differ in thickness, but the lumen is not at the rim of both.
LEAST_SHARE_OF_DEPTH = 0.5
LEAST_SHARE_OF_WALL = 0.6
JOIN_MM = 1.0
FAR_DEPTHS = 2.5
SHORTEST_MM = 4.0
# Below this coherence the body is too round to have a direction.
LEAST_COHERENCE = 0.4


def disc(diameter_mm: float, step_mm: float) -> np.ndarray:
    """A round structuring element."""
    size = round(diameter_mm / step_mm) | 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))


def lumen_in_dips(patch: WallPatch, wall: np.ndarray, lumen: np.ndarray, bridged: np.ndarray) -> np.ndarray:
    """Thin lines inside the wall where its probability dips, as a mask.

    A line counts where it carries a labelled lumen on, or where no lumen is near. A dip beside a lumen lies
    inside one wall (its bright submucosa, say), a dip across the body is a narrow shadow, and one nearer to
    the outside than the rest of the lumen would leave too thin a wall: none of them counts.

    Parameters
    ----------
    wall, lumen, bridged : (rows, columns) bool of the patch. A bridged gap (part of the wall) that runs
    along the
        body is a slit between two walls and counts in its full width.
    """
    # Lines of millimetres need no finer grid than two steps.
    shape = max(1, wall.shape[1] // 2), max(1, wall.shape[0] // 2)
    step_mm = 2 * patch.step_mm
    body = _shrink(wall | lumen, shape) > 0.5
    small = np.where(body, _shrink(np.where(lumen, np.float32(0.0), patch.wall), shape), np.float32(0.0))
    depth_mm = step_mm * cv2.distanceTransform(body.astype(np.uint8), cv2.DIST_L2, 5)
    dip = cv2.morphologyEx(small, cv2.MORPH_BLACKHAT, disc(DIP_WIDTH_MM, step_mm))
    line = (dip > LEAST_DIP) & (depth_mm > LEAST_DEPTH_MM)
    if not line.any():
        return np.zeros_like(wall)
    known = _shrink(lumen, shape) > 0.2
    line &= _central(depth_mm, known, step_mm) & _along_body(small, depth_mm, step_mm)
    chosen = _plausible(line, known, depth_mm, step_mm)
    # The middle of a dip is the line; its width says nothing about the lumen's.
    middle = skeletonize(chosen | known) & chosen & ~known
    return wall & (_grow(middle, wall.shape) | (_grow(chosen, wall.shape) & bridged))


def _grow(mask: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    return cv2.resize(mask.astype(np.uint8), shape[::-1], interpolation=cv2.INTER_NEAREST) > 0


def _shrink(field: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    return cv2.resize(field.astype(np.float32), shape, interpolation=cv2.INTER_AREA)


def _central(depth_mm: np.ndarray, known: np.ndarray, step_mm: float) -> np.ndarray:
    """Where the wall that a line leaves on its outer side would be thick enough."""
    size = round(min(float(depth_mm.max()), 6.0) / step_mm) | 1
    central = depth_mm > LEAST_SHARE_OF_DEPTH * cv2.dilate(depth_mm, np.ones((size, size), np.uint8))
    if known.any():
        central &= depth_mm > LEAST_SHARE_OF_WALL * float(np.median(depth_mm[known]))
    return central


def _along_body(small: np.ndarray, depth_mm: np.ndarray, step_mm: float) -> np.ndarray:
    """Where the probability bends more across the body than along it.

    Notes
    -----
    With J the structure tensor of the depth and H the Hessian of the probability, the difference of the
    bends is proportional to (Jxx - Jyy)(Hxx - Hyy) + 4 Jxy Hxy.
    """
    slope_x, slope_y = cv2.Sobel(depth_mm, cv2.CV_32F, 1, 0), cv2.Sobel(depth_mm, cv2.CV_32F, 0, 1)
    size = round(2 * min(float(depth_mm.max()), 6.0) / step_mm) | 1
    xx, yy, xy = (
        cv2.blur(product, (size, size))
        for product in (slope_x * slope_x, slope_y * slope_y, slope_x * slope_y)
    )
    calm = cv2.GaussianBlur(small, (0, 0), 0.4 / step_mm)
    bend_xx, bend_yy = cv2.Sobel(calm, cv2.CV_32F, 2, 0), cv2.Sobel(calm, cv2.CV_32F, 0, 2)
    bend_xy = cv2.Sobel(calm, cv2.CV_32F, 1, 1)
    coherence = np.hypot(xx - yy, 2 * xy) / np.maximum(xx + yy, 1e-6)
    return ((xx - yy) * (bend_xx - bend_yy) + 4 * xy * bend_xy > 0) | (coherence < LEAST_COHERENCE)


def _plausible(line: np.ndarray, known: np.ndarray, depth_mm: np.ndarray, step_mm: float) -> np.ndarray:
    from_lumen_mm = step_mm * cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, 5)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(line.astype(np.uint8), connectivity=8)
    nearest, clearance = np.full(count, np.inf), np.full(count, np.inf)
    np.minimum.at(nearest, parts[line], from_lumen_mm[line])
    np.minimum.at(clearance, parts[line], (from_lumen_mm - FAR_DEPTHS * depth_mm)[line])
    long = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) * step_mm > SHORTEST_MM
    keep = (nearest <= JOIN_MM) | (long & (clearance > 0))
    keep[0] = False
    return keep[parts]
