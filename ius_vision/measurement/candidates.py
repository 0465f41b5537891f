"""Pieces of the labels that may be the loop to measure."""

from __future__ import annotations

import cv2
import numpy as np

from ius_vision.geometry import Spacing
from ius_vision.measurement.resample import grid_shape, resize

STEP_MM = 0.4
# Pieces of one loop lie closer together than this; a shadow or a missed patch may part them.
JOIN_MM = 2.4
SMALLEST_WALL_MM2 = 4.0
WALL_SHARE, LUMEN_SHARE = 0.3, 0.1
# Look-alikes (muscle, vessels) seldom touch a labelled lumen over more than some 5 mm of wall.
LUMEN_CONTACT_MM2, WITH_LUMEN = 2.0, 2.0
MOST_LOOPS = 3
LEAST_SHARE_OF_BEST = 0.15


def candidate_loops(wall: np.ndarray, lumen: np.ndarray, spacing: Spacing) -> list[np.ndarray]:
    """Masks of connected wall and lumen, (rows, columns) bool on a grid of about `STEP_MM`, largest first.

    Parameters
    ----------
    wall, lumen : (rows, columns) uint8, 0 or 255.

    Notes
    -----
    Wall that touches a labelled lumen counts twice. Up to three loops are given, none of them much smaller
    than the first.
    """
    shape = grid_shape(*wall.shape, spacing, STEP_MM)
    wall_share = resize(wall, shape) / np.float32(255)
    lumen_share = resize(lumen, shape) / np.float32(255)
    seed = ((wall_share > WALL_SHARE) | (lumen_share > LUMEN_SHARE)).astype(np.uint8)
    size = round(JOIN_MM / STEP_MM) | 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    joined = cv2.morphologyEx(seed, cv2.MORPH_CLOSE, disc)
    count, parts = cv2.connectedComponents(joined, connectivity=8)
    near_lumen = cv2.dilate((lumen_share > LUMEN_SHARE).astype(np.uint8), np.ones((5, 5), np.uint8))
    area = np.bincount(parts.ravel(), wall_share.ravel(), count) * STEP_MM**2
    touching = np.bincount(parts.ravel(), (wall_share * near_lumen).ravel(), count) * STEP_MM**2
    area[0] = 0.0
    score = np.where(touching > LUMEN_CONTACT_MM2, WITH_LUMEN, 1.0) * area
    order = np.argsort(-score)[:MOST_LOOPS]
    enough = (area >= SMALLEST_WALL_MM2) & (score >= LEAST_SHARE_OF_BEST * score.max())
    return [parts == index for index in order if enough[index]]
