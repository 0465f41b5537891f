"""One B-mode frame: thickness, layers and fat of the wall that the labels show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ius_vision.geometry import Spacing
from ius_vision.measurement.bwt_error import BwtErrorModel
from ius_vision.measurement.contact import without_contact
from ius_vision.measurement.fat import FatSign, grade_fat
from ius_vision.measurement.patch import WallLabels
from ius_vision.measurement.shape import NOTHING_SEEN, WallShape, wall_shape
from ius_vision.measurement.stratification import Stratification, grade_stratification
from ius_vision.measurement.texture import WallTexture, wall_texture
from ius_vision.measurement.thickness import Caliper, Thickness, wall_thickness
from ius_vision.measurement.view import guess_view
from ius_vision.measurement.wall import TracedWall, trace_wall
from ius_vision.outcomes import Abstained, Measured
from ius_vision.vocabulary import Label, View


@dataclass(frozen=True, slots=True, eq=False)
class FrameMeasurement:
    """What one frame gives.

    `quality` and the model's `confidence` in the wall run from 0 to 1. `thickness` is the mean over the
    measurable wall in mm, `thickest_mm` the mean of the thickest 10 mm of wall (None where no 10 mm are seen
    in one piece), `wall_length_mm` the length measured, 0.0 where nothing was. `calipers` holds every
    reading, less than a mm apart, `caliper` the one that stands for the value. `inner_lines`
    and `outer_lines` are (points, 2) polylines as (row, column). `stratification` is the BWS grade 0 to 3,
    `lost_layer_mm` the length of lost layers, `fat` the i-fat grade 0 to 2; `layers` and `fat_sign` hold what
    these grades rest on. `view` is what the geometry looks like, `shape` holds the layers' thickness, the
    lumen's width and the inner edge's roughness, `texture` that of the labelled wall, None where it shows
    none.
    """

    quality: float
    confidence: float
    thickness: Measured[float] | Abstained
    thickest_mm: float | None
    wall_length_mm: float
    calipers: Sequence[Caliper]
    caliper: Caliper | None
    inner_lines: tuple[np.ndarray, ...]
    outer_lines: tuple[np.ndarray, ...]
    stratification: Measured[int] | Abstained
    lost_layer_mm: float | None
    fat: Measured[int] | Abstained
    view: View
    layers: Stratification
    fat_sign: FatSign
    shape: WallShape = NOTHING_SEEN
    texture: WallTexture | None = None


def measure_frame(
    grey: np.ndarray,
    segmentation: WallLabels,
    spacing: Spacing,
    area_mask: np.ndarray,
    error: BwtErrorModel,
) -> FrameMeasurement:
    """Measure one frame.

    Parameters
    ----------
    grey : (rows, columns) uint8 luminance.
    segmentation : labels, probability of wall and fat, same rows and columns.
    spacing : mm per pixel, rows and columns separately.
    area_mask : (rows, columns) bool, the picture without text, rulers and bars.
    error : error model of the segmentation, for the interval.

    Raises
    ------
    ValueError
        Frame, labels and area differ in shape.
    """
    wall = without_contact(grey, area_mask) or trace_wall(grey, segmentation, spacing, area_mask)
    if isinstance(wall, Abstained):
        return _nothing(wall, View.UNKNOWN, 0.0)
    thickness = wall_thickness(wall, error)
    if isinstance(thickness, Abstained):
        return _nothing(thickness, guess_view(wall), wall.confidence)
    layers = grade_stratification(wall)
    fat = grade_fat(wall, grey, segmentation, area_mask)
    texture = wall_texture(grey, segmentation.labels == Label.WALL, spacing)
    return replace(_found(wall, thickness, layers, fat), texture=texture)


def _found(wall: TracedWall, thickness: Thickness, layers: Stratification, fat: FatSign) -> FrameMeasurement:
    return FrameMeasurement(
        quality=thickness.quality,
        confidence=wall.confidence,
        thickness=thickness.mean,
        thickest_mm=thickness.thickest_mm,
        wall_length_mm=wall.length_mm,
        calipers=thickness.calipers,
        caliper=thickness.caliper,
        inner_lines=thickness.inner_lines,
        outer_lines=thickness.outer_lines,
        stratification=layers.grade,
        lost_layer_mm=layers.evidence.lost_mm if layers.evidence else None,
        fat=fat.grade,
        view=guess_view(wall),
        layers=layers,
        fat_sign=fat,
        shape=wall_shape(wall, layers),
    )


def _nothing(why: Abstained, view: View, confidence: float) -> FrameMeasurement:
    """Without a measured wall its layers and its fat cannot be graded either."""
    return FrameMeasurement(
        quality=0.0,
        confidence=confidence,
        thickness=why,
        thickest_mm=None,
        wall_length_mm=0.0,
        calipers=(),
        caliper=None,
        inner_lines=(),
        outer_lines=(),
        stratification=why,
        lost_layer_mm=None,
        fat=why,
        view=view,
        layers=Stratification(why),
        fat_sign=FatSign(why),
    )
