"""The pictures on the screen, each with its scale: declared regions refined by pixels, or pixels alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pydicom

from ius_vision.dicom.calibration import Witnesses, calibrate, read_pixel_spacing
from ius_vision.dicom.clip import ImageArea
from ius_vision.dicom.image_area import Picture, find_picture, find_pictures, screen_brightness
from ius_vision.dicom.manifest import ManifestRow
from ius_vision.dicom.regions import DATA_FLOW, Region, read_regions, region_box, region_spacing
from ius_vision.geometry import Box, Spacing
from ius_vision.outcomes import Abstained

SMALLEST_REFINED = 0.1
SAME_PLACE = 0.9
SAME_SCALE = 0.01


@dataclass(frozen=True, slots=True)
class _Declared:
    """A region that fits the frame, with its scale or why there is none."""

    box: Box
    scale: Spacing | Abstained
    kind: str


def find_areas(
    dataset: pydicom.Dataset, sample_rgb: Sequence[np.ndarray], manifest_row: ManifestRow | None
) -> tuple[ImageArea, ...]:
    """Find every picture on the screen and its scale.

    Parameters
    ----------
    sample_rgb : 1 to 5 frames, (rows, columns, 3) uint8 RGB, spread over the clip.

    Returns
    -------
    The areas in reading order; none where nothing on the screen looks like a picture. M-mode and spectral
    strips, ECG and bars are no areas.
    """
    rows, columns = sample_rgb[0].shape[:2]
    brightness = screen_brightness(sample_rgb)
    declared, refusal = _declared(read_regions(dataset), rows, columns)
    found = [(_refine(brightness, item.box), item.scale, item.kind) for item in declared]
    if not found:
        found = [(picture, refusal, "tissue") for picture in find_pictures(brightness)]
    areas = []
    for picture, scale, kind in found:
        witnesses = Witnesses(
            manifest_mm=manifest_row.mm_per_pixel if manifest_row else None,
            region=scale,
            pixel_spacing=read_pixel_spacing(dataset),
        )
        areas.append(ImageArea(picture.box, calibrate(witnesses), picture.outline, kind))
    return tuple(sorted(areas, key=lambda area: (area.box.row0, area.box.column0)))


def _declared(
    regions: tuple[Region, ...], rows: int, columns: int
) -> tuple[list[_Declared], Abstained | None]:
    """Keep the 2D regions that fit the frame; also give the reason the first misfit was refused for."""
    kept: list[_Declared] = []
    refusal: Abstained | None = None
    for region in regions:
        if not region.is_picture:
            continue
        box = region_box(region, rows, columns)
        if isinstance(box, Abstained):
            refusal = refusal or box
            continue
        kind = "flow" if region.data_type == DATA_FLOW else "tissue"
        kept = _merged(kept, _Declared(box, region_spacing(region, box), kind))
    return kept, refusal


def _merged(kept: list[_Declared], new: _Declared) -> list[_Declared]:
    """Add a region; a colour box inside a tissue picture of the same scale is one picture, not two."""
    for place, old in enumerate(kept):
        inner, outer = sorted((old, new), key=lambda item: item.box.rows * item.box.columns)
        if _shared(inner.box, outer.box) < SAME_PLACE:
            continue
        both = isinstance(inner.scale, Spacing) and isinstance(outer.scale, Spacing)
        kind = "flow" if "flow" in (old.kind, new.kind) else "tissue"
        if not both or _same_scale(inner.scale, outer.scale):
            scale = outer.scale if isinstance(outer.scale, Spacing) else inner.scale
            return [*kept[:place], _Declared(outer.box, scale, kind), *kept[place + 1 :]]
        if _shared(outer.box, inner.box) >= SAME_PLACE:
            said = (
                f"Two regions of the same picture say {inner.scale.row_mm:.5g} and {outer.scale.row_mm:.5g}"
            )
            conflict = Abstained(
                "spacing_conflict", f"{said} mm per pixel; give mm_per_pixel in the manifest."
            )
            return [*kept[:place], _Declared(outer.box, conflict, kind), *kept[place + 1 :]]
    return [*kept, new]


def _shared(inner: Box, outer: Box) -> float:
    """Share of `inner` that lies in `outer`."""
    rows = min(inner.row1, outer.row1) - max(inner.row0, outer.row0)
    columns = min(inner.column1, outer.column1) - max(inner.column0, outer.column0)
    return max(rows, 0) * max(columns, 0) / (inner.rows * inner.columns)


def _same_scale(first: Spacing, second: Spacing) -> bool:
    return (
        abs(first.row_mm / second.row_mm - 1) <= SAME_SCALE
        and abs(first.column_mm / second.column_mm - 1) <= SAME_SCALE
    )


def _refine(brightness: np.ndarray, box: Box) -> Picture:
    """Tighten a declared region to the picture in it; the box itself where the pixels show too little."""
    picture = find_picture(brightness, box)
    if picture is None or picture.box.rows * picture.box.columns < SMALLEST_REFINED * box.rows * box.columns:
        return Picture(box, None)
    return picture
