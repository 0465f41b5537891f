"""The picture on a screen, found in the pixels: a fan or rectangle free of text, rulers and bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ius_vision.geometry import Box

SPECKLE_LEVEL = 8
FIELD_LEVELS = (0, 1, 3)
SMALLEST_PART = 0.004
SMALLEST_PICTURE = 0.03
SOLID_FIELD = 0.93
FULL_BOX = 0.985
SEAM_CONTRAST = 4.0
SEAM_HEIGHT = 0.7


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture in frame coordinates; `outline` is None where the box is the outline."""

    box: Box
    outline: tuple[tuple[float, float], ...] | None


@dataclass(frozen=True, slots=True)
class _Part:
    """A connected bright part of the screen."""

    mask: np.ndarray
    box: Box
    pixels: int


def screen_brightness(frames_rgb: Sequence[np.ndarray]) -> np.ndarray:
    """Brightest channel over all frames, (rows, columns) uint8: where anything was ever drawn."""
    return np.max([frame.max(axis=2) for frame in frames_rgb], axis=0)


def find_picture(brightness: np.ndarray, window: Box) -> Picture | None:
    """Find the one picture inside a window of the screen.

    Parameters
    ----------
    brightness : (rows, columns) uint8, from `screen_brightness`.
    window : where to look: a declared region, or the whole frame.

    Returns
    -------
    The picture, or None where nothing in the window looks like one.
    """
    view = brightness[window.slices]
    seed = _textured_mask(view)
    if seed is None or seed.sum() < SMALLEST_PICTURE * view.size:
        return None
    mask = _grow_to_field(view, seed)
    points = _outline(mask)
    return _picture(points, window, mask.shape)


def find_pictures(brightness: np.ndarray) -> tuple[Picture, ...]:
    """Find the picture or the two side by side on a whole screen."""
    rows, columns = brightness.shape
    picture = find_picture(brightness, Box(0, 0, rows, columns))
    if picture is None:
        return ()
    seam = find_seam(brightness, picture.box)
    if seam is None:
        return (picture,)
    box = picture.box
    halves = (Box(box.row0, box.column0, box.row1, seam), Box(box.row0, seam, box.row1, box.column1))
    found = tuple(find_picture(brightness, half) for half in halves)
    return found if all(half is not None for half in found) else (picture,)


def find_seam(brightness: np.ndarray, box: Box) -> int | None:
    """Find the column where a second picture begins, from a break of the texture along the whole height.

    Returns
    -------
    The first column of the right-hand picture, or None. Only the middle fifth is searched: dual views are
    halves.
    """
    view = brightness[box.slices].astype(np.float32)
    rows, columns = view.shape
    if columns < rows * 1.2 or columns < 100:
        return None
    steps = np.abs(np.diff(view, axis=1))
    usual = np.median(steps, axis=1, keepdims=True) + 1.0
    height = np.mean(steps > 2.0 * usual, axis=0)
    strength = np.median(steps / usual, axis=0)
    middle = slice(int(columns * 0.4), int(columns * 0.6))
    best = int(np.argmax(strength[middle])) + middle.start
    around = np.median(strength[middle]) + 1e-6
    if strength[best] >= SEAM_CONTRAST * around and height[best] >= SEAM_HEIGHT:
        return box.column0 + best + 1
    return None


def background_level(view: np.ndarray) -> int:
    """The grey of an empty screen: the most frequent value, if it is dark."""
    counts = np.bincount(view.ravel(), minlength=256)[:64]
    return int(np.argmax(counts)) if counts.sum() > 0.05 * view.size else 0


