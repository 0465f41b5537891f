"""Regions of interest: the wall and its parts, its most enhanced part, and a proposed reference beside it.

All masks are (rows, columns) bool of the panel, in the coordinates of the reference frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ius_vision.geometry import Spacing
from ius_vision.outcomes import Abstained

Mask = NDArray[np.bool_]

LEAST_WALL_MM2 = 20.0
LAYERS = 5
EDGE_MM, _LEAST_LEFT = 0.35, 0.4
_CALM_MM = 1.2
_TOP_SHARE, _LEAST_TOP_MM2 = 1 / 3, 8.0
_REFERENCE_MM, _APART_MM, _DEPTH_MM = 7.0, 2.5, 12.0
_USUAL_GREY = (0.15, 0.85)


@dataclass(frozen=True, slots=True, eq=False)
class Wall:
    """The wall of the reference frame.

    Attributes
    ----------
    mask : the wall that is sure, without its rims, where its pixels are mixed with what lies beside it.
    whole : with the rims.
    depth : (rows, columns) float32, 0 at the lumen and 1 at the serosa; NaN outside the wall.
    lumen : the lumen.
    thickness_mm : about how thick it is, for telling whether layers can be told apart.
    """

    mask: Mask
    whole: Mask
    depth: NDArray[np.float32]
    lumen: Mask
    thickness_mm: float

    def half(self, inner: bool) -> Mask:
        """The half beside the lumen, or the half beside the serosa."""
        return self.mask & ((self.depth <= 0.5) if inner else (self.depth > 0.5))

    def layer(self, number: int) -> Mask:
        """One of `LAYERS` layers of equal depth, 0 beside the lumen."""
        low, high = number / LAYERS, (number + 1) / LAYERS
        return self.whole & (self.depth >= low) & (self.depth < high if number < LAYERS - 1 else True)


def make_wall(
    wall: Mask,
    sure: Mask,
    lumen: Mask,
    inner_lines: list[NDArray],
    outer_lines: list[NDArray],
    spacing: Spacing,
) -> Wall | Abstained:
    """The loop that was measured, and how deep in it every pixel lies.

    Parameters
    ----------
    wall, lumen : what the labels show.
    sure : the wall without pixels that may as well lie beside it: a tenth of them in the outer half takes a
        tenth of its enhancement.
    inner_lines, outer_lines : (points, 2) interfaces as (row, column), where they were measured; may be
        empty.

    Returns
    -------
    The wall, or `no_wall_found` where less than 20 mm² is seen.
    """
    pixel_mm2 = spacing.row_mm * spacing.column_mm
    whole = _one_loop(wall, lumen, outer_lines)
    if whole.sum() * pixel_mm2 < LEAST_WALL_MM2:
        return Abstained(
            "no_wall_found",
            f"Less than {LEAST_WALL_MM2:g} mm² of bowel wall was found in the B-mode panel of the contrast "
            "clip; the whole contrast panel is measured instead.",
        )
    # A collapsed lumen is a line that the labels may lack: then the measured inner interface stands for it.
    inner = lumen & near(whole, spacing, 1.5)
    for line in inner_lines:
        inner |= _drawn(line, wall.shape)
    outer = ~(whole | _filled(whole | lumen))
    for line in outer_lines:
        outer |= _drawn(line, wall.shape)
    if not inner.any():
        inner = _middle_line(whole, spacing)
    to_inner, to_outer = _distance(inner, spacing), _distance(outer, spacing)
    depth = np.where(whole, to_inner / np.maximum(to_inner + to_outer, 1e-6), np.nan).astype(np.float32)
    rim = np.minimum(to_inner, to_outer) < EDGE_MM
    core = whole & ~rim & sure
    if core.sum() < _LEAST_LEFT * whole.sum():
        core = whole & ~rim
    if core.sum() < _LEAST_LEFT * whole.sum():
        core = whole
    thickness_mm = 2.0 * float(np.quantile(np.minimum(to_inner, to_outer)[whole], 0.95))
    return Wall(core, whole, depth, lumen, thickness_mm)


def most_enhanced(enhancement: NDArray[np.float32], base: Mask, calm_px: tuple[float, float]) -> Mask:
    """The third of a region that enhances most, in one piece.

    Parameters
    ----------
    enhancement : rise of linear power over the level before arrival, (rows, columns).
    calm_px : Gaussian widths, rows and columns, over which it is smoothed before the third is chosen.
    """
    weight = base.astype(np.float32)
    sigma_y, sigma_x = calm_px
    smooth = cv2.GaussianBlur(enhancement * weight, (0, 0), sigmaX=sigma_x, sigmaY=sigma_y)
    smooth /= np.maximum(cv2.GaussianBlur(weight, (0, 0), sigmaX=sigma_x, sigmaY=sigma_y), 1e-3)
    chosen = base & (smooth >= np.quantile(smooth[base], 1.0 - _TOP_SHARE))
    return _largest(chosen)


def calm_px(spacing: Spacing) -> tuple[float, float]:
    """Smoothing widths of `most_enhanced` for a calibrated picture."""
    return _CALM_MM / spacing.row_mm, _CALM_MM / spacing.column_mm


def reference_region(
    enhancement: NDArray[np.float32], tissue: NDArray[np.uint8], wall: Wall, area: Mask, spacing: Spacing
) -> Mask | None:
    """A disc of tissue beside the wall at its depth: even in B-mode, even and rising in contrast.

    Parameters
    ----------
    tissue : the B-mode panel of the reference frame.
    area : pixels that belong to both pictures.

    Returns
    -------
    None where no disc fits. It is a proposal: a reader says whether it is mesentery or muscle.
    """
    radius = (_REFERENCE_MM / 2 / spacing.row_mm, _REFERENCE_MM / 2 / spacing.column_mm)
    disc = _ellipse(radius)
    taken = _filled(wall.whole | wall.lumen)
    free = area & ~near(taken, spacing, _APART_MM)
    centres = cv2.erode(free.astype(np.uint8), disc, borderValue=0) > 0
    rows = np.flatnonzero(wall.whole.any(axis=1))
    reach = _DEPTH_MM / spacing.row_mm
    depth_rows = np.arange(area.shape[0])
    centres &= ((depth_rows >= rows[0] - reach) & (depth_rows <= rows[-1] + reach))[:, None]
    if not centres.any():
        return None
    kernel = disc.astype(np.float32) / disc.sum()
    grey = cv2.filter2D(tissue.astype(np.float32), -1, kernel)
    low, high = np.quantile(grey[centres], _USUAL_GREY)
    usual = centres & (grey >= low) & (grey <= high)
    mean = cv2.filter2D(enhancement, -1, kernel)
    spread = np.sqrt(np.maximum(cv2.filter2D(enhancement**2, -1, kernel) - mean**2, 0.0))
    rising = usual & (mean > 0)
    if not rising.any():
        rising = usual
    uneven = np.where(rising, spread / np.maximum(np.abs(mean), 1e-12), np.inf)
    row, column = np.unravel_index(int(np.argmin(uneven)), uneven.shape)
    mask = np.zeros(area.shape, np.uint8)
    cv2.ellipse(mask, (int(column), int(row)), (round(radius[1]), round(radius[0])), 0, 0, 360, 1, -1)
    return (mask > 0) & free


def _one_loop(wall: Mask, lumen: Mask, outer_lines: list[NDArray]) -> Mask:
    """Pieces of wall at the measured interface; the largest piece with its lumen where none was measured."""
    seed = (wall | lumen).astype(np.uint8)
    _, parts = cv2.connectedComponents(cv2.morphologyEx(seed, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)))
    size = np.bincount(parts[wall], minlength=parts.max() + 1)
    size[0] = 0
    if outer_lines:
        near = np.zeros(wall.shape, bool)
        for line in outer_lines:
            near |= _drawn(line, wall.shape, 5)
        touched = np.bincount(parts[near & wall], minlength=len(size))
        touched[0] = 0
        if touched.any():
            return wall & (parts == int(np.argmax(touched)))
    return wall & (parts == int(np.argmax(size))) if size.any() else np.zeros(wall.shape, bool)


def _drawn(line: NDArray, shape: tuple[int, int], thickness: int = 1) -> Mask:
    canvas = np.zeros(shape, np.uint8)
    points = np.rint(np.asarray(line)[:, ::-1]).astype(np.int32)
    cv2.polylines(canvas, [points[:, None]], False, 1, thickness)
    return canvas > 0


def _distance(seeds: Mask, spacing: Spacing) -> NDArray[np.float32]:
    """Distance to the nearest seed in mm; pixels may be oblong."""
    from scipy.ndimage import distance_transform_edt

    sampling = (spacing.row_mm, spacing.column_mm)
    return distance_transform_edt(~seeds, sampling=sampling).astype(np.float32)


def near(mask: Mask, spacing: Spacing, reach_mm: float) -> Mask:
    """Pixels that lie no farther than a reach from a mask, with it."""
    return _distance(mask, spacing) <= reach_mm


def _middle_line(whole: Mask, spacing: Spacing) -> Mask:
    """The ridge of a wall without a lumen: the closed loop's middle."""
    away = _distance(~whole, spacing)
    ridge = cv2.dilate(away, np.ones((3, 3), np.uint8))
    return whole & (away >= ridge - 1e-6) & (away > 0.5 * float(away.max()))


def _filled(mask: Mask) -> Mask:
    """A mask with its holes."""
    from scipy.ndimage import binary_fill_holes

    return binary_fill_holes(mask)


def _largest(mask: Mask) -> Mask:
    count, parts = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    if count < 2:
        return mask
    size = np.bincount(parts.ravel())
    size[0] = 0
    return parts == int(np.argmax(size))


def _ellipse(radius: tuple[float, float]) -> NDArray[np.uint8]:
    rows, columns = (2 * max(1, round(each)) + 1 for each in radius)
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (columns, rows))
