"""The frame that all others are laid on, and the wall that several frames agree on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.crop import Crop
from ius_vision.contrast.motion import Tracker, plane_limit
from ius_vision.contrast.regions import Wall, make_wall
from ius_vision.geometry import Box, Spacing
from ius_vision.outcomes import Abstained, commonest

_MARGIN_MM = 6.0
_MARGIN_PX = 24
# Share of wall, over the frames, of a pixel in the wall and of one that is measured in it.
_VOTE, _SURE = 0.5, 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A frame's B-mode panel and what the wall model sees in it, in the panel's coordinates.

    Attributes
    ----------
    index : of the frame, from 0.
    tissue : (rows, columns) uint8.
    wall, lumen : (rows, columns) float32 shares, 0 to 1.
    quality : how well the wall is seen, 0 where it could not be measured.
    inner_lines, outer_lines : (points, 2) interfaces that were measured, as (row, column).
    doubt : why the wall could not be measured, None where it was.
    """

    index: int
    tissue: NDArray[np.uint8]
    wall: NDArray[np.float32]
    lumen: NDArray[np.float32]
    quality: float = 0.0
    inner_lines: tuple[NDArray, ...] = ()
    outer_lines: tuple[NDArray, ...] = ()
    doubt: Abstained | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The reference frame with its wall and the tracker that follows it."""

    index: int
    tissue: NDArray[np.uint8]
    wall: Wall | Abstained
    tracker: Tracker
    patch: Box


def choose_reference(samples: Sequence[Sample], crop: Crop, spacing: Spacing | None) -> Reference:
    """Take the frame that shows the wall and is most like the others; the wall is a vote of like frames.

    There is none where no frame's wall could be measured: labels alone do not say that this is bowel.

    Parameters
    ----------
    samples : at least one frame, spread over the clip.
    spacing : None where the picture has no scale: then no wall can be made.
    """
    likeness = [_likeness(sample, samples, crop, spacing) for sample in samples]
    candidates = [i for i, sample in enumerate(samples) if sample.doubt is None] or list(range(len(samples)))
    best = max(candidates, key=lambda i: (likeness[i] * (0.5 + 0.5 * samples[i].quality), -i))
    chosen = samples[best]
    wall = _voted_wall(chosen, samples, crop, spacing)
    patch = _patch(chosen if isinstance(wall, Abstained) else wall.whole, crop, spacing)
    return Reference(chosen.index, chosen.tissue, wall, Tracker(chosen.tissue, patch, crop.whole), patch)


def _likeness(sample: Sample, samples: Sequence[Sample], crop: Crop, spacing: Spacing | None) -> float:
    """Median similarity of the other frames to this one."""
    if len(samples) == 1:
        return 1.0
    tracker = Tracker(sample.tissue, _patch(sample, crop, spacing), crop.whole)
    others = [tracker.locate(other.tissue).similarity for other in samples if other is not sample]
    return max(float(np.median(others)), 0.0)


def _patch(shown: Sample | NDArray[np.bool_], crop: Crop, spacing: Spacing | None) -> Box:
    """The wall with a margin; the whole panel where no wall is seen that could be measured."""
    if isinstance(shown, Sample):
        # Labels that are no wall may lie on anything, and what they lie on need not move as the bowel does.
        shown = (shown.wall > _VOTE) & (shown.doubt is None)
    mask = shown & crop.valid
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return _middle(crop)
    more = (
        (_MARGIN_PX, _MARGIN_PX)
        if spacing is None
        else (round(_MARGIN_MM / spacing.row_mm), round(_MARGIN_MM / spacing.column_mm))
    )
    height, width = crop.valid.shape
    return Box(
        max(0, int(rows[0]) - more[0]),
        max(0, int(columns[0]) - more[1]),
        min(height, int(rows[-1]) + 1 + more[0]),
        min(width, int(columns[-1]) + 1 + more[1]),
    )


def _middle(crop: Crop) -> Box:
    """The panel without its outer eighth, which motion takes in and out of the picture."""
    height, width = crop.valid.shape
    return Box(height // 8, width // 8, max(height - height // 8, 1), max(width - width // 8, 1))


def _voted_wall(
    chosen: Sample, samples: Sequence[Sample], crop: Crop, spacing: Spacing | None
) -> Wall | Abstained:
    if spacing is None:
        return Abstained(
            "no_spacing",
            "The contrast clip has no trustworthy scale, so its wall is not looked for; "
            "give mm_per_pixel in the manifest.",
        )
    doubts = [sample.doubt for sample in samples if sample.doubt is not None]
    if len(doubts) == len(samples):
        doubt = commonest(doubts)
        return Abstained(doubt.reason, f"On the B-mode panel: {doubt.detail} The whole panel is measured.")
    tracker = Tracker(chosen.tissue, _patch(chosen, crop, spacing), crop.whole)
    places = [tracker.locate(sample.tissue) for sample in samples]
    limit = plane_limit(np.array([place.similarity for place in places]))
    wall, lumen, votes = (np.zeros(crop.valid.shape, np.float32) for _ in range(3))
    for sample, place in zip(samples, places, strict=True):
        # Without a limit nothing says that the others show the same place.
        if sample is not chosen and not place.similarity >= limit:
            continue
        back = np.array([[1.0, 0.0, -place.columns], [0.0, 1.0, -place.rows]], np.float32)
        size = wall.shape[1], wall.shape[0]
        wall += cv2.warpAffine(sample.wall, back, size)
        lumen += cv2.warpAffine(sample.lumen, back, size)
        votes += cv2.warpAffine(np.ones_like(sample.wall), back, size)
    votes = np.maximum(votes, 1e-3)
    return make_wall(
        (wall > _VOTE * votes) & crop.valid,
        (wall > _SURE * votes) & crop.valid,
        (lumen > _VOTE * votes) & crop.valid,
        list(chosen.inner_lines),
        list(chosen.outer_lines),
        spacing,
    )
