"""A frame is segmented and measured; where that gives no wall, once more from closer."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ius_vision.geometry import Spacing
from ius_vision.measurement.bwt_error import BwtErrorModel
from ius_vision.measurement.frame import FrameMeasurement, measure_frame
from ius_vision.outcomes import Measured
from ius_vision.segmentation.model import WallModel, WallSegmentation

# A wall of 1 mm is five of the network's pixels thick; seen larger, thin walls are drawn whole ...
CLOSER = 1.25
# ... but nerves, vessels and fascia then look like walls as well. What shows from closer alone counts where
# the model is surer than it has to be at first sight, and surer still of walls that are not thin.
THIN_WALL_MM, SURE_OF_THIN, SURE = 3.0, 0.93, 0.97
# Below this, labels lie on frames without bowel as often as on bowel.
LEAST_DRAWN = 0.7


@dataclass(frozen=True, slots=True, eq=False)
class FrameLook:
    """What was seen in a frame, and how many times larger than usual the network saw it."""

    segmentation: WallSegmentation
    measurement: FrameMeasurement
    magnification: float = 1.0

    @property
    def has_wall(self) -> bool:
        """Whether the frame has a thickness."""
        return isinstance(self.measurement.thickness, Measured)


def look_at_frame(
    model: WallModel,
    grey: np.ndarray,
    spacing: Spacing,
    area_mask: np.ndarray,
    error: BwtErrorModel,
    closer: bool = True,
) -> FrameLook:
    """Segment and measure a frame.

    Parameters
    ----------
    grey : (rows, columns) uint8 luminance.
    spacing : mm per pixel, rows and columns separately.
    area_mask : (rows, columns) bool, the picture without text, rulers and bars.
    error : error model of the segmentation, for the interval.
    closer : whether a frame without a thickness is looked at once more.

    Raises
    ------
    IusError
        `implausible_spacing`, see `WallModel.segment`.
    """
    look = _look(model, grey, spacing, area_mask, error, 1.0)
    if look.has_wall or not closer:
        return look
    second = _look(model, grey, spacing, area_mask, error, CLOSER)
    if second.has_wall and _counts(second.measurement):
        return second
    return replace(look, segmentation=_outlined(second), magnification=CLOSER)


def _outlined(look: FrameLook) -> WallSegmentation:
    """What is too doubtful to be measured is drawn as it is seen from closer, what is likelier no bowel not
    at all.
    """
    likely = look.measurement.confidence >= LEAST_DRAWN
    seen = look.segmentation
    return seen if likely else replace(seen, labels=np.zeros_like(seen.labels))


def _counts(found: FrameMeasurement) -> bool:
    thin = found.thickness.value < THIN_WALL_MM
    return found.confidence >= (SURE_OF_THIN if thin else SURE)


def _look(model, grey, spacing, area_mask, error, magnification: float) -> FrameLook:
    seen = model.segment(grey, spacing, area_mask, magnification)
    return FrameLook(seen, measure_frame(grey, seen, spacing, area_mask, error), magnification)
