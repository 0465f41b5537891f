"""Colour and power Doppler: the wall is found in the grey below the colour, the colour is graded on it."""

from __future__ import annotations

import cv2
import numpy as np

from ius_vision.dicom.clip import Clip, ImageArea
from ius_vision.dicom.colour_content import colour_content
from ius_vision.dicom.triage import FLOW_PX
from ius_vision.measurement.colour_pixels import ColourGauge, remove_colour
from ius_vision.measurement.doppler import DopplerGrader, DopplerSignal
from ius_vision.outcomes import Abstained, commonest
from ius_vision.pipeline.doppler_checks import checked
from ius_vision.pipeline.doppler_velocity import read_motion
from ius_vision.pipeline.frame_look import SURE, look_at_frame
from ius_vision.pipeline.pictures import PictureFolder
from ius_vision.pipeline.rows import ClipLook
from ius_vision.pipeline.scene import Scene, evenly_spaced, one_frame, scene_in
from ius_vision.pipeline.tools import Tools
from ius_vision.report.evidence import ClipEvidence, Line
from ius_vision.vocabulary import Label

FRAMES_TO_FIND_COLOUR = 3
FRAMES_TO_TELL_GREY = 5
NOT_DOPPLER = Abstained(
    "not_a_doppler_clip",
    "The manifest calls this a Doppler clip, but its frames show neither flow nor a colour bar; "
    "correct the mode in the manifest.",
)
# A grade says that this is bowel. As in B-mode the wall has to be one that could be measured, in this share
# of the frames in which it is looked for; and the model has to be surer of it, since flow in a lymph node
# leaves the grey of something like a wall.
LEAST_SURE_SHARE = 0.25
SMALLEST_OUTLINE_PX = 12
OUTLINE_TOLERANCE_PX = 0.7


def grade_doppler(clip: Clip, name: str, tools: Tools, pictures: PictureFolder) -> ClipLook:
    """Grade the colour in and around the wall over a clip.

    Parameters
    ----------
    name : the clip's name in the names of masks and pictures.

    Raises
    ------
    Unreadable
        A frame cannot be decoded.
    """
    if _is_grey(clip):
        return ClipLook(clip, "cds", {"cds": NOT_DOPPLER})
    scene = scene_in(_flow_area(clip), clip)
    if isinstance(scene, Abstained):
        return ClipLook(clip, "cds", {"cds": scene})
    settings = tools.settings
    looked = evenly_spaced(clip.frames, settings.doppler_frames)
    masked = {looked[place] for place in evenly_spaced(len(looked), settings.doppler_mask_frames)}
    grader = DopplerGrader(scene.mask, scene.spacing, settings.doppler)
    masks: dict[int, str] = {}
    doubts: list[Abstained] = []
    for index, rgb in clip.rgb_frames(looked):
        labels = None
        if index in masked:
            labels = _sure_wall(rgb, scene, tools)
            if isinstance(labels, Abstained):
                doubts.append(labels)
                labels = None
            else:
                masks[index] = pictures.save_mask(name, index, labels)
        grader.add(rgb, labels)
    signal = _unsure(doubts, len(masked)) or grader.result()
    if isinstance(signal, Abstained):
        pictures.remove(name)
        return ClipLook(clip, "cds", {"cds": signal}, frames_looked_at=len(looked))
    best = looked[signal.best_frame]
    motion = read_motion(clip, scene.mask, signal.in_wall, looked)
    return ClipLook(
        clip=clip,
        primary="cds",
        items={"cds": signal.cds},
        best_frame=best,
        frames_looked_at=len(looked),
        flow=signal.figures,
        motion=motion,
        settings=checked(motion.scale, signal),
        evidence=_evidence(clip, name, scene, best, signal, masks, pictures),
    )


