"""Colour Doppler signal of the wall over a cine: which colour persists, and the grade it makes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ius_vision.geometry import Spacing
from ius_vision.measurement.flow_maps import Cells, moved
from ius_vision.measurement.flow_recorder import FlowRecorder, Recording
from ius_vision.measurement.vessels import VesselEvidence, wall_vessels
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


@dataclass(frozen=True, slots=True, eq=False)
class DopplerSignal:
    """The colour Doppler grade of a cine and what it rests on.

    `cds` 0 none, 1 short signals, 2 long ones in the wall, 3 long ones and colour that leaves the wall
    outwards. `vessels` are the persistent signals connected with the wall, longest first. `best_frame`
    counts the frames that were added, from 0; `vessel_mask` (rows, columns) bool shows the vessels as they
    lie in that frame. `vascularity_index_percent` is 100 * coloured / all pixels of wall, mean over the
    frames used. `chroma_limit` is the calibrated limit of Cb or Cr off the grey map, of 255.
    """

    cds: Measured[int]
    vessels: tuple[VesselEvidence, ...]
    best_frame: int
    vessel_mask: np.ndarray
    vascularity_index_percent: float
    frames: int
    flash_frames: int
    chroma_limit: float

    @property
    def longest_mm(self) -> float:
        """Length of the longest signal along the wall, 0.0 where there is none."""
        return max((vessel.along_mm for vessel in self.vessels), default=0.0)


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
        vessels, mask = wall_vessels(
            flow.counts >= needed, record.wall, record.lumen, cells.step_row_mm, cells.step_column_mm
        )
        back = moved(mask, -flow.best.shift[0], -flow.best.shift[1])
        return DopplerSignal(
            cds=Measured(self._cds(vessels)),
            vessels=vessels,
            best_frame=flow.best.index,
            vessel_mask=cells.to_frame(back, self._shape),
            vascularity_index_percent=100 * flow.wall_share,
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


_MISSES_WALL = Abstained(
    "colour_box_misses_wall",
    "The coloured part of the picture does not cover the bowel wall; use a clip whose colour box lies on it.",
)
