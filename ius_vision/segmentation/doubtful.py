"""What the model labels and hardly believes: parts without a stretch of wall that it is sure of."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ius_vision.segmentation.model import WallSegmentation
from ius_vision.vocabulary import Label

# Towards its edges a wall's probability falls to one half however sure the model is; a quarter of its pixels
# have more than this where the wall is bowel. On simulated frames without bowel labels hardly ever do.
SURE_QUARTER = 0.9


def without_doubtful(seen: WallSegmentation) -> WallSegmentation:
    """Drop connected parts of the labels, lumen and fat with the wall, in which the model doubts the wall."""
    labelled = (seen.labels > Label.BACKGROUND).astype(np.uint8)
    count, parts = cv2.connectedComponents(labelled, connectivity=4)
    wall = seen.labels == Label.WALL
    part_of_wall, probability = parts[wall], seen.wall_probability[wall]
    kept = np.zeros(count, bool)
    for part in np.unique(part_of_wall):
        kept[part] = np.percentile(probability[part_of_wall == part], 75) >= SURE_QUARTER
    return replace(seen, labels=np.where(kept[parts], seen.labels, np.uint8(Label.BACKGROUND)))
