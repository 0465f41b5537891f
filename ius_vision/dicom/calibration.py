"""One scale from several witnesses: the manifest, the region tag, Pixel Spacing and the burned-in ruler."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pydicom

from ius_vision.dicom.clip import Calibration
from ius_vision.dicom.header import numbers
from ius_vision.dicom.regions import CM_TO_MM, DEEPEST_CM
from ius_vision.dicom.ruler import Ruler
from ius_vision.geometry import Box, Spacing
from ius_vision.outcomes import Abstained

TAGS_AGREE = 0.01
SOURCES_AGREE = 0.03
SQUARE_WITHIN = 0.02
SMALLEST_MM, LARGEST_MM = 0.005, 2.0
# Pixels are nearly square, or twice as high as wide where a grabber kept one field of two; a decision of
# this project with room to spare [J].
LARGEST_ASPECT = 3.0
WIDEST_MM = 400.0


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What each source says about one area; None where the source says nothing.

    `aspect` is a pixel's height over its width, which gives a ruler along the rows the other direction.
    """

    manifest_mm: float | None = None
    region: Spacing | Abstained | None = None
    pixel_spacing: Spacing | None = None
    rulers: tuple[Ruler, ...] = ()
    zoom_change: tuple[Ruler, Ruler] | None = None
    aspect: float = 1.0


def read_pixel_spacing(dataset: pydicom.Dataset) -> Spacing | None:
    """Read Pixel Spacing (0028,0030), mm between rows and between columns; None where impossible."""
    sizes_mm = numbers(dataset, "PixelSpacing")
    plausible = len(sizes_mm) == 2 and all(SMALLEST_MM <= size_mm < LARGEST_MM for size_mm in sizes_mm)
    return Spacing(*sizes_mm) if plausible else None


def read_pixel_aspect(dataset: pydicom.Dataset) -> float:
    """Read Pixel Aspect Ratio (0028,0034), a pixel's height over its width; 1 where absent or impossible."""
    sizes = numbers(dataset, "PixelAspectRatio")
    if len(sizes) != 2 or min(sizes) <= 0 or not 0.2 <= sizes[0] / sizes[1] <= 5:
        return 1.0
    return sizes[0] / sizes[1]


def calibrate(witnesses: Witnesses) -> Calibration | Abstained:
    """Decide one scale, or abstain from millimetres.

    Returns
    -------
    The manifest's value if there is one: a person overrules the file, and the evidence says so. Else the
    region tag, Pixel Spacing, or an unambiguous ruler, in this order, provided that all of them agree (the
    two tags within 1 %, the ruler within 3 %). `spacing_conflict` where they do not, `no_spacing` where
    there is none.
    """
    evidence = _evidence(witnesses)
    tagged = _tagged(witnesses)
    if witnesses.manifest_mm is not None:
        spacing = Spacing(witnesses.manifest_mm, witnesses.manifest_mm)
        return Calibration(spacing, "manifest", (*_overruling(spacing, tagged), *evidence))
    if witnesses.zoom_change is not None:
        return _zoomed(*witnesses.zoom_change)
    if isinstance(tagged, Abstained) and tagged.reason == "spacing_conflict":
        return tagged
    if isinstance(tagged, Calibration):
        quarrel = _ruler_conflict(tagged, witnesses.rulers)
        return quarrel or Calibration(tagged.spacing, tagged.source, evidence)
    alone = _ruler_alone(witnesses.rulers, witnesses.aspect)
    if alone is not None:
        return Calibration(alone, "ruler", evidence)
    said = " ".join(f"On the screen: {ruler.sentence}." for ruler in witnesses.rulers)
    return Abstained(tagged.reason, f"{tagged.detail} {said}".strip())


def plausible(found: Calibration | Abstained, box: Box) -> Calibration | Abstained:
    """The scale of a picture, or `implausible_spacing` where no picture has such pixels or such a size."""
    if isinstance(found, Abstained):
        return found
    row_mm, column_mm = found.spacing.row_mm, found.spacing.column_mm
    depth_mm, width_mm = row_mm * box.rows, column_mm * box.columns
    aspect = max(row_mm / column_mm, column_mm / row_mm)
    if depth_mm <= DEEPEST_CM * CM_TO_MM and width_mm <= WIDEST_MM and aspect <= LARGEST_ASPECT + TAGS_AGREE:
        return found
    return Abstained(
        "implausible_spacing",
        f"{found.source} says {_mm(found.spacing)}, a picture {depth_mm:.4g} mm deep and {width_mm:.4g} mm "
        f"wide of pixels {aspect:.3g} times as long as broad, which no ultrasound image has; "
        "give the right mm_per_pixel in the manifest.",
    )


