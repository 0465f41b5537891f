"""The velocity that a colour map spans, where the header says it."""

from __future__ import annotations

import math

import pydicom

from ius_vision.dicom.header import number
from ius_vision.dicom.regions import BARS, DATA_FLOW, FORMAT_2D, Region, read_regions

UNIT_CM_S = 7
SOUND_CM_S = 154_000.0
HZ_PER_KHZ = 1000.0
# What colour Doppler of any organ is set to; beyond it the header's numbers mean something else.
LEAST_CM_S, MOST_CM_S = 0.5, 300.0


def velocity_scale(dataset: pydicom.Dataset) -> tuple[float, str] | None:
    """Largest velocity of the colour map without aliasing, cm/s, and where it was read; None where nowhere.

    Notes
    -----
    A colour bar scaled in cm/s spans twice the velocity. A region of colour flow with pulse repetition
    frequency F and frequency f has the Nyquist velocity c F / (4 f), with c 1540 m/s.
    """
    items = dataset.get("SequenceOfUltrasoundRegions") or ()
    regions = read_regions(dataset)
    found = [(_of_bar(region), "colour_bar_region") for region in regions]
    found += [
        (_nyquist(item), "pulse_repetition_frequency")
        for region, item in zip(regions, items, strict=True)
        if (region.spatial_format, region.data_type) == (FORMAT_2D, DATA_FLOW)
    ]
    for velocity, source in found:
        if velocity is not None and math.isfinite(velocity) and LEAST_CM_S <= velocity <= MOST_CM_S:
            return velocity, source
    return None


def _of_bar(region: Region) -> float | None:
    corners = (region.y0, region.y1, region.delta_y)
    if region.data_type != BARS[1] or region.units_y != UNIT_CM_S or None in corners:
        return None
    return abs(region.delta_y) * (region.y1 - region.y0 + 1) / 2


def _nyquist(item: pydicom.Dataset) -> float | None:
    rate_hz, frequency_khz = number(item, "PulseRepetitionFrequency"), number(item, "TransducerFrequency")
    if not rate_hz or not frequency_khz or min(rate_hz, frequency_khz) <= 0:
        return None
    return SOUND_CM_S * rate_hz / (4 * frequency_khz * HZ_PER_KHZ)
