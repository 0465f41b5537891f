"""The regions a scanner declares on its screen, and which of them hold a calibrated 2D picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pydicom

from ius_vision.dicom.header import number, whole
from ius_vision.geometry import Box, Spacing
from ius_vision.outcomes import Abstained

FORMAT_2D, FORMAT_M_MODE, FORMAT_SPECTRAL = 1, 2, 3
DATA_TISSUE, DATA_FLOW, DATA_PW, DATA_CW = 1, 2, 3, 4
STRIP_FORMATS, BARS = (FORMAT_M_MODE, FORMAT_SPECTRAL, 4, 5), (0xD, 0xE)
UNIT_CM = 3
COMPONENT_POWER = 5

LARGEST_DELTA_CM = 0.2
SMALLEST_DELTA_CM = 0.0005
DEEPEST_CM = 30.0
CM_TO_MM = 10.0


@dataclass(frozen=True, slots=True)
class Region:
    """One item of Sequence of Ultrasound Regions, as written: inclusive corners, signed deltas in `units`.

    A number that is missing or unreadable is None.
    """

    number: int
    spatial_format: int | None
    data_type: int | None
    x0: int | None
    y0: int | None
    x1: int | None
    y1: int | None
    units_x: int | None
    units_y: int | None
    delta_x: float | None
    delta_y: float | None
    component: int | None

    @property
    def is_picture(self) -> bool:
        """A 2D picture of tissue or colour flow, calibrated or not."""
        return self.spatial_format == FORMAT_2D and self.data_type in (DATA_TISSUE, DATA_FLOW)

    @property
    def is_strip(self) -> bool:
        """An M-mode or spectral strip, a waveform, graphics or a bar."""
        return self.spatial_format in STRIP_FORMATS or self.data_type in BARS


def read_regions(dataset: pydicom.Dataset) -> tuple[Region, ...]:
    """Read every region the header declares, in the header's order."""
    items = dataset.get("SequenceOfUltrasoundRegions") or ()
    if not isinstance(items, pydicom.Sequence):
        return ()
    return tuple(_read_region(place, item) for place, item in enumerate(items, start=1))


def region_box(region: Region, rows: int, columns: int) -> Box | Abstained:
    """Give the region's box inside the frame, clipped where it is one pixel over.

    Returns
    -------
    The box, or `region_outside_frame` where it does not fit: the picture was scaled or cropped after capture.
    """
    corners = (region.x0, region.y0, region.x1, region.y1)
    if any(corner is None for corner in corners):
        return Abstained("region_outside_frame", f"Region {region.number} has no complete box.")
    x0, y0, x1, y1 = corners
    fits = 0 <= x0 <= x1 <= columns and 0 <= y0 <= y1 <= rows and x0 < columns and y0 < rows
    if not fits:
        return Abstained(
            "region_outside_frame",
            f"Region {region.number} spans columns {x0} to {x1} and rows {y0} to {y1}, but the image has "
            f"{columns} columns and {rows} rows, so it was scaled or cropped after capture; "
            "give mm_per_pixel in the manifest.",
        )
    return Box(y0, x0, min(y1 + 1, rows), min(x1 + 1, columns))


def region_spacing(region: Region, box: Box) -> Spacing | Abstained:
    """Convert the region's deltas to mm per pixel, or say why they are not to be trusted.

    Notes
    -----
    Both units must be centimetres and both deltas finite and not 0; the sign only gives a direction.
    Limits: `LARGEST_DELTA_CM`, `SMALLEST_DELTA_CM`, and a field no deeper than `DEEPEST_CM`.
    """
    deltas = (region.delta_x, region.delta_y)
    if region.units_x != UNIT_CM or region.units_y != UNIT_CM:
        return Abstained("no_spacing", f"Region {region.number} is not scaled in centimetres.")
    if any(delta is None or not math.isfinite(delta) or delta == 0 for delta in deltas):
        said = f"Region {region.number} holds no usable scale ({deltas[0]}, {deltas[1]})."
        return Abstained("no_spacing", said)
    column_cm, row_cm = abs(region.delta_x), abs(region.delta_y)
    depth_cm = row_cm * box.rows
    plausible = all(SMALLEST_DELTA_CM <= size < LARGEST_DELTA_CM for size in (column_cm, row_cm))
    if not plausible or depth_cm > DEEPEST_CM:
        return Abstained(
            "implausible_spacing",
            f"Region {region.number} declares {column_cm:.5g} x {row_cm:.5g} cm per pixel, a field "
            f"{depth_cm:.4g} cm deep, which no ultrasound image has; give mm_per_pixel in the manifest.",
        )
    return Spacing(row_mm=row_cm * CM_TO_MM, column_mm=column_cm * CM_TO_MM)


def _read_region(place: int, item: pydicom.Dataset) -> Region:
    return Region(
        number=place,
        spatial_format=whole(item, "RegionSpatialFormat"),
        data_type=whole(item, "RegionDataType"),
        x0=whole(item, "RegionLocationMinX0"),
        y0=whole(item, "RegionLocationMinY0"),
        x1=whole(item, "RegionLocationMaxX1"),
        y1=whole(item, "RegionLocationMaxY1"),
        units_x=whole(item, "PhysicalUnitsXDirection"),
        units_y=whole(item, "PhysicalUnitsYDirection"),
        delta_x=number(item, "PhysicalDeltaX"),
        delta_y=number(item, "PhysicalDeltaY"),
        component=whole(item, "PixelComponentDataType"),
    )
