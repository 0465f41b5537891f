"""Colour Doppler signal of the wall over a cine: which colour persists, and the grade it makes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ius_vision.geometry import Spacing
from ius_vision.measurement.flow_maps import CalmFlow, Cells, CineVessels, moved
from ius_vision.measurement.flow_recorder import FlowRecorder, Recording
from ius_vision.measurement.vessels import VesselEvidence, WallVessels, wall_vessels
from ius_vision.outcomes import Abstained, Measured

LEAST_WALL_MM2 = 10.0
LEAST_WALL_IN_PICTURE = 0.15


@dataclass(frozen=True, slots=True)
class DopplerSettings:
    """Limits of the grading; none has a published value, all are decisions of this project [J].

    `long_mm` : a signal longer than this along the wall is a stretch, up to it a spot.
    `persistent_share` : share of the frames (flashes left out) in which a place must be coloured to be a
    vessel.
    """

    long_mm: float = 5.0
    persistent_share: float = 0.3

    def __post_init__(self) -> None:
        if not self.long_mm > 0:
            raise ValueError(f"long_mm must be above 0, not {self.long_mm}")
        if not 0 < self.persistent_share <= 1:
            raise ValueError(f"persistent_share must lie above 0 and up to 1, not {self.persistent_share}")


@dataclass(frozen=True, slots=True)
class FlowFigures:
    """How much flow a cine shows in the wall, flash frames left out.

    `vascularity_index_percent` is 100 * coloured / all pixels of wall, mean over the frames used, and
    `vascularity_peak_percent` that of the frame with most. `flow_time_percent` is the share of frames that
    show flow in the wall. `vessels_per_cm2` counts persistent signals over the area of wall,
    `vessel_length_percent` is their length along the wall over the wall's own. `longest_mm` and `beyond_mm`
    are the largest length along the wall, and the farthest that a signal of the wall runs beyond it.
    """

    vascularity_index_percent: float
    vascularity_peak_percent: float
    flow_time_percent: float
    vessels_per_cm2: float
    vessel_length_percent: float
    longest_mm: float
    beyond_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class DopplerSignal:
    """The colour Doppler grade of a cine and what it rests on.

    `wall_in_box_percent` is the share of the labelled wall inside the coloured part of the picture, None
    where no labels were given; `noise_percent` the share of cells and frames coloured for a moment only.
    `cds` 0 none, 1 short signals, 2 long ones in the wall, 3 long ones and colour that leaves the wall
    outwards. `vessels` are the persistent signals connected with the wall, longest first. `figures` are
    numbers for further use. `best_frame` counts the frames that were added, from 0; `vessel_mask` (rows,
    columns) bool shows the vessels as they lie in that frame. `in_wall` are the parts of them in the wall,
    over all calm frames. `chroma_limit` is the calibrated limit of Cb or Cr off the grey map, of 255.
    """

    cds: Measured[int]
    vessels: tuple[VesselEvidence, ...]
    best_frame: int
    vessel_mask: np.ndarray
    in_wall: CineVessels
    figures: FlowFigures
    wall_in_box_percent: float | None
    noise_percent: float
    frames: int
    flash_frames: int
    chroma_limit: float


class DopplerGrader:
    """Grades a cine frame by frame; memory does not grow with the number of frames.

    Parameters
    ----------
    area_mask : (rows, columns) bool, the picture without colour bar, texts and rulers.
    spacing : mm per pixel, None where no scale is known.
    settings : limits of the grading.
    """

    def __init__(
        self, area_mask: np.ndarray, spacing: Spacing | None, settings: DopplerSettings | None = None
    ) -> None:
        self._settings = settings or DopplerSettings()
        self._shape = area_mask.shape
        self._frames = 0
        self._scaled = spacing is not None
        self._recorder: FlowRecorder | None = None
        if spacing is not None and area_mask.any():
            self._cells = Cells.over(area_mask, spacing)
            self._recorder = FlowRecorder(self._cells, area_mask)

    def add(self, rgb: np.ndarray, wall_mask: np.ndarray | None) -> None:
        """Look at the next frame.

        Parameters
        ----------
        rgb : (rows, columns, 3) uint8.
        wall_mask : (rows, columns), either bool, true in the wall, or uint8 labels (`vocabulary.Label`),
        which also
            tell the lumen; the mask of this very frame, None where there is none. How the wall moves between
            frames is followed in the picture.

        Raises
        ------
        ValueError
            The frame or the mask does not have the rows and columns of the area.
        """
        if rgb.shape[:2] != self._shape or (wall_mask is not None and wall_mask.shape != self._shape):
            raise ValueError(f"the frame, {rgb.shape}, or its mask does not fit the area, {self._shape}")
        if self._recorder is not None:
            self._recorder.add(self._frames, rgb, wall_mask)
        self._frames += 1

    def result(self) -> DopplerSignal | Abstained:
        """Grade what was added; call once, at the end.

        Returns
        -------
        The signal, or `no_frames`, `no_spacing`, `no_wall_found`, `colour_box_misses_wall` (less than
        15 % of the wall lies in the coloured part of the picture) or `all_frames_flash`.
        """
        if not self._frames:
            return Abstained("no_frames", "No frame of the clip was looked at.")
        if not self._scaled:
            return Abstained(
                "no_spacing", "Signals cannot be told long from short without a scale; give mm_per_pixel."
            )
        if self._recorder is None:
            return _MISSES_WALL
        record = self._recorder.finish()
        return self._why_not(record) or self._grade(record)

    def _why_not(self, record: Recording) -> Abstained | None:
        wall_mm2 = np.count_nonzero(record.wall) * self._cells.step_row_mm * self._cells.step_column_mm
        if record.wall_in_picture is not None and record.wall_in_picture < LEAST_WALL_IN_PICTURE:
            return _MISSES_WALL
        if wall_mm2 < LEAST_WALL_MM2:
            return Abstained(
                "no_wall_found",
                "No bowel wall was found in the Doppler clip; use one that stays on the wall.",
            )
        if not record.flow.frames:
            return Abstained(
                "all_frames_flash",
                f"Motion fills all {self._frames} frames with colour; use a clip with the probe held still.",
            )
        return None

    def _grade(self, record: Recording) -> DopplerSignal:
        flow, cells = record.flow, self._cells
        # A single frame cannot show that colour lasts; two must agree.
        needed = max(min(2, flow.frames), math.ceil(self._settings.persistent_share * flow.frames))
        steps = cells.step_row_mm, cells.step_column_mm
        found = wall_vessels(flow.counts >= needed, record.wall, record.lumen, *steps)
        back = moved(found.mask, -flow.best.shift[0], -flow.best.shift[1])
        passing = np.where(flow.counts < needed, flow.counts, 0)
        return DopplerSignal(
            cds=Measured(self._cds(found.vessels)),
            vessels=found.vessels,
            best_frame=flow.best.index,
            vessel_mask=cells.to_frame(back, self._shape),
            in_wall=CineVessels(found.mask & record.wall, flow.shifts, cells, self._shape),
            figures=_figures(flow, found, np.count_nonzero(record.wall) * steps[0] * steps[1]),
            wall_in_box_percent=_percent(record.wall_in_picture),
            noise_percent=100 * float(passing.sum() / (passing.size * flow.frames)),
            frames=flow.frames,
            flash_frames=flow.flash_frames,
            chroma_limit=record.chroma_limit,
        )

    def _cds(self, vessels: tuple[VesselEvidence, ...]) -> int:
        if not vessels:
            return 0
        if vessels[0].along_mm <= self._settings.long_mm:
            return 1
        return 3 if any(vessel.beyond_mm > 0 for vessel in vessels) else 2


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _figures(flow: CalmFlow, found: WallVessels, wall_mm2: float) -> FlowFigures:
    lengths = [vessel.along_mm for vessel in found.vessels]
    return FlowFigures(
        vascularity_index_percent=100 * flow.wall_share,
        vascularity_peak_percent=100 * flow.wall_share_peak,
        flow_time_percent=100 * flow.flow_frames / flow.frames,
        vessels_per_cm2=float(100 * len(lengths) / wall_mm2),
        vessel_length_percent=min(100.0, 100 * sum(lengths) / max(found.course_mm, 1e-6)),
        longest_mm=max(lengths, default=0.0),
        beyond_mm=max((vessel.beyond_mm for vessel in found.vessels), default=0.0),
    )


_MISSES_WALL = Abstained(
    "colour_box_misses_wall",
    "The coloured part of the picture does not cover the bowel wall; use a clip whose colour box lies on it.",
)
