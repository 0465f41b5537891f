"""Outline of a picture on the screen: a convex shape, hollow under a curved probe's face."""

from __future__ import annotations

import cv2
import numpy as np

from ius_vision.geometry import Box

LEAST_SAG_PX = 3.0
FACE_POINTS = 24


def hull_mask(mask: np.ndarray) -> np.ndarray:
    """Fill the convex hull of a (rows, columns) mask."""
    filled = np.zeros(mask.shape, np.uint8)
    cv2.fillConvexPoly(filled, _hull(mask), 1)
    return filled.astype(bool)


def bounding_box(mask: np.ndarray) -> Box:
    """The smallest box around a mask that is not empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)


def trace_outline(mask: np.ndarray) -> np.ndarray:
    """Outline a mask by its hull, with the hollow under a curved probe's face cut out.

    Returns
    -------
    (points, 2) float of (row, column).
    """
    hull = _hull(mask)[:, 0, ::-1].astype(float)
    following = np.roll(hull, -1, axis=0)
    step = following - hull
    level = (np.abs(step[:, 0]) < 0.2 * np.abs(step[:, 1])) & (hull[:, 0] < hull[:, 0].mean())
    if not level.any():
        return hull
    edge = int(np.argmax(np.where(level, np.abs(step[:, 1]), 0)))
    face = _face(mask, hull[edge], following[edge])
    return hull if face is None else np.concatenate([hull[: edge + 1], face, hull[edge + 1 :]])


def fill_outline(points: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Fill an outline to a (rows, columns) bool mask."""
    filled = np.zeros(shape, np.uint8)
    cv2.fillPoly(filled, [np.round(points[:, ::-1]).astype(np.int32)], 1)
    return filled.astype(bool)


def _hull(mask: np.ndarray) -> np.ndarray:
    """Convex hull, (points, 1, 2) int32 in OpenCV's (column, row); only ends of rows can be on it."""
    rows = np.flatnonzero(mask.any(axis=1))
    first = np.argmax(mask[rows], axis=1)
    last = mask.shape[1] - 1 - np.argmax(mask[rows, ::-1], axis=1)
    ends = np.concatenate([np.column_stack([first, rows]), np.column_stack([last, rows])])
    return cv2.convexHull(ends.astype(np.int32))


def _face(mask: np.ndarray, start: np.ndarray, stop: np.ndarray) -> np.ndarray | None:
    """Top edge of the mask between two hull corners, where it sags like a curved probe's face."""
    first, last = sorted((round(start[1]), round(stop[1])))
    columns = np.arange(first + 1, last)
    if columns.size < 20:
        return None
    top = np.argmax(mask[:, first + 1 : last], axis=0)
    ends = sorted(((start[1], start[0]), (stop[1], stop[0])))
    chord = np.interp(columns, *zip(*ends, strict=True))
    curve = np.polynomial.Polynomial.fit(columns, top, 2)
    rows = curve(columns)
    bent = curve.convert().coef[-1] < 0 and np.median(np.abs(top - rows)) < 2.0
    if not bent or (rows - chord).max() < LEAST_SAG_PX:
        return None
    step = max(1, columns.size // FACE_POINTS)
    face = np.column_stack([np.maximum(rows, chord), columns])[::step]
    return face if start[1] < stop[1] else face[::-1]