def _sure_wall(rgb: np.ndarray, scene: Scene, tools: Tools) -> np.ndarray | Abstained:
    """Labels of a frame whose wall could be measured, (rows, columns) uint8; or why it could not."""
    grey = remove_colour(rgb, scene.mask)
    # From closer a lymph node was a wall.
    look = look_at_frame(tools.model, grey, scene.spacing, scene.mask, tools.bwt_error, closer=False)
    if not look.has_wall:
        return look.measurement.thickness
    confidence = look.measurement.confidence
    if confidence >= SURE:
        return look.segmentation.labels
    return Abstained(
        "low_confidence",
        f"The model is not sure enough that this is bowel wall (confidence {confidence:.2f}, {SURE} is "
        "needed for a Doppler grade); choose a clip that shows it better.",
    )


def _unsure(doubts: list[Abstained], looks: int) -> Abstained | None:
    """The commonest doubt, where the wall is sure in too few of the frames in which it was looked for."""
    if looks - len(doubts) >= max(1, LEAST_SURE_SHARE * looks):
        return None
    doubt = commonest(doubts)
    where = "" if looks == 1 else f", in {len(doubts)} of {looks} frames"
    return Abstained(doubt.reason, f"Below the colour{where}: {doubt.detail}")


def _is_grey(clip: Clip) -> bool:
    """Whether only the manifest says Doppler, and no frame shows flow or a colour bar."""
    if clip.mode_evidence[:1] != ("manifest",):
        return False
    frames = [rgb for _, rgb in clip.rgb_frames(evenly_spaced(clip.frames, FRAMES_TO_TELL_GREY))]
    content = colour_content(frames, [area.mask(clip.rows, clip.columns) for area in clip.areas])
    return content.bar is None and content.flow_px < FLOW_PX


def _flow_area(clip: Clip) -> ImageArea | None:
    """The picture that holds the colour, where the screen shows several; of equal ones the larger."""
    if len(clip.areas) < 2:
        return clip.main_area
    masks = [area.mask(clip.rows, clip.columns).astype(np.uint8) for area in clip.areas]
    coloured = np.zeros(len(masks))
    for _, rgb in clip.rgb_frames(evenly_spaced(clip.frames, FRAMES_TO_FIND_COLOUR)):
        coloured += [np.count_nonzero(ColourGauge().coloured(rgb, mask)) for mask in masks]
    if not coloured.any():
        return clip.main_area
    sizes = [area.box.rows * area.box.columns for area in clip.areas]
    return max(zip(coloured, sizes, clip.areas, strict=True), key=lambda one: one[:2])[2]


def _evidence(
    clip: Clip,
    name: str,
    scene: Scene,
    best: int,
    signal: DopplerSignal,
    masks: dict[int, str],
    pictures: PictureFolder,
) -> ClipEvidence:
    """The frame with most of the lasting colour, and the wall of the nearest frame that has a mask."""
    picture, box = pictures.save_picture(name, best, one_frame(clip, best, colour=True), scene.area.box)
    nearest = min(masks, key=lambda index: abs(index - best))
    wall = pictures.read_mask(masks[nearest]) == Label.WALL
    lines = [Line("wall", outline) for outline in _outlines(wall)]
    lines += [Line("vessel", outline) for outline in _outlines(signal.vessel_mask)]
    return ClipEvidence(
        file=clip.file,
        picture=picture,
        frame=best + 1,
        box=box,
        spacing_mm=(scene.spacing.row_mm, scene.spacing.column_mm),
        lines=tuple(lines),
        mask=masks[nearest],
    )


def _outlines(mask: np.ndarray) -> list[tuple[tuple[float, float], ...]]:
    """Closed outlines of a mask's pieces and holes, (row, column) points."""
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    calm = [
        cv2.approxPolyDP(line, OUTLINE_TOLERANCE_PX, closed=True)
        for line in found
        if len(line) >= SMALLEST_OUTLINE_PX
    ]
    return [tuple((float(row), float(column)) for column, row in line[:, 0]) for line in calm]
