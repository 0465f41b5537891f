"""Where a spectral Doppler strip lies on the screen, and its axes in seconds and cm/s."""

from __future__ import annotations

from dataclasses import dataclass

import pydicom

from ius_vision.dicom.header import number, whole
from ius_vision.dicom.regions import DATA_CW, DATA_PW, FORMAT_SPECTRAL, Region, read_regions, region_box
from ius_vision.geometry import Box
from ius_vision.outcomes import Abstained

UNIT_S, UNIT_CM_S = 4, 7
# A strip shows 0.2 to 60 s and 2 cm/s to 20 m/s; beyond, the numbers mean something else.
SHORTEST_S, LONGEST_S = 0.2, 60.0
LEAST_CM_S, MOST_CM_S = 2.0, 2000.0

NOT_CALIBRATED = Abstained(
    "spectrum_not_calibrated",
    "No region of the header is a spectral strip in seconds and cm/s, so the spectrum has no velocities; "
    "export with region calibration.",
)


@dataclass(frozen=True, slots=True)
class SpectralRegion:
    """A calibrated strip.

    Attributes
    ----------
    second_px, cm_s_px : seconds a column, cm/s a row.
    zero_row : row of velocity 0, counted in the frame; None where the header does not say it.
    angle_deg : the angle that the machine has corrected for, None where the header does not say it.
    """

    box: Box
    second_px: float
    cm_s_px: float
    zero_row: float | None
    angle_deg: float | None


def spectral_region(dataset: pydicom.Dataset, rows: int, columns: int) -> SpectralRegion | Abstained:
    """The first region that is a spectral strip in s and cm/s; `spectrum_not_calibrated` where none is.

    Notes
    -----
    Velocity is taken to rise upwards, as screens show it; the sign of the header's delta is not followed
    there, since makers write both.
    """
    items = dataset.get("SequenceOfUltrasoundRegions") or ()
    for region, item in zip(read_regions(dataset), items, strict=True):
        found = _strip(region, item, rows, columns)
        if found is not None:
            return found
    return NOT_CALIBRATED


def _strip(region: Region, item: pydicom.Dataset, rows: int, columns: int) -> SpectralRegion | None:
    spectral = region.spatial_format == FORMAT_SPECTRAL and region.data_type in (DATA_PW, DATA_CW)
    if not spectral or (region.units_x, region.units_y) != (UNIT_S, UNIT_CM_S):
        return None
    box = region_box(region, rows, columns)
    if isinstance(box, Abstained) or region.delta_x is None or region.delta_y is None:
        return None
    second_px, cm_s_px = abs(region.delta_x), abs(region.delta_y)
    plausible = (
        SHORTEST_S <= second_px * box.columns <= LONGEST_S and LEAST_CM_S <= cm_s_px * box.rows <= MOST_CM_S
    )
    if not plausible:
        return None
    return SpectralRegion(
        box, second_px, cm_s_px, _zero_row(region, item, box), number(item, "DopplerCorrectionAngle")
    )


def _zero_row(region: Region, item: pydicom.Dataset, box: Box) -> float | None:
    reference, value = whole(item, "ReferencePixelY0"), number(item, "ReferencePixelPhysicalValueY")
    if reference is None or value is None:
        return None
    zero = box.row0 + reference - value / region.delta_y
    return zero if box.row0 <= zero < box.row1 else None
