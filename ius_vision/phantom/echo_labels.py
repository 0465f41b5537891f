"""Labels of an echo picture: what of the drawn loop gets sound, how thick its wall is, who could see it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ius_vision.phantom.echo_beams import EchoBeams, pixel_places
from ius_vision.phantom.echo_bowel import Bowel
from ius_vision.phantom.echo_sound import Sound
from ius_vision.phantom.echo_tissue import Body
from ius_vision.vocabulary import Label

UNSEEN_DB = -16
GAS_LUMEN_MM = 3.0
CLOSED_MM, OPENED_MM = 3, 1.5
FAT_APART_MM = 0.4
LEAST_AREA_MM2 = {Label.LUMEN: 0.6, Label.WALL: 3.0, Label.INFLAMED_FAT: 12.0}
LEAST_OUTER_STEP, LEAST_INNER_STEP, DARKEST_WALL = 10, 5, 6
LEAST_WALL_MM2 = 30


@dataclass(frozen=True, slots=True, eq=False)
class LoopPixels:
    """The drawn loop in the picture, each (rows, columns).

    `outside_mm` and `thickness_mm` as in `echo_loop.Loop`; `fat` is where inflamed fat lies, `left_db` what
    shadows leave, `seen` where that is enough, `pixel_mm` the side of a pixel.
    """

    outside_mm: np.ndarray
    thickness_mm: np.ndarray
    fat: np.ndarray
    in_cavity: np.ndarray
    left_db: np.ndarray
    seen: np.ndarray
    area: np.ndarray
    pixel_mm: float
    lumen: str


def loop_pixels(body: Body, bowel: Bowel, beams: EchoBeams, sound: Sound) -> LoopPixels:
    """Carry a loop over to the picture."""
    loop, grid, pixel_mm = bowel.loop, body.grid, body.field.pixel_mm
    x, z = pixel_places(body.field)
    outside, thickness, below_wall, fat = (
        grid.sample(field, x, z)
        for field in (
            loop.outside_mm, loop.thickness_mm, grid.skin_mm - body.borders.peritoneum_mm, bowel.fat
        )
    )  # fmt: skip
    in_cavity = below_wall > 0
    left_db = beams.to_pixels(np.minimum(sound.tissue_db, 0) + sound.gas_db + sound.contact_db)
    seen = _seen(left_db, pixel_mm, closing=loop.plan.lumen != "gas") & beams.area & in_cavity
    return LoopPixels(
        outside, thickness, fat > 0.5, in_cavity, left_db, seen, beams.area, pixel_mm, loop.plan.lumen
    )


def _seen(left_db: np.ndarray, pixel_mm: float, closing: bool) -> np.ndarray:
    """Where sound is left, without narrow gaps (if `closing`) and without narrow stripes."""
    smooth = cv2.GaussianBlur(left_db, (0, 0), sigmaX=0.4 / pixel_mm, sigmaY=0.2 / pixel_mm)
    seen = (smooth > UNSEEN_DB).astype(np.uint8)
    if closing:
        seen = cv2.morphologyEx(seen, cv2.MORPH_CLOSE, np.ones((1, int(CLOSED_MM / pixel_mm) | 1), np.uint8))
    seen = cv2.morphologyEx(seen, cv2.MORPH_OPEN, np.ones((1, int(OPENED_MM / pixel_mm) | 1), np.uint8))
    return seen > 0


def label_loop(loop: LoopPixels) -> np.ndarray:
    """Labels, values of `vocabulary.Label`, (rows, columns) uint8; specks are left out."""
    outside, thickness = loop.outside_mm, loop.thickness_mm
    labels = np.zeros(outside.shape, np.uint8)
    labels[loop.fat & loop.seen & (outside > thickness + FAT_APART_MM)] = Label.INFLAMED_FAT
    labels[(outside >= 0) & (outside < thickness) & loop.seen] = Label.WALL
    labels[_lumen(loop)] = Label.LUMEN
    for label, least_mm2 in LEAST_AREA_MM2.items():
        count, pieces, figures, _ = cv2.connectedComponentsWithStats(
            (labels == label).astype(np.uint8), connectivity=8
        )
        for piece in range(1, count):
            if figures[piece, cv2.CC_STAT_AREA] * loop.pixel_mm * loop.pixel_mm < least_mm2:
                labels[pieces == piece] = Label.BACKGROUND
    return labels


def _lumen(loop: LoopPixels) -> np.ndarray:
    """The lumen that is seen; of gas, the front and what lies shortly below it."""
    inside = loop.outside_mm < 0
    if loop.lumen != "gas":
        return inside & loop.seen
    reach = max(3, int(GAS_LUMEN_MM / loop.pixel_mm))
    downwards = np.zeros((2 * reach + 1, 1), np.uint8)
    downwards[: reach + 1] = 1
    front = (inside & (loop.left_db > UNSEEN_DB)).astype(np.uint8)
    return inside & loop.area & loop.in_cavity & (cv2.dilate(front, downwards, anchor=(0, reach)) > 0)


def mean_thickness_mm(loop: LoopPixels, labels: np.ndarray) -> float | None:
    """Mean thickness of the labelled wall along its length; None where there is none."""
    wall = labels == Label.WALL
    if not wall.any():
        return None
    # Each pixel of wall stands for a length of wall of its area over the thickness there.
    thickness = loop.thickness_mm[wall]
    return float(np.average(thickness, weights=1 / thickness))


def can_be_read(grey: np.ndarray, labels: np.ndarray, loop: LoopPixels) -> bool:
    """Whether a reader could find the wall and both its borders in the picture."""
    wall = labels == Label.WALL
    if not wall.any() or wall.sum() * loop.pixel_mm * loop.pixel_mm < LEAST_WALL_MM2:
        return False
    smooth = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.5 / loop.pixel_mm)
    if smooth[wall].mean() < DARKEST_WALL or outer_step(smooth, wall, loop) < LEAST_OUTER_STEP:
        return False
    if loop.lumen in ("fluid", "gas"):
        return True
    outside, thickness = loop.outside_mm, loop.thickness_mm
    lumen = labels == Label.LUMEN
    inner = wall & (outside > 0.15 * thickness) & (outside < 0.5 * thickness)
    if not lumen.any() or not inner.any():
        return True
    return abs(smooth[lumen].mean() - smooth[inner].mean()) >= LEAST_INNER_STEP


def outer_step(smooth: np.ndarray, wall: np.ndarray, loop: LoopPixels) -> float:
    """How much brighter the surroundings are than the wall's outer third, grey levels; 0 if unknown."""
    outside, thickness = loop.outside_mm, loop.thickness_mm
    around = (outside > thickness + 0.3) & (outside < thickness + 2.0) & loop.seen
    outer = wall & (outside > 0.65 * thickness)
    if not around.any() or not outer.any():
        return 0.0
    return smooth[around].mean() - smooth[outer].mean()
