"""How sure the model is of a traced wall."""

from __future__ import annotations

import cv2
import numpy as np

from ius_vision.measurement.loop import WALL_SHARE
from ius_vision.measurement.patch import WallPatch

# Towards both edges of a wall probability falls to one half however sure the model is, so the mean over a
# whole wall would call every thin wall doubtful. The core is what lies at least this deep, as a share of the
# deepest point nearby.
CORE_SHARE, NEARBY_MM = 0.6, 0.5


def wall_confidence(patch: WallPatch) -> float:
    """Mean probability of wall over the core of the labelled wall, 0..1; 0 where nothing is labelled."""
    labelled = (patch.wall > WALL_SHARE).astype(np.uint8)
    if not labelled.any():
        return 0.0
    depth = cv2.distanceTransform(labelled, cv2.DIST_L2, cv2.DIST_MASK_5)
    reach = max(1, round(NEARBY_MM / patch.step_mm))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    core = (labelled > 0) & (depth >= CORE_SHARE * cv2.dilate(depth, disc))
    # Where the label is wall, the patch holds the mean of 1 and of the probability.
    return float(np.clip(2 * patch.wall[core].mean(dtype=np.float64) - 1, 0.0, 1.0))
