"""Contrast clips: panels, wall, motion and curves put together, a row a region and model."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ius_vision.contrast.compression import (
    Added,
    added_by_compression,
    is_too_coarse,
    left_by_compression,
)
from ius_vision.contrast.crop import Crop, crop_panels
from ius_vision.contrast.linear import DisplayMap, PowerScale
from ius_vision.contrast.panels import Panels, Picture, find_panels
from ius_vision.contrast.pattern import LAYER, wall_pattern
from ius_vision.contrast.perfusion import (
    RANGE_UNKNOWN,
    TINT_UNKNOWN,
    RegionFit,
    fit_regions,
    scales_of,
)
from ius_vision.contrast.reference import Reference, Sample, choose_reference
from ius_vision.contrast.regions import Wall
from ius_vision.contrast.study import UNMOVED, USER, BolusCine, BolusStudy, study_bolus
from ius_vision.contrast.tint import find_display_map
from ius_vision.contrast.verdicts import MIN_FRAMES
from ius_vision.dicom.clip import Calibration, Clip, ImageArea, TimeBase
from ius_vision.dicom.colour_content import find_colour_bars
from ius_vision.dicom.dynamic_range import DynamicRange, find_dynamic_range
from ius_vision.dicom.injection import find_injection
from ius_vision.dicom.manifest import manifest_row
from ius_vision.geometry import Spacing
from ius_vision.measurement.frame import measure_frame
from ius_vision.outcomes import Abstained
from ius_vision.pipeline.contrast_evidence import (
    BolusRecord,
    clip_evidence,
    write_curves,
    write_regions,
    write_wall,
)
from ius_vision.pipeline.contrast_join import Recording, Siblings, whole_recording
from ius_vision.pipeline.contrast_masks import user_region
from ius_vision.pipeline.contrast_rows import Circumstances, bare_row, contrast_outcome, region_rows
from ius_vision.pipeline.contrast_screen import range_from_screen, timed_by_screen
from ius_vision.pipeline.pictures import PictureFolder
from ius_vision.pipeline.rows import ClipLook
from ius_vision.pipeline.scene import evenly_spaced, scene_in
from ius_vision.pipeline.tools import Tools
from ius_vision.vocabulary import Label

ASSUMED = "assumed"
SCREENS = 5
COMPRESSION_LOOKS = 24


@dataclass(frozen=True, slots=True, eq=False)
class _Screen:
    """What the first look at the screen says."""

    areas: tuple[ImageArea, ...]
    panels: Panels
    crop: Crop
    display: DisplayMap

    @property
    def tissue(self) -> ImageArea | None:
        return None if self.panels.tissue is None else self.areas[self.panels.tissue]


def measure_contrast(
    clip: Clip, name: str, tools: Tools, pictures: PictureFolder, siblings: Siblings | None = None
) -> ClipLook:
    """Measure the bolus of a contrast clip, with what goes on from it in other files.

    Parameters
    ----------
    name : the clip's name in the names of masks and pictures.
    siblings : the files of its exam.

    Raises
    ------
    Unreadable
        A frame cannot be decoded.
    """
    if clip.areas and clip.frames >= MIN_FRAMES and not isinstance(clip.time_base, TimeBase):
        clip = timed_by_screen(clip)
    recording = whole_recording(clip, siblings, tools)
    if isinstance(recording, Abstained):
        row = bare_row(clip, dynamic_range(clip, tools), recording)
        return ClipLook(clip, outcome=recording, contrast=(row,))
    look = _measured(recording, name, tools, pictures)
    # What the tables say of the file is about the file: frames of another one are no frames of it.
    best = look.best_frame if look.best_frame is not None and look.best_frame < clip.frames else None
    looked_at = None if look.frames_looked_at is None else min(look.frames_looked_at, clip.frames)
    return replace(look, clip=clip, best_frame=best, frames_looked_at=looked_at)


def _measured(recording: Recording, name: str, tools: Tools, pictures: PictureFolder) -> ClipLook:
    clip = recording.clip
    known = dynamic_range(clip, tools)
    refused = _refusal(clip)
    if refused is not None:
        row = bare_row(clip, known, refused)
        return ClipLook(clip, outcome=refused, contrast=(row,))
    screen = _look_at_screen(clip)
    if not screen.crop.valid.any():
        nothing = scene_in(None, clip)
        return ClipLook(clip, outcome=nothing, contrast=(bare_row(clip, known, nothing),))
    reference = _reference(clip, screen, tools)
    spacing = _spacing(screen.areas[screen.panels.contrast], screen.tissue)
    linear = known is not None and screen.display.is_known
    scales = scales_of(screen.display, known.range_db if linear else None)
    added = _compression(clip, screen, reference, scales[0]) if linear else None
    cine = BolusCine(
        frames=clip.grey_frames,
        times_s=np.array(clip.time_base.times_s),
        crop=screen.crop,
        scales=tuple(scale.less(added.at_peak if added else 1.0) for scale in scales),
        spacing=spacing,
    )
    stated = manifest_row(tools.manifest, clip.file, clip.sop_instance_uid)
    drawn = user_region(clip, stated, screen.crop, reference)
    study = study_bolus(cine, reference, {USER: drawn} if isinstance(drawn, np.ndarray) else {})
    if added is not None:
        # What was taken off every pixel is what JPEG adds around the peak.
        study = replace(
            study, curves=study.curves.with_power(lambda power: added.taken_off(power * added.at_peak))
        )
    why = RANGE_UNKNOWN if known is None else TINT_UNKNOWN
    fits = _fits(study, cine, tools, why, left_by_compression(added, clip.luminance_steps))
    record = BolusRecord(clip, name, cine, study, fits, linear)
    mask = write_wall(record, pictures)
    pattern = ""
    # Heights that are cut off or not linear say nothing about the depth.
    told = record.first.outcome is None or record.first.outcome.reason == "no_bolus"
    if told and reference is not None and isinstance(reference.wall, Wall):
        pattern = wall_pattern(cine.times_s, study.curves, study.used, reference.wall)
    files = write_curves(record, pictures), write_regions(record, pictures)
    about = Circumstances(
        clip, known, screen.panels, screen.display, spacing, study, pattern, files,
        injection=find_injection(clip.path, stated), compression=added.at_peak if added else None,
        recording=recording,
    )  # fmt: skip
    rows = region_rows(about, fits)
    if isinstance(drawn, Abstained):
        rows = (bare_row(clip, known, drawn, USER), *rows)
    evidence = clip_evidence(record, mask, pictures)
    return ClipLook(
        clip,
        outcome=contrast_outcome(rows),
        best_frame=evidence.frame - 1,
        contrast=rows,
        frames_looked_at=clip.frames,
        evidence=evidence,
    )


def _fits(
    study: BolusStudy, cine: BolusCine, tools: Tools, why: str, left: tuple[float, float]
) -> list[RegionFit]:
    """The regions' fits; heights reach over what compression left and over what does not enhance."""
    shown = [one for one in study.curves.names if one != UNMOVED and not one.startswith(LAYER.format(""))]
    used = {region: study.counted(region) for region in shown}
    low, high = left
    return [
        replace(fit, height_reach=(low, high * study.unlit_factor(fit.region)))
        for fit in fit_regions(cine.times_s, study.curves, used, tools.settings.curve_models, why)
    ]


