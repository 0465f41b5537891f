"""A frame is segmented and measured; where that gives no wall, once more from closer."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ius_vision.geometry import Spacing
from ius_vision.measurement.bwt_error import BwtErrorModel
from ius_vision.measurement.frame import FrameMeasurement, measure_frame
from ius_vision.outcomes import Measured
from ius_vision.segmentation.doubtful import without_doubtful
from ius_vision.segmentation.model import WallModel, WallSegmentation

# A wall of 1 mm is five of the network's pixels thick; seen larger it has a thickness that the network is
# sure of ...
CLOSER = 1.25
# ... but nerves, vessels and fascia then look like walls as well. What shows from closer alone counts where
# the model is surer than it has to be at first sight.
SURE = 0.95


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
    """Segment and measure a frame; of the labels only the parts are kept that the model is sure of.

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
    if second.has_wall and second.measurement.confidence >= SURE:
        return second
    return look


def _look(model, grey, spacing, area_mask, error, magnification: float) -> FrameLook:
    seen = model.segment(grey, spacing, area_mask, magnification)
    sure = without_doubtful(seen, spacing)
    # Where nothing is left, what there was says how doubtful it was; a thickness keeps the labels it is from.
    nothing_left = not sure.labels.any()
    look = FrameLook(
        sure, measure_frame(grey, seen if nothing_left else sure, spacing, area_mask, error), magnification
    )
    return replace(look, segmentation=seen) if nothing_left and look.has_wall else look
