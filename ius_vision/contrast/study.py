"""One bolus from its frames to the curves of its regions, in three looks at the clip.

The first look finds the wall and the reference frame in a few frames. The second finds, in some dozens,
what enhances most and a reference region. The third reads every frame and keeps only sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.crop import Crop
from ius_vision.contrast.linear import PowerScale
from ius_vision.contrast.maps import MapRecorder, WallSeries
from ius_vision.contrast.motion import LEAST_LIKENESS, Position, plane_limit
from ius_vision.contrast.pattern import LAYER
from ius_vision.contrast.recorder import RegionCurves, RegionRecorder, moved_panel, shown
from ius_vision.contrast.reference import Reference
from ius_vision.contrast.regions import (
    LAYERS,
    Wall,
    calm_px,
    most_enhanced,
    reference_region,
)
from ius_vision.contrast.unlit import RiseRecorder, Unlit, stages
from ius_vision.geometry import Spacing

Frames = Callable[[Sequence[int] | None], Iterator[tuple[int, NDArray[np.uint8]]]]

WALL, MOST, INNER, OUTER, REFERENCE, PANEL, USER = (
    "wall", "most_enhanced", "inner_half", "outer_half", "reference", "whole_region", "user",
)  # fmt: skip
WALL_PARTS = (WALL, MOST, INNER, OUTER)
UNMOVED = "wall_unmoved"
_LOOKED_AT = 48
_CALM_SHARE = 1 / 60
_BEFORE, _TOP = 0.15, 0.7


@dataclass(frozen=True, slots=True, eq=False)
class BolusCine:
    """The frames of one bolus.

    Attributes
    ----------
    frames : gives (index, (rows, columns) uint8 luminance of the screen) in rising order.
    times_s : (frames,) of every frame.
    crop : where the panels lie.
    scales : tables of the dynamic range; several where it is not known.
    spacing : None where the picture has no scale.
    """

    frames: Frames
    times_s: NDArray[np.float64]
    crop: Crop
    scales: tuple[PowerScale, ...]
    spacing: Spacing | None


@dataclass(frozen=True, slots=True, eq=False)
class BolusStudy:
    """What the frames of one bolus gave.

    Attributes
    ----------
    reference : None where there is no B-mode panel, so nothing was followed.
    regions : (rows, columns) bool masks of the panel in the reference frame, by name.
    curves : of the regions, over all frames.
    positions : of the tissue in every frame; empty without a B-mode panel.
    used : (frames,) bool, frames in the reference's plane.
    chosen_in : (frames,) bool, frames in which the most enhanced part was chosen.
    limit : similarity below which a frame was dropped; NaN where none could be judged.
    wall_series : the wall on a grid over time; None without a wall.
    unlit : what of the wall takes no contrast; None without a wall, or where it cannot be told.
    """

    reference: Reference | None
    regions: dict[str, NDArray[np.bool_]]
    curves: RegionCurves
    positions: tuple[Position, ...]
    used: NDArray[np.bool_]
    chosen_in: NDArray[np.bool_]
    limit: float
    wall_series: WallSeries | None
    unlit: Unlit | None

    def counted(self, region: str) -> NDArray[np.bool_]:
        """Frames that a region's curve rests on: a part chosen for being bright is not measured where it was
        chosen."""
        return self.used & ~self.chosen_in if region == MOST else self.used

    def unlit_share(self, region: str) -> float | None:
        """Share of a part of the wall that takes no contrast; None where it cannot be told."""
        told = self.unlit is not None and region in WALL_PARTS
        return self.unlit.share(self.regions[region]) if told else None

    def unlit_factor(self, region: str) -> float:
        """How much higher a part of the wall is without what takes no contrast."""
        told = self.unlit is not None and region in WALL_PARTS
        return self.unlit.factor(self.regions[region]) if told else 1.0

    @property
    def followed(self) -> bool:
        """Whether the tissue was followed: there is a B-mode panel, and its frames are alike."""
        return self.reference is not None and not np.isnan(self.limit)


def study_bolus(
    cine: BolusCine, reference: Reference | None, given: dict[str, NDArray[np.bool_]]
) -> BolusStudy:
    """Record the curves of every region.

    Parameters
    ----------
    reference : from `choose_reference`; None without a B-mode panel.
    given : masks of the user, (rows, columns) bool of the panel in the reference frame, by name; they stand
        before the regions that are found.
    """
    chosen = _looked_at(len(cine.times_s))
    rise, limit, light = _enhancement(cine, reference, chosen)
    regions = given | _regions(cine, reference, rise)
    wall = _wall(reference)
    recorder = RegionRecorder(regions, cine.scales)
    still = given.get(USER, wall.mask if wall else None)
    unmoved = RegionRecorder({} if still is None else {UNMOVED: still}, cine.scales)
    grid = MapRecorder(wall, cine.times_s, cine.scales[0]) if wall else None
    rises = RiseRecorder(wall, stages(*light, len(cine.times_s)), cine.scales[0]) if wall else None
    positions = []
    for index, frame in cine.frames(None):
        place = _place(cine, reference, frame)
        panel = shown(frame[cine.crop.contrast.slices], cine.crop.valid)
        moved = (place.rows, place.columns)
        recorder.add(panel, moved)
        unmoved.add(panel, (0.0, 0.0))
        if grid is not None and not place.similarity < limit:
            grid.add(index, panel, moved)
            rises.add(index, panel, moved)
        positions.append(place)
    similarity = np.array([place.similarity for place in positions])
    return BolusStudy(
        reference=reference,
        regions=regions,
        curves=recorder.curves().beside(unmoved.curves()),
        positions=tuple(positions) if reference else (),
        used=~(similarity < limit),
        chosen_in=np.isin(np.arange(len(positions)), chosen),
        limit=limit,
        wall_series=grid.series() if grid else None,
        unlit=rises.unlit(cine.spacing) if rises else None,
    )


def _wall(reference: Reference | None) -> Wall | None:
    return reference.wall if reference and isinstance(reference.wall, Wall) else None


def _place(cine: BolusCine, reference: Reference | None, frame: NDArray[np.uint8]) -> Position:
    if reference is None or cine.crop.tissue is None:
        return Position(0.0, 0.0, 1.0)
    place = reference.tracker.locate(frame[cine.crop.tissue.slices])
    # A place that is no likeness is no shift.
    return place if place.similarity >= LEAST_LIKENESS else Position(0.0, 0.0, place.similarity)


def _regions(
    cine: BolusCine, reference: Reference | None, enhancement: NDArray[np.float32]
) -> dict[str, NDArray[np.bool_]]:
    """The wall and its parts; the whole panel where there is none."""
    wall = _wall(reference)
    height, width = cine.crop.valid.shape
    if wall is None:
        calm = (height * _CALM_SHARE, width * _CALM_SHARE)
        return {PANEL: cine.crop.valid, MOST: most_enhanced(enhancement, cine.crop.valid, calm)}
    found = {
        WALL: wall.mask,
        MOST: most_enhanced(enhancement, wall.mask, calm_px(cine.spacing)),
        INNER: wall.half(inner=True),
        OUTER: wall.half(inner=False),
    }
    beside = reference_region(enhancement, reference.tissue, wall, cine.crop.valid, cine.spacing)
    if beside is not None:
        found[REFERENCE] = beside
    found |= {LAYER.format(number): wall.layer(number) for number in range(LAYERS)}
    return {name: mask for name, mask in found.items() if mask.any()}


def _looked_at(total: int) -> list[int]:
    """Frames to choose regions in; most of a clip is left to measure them in."""
    count = max(min(_LOOKED_AT, total // 3), 3)
    return np.unique(np.linspace(0, total - 1, count).round().astype(int)).tolist()


def _enhancement(
    cine: BolusCine, reference: Reference | None, chosen: list[int]
) -> tuple[NDArray[np.float32], float, tuple[NDArray[np.float64], NDArray[np.intp]]]:
    """Rise of linear power from before arrival to around the peak, the limit of similarity, and the base's
    light in the frames that are alike, with their indices.
    """
    wall = _wall(reference)
    base = wall.mask if wall else cine.crop.valid
    panels, likeness = [], []
    for _, frame in cine.frames(chosen):
        place = _place(cine, reference, frame)
        panels.append(moved_panel(frame[cine.crop.contrast.slices], (place.rows, place.columns)))
        likeness.append(place.similarity)
    limit = plane_limit(np.array(likeness)) if reference else float("nan")
    alike = ~(np.array(likeness) < limit)
    panels = [panel for panel, kept in zip(panels, alike, strict=True) if kept]
    table = cine.scales[0].power.astype(np.float32)
    light = np.array([float(table[panel[base]].mean()) for panel in panels])
    floor, top = float(light.min()), float(light.max())
    high = light >= floor + _TOP * (top - floor)
    low = (light <= floor + _BEFORE * (top - floor)) & (np.arange(len(light)) < int(np.argmax(light)))
    rise = np.zeros(cine.crop.valid.shape, np.float32)
    for chosen_frames, sign in ((high, 1.0), (low, -1.0)):
        count = int(chosen_frames.sum())
        for panel in (panel for panel, keep in zip(panels, chosen_frames, strict=True) if keep):
            rise += np.float32(sign / count) * table[panel]
    return rise, limit, (light, np.array(chosen)[alike])
