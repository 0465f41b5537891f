"""What the model labels and hardly believes: parts without a stretch of wall that it is sure of."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ius_vision.geometry import Spacing
from ius_vision.segmentation.model import WallSegmentation
from ius_vision.vocabulary import Label

# Towards its edges a wall's probability falls to one half however sure the model is; this share of its pixels
# have this much where the wall is bowel. On simulated frames without bowel labels hardly ever do.
SURE_SHARE, SURE_PROBABILITY = 0.25, 0.9
# The serosa lies between a wall and its fat.
SEROSA_MM = 2.0


def without_doubtful(seen: WallSegmentation, spacing: Spacing) -> WallSegmentation:
    """Drop connected parts of wall and lumen in which the model doubts the wall, and fat beside no other.

    Parameters
    ----------
    spacing : mm per pixel of the labels, rows and columns separately.
    """
    wall = seen.labels == Label.WALL
    count, parts = _parts(wall | (seen.labels == Label.LUMEN))
    sizes = np.bincount(parts[wall], minlength=count)
    believed = np.bincount(parts[wall & (seen.wall_probability >= SURE_PROBABILITY)], minlength=count)
    kept = ((sizes > 0) & (believed >= SURE_SHARE * sizes))[parts]
    kept |= _fat_beside(kept & wall, seen.labels == Label.INFLAMED_FAT, spacing)
    return replace(seen, labels=np.where(kept, seen.labels, np.uint8(Label.BACKGROUND)))


def _fat_beside(wall: np.ndarray, fat: np.ndarray, spacing: Spacing) -> np.ndarray:
    """The connected parts of fat that come near to the wall."""
    if not (wall.any() and fat.any()):
        return np.zeros_like(fat)
    count, parts = _parts(fat)
    reach = [2 * round(SEROSA_MM / step) + 1 for step in (spacing.column_mm, spacing.row_mm)]
    near = cv2.dilate(wall.astype(np.uint8), np.ones(reach[::-1], np.uint8)) > 0
    beside = np.zeros(count, bool)
    beside[np.unique(parts[near & fat])] = True
    return beside[parts] & fat


def _parts(mask: np.ndarray) -> tuple[int, np.ndarray]:
    return cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
