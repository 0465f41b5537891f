"""B-mode: every frame looked at is segmented and measured; one frame is in memory at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ius_vision.dicom.clip import Clip, TimeBase
from ius_vision.findings.rows import FrameRow
from ius_vision.measurement.clip import measure_clip
from ius_vision.measurement.frame import FrameMeasurement
from ius_vision.measurement.shape import NOTHING_SEEN
from ius_vision.measurement.texture import pooled_texture
from ius_vision.outcomes import Abstained, Measured
from ius_vision.pipeline.frame_look import look_at_frame
from ius_vision.pipeline.pictures import PictureFolder
from ius_vision.pipeline.rows import ClipLook, fat_cells, shape_cells
from ius_vision.pipeline.scene import Scene, evenly_spaced, one_frame, scene_in
from ius_vision.pipeline.tools import Tools
from ius_vision.report.evidence import ClipEvidence, Line

RAYS_DRAWN = 40
# After so many frames in a row without wall a second, closer look at each is no longer worth its time.
MOST_IN_VAIN = 5


@dataclass(frozen=True, slots=True)
class _Frame:
    index: int
    measurement: FrameMeasurement
    mask: str
    magnification: float


def measure_b_mode(clip: Clip, name: str, tools: Tools, pictures: PictureFolder) -> ClipLook:
    """Segment and measure a clip's frames, evenly spaced where there are many.

    Parameters
    ----------
    name : the clip's name in the names of masks and pictures.

    Raises
    ------
    Unreadable
        A frame cannot be decoded.
    """
    scene = scene_in(clip.main_area, clip)
    if isinstance(scene, Abstained):
        return ClipLook(clip, "bwt", {"bwt": scene, "bws": scene, "ifat": scene})
    frames, in_vain = [], 0
    for index, grey in clip.grey_frames(evenly_spaced(clip.frames, tools.settings.b_mode_frames)):
        closer = in_vain < MOST_IN_VAIN
        look = look_at_frame(tools.model, grey, scene.spacing, scene.mask, tools.bwt_error, closer)
        in_vain = 0 if look.has_wall else in_vain + 1
        mask = pictures.save_mask(name, index, look.segmentation.labels) if look.has_wall else ""
        frames.append(_Frame(index, look.measurement, mask, look.magnification))
    result = measure_clip([frame.measurement for frame in frames], tools.bwt_error)
    for place in result.set_aside:
        frames[place] = _set_aside(frames[place], result.bwt, pictures)
    best = None if result.best_frame is None else frames[result.best_frame]
    return ClipLook(
        clip=clip,
        primary="bwt",
        items={"bwt": result.bwt, "bws": result.bws, "ifat": result.ifat},
        best_frame=None if best is None else best.index,
        frames=tuple(_row(clip, frame) for frame in frames),
        frames_looked_at=len(frames),
        seen_view=str(result.view),
        evidence=None if best is None else _evidence(clip, name, scene, best, pictures),
        quality=result.mean_quality,
        fat=result.fat,
        layers=result.layers,
        shape=result.shape,
        texture=pooled_texture([frame.measurement.texture for frame in frames]),
    )


def _set_aside(frame: _Frame, clip_bwt: Measured[float], pictures: PictureFolder) -> _Frame:
    """Give up the value of a frame that disagrees with the others, so that the clip's is the mean of those
    told.
    """
    pictures.remove_mask(frame.mask)
    here_mm = frame.measurement.thickness.value
    why = Abstained(
        "frame_disagrees",
        f"The wall found is {here_mm:.1f} mm thick here and {clip_bwt.value:.1f} mm in "
        "the clip's other frames, so this one is left out of the mean; look whether it shows more.",
    )
    measurement = replace(
        frame.measurement, thickness=why, thickest_mm=None, stratification=why, lost_layer_mm=None, fat=why,
        shape=NOTHING_SEEN, texture=None,
    )  # fmt: skip
    return replace(frame, measurement=measurement, mask="")


def _row(clip: Clip, frame: _Frame) -> FrameRow:
    measured = frame.measurement
    thickness = measured.thickness
    has_value = isinstance(thickness, Measured)
    times = clip.time_base.times_s if isinstance(clip.time_base, TimeBase) else None
    return FrameRow(
        sop_instance_uid=clip.sop_instance_uid,
        file=clip.file,
        frame=frame.index + 1,
        time_s=times[frame.index] if times else None,
        quality=measured.quality,
        status=thickness.status,
        reason=None if has_value else thickness.reason,
        detail=None if has_value else thickness.detail,
        bwt_mm=thickness.value if has_value else None,
        bwt_max_mm=measured.thickest_mm,
        wall_length_mm=measured.wall_length_mm if has_value else None,
        bws=_grade(measured.stratification),
        ifat=_grade(measured.fat),
        lost_layer_mm=measured.lost_layer_mm,
        view=str(measured.view),
        mask=frame.mask,
        magnification=frame.magnification,
        **_evidence_cells(measured),
    )


def _evidence_cells(measured: FrameMeasurement) -> dict[str, float]:
    """What the grades of layers and fat rest on, and the wall's shape."""
    cells = {}
    if layers := measured.layers.evidence:
        cells |= {"doubtful_layer_mm": layers.doubtful_mm, "layer_judged_mm": layers.judged_mm}
    if fat := measured.fat_sign.evidence:
        cells |= fat_cells(fat)
        if fat.compared:
            cells["fat_seen_mm"] = fat.seen_mm
    return cells | shape_cells(measured.shape)


def _grade(outcome: Measured[int] | Abstained) -> int | None:
    return outcome.value if isinstance(outcome, Measured) else None


def _evidence(clip: Clip, name: str, scene: Scene, best: _Frame, pictures: PictureFolder) -> ClipEvidence:
    """The frame that stands for the value, decoded once more, with its interfaces and calipers."""
    measured = best.measurement
    picture, box = pictures.save_picture(name, best.index, one_frame(clip, best.index), scene.area.box)
    lines = [Line("inner", _points(line)) for line in measured.inner_lines]
    lines += [Line("outer", _points(line)) for line in measured.outer_lines]
    step = max(1, len(measured.calipers) // RAYS_DRAWN)
    lines += [Line("ray", _points((ray.inner, ray.outer))) for ray in measured.calipers[::step]]
    standing = measured.caliper
    if standing is not None:
        lines.append(Line("caliper", _points((standing.inner, standing.outer))))
    return ClipEvidence(
        file=clip.file,
        picture=picture,
        frame=best.index + 1,
        box=box,
        spacing_mm=(scene.spacing.row_mm, scene.spacing.column_mm),
        lines=tuple(lines),
        caliper_mm=standing.thickness_mm if standing else None,
        mask=best.mask,
    )


def _points(line: Sequence[Sequence[float]]) -> tuple[tuple[float, float], ...]:
    """A line rounded to hundredths of a pixel, as plain numbers."""
    return tuple((round(float(row), 2), round(float(column), 2)) for row, column in line)
