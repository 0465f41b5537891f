"""The pictures on the screen, each with its scale: declared regions refined by pixels, or pixels alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pydicom

from ius_vision.dicom.calibration import (
    Witnesses,
    calibrate,
    plausible,
    read_pixel_aspect,
    read_pixel_spacing,
)
from ius_vision.dicom.clip import ImageArea
from ius_vision.dicom.colour_content import find_colour_bars
from ius_vision.dicom.declared import declared_pictures
from ius_vision.dicom.image_area import Picture, find_picture, find_pictures, screen_brightness
from ius_vision.dicom.manifest import ManifestRow
from ius_vision.dicom.regions import Region, read_regions, region_box
from ius_vision.dicom.ruler import Ruler, changed_ruler, find_rulers, read_unit, rulers_of
from ius_vision.geometry import Box

SMALLEST_REFINED = 0.1
BAR_RIM = 0.12


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
    regions = read_regions(dataset)
    declared, refusal = declared_pictures(regions, rows, columns)
    found = [(_refine(brightness, item.box), item.scale, item.kind, item.box) for item in declared]
    if not found:
        bare = _without_strips(brightness, regions)
        found = [(picture, refusal, "tissue", None) for picture in find_pictures(bare)]
    found = [(_beside_bars(brightness, picture, sample_rgb[0]), *rest) for picture, *rest in found]
    boxes = [picture.box for picture, *_ in found]
    rulers = find_rulers(sample_rgb[0], boxes)
    common = Witnesses(
        manifest_mm=manifest_row.mm_per_pixel if manifest_row else None,
        pixel_spacing=read_pixel_spacing(dataset),
        aspect=read_pixel_aspect(dataset),
        zoom_change=changed_ruler(rulers, find_rulers(sample_rgb[-1], boxes))
        if rulers and len(sample_rgb) > 1
        else None,
    )
    areas = []
    for place, (picture, said, kind, declared_box) in enumerate(found):
        others = boxes[:place] + boxes[place + 1 :]
        own_rulers = _read_rulers(rulers_of(rulers, picture.box, others), picture.box, dataset)
        witnesses = replace(common, region=said, rulers=own_rulers)
        scale = plausible(calibrate(witnesses), picture.box)
        areas.append(ImageArea(picture.box, scale, picture.outline, kind, declared_box))
    return tuple(sorted(areas, key=lambda area: (area.box.row0, area.box.column0)))


def _read_rulers(rulers: tuple[Ruler, ...], box: Box, dataset: pydicom.Dataset) -> tuple[Ruler, ...]:
    return tuple(replace(ruler, pixel_mm=read_unit(ruler, box, dataset)) for ruler in rulers)


def _without_strips(brightness: np.ndarray, regions: tuple[Region, ...]) -> np.ndarray:
    """Blank the declared M-mode, spectral and waveform strips and bars."""
    bare = brightness.copy()
    for region in regions:
        box = region_box(region, *brightness.shape)
        if isinstance(box, Box) and region.is_strip:
            bare[box.slices] = 0
    return bare


def _refine(brightness: np.ndarray, box: Box) -> Picture:
    """Tighten a declared region to the picture in it; the box itself where the pixels show too little."""
    picture = find_picture(brightness, box)
    if picture is None or picture.box.rows * picture.box.columns < SMALLEST_REFINED * box.rows * box.columns:
        return Picture(box, None)
    return picture


def _beside_bars(brightness: np.ndarray, picture: Picture, frame_rgb: np.ndarray) -> Picture:
    """Cut off the rim of a picture that a colour bar is drawn over."""
    box = picture.box
    first, last = box.column0, box.column1
    rim = BAR_RIM * box.columns
    for bar in find_colour_bars(frame_rgb):
        level = bar.box.row0 < box.row1 and bar.box.row1 > box.row0
        if level and first <= bar.box.column1 < box.column0 + rim:
            first = bar.box.column1 + 1
        if level and last >= bar.box.column0 > box.column1 - rim:
            last = bar.box.column0 - 1
    if (first, last) == (box.column0, box.column1):
        return picture
    window = Box(box.row0, first, box.row1, last)
    return find_picture(brightness, window) or Picture(window, None)
