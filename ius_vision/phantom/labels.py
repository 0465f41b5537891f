"""What is true of a picture: the label of every pixel and the figures of the frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ius_vision.geometry import Spacing
from ius_vision.phantom.acoustics import HIDDEN_DB
from ius_vision.phantom.curves import lost_length_mm
from ius_vision.phantom.parts import Bowel, Scanner, Vessel
from ius_vision.vocabulary import Label, View

GAS_LUMEN_MM = 3.0
FOCAL_LIMIT_MM = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class FrameTruth:
    """What is true of a frame.

    `bwt_mm` is the mean true thickness of the visible wall along its normal, None where no wall is visible.
    `bws` is None where the picture, not the wall, hides the layers. `lost_length_mm` is the longest stretch
    of lost layers in the field. An engine that draws no grades leaves these and `ifat` None. `visible_wall`
    is (rows, columns) bool, `wall_area_mm2` its area.
    """

    bwt_mm: float | None
    view: View
    probe: str
    lumen: str
    bws: int | None
    lost_length_mm: float | None
    ifat: int | None
    visible_wall: np.ndarray
    wall_area_mm2: float
    vessels: tuple[Vessel, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PhantomFrame:
    """One picture without screen furniture, and its truth.

    `grey`, `labels` (values of `vocabulary.Label`) and `area_mask` are (rows, columns).
    """

    grey: np.ndarray
    labels: np.ndarray
    spacing: Spacing
    area_mask: np.ndarray
    truth: FrameTruth


@dataclass(frozen=True, slots=True, eq=False)
class LoopDistances:
    """What the label of a pixel rests on, each (rows, columns) float32.

    `outside_mm`, `thickness_mm` and `fat_mm` as in `curves.WallFields`; `behind_gas_mm` is the depth below
    the first gas on the pixel's beam, below 0 where there is none; `hidden_db` what shadows take.
    """

    outside_mm: np.ndarray
    thickness_mm: np.ndarray
    fat_mm: np.ndarray
    behind_gas_mm: np.ndarray
    hidden_db: np.ndarray


def label_pixels(bowel: Bowel, where: LoopDistances, seen: np.ndarray) -> np.ndarray:
    """Labels (rows, columns) uint8 of the loop where it is `seen`, (rows, columns) bool."""
    outside, thickness = where.outside_mm, where.thickness_mm
    labels = np.zeros(outside.shape, np.uint8)
    labels[outside <= 0] = Label.LUMEN
    labels[(outside <= 0) & (where.behind_gas_mm > GAS_LUMEN_MM)] = Label.BACKGROUND
    labels[(outside > 0) & (outside <= thickness)] = Label.WALL
    hug = (outside > thickness + bowel.layers.serosa_mm) & (outside <= thickness + where.fat_mm)
    labels[hug] = Label.INFLAMED_FAT
    # Gas hides what lies behind it, but its own surface is the lumen.
    unseen = (where.hidden_db > HIDDEN_DB) & (labels != Label.LUMEN)
    labels[~seen | unseen] = Label.BACKGROUND
    return labels


def frame_truth(
    bowel: Bowel | None,
    scanner: Scanner,
    labels: np.ndarray,
    thickness_mm: np.ndarray,
    vessels: tuple[Vessel, ...] = (),
) -> FrameTruth:
    """Truth of a frame from its labels and the thickness of the wall nearest to every pixel."""
    wall = labels == Label.WALL
    if bowel is None or not wall.any():
        return FrameTruth(
            None, View.UNKNOWN if bowel is None else bowel.view, scanner.probe,
            "" if bowel is None else bowel.lumen.kind, None, 0.0, None, wall, 0.0, vessels,
        )  # fmt: skip
    # Each pixel of wall stands for a length of wall of its area over the thickness there.
    mean = float(wall.sum() / np.sum(1.0 / thickness_mm[wall], dtype=np.float64))
    lost = lost_length_mm(bowel, scanner)
    area = float(wall.sum()) * scanner.spacing.row_mm * scanner.spacing.column_mm
    return FrameTruth(
        mean, bowel.view, scanner.probe, bowel.lumen.kind, _bws(bowel.bws, lost), lost,
        bowel.ifat, wall, area, vessels,
    )  # fmt: skip


def _bws(meant: int | None, lost_mm: float) -> int | None:
    """Grade of what the field shows: a long loss can leave only a short stretch in the picture."""
    if meant is None or meant < 2:
        return meant
    if lost_mm <= 0:
        return 0
    return 2 if lost_mm <= FOCAL_LIMIT_MM else 3
