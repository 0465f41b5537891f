"""The ruler burned into a scanner's screen: what its ticks say about the scale of the picture beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pydicom

from ius_vision.dicom.header import number, text
from ius_vision.dicom.image_area import brightest_channel
from ius_vision.dicom.ticks import TickRow, find_tick_rows
from ius_vision.geometry import Box

# Distances people put ticks at; with long ticks in a known order only a few of them are usual.
TICKS_MM = (1.0, 2.0, 2.5, 5.0, 10.0, 20.0, 50.0)
TICKS_MM_BY_ORDER = {2: (5.0,), 4: (2.5,), 5: (1.0, 2.0, 10.0), 10: (1.0, 10.0)}
SHALLOWEST_MM, DEEPEST_MM = 20.0, 300.0
SHALLOWEST_LOW_FREQUENCY_MM = 60.0
LOW_FREQUENCY_MHZ, LOW_BAND_END_MHZ = 2.0, 7.0
DEPTH_TAG_AGREES = 0.15
BESIDE_SHARE = 0.4
INSIDE_RIM = 0.06
FARTHEST = {"rows": 0.6, "columns": 0.1}
SAME_RULER_PX = 4
CHANGED = 0.03


@dataclass(frozen=True, slots=True)
class Ruler:
    """Evenly spaced ticks.

    `along` is `rows` for a vertical ruler, `columns` for a horizontal one; `place` is its column or row,
    `first` and `last` its ends. `major_every` is the number of ticks from one long tick to the next, or
    None where all look alike. `pixel_mm` is filled only where the ruler can be read in one way.
    """

    along: str
    place: float
    first: float
    last: float
    period_px: float
    ticks: int
    major_every: int | None
    pixel_mm: float | None = None

    @property
    def usual_ticks_mm(self) -> tuple[float, ...]:
        """Distances that one tick may stand for."""
        return TICKS_MM_BY_ORDER.get(self.major_every, TICKS_MM)

    def nearest_pixel_mm(self, pixel_mm: float) -> float:
        """The scale this ruler gives if its ticks stand on the usual distance nearest to `pixel_mm`."""
        sizes = [tick_mm / self.period_px for tick_mm in self.usual_ticks_mm]
        return min(sizes, key=lambda size: abs(size / pixel_mm - 1))

    @property
    def sentence(self) -> str:
        """What was seen, for the evidence."""
        order = {
            2: ", every second longer",
            4: ", every fourth longer",
            5: ", every fifth longer",
            10: ", every tenth longer",
        }
        seen = f"{self.ticks} ticks along the {self.along}, {self.period_px:.2f} px apart"
        read = f", {self.pixel_mm:.4g} mm per pixel" if self.pixel_mm is not None else ""
        return f"{seen}{order.get(self.major_every, '')}{read}"


def find_rulers(frame_rgb: np.ndarray, pictures: Sequence[Box]) -> tuple[Ruler, ...]:
    """Find the rulers on a screen, (rows, columns, 3) uint8 RGB, outside the pictures or along their rims."""
    screen = brightest_channel(frame_rgb)
    upright, lying = np.ones(screen.shape, dtype=bool), np.ones(screen.shape, dtype=bool)
    for box in pictures:
        rim_rows, rim_columns = round(INSIDE_RIM * box.rows), round(INSIDE_RIM * box.columns)
        upright[box.row0 : box.row1, box.column0 + rim_columns + 1 : box.column1 - rim_columns] = False
        lying[box.row0 + rim_rows + 1 : box.row1 - rim_rows, box.column0 : box.column1] = False
    vertical = find_tick_rows(screen, upright)
    horizontal = find_tick_rows(np.ascontiguousarray(screen.T), lying.T)
    return (*(_ruler("rows", row) for row in vertical), *(_ruler("columns", row) for row in horizontal))


def rulers_of(rulers: Sequence[Ruler], box: Box, others: Sequence[Box]) -> tuple[Ruler, ...]:
    """Choose a picture's rulers: along its rim or outside, long enough, and nearest to it."""
    kept = []
    for ruler in rulers:
        distance = _distance(ruler, box)
        rivals = [_distance(ruler, other) for other in others]
        if distance is not None and all(rival is None or distance <= rival for rival in rivals):
            kept.append(ruler)
    return tuple(kept)


def changed_ruler(first: Sequence[Ruler], last: Sequence[Ruler]) -> tuple[Ruler, Ruler] | None:
    """Find a ruler whose ticks stand at another distance later in the clip: the zoom was changed."""
    for ruler in first:
        for later in last:
            same = ruler.along == later.along and abs(ruler.place - later.place) <= SAME_RULER_PX
            if same and abs(later.period_px / ruler.period_px - 1) > CHANGED:
                return ruler, later
    return None


def read_unit(ruler: Ruler, box: Box, dataset: pydicom.Dataset) -> float | None:
    """Read the scale from the ruler alone, mm per pixel, where only one reading is possible.

    Notes
    -----
    Readings are the usual distances for the order of long ticks. They must give a depth of field that
    ultrasound has, deeper for a probe whose band begins at 2 MHz or lower, and fit Depth of Scan Field
    (0018,5050) where it is there. Ticks that all look alike need that tag.
    """
    depth_mm = number(dataset, "DepthOfScanField")
    shallowest_mm = SHALLOWEST_LOW_FREQUENCY_MM if _low_frequency(dataset) else SHALLOWEST_MM
    if ruler.major_every is None and not depth_mm:
        return None
    sizes = []
    for tick_mm in ruler.usual_ticks_mm:
        size = tick_mm / ruler.period_px
        field_mm = size * box.rows
        fits_tag = not depth_mm or abs(field_mm / depth_mm - 1) <= DEPTH_TAG_AGREES
        if shallowest_mm <= field_mm <= DEEPEST_MM and fits_tag:
            sizes.append(size)
    return sizes[0] if len(sizes) == 1 else None


def _ruler(along: str, row: TickRow) -> Ruler:
    return Ruler(along, row.column, row.first, row.last, row.period_px, row.ticks, row.major_every)


def _distance(ruler: Ruler, box: Box) -> float | None:
    """Distance across from a ruler to a picture's edge in px; None where it is not this picture's."""
    low, high = (box.row0, box.row1) if ruler.along == "rows" else (box.column0, box.column1)
    near, far = (box.column0, box.column1) if ruler.along == "rows" else (box.row0, box.row1)
    overlap = min(high, ruler.last + 1) - max(low, ruler.first)
    if overlap < BESIDE_SHARE * (high - low) or overlap < 0.6 * (ruler.last - ruler.first):
        return None
    inside = min(ruler.place - near, far - ruler.place)
    if inside > INSIDE_RIM * (far - near) or -inside > FARTHEST[ruler.along] * (far - near):
        return None
    return max(0.0, -inside)


def _low_frequency(dataset: pydicom.Dataset) -> bool:
    """Whether the probe's name says a curved array whose band begins at 2 MHz or lower: C5-1, 6C1."""
    name = text(dataset, "TransducerData").split("\\")[0].upper().replace("_", "-")
    band = [float(part) for part in re.findall(r"\d+(?:\.\d+)?", name)]
    return (
        "C" in name
        and len(band) >= 2
        and 0 < min(band) <= LOW_FREQUENCY_MHZ
        and max(band) <= LOW_BAND_END_MHZ
    )
