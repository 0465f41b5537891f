"""The pictures a header declares: its 2D regions, with their scale, the same picture counted once."""

from __future__ import annotations

from dataclasses import dataclass

from ius_vision.dicom.regions import DATA_FLOW, Region, region_box, region_spacing
from ius_vision.geometry import Box, Spacing
from ius_vision.outcomes import Abstained

SAME_PLACE = 0.9
SAME_SCALE = 0.01


@dataclass(frozen=True, slots=True)
class DeclaredPicture:
    """A 2D region that fits the frame, with its scale or why there is none."""

    box: Box
    scale: Spacing | Abstained
    kind: str


def declared_pictures(
    regions: tuple[Region, ...], rows: int, columns: int
) -> tuple[list[DeclaredPicture], Abstained | None]:
    """Keep the 2D regions that fit the frame; also give the reason the first misfit was refused for."""
    kept: list[DeclaredPicture] = []
    refusal: Abstained | None = None
    for region in regions:
        if not region.is_picture:
            continue
        box = region_box(region, rows, columns)
        if isinstance(box, Abstained):
            refusal = refusal or box
            continue
        kind = "flow" if region.data_type == DATA_FLOW else "tissue"
        kept = _merged(kept, DeclaredPicture(box, region_spacing(region, box), kind))
    return kept, refusal


def _merged(kept: list[DeclaredPicture], new: DeclaredPicture) -> list[DeclaredPicture]:
    """Add a region; a colour box inside a tissue picture of the same scale is one picture, not two."""
    for place, old in enumerate(kept):
        inner, outer = sorted((old, new), key=lambda item: item.box.rows * item.box.columns)
        if _shared(inner.box, outer.box) < SAME_PLACE:
            continue
        scale = _common_scale(inner, outer)
        if scale is None:
            continue
        kind = "flow" if "flow" in (old.kind, new.kind) else "tissue"
        return [*kept[:place], DeclaredPicture(outer.box, scale, kind), *kept[place + 1 :]]
    return [*kept, new]


def _common_scale(inner: DeclaredPicture, outer: DeclaredPicture) -> Spacing | Abstained | None:
    """The scale of one region inside another; None where they are two pictures, such as an inset."""
    if not isinstance(inner.scale, Spacing) or not isinstance(outer.scale, Spacing):
        return outer.scale if isinstance(outer.scale, Spacing) else inner.scale
    if _same_scale(inner.scale, outer.scale):
        return outer.scale
    if _shared(outer.box, inner.box) < SAME_PLACE:
        return None
    said = f"Two regions of the same picture say {inner.scale.row_mm:.5g} and {outer.scale.row_mm:.5g}"
    return Abstained("spacing_conflict", f"{said} mm per pixel; give mm_per_pixel in the manifest.")


def _shared(inner: Box, outer: Box) -> float:
    """Share of `inner` that lies in `outer`."""
    rows = min(inner.row1, outer.row1) - max(inner.row0, outer.row0)
    columns = min(inner.column1, outer.column1) - max(inner.column0, outer.column0)
    return max(rows, 0) * max(columns, 0) / (inner.rows * inner.columns)


def _same_scale(first: Spacing, second: Spacing) -> bool:
    rows, columns = first.row_mm / second.row_mm, first.column_mm / second.column_mm
    return abs(rows - 1) <= SAME_SCALE and abs(columns - 1) <= SAME_SCALE
