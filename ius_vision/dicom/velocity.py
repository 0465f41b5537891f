"""The velocity that a colour map spans, where the header or the manifest says it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pydicom

from ius_vision.dicom.header import number, whole
from ius_vision.dicom.manifest import ManifestRow
from ius_vision.dicom.regions import BARS, Region, read_regions, region_box
from ius_vision.geometry import Box
from ius_vision.outcomes import Abstained

UNIT_CM_S = 7
# What colour Doppler of any organ is set to; beyond it the header's numbers mean something else.
LEAST_CM_S, MOST_CM_S = 0.5, 300.0
# A baseline is shifted within the bar; a reference pixel outside of it refers to something else.
MOST_BEYOND = 0.02


@dataclass(frozen=True, slots=True)
class VelocityScale:
    """The velocity scale of a colour map.

    Attributes
    ----------
    cm_s : half of what the bar spans from end to end: the velocity at both ends where its zero is in the
        middle. It is what can be shown without aliasing.
    source : `colour_bar_region`, `manifest` or `screen_text`.
    box : the bar on the screen, None where the header does not place it.
    zero_row : the row of velocity 0, None where the header does not say it.
    """

    cm_s: float
    source: str
    box: Box | None = None
    zero_row: float | None = None


def velocity_scale(
    dataset: pydicom.Dataset, rows: int, columns: int, row: ManifestRow | None = None
) -> VelocityScale | None:
    """The scale of the colour map; None where neither the manifest nor the header says it.

    Notes
    -----
    Only a region that is a colour bar scaled in cm/s counts. Pulse repetition frequency and transducer
    frequency of a flow region would give the Nyquist velocity, but files state the frequency of the grey
    picture there: the one real file with both gives 92 cm/s where its screen says 64.
    """
    if row is not None and row.velocity_scale_cm_s is not None:
        return VelocityScale(row.velocity_scale_cm_s, "manifest")
    items = dataset.get("SequenceOfUltrasoundRegions") or ()
    for region, item in zip(read_regions(dataset), items, strict=True):
        scale = _of_bar(region, item, rows, columns)
        if scale is not None:
            return scale
    return None


def _of_bar(region: Region, item: pydicom.Dataset, rows: int, columns: int) -> VelocityScale | None:
    if region.data_type != BARS[1] or region.units_y != UNIT_CM_S or region.delta_y is None:
        return None
    box = region_box(region, rows, columns)
    if isinstance(box, Abstained):
        return None
    half_cm_s = abs(region.delta_y) * box.rows / 2
    if not (math.isfinite(half_cm_s) and LEAST_CM_S <= half_cm_s <= MOST_CM_S):
        return None
    return VelocityScale(half_cm_s, "colour_bar_region", box, _zero_row(region, item, box))


def _zero_row(region: Region, item: pydicom.Dataset, box: Box) -> float | None:
    """The row whose physical value is 0; None without a reference pixel, or where it is not in the bar."""
    reference, value = whole(item, "ReferencePixelY0"), number(item, "ReferencePixelPhysicalValueY")
    if reference is None or value is None or not math.isfinite(value):
        return None
    zero = box.row0 + reference - value / region.delta_y
    beyond = MOST_BEYOND * box.rows
    return zero if box.row0 - beyond <= zero <= box.row1 + beyond else None
