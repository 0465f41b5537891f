"""Which pixels of a screen belong to a picture: connected, wide, textured, and no bar, banner or text."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ius_vision.dicom.outline import bounding_box, hull_mask
from ius_vision.geometry import Box

SPECKLE_LEVEL = 8
FIELD_LEVELS = (0, 1, 2, 4, 8)
SMALLEST_PART = 0.004
SMALLEST_PICTURE = 0.03
SMALLEST_SIDE_PX = 8
SOLID_FIELD, RIPPLES = 0.93, 0.95
STACKED = 0.6
FLAT_SHARE = 0.8
PROTRUSION = 8.0
SMALL_SCREEN_PX = 480
PANEL_BRIGHTEST, PANEL_LEAST = 110, 0.01
MARGIN_LEAST, MARGIN_MOST = 0.05, 0.7


@dataclass(frozen=True, slots=True)
class _Part:
    """A connected part of the screen."""

    mask: np.ndarray
    box: Box
    pixels: int


def picture_mask(view: np.ndarray, background: int, whole_allowed: bool) -> np.ndarray | None:
    """Find the picture's pixels in a window of the screen.

    Parameters
    ----------
    view : (rows, columns) uint8, the brightest any frame was.
    background : grey of the empty screen, from `background_level` of the whole screen.
    whole_allowed : a field may fill the window although its bright tissue does not; so for a declared region.

    Returns
    -------
    (rows, columns) bool, or None where nothing looks like a picture. Dark parts of the field are taken in
    where the field differs from the empty screen at all (often by one grey level).
    """
    if min(view.shape) < SMALLEST_SIDE_PX:
        return None
    apart = cv2.absdiff(view, np.full_like(view, background))
    apart[_flat_panels(view, background)] = 0
    seed = _tissue(view, apart)
    field = _field(view, apart, seed, whole_allowed)
    found = field if field is not None else seed
    if found is None or found.sum() < SMALLEST_PICTURE * view.size:
        return None
    return _without_protrusions(found)


def background_level(view: np.ndarray) -> int:
    """The grey of an empty screen: the darkest of the most frequent values; 0 where none stands out."""
    counts = np.bincount(view.ravel(), minlength=256)[:64]
    frequent = np.flatnonzero((counts >= 0.5 * counts.max()) & (counts > 0.1 * view.size))
    return int(frequent[0]) if frequent.size else 0


def _flat_panels(view: np.ndarray, background: int) -> np.ndarray:
    """Large panels of one grey brighter than the screen: toolbars and margins of a program's window.

    Bright ones count at the window's edge only.
    """
    square = np.ones((5, 5), np.uint8)
    flat = cv2.absdiff(cv2.dilate(view, square), cv2.erode(view, square)) <= 2
    lit = view > background + SPECKLE_LEVEL
    dim = view < PANEL_BRIGHTEST
    panels = np.zeros(view.shape, np.uint8)
    for part in _parts((flat & lit & dim).astype(np.uint8), PANEL_LEAST * view.size):
        panels |= part.mask.astype(np.uint8)
    for part in _parts((flat & lit & ~dim).astype(np.uint8), MARGIN_LEAST * view.size):
        if min(part.box.row0, part.box.column0) <= 2 and part.pixels <= MARGIN_MOST * view.size:
            panels |= part.mask.astype(np.uint8)
    # The panel's own edge is not flat.
    return cv2.dilate(panels, square).astype(bool)


def _tissue(view: np.ndarray, apart: np.ndarray) -> np.ndarray | None:
    """Parts clearly off the background, wider than strokes of text, joined where one lies above another."""
    stroke = 2 * max(1, round(0.004 * max(view.shape))) + 1
    lit = (apart > SPECKLE_LEVEL).astype(np.uint8)
    if max(view.shape) > SMALL_SCREEN_PX:
        # On a small screen this would join the letters of a line.
        lit = cv2.morphologyEx(lit, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    lit = cv2.morphologyEx(lit, cv2.MORPH_OPEN, np.ones((stroke, stroke), np.uint8))
    parts = [part for part in _parts(lit, SMALLEST_PART * view.size) if not _is_furniture(view, part)]
    if not parts:
        return None
    parts.sort(key=lambda part: -part.pixels)
    mask, box = parts[0].mask.copy(), parts[0].box
    for part in parts[1:]:
        shared = min(box.column1, part.box.column1) - max(box.column0, part.box.column0)
        if shared >= STACKED * min(box.columns, part.box.columns):
            mask |= part.mask
            box = bounding_box(mask)
    return mask


def _field(
    view: np.ndarray, apart: np.ndarray, seed: np.ndarray | None, whole_allowed: bool
) -> np.ndarray | None:
    """The whole field around the tissue: the lowest level off the background that gives a solid shape.

    A higher level is taken instead where it costs next to nothing: then the low one only added the ripples
    that compression leaves around the picture.
    """
    least = SMALLEST_PICTURE * view.size if seed is None else float(seed.sum())
    found: _Part | None = None
    for level in FIELD_LEVELS:
        for part in _parts(_dense(apart > level), least):
            covers = seed is None or np.mean(part.mask[seed]) > 0.9
            whole = part.pixels > 0.97 * view.size and (seed is None or seed.sum() < 0.9 * view.size)
            if not covers or (whole and not whole_allowed) or _is_furniture(view, part):
                continue
            solid = part.pixels >= SOLID_FIELD * hull_mask(part.mask).sum()
            if solid and (found is None or part.pixels >= RIPPLES * found.pixels):
                found = part
    return None if found is None else found.mask


def _dense(lit: np.ndarray) -> np.ndarray:
    """Places where at least a quarter of the neighbourhood is lit: dim speckle, but no single strokes."""
    reach = max(1, round(0.005 * max(lit.shape)))
    width = 2 * reach + 1
    share = cv2.boxFilter(lit.astype(np.float32), -1, (width, width), borderType=cv2.BORDER_REPLICATE)
    dense = (share > 0.25).astype(np.uint8)
    # The neighbourhood reaches over the edge by about a quarter of its width.
    inset = 2 * round(0.25 * width) + 1
    dense = cv2.erode(dense, np.ones((inset, inset), np.uint8), borderValue=1)
    return cv2.morphologyEx(dense, cv2.MORPH_OPEN, np.ones((width, width), np.uint8))


def _parts(lit: np.ndarray, smallest_px: float) -> list[_Part]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(lit, connectivity=8)
    parts = []
    for label in range(1, count):
        left, top, width, height, pixels = (int(value) for value in stats[label])
        if pixels >= smallest_px:
            box = Box(top, left, top + height, left + width)
            parts.append(_Part(labels == label, box, pixels))
    return parts


def _is_furniture(view: np.ndarray, part: _Part) -> bool:
    """Bars and banners: narrow, or low along the screen's edge, or flat."""
    rows, columns = view.shape
    box = part.box
    at_edge = box.row0 <= 0.02 * rows or box.row1 >= 0.98 * rows
    low = box.rows < 0.25 * rows and box.columns > 3 * box.rows
    if at_edge and low and (box.rows < 0.12 * rows or _flat_share(view, part) > FLAT_SHARE):
        return True
    narrow = box.columns < 0.06 * columns and box.rows > 1.5 * box.columns
    slim = min(box.rows, box.columns) < 0.15 * max(rows, columns)
    return narrow or (slim and _flat_share(view, part) > FLAT_SHARE)


