"""Where in a clip to measure, and in which of its frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ius_vision.dicom.clip import Calibration, Clip, ImageArea
from ius_vision.geometry import Spacing
from ius_vision.outcomes import Abstained

SMALLEST_SIDE_PX = 16


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """The area to measure in, its pixels as (rows, columns) bool, and its scale."""

    area: ImageArea
    mask: np.ndarray
    spacing: Spacing


def scene_in(area: ImageArea | None, clip: Clip) -> Scene | Abstained:
    """The place to measure in, or why there is none: no picture on the screen, or no millimetres."""
    if area is None:
        return Abstained(
            "no_image_area",
            f"No ultrasound picture was found on the screen of {clip.file}; check that it shows bowel.",
        )
    if min(area.box.rows, area.box.columns) < SMALLEST_SIDE_PX:
        return Abstained(
            "no_image_area",
            f"The picture in {clip.file} has {area.box.columns} x {area.box.rows} pixels; nothing shows "
            f"in fewer than {SMALLEST_SIDE_PX} a side.",
        )
    if not isinstance(area.calibration, Calibration):
        return area.calibration
    return Scene(area, area.mask(clip.rows, clip.columns), area.calibration.spacing)


def evenly_spaced(total: int, limit: int) -> list[int]:
    """At most `limit` frame indices, from the first frame to the last, in rising order."""
    if total <= limit:
        return list(range(total))
    return np.unique(np.linspace(0, total - 1, limit).round().astype(int)).tolist()


def one_frame(clip: Clip, index: int, colour: bool = False) -> np.ndarray:
    """Decode a single frame again."""
    return next(pixels for _, pixels in clip.open_frames([index], colour))