def _textured_mask(view: np.ndarray) -> np.ndarray | None:
    """Bright parts wide enough to be tissue, joined where one lies above another; None without any."""
    rows, columns = view.shape
    stroke = 2 * max(1, round(0.004 * max(rows, columns))) + 1
    lit = (view > background_level(view) + SPECKLE_LEVEL).astype(np.uint8)
    lit = cv2.morphologyEx(lit, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    lit = cv2.morphologyEx(lit, cv2.MORPH_OPEN, np.ones((stroke, stroke), np.uint8))
    parts = [part for part in _parts(lit, SMALLEST_PART * view.size) if not _is_furniture(view, part)]
    if not parts:
        return None
    parts.sort(key=lambda part: -part.pixels)
    mask, box = parts[0].mask.copy(), parts[0].box
    for part in parts[1:]:
        shared = min(box.column1, part.box.column1) - max(box.column0, part.box.column0)
        if shared >= 0.6 * min(box.columns, part.box.columns):
            mask |= part.mask
            box = _bounding(mask)
    return mask


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
    """Bars and banners: flat along one direction, narrow, or a low strip along the screen's edge."""
    rows, columns = view.shape
    box = part.box
    inside = cv2.erode(part.mask.astype(np.uint8), np.ones((3, 3), np.uint8))[:, 1:].astype(bool)
    across = np.abs(np.diff(view.astype(np.int16), axis=1))[inside]
    along = np.abs(np.diff(view.astype(np.int16), axis=0))
    along = along[cv2.erode(part.mask.astype(np.uint8), np.ones((3, 3), np.uint8))[1:].astype(bool)]
    if across.size == 0 or min(np.mean(across), np.mean(along)) < 0.5:
        narrow = min(box.rows, box.columns) < 0.15 * max(rows, columns)
        if narrow:
            return True
    at_edge = box.row0 <= 0.02 * rows or box.row1 >= 0.98 * rows
    strip = box.rows < 0.12 * rows and box.columns > 3 * box.rows
    bar = box.columns < 0.06 * columns and box.rows > 1.5 * box.columns
    return (at_edge and strip) or bar


def _grow_to_field(view: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """Take in the dark parts of the field: a fan is often one grey level above the empty screen.

    The lowest level that gives a nearly convex shape around the seed, well short of the whole window, is
    taken.
    """
    background = background_level(view)
    seed_hull = _hull_mask(seed)
    for level in FIELD_LEVELS:
        lit = (view > background + level).astype(np.uint8)
        lit = cv2.morphologyEx(lit, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
        for part in _parts(lit, float(seed.sum())):
            covers = np.mean(part.mask[seed]) > 0.95
            solid = part.pixels >= SOLID_FIELD * _hull_mask(part.mask).sum()
            if covers and solid and not part.mask.all():
                return part.mask
    return seed_hull


def _hull_mask(mask: np.ndarray) -> np.ndarray:
    filled = np.zeros(mask.shape, np.uint8)
    cv2.fillConvexPoly(filled, _hull(mask), 1)
    return filled.astype(bool)


def _hull(mask: np.ndarray) -> np.ndarray:
    """Convex hull, (points, 1, 2) int32 in OpenCV's (column, row)."""
    return cv2.convexHull(cv2.findNonZero(mask.astype(np.uint8)))


def _bounding(mask: np.ndarray) -> Box:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)


def _outline(mask: np.ndarray) -> np.ndarray:
    """Hull of a mask with the hollow under a curved probe's face cut out, (points, 2) of (row, column)."""
    hull = _hull(mask)[:, 0, ::-1].astype(float)
    following = np.roll(hull, -1, axis=0)
    step = following - hull
    middle_row = hull[:, 0].mean()
    level = (np.abs(step[:, 0]) < 0.2 * np.abs(step[:, 1])) & (hull[:, 0] < middle_row)
    if not level.any():
        return hull
    edge = int(np.argmax(np.where(level, np.abs(step[:, 1]), 0)))
    face = _face(mask, hull[edge], following[edge])
    return hull if face is None else np.concatenate([hull[: edge + 1], face, hull[edge + 1 :]])


def _face(mask: np.ndarray, start: np.ndarray, stop: np.ndarray) -> np.ndarray | None:
    """Top edge of the mask between two hull corners, where it sags like a curved probe's face."""
    first, last = sorted((round(start[1]), round(stop[1])))
    columns = np.arange(first + 1, last)
    if columns.size < 20:
        return None
    top = np.argmax(mask[:, first + 1 : last], axis=0)
    chord = np.interp(columns, *zip(*sorted(((start[1], start[0]), (stop[1], stop[0]))), strict=True))
    curve = np.polynomial.Polynomial.fit(columns, top, 2)
    rows = curve(columns)
    sag = rows - chord
    bent = curve.convert().coef[-1] < 0 and np.median(np.abs(top - rows)) < 2.0
    if not bent or sag.max() < 3.0:
        return None
    step = max(1, columns.size // 24)
    face = np.column_stack([np.maximum(rows, chord), columns])[::step]
    return face if start[1] < stop[1] else face[::-1]


def _picture(points: np.ndarray, window: Box, shape: tuple[int, int]) -> Picture:
    inside = np.zeros(shape, np.uint8)
    cv2.fillPoly(inside, [np.round(points[:, ::-1]).astype(np.int32)], 1)
    tight = _bounding(inside)
    box = Box(
        tight.row0 + window.row0,
        tight.column0 + window.column0,
        tight.row1 + window.row0,
        tight.column1 + window.column0,
    )
    if inside.sum() >= FULL_BOX * tight.rows * tight.columns:
        return Picture(box, None)
    shifted = points + np.array([window.row0, window.column0])
    return Picture(box, tuple((float(row), float(column)) for row, column in shifted))