def _flat_share(view: np.ndarray, part: _Part) -> float:
    """Share of pixels equal to a neighbour, along the direction in which more are."""
    core = cv2.erode(part.mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    if not core.any():
        return 1.0
    across = cv2.absdiff(view[:, 1:], view[:, :-1])[core[:, 1:]]
    along = cv2.absdiff(view[1:], view[:-1])[core[1:]]
    return max((float(np.mean(step <= 1)) for step in (across, along) if step.size), default=1.0)


def _without_protrusions(mask: np.ndarray) -> np.ndarray:
    """Take off what sticks out, such as a probe mark touching the picture.

    What a wide square does not fit into is taken off where it would widen the hull by many times its own
    size.
    """
    side = 2 * round(0.0125 * max(mask.shape)) + 1
    padded = np.pad(mask.astype(np.uint8), side, mode="edge")
    opened = cv2.morphologyEx(padded, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    core = opened[side:-side, side:-side].astype(bool) & mask
    if not core.any():
        return mask
    core_hull = hull_mask(core)
    kept = mask & core_hull
    for part in _parts((mask & ~core_hull).astype(np.uint8), 20.0):
        widened = hull_mask(core | part.mask).sum() - core_hull.sum()
        if widened <= PROTRUSION * part.pixels:
            kept |= part.mask
    return kept