def _tagged(witnesses: Witnesses) -> Calibration | Abstained:
    """The scale of the header alone."""
    region, pixel = witnesses.region, witnesses.pixel_spacing
    if isinstance(region, Spacing):
        if pixel is not None and _apart(region, pixel) > TAGS_AGREE:
            return Abstained(
                "spacing_conflict",
                f"The region says {_mm(region)} and Pixel Spacing says {_mm(pixel)}; "
                "give mm_per_pixel in the manifest.",
            )
        return Calibration(region, "dicom_region")
    if isinstance(region, Abstained) and region.reason != "no_spacing":
        # A header that was not scaled along with the picture is wrong in Pixel Spacing too.
        return region
    if pixel is not None:
        return Calibration(pixel, "pixel_spacing")
    return Abstained(
        "no_spacing",
        "The file holds no calibrated region and no Pixel Spacing; give mm_per_pixel in the manifest.",
    )


def _overruling(entered: Spacing, tagged: Calibration | Abstained) -> tuple[str, ...]:
    if isinstance(tagged, Abstained):
        return (f"The manifest's {_mm(entered)} is used; the file gives none: {tagged.detail}",)
    apart = _apart(entered, tagged.spacing)
    verdict = "agrees with" if apart <= SOURCES_AGREE else "overrules"
    said = f"{verdict} {tagged.source}, {_mm(tagged.spacing)} ({apart:.1%} apart)"
    return (f"The manifest's {_mm(entered)} {said}.",)


def _zoomed(first: Ruler, later: Ruler) -> Abstained:
    return Abstained(
        "spacing_conflict",
        f"The ruler's ticks stand {first.period_px:.2f} px apart at first and {later.period_px:.2f} later: "
        "the zoom was changed during the clip; export the two parts as clips of their own.",
    )


def _ruler_conflict(tagged: Calibration, rulers: tuple[Ruler, ...]) -> Abstained | None:
    for ruler in rulers:
        pixel_mm = tagged.spacing.row_mm if ruler.along == "rows" else tagged.spacing.column_mm
        nearest_mm = ruler.nearest_pixel_mm(pixel_mm)
        if abs(nearest_mm / pixel_mm - 1) > SOURCES_AGREE:
            return Abstained(
                "spacing_conflict",
                f"{tagged.source} says {pixel_mm:.5g} mm per pixel and the ruler on the screen says "
                f"{nearest_mm:.5g} ({ruler.sentence}); give mm_per_pixel in the manifest.",
            )
    return None


def _ruler_alone(rulers: tuple[Ruler, ...], aspect: float) -> Spacing | None:
    """The scale of rulers that can be read in one way only; two of them must agree."""
    known = [ruler for ruler in rulers if ruler.pixel_mm is not None]
    if not known:
        return None
    heights_mm = [ruler.pixel_mm * (1.0 if ruler.along == "rows" else aspect) for ruler in known]
    if max(heights_mm) / min(heights_mm) - 1 > SOURCES_AGREE:
        return None
    return Spacing(row_mm=heights_mm[0], column_mm=heights_mm[0] / aspect)


def _evidence(witnesses: Witnesses) -> tuple[str, ...]:
    said = []
    if isinstance(witnesses.region, Spacing):
        said.append(f"dicom_region: {_mm(witnesses.region)}.")
        if abs(witnesses.region.row_mm / witnesses.region.column_mm - 1) > SQUARE_WITHIN:
            said.append("The pixels are not square.")
    elif isinstance(witnesses.region, Abstained):
        said.append(f"dicom_region: {witnesses.region.detail}")
    if witnesses.pixel_spacing is not None:
        said.append(f"pixel_spacing: {_mm(witnesses.pixel_spacing)}.")
    said += [f"ruler: {ruler.sentence}." for ruler in witnesses.rulers]
    return tuple(said)


def _apart(first: Spacing, second: Spacing) -> float:
    return max(abs(first.row_mm / second.row_mm - 1), abs(first.column_mm / second.column_mm - 1))


def _mm(spacing: Spacing) -> str:
    if math.isclose(spacing.row_mm, spacing.column_mm, rel_tol=1e-6):
        return f"{spacing.row_mm:.5g} mm per pixel"
    return f"{spacing.row_mm:.5g} x {spacing.column_mm:.5g} mm per pixel (row x column)"