def dynamic_range(clip: Clip, tools: Tools) -> DynamicRange | None:
    """The range that manifest, file or screen state; else the one that the user chose to assume."""
    known = find_dynamic_range(clip.path, manifest_row(tools.manifest, clip.file, clip.sop_instance_uid))
    known = known or range_from_screen(clip)
    assumed = tools.settings.assume_dynamic_range_db
    return DynamicRange(assumed, ASSUMED) if known is None and assumed is not None else known


def _refusal(clip: Clip) -> Abstained | None:
    """Why a clip cannot be measured at all."""
    if not clip.areas:
        return scene_in(None, clip)
    if not isinstance(clip.time_base, TimeBase):
        return clip.time_base
    if clip.frames < MIN_FRAMES:
        return Abstained(
            "too_short",
            f"The contrast clip has {clip.frames} frames, and a bolus needs {MIN_FRAMES} or more; "
            "give the whole recording.",
        )
    return None


def _look_at_screen(clip: Clip) -> _Screen:
    """Find the panels and the map from values to colours in a few frames."""
    frames = [rgb for _, rgb in clip.rgb_frames(evenly_spaced(clip.frames, SCREENS))]
    pictures = [
        Picture(area.box, area.mask(clip.rows, clip.columns), area.declared, area.kind == "flow")
        for area in clip.areas
    ]
    panels = find_panels(pictures, frames)
    bars = [bar.box for bar in find_colour_bars(frames[0])]
    display = find_display_map(frames, pictures[panels.contrast].mask, bars)
    return _Screen(clip.areas, panels, crop_panels(pictures, panels), display)


def _compression(clip: Clip, screen: _Screen, reference: Reference | None, scale: PowerScale) -> Added | None:
    """What JPEG adds to the region's mean power, at the levels it has; None where no JPEG is known."""
    if not clip.luminance_steps or is_too_coarse(clip.luminance_steps):
        return None
    region = np.zeros((clip.rows, clip.columns), bool)
    wall = reference.wall if reference is not None else None
    region[screen.crop.contrast.slices] = wall.mask if isinstance(wall, Wall) else screen.crop.valid
    looks = [grey for _, grey in clip.grey_frames(evenly_spaced(clip.frames, COMPRESSION_LOOKS))]
    return added_by_compression(looks, region, scale.power, clip.luminance_steps)


def _spacing(*areas: ImageArea | None) -> Spacing | None:
    scales = [area.calibration for area in areas if area is not None]
    return next((scale.spacing for scale in scales if isinstance(scale, Calibration)), None)


def _reference(clip: Clip, screen: _Screen, tools: Tools) -> Reference | None:
    """Segment a few B-mode panels and choose the frame that all others are laid on."""
    if screen.tissue is None:
        return None
    spacing = _spacing(screen.tissue, screen.areas[screen.panels.contrast])
    looked = evenly_spaced(clip.frames, tools.settings.contrast_mask_frames)
    samples = [_sample(index, grey, screen, spacing, tools) for index, grey in clip.grey_frames(looked)]
    return choose_reference(samples, screen.crop, spacing)


def _sample(index: int, grey: np.ndarray, screen: _Screen, spacing: Spacing | None, tools: Tools) -> Sample:
    box = screen.crop.tissue
    tissue = grey[box.slices].copy()
    if spacing is None:
        nothing = np.zeros(tissue.shape, np.float32)
        return Sample(index, tissue, nothing, nothing)
    mask = screen.tissue.mask(*grey.shape)
    seen = tools.model.segment(grey, spacing, mask)
    measured = measure_frame(grey, seen, spacing, mask, tools.bwt_error)
    origin = np.array([box.row0, box.column0])
    doubt = measured.thickness if isinstance(measured.thickness, Abstained) else None
    return Sample(
        index=index,
        tissue=tissue,
        wall=seen.wall_probability[box.slices].copy(),
        lumen=(seen.labels[box.slices] == Label.LUMEN).astype(np.float32),
        quality=measured.quality if doubt is None else 0.0,
        inner_lines=tuple(line - origin for line in measured.inner_lines),
        outer_lines=tuple(line - origin for line in measured.outer_lines),
        doubt=doubt,
    )
