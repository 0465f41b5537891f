"""The bowel loop of the echo engine as geometry: a lumen, and a wall of a thickness around it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ius_vision.phantom.echo_tissue import Body, Ellipse, ellipse_distance
from ius_vision.vocabulary import View

LUMENS = ("fluid", "gas", "collapsed", "contents")
LUMEN_SHARES = (0.24, 0.27, 0.33, 0.16)
THINNEST_MM, THICKEST_MM = 1.3, 10.5
BELOW_PERITONEUM_MM = 0.4
FARTHEST_PUSH_MM = 9


@dataclass(frozen=True, slots=True)
class LoopPlan:
    """What loop is drawn: `thickness_mm` and `half_lumen_mm` about, the middle of it at `centre_mm` depth."""

    view: View
    inflamed: bool
    lumen: str
    thickness_mm: float
    half_lumen_mm: float
    centre_mm: float
    longer: float

    @property
    def along(self) -> bool:
        return self.view == View.LONGITUDINAL


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """A loop on the tissue grid, each (rows, columns).

    `outside_mm` is the distance from the lumen's border (below 0 within), `thickness_mm` that of the wall
    nearest, `normal_x` and `normal_z` point away from the lumen, `facing` is the cosine between that and the
    beam. `in_cavity` is where no abdominal wall lies.
    """

    plan: LoopPlan
    outside_mm: np.ndarray
    thickness_mm: np.ndarray
    normal_x: np.ndarray
    normal_z: np.ndarray
    facing: np.ndarray
    in_cavity: np.ndarray

    @property
    def beyond_mm(self) -> np.ndarray:
        """Distance from the wall's outer border."""
        return self.outside_mm - self.thickness_mm

    @property
    def lumen(self) -> np.ndarray:
        return (self.outside_mm < 0) & self.in_cavity


def draw_loop(rng: np.random.Generator, body: Body, view: View) -> Loop:
    """Draw a loop that lies under the abdominal wall."""
    plan = _draw_plan(rng, body, view)
    draw_lumen = _draw_long_lumen
    if not plan.along:
        draw_lumen = _draw_slit_lumen if plan.lumen == "collapsed" else _draw_round_lumen
    outside = _distance_from(draw_lumen(rng, body, plan), body, plan)
    thickness = _draw_thickness(rng, body, plan)
    outside, thickness = _push_down(body, outside, thickness)
    grid = body.grid
    along_x, along_z, length = grid.slope(outside)
    normal_x, normal_z = along_x / length, along_z / length
    facing = normal_x * grid.beam_x + normal_z * grid.beam_z
    in_cavity = grid.skin_mm > body.borders.peritoneum_mm
    return Loop(plan, outside, thickness, normal_x, normal_z, facing, in_cavity)


def _draw_plan(rng: np.random.Generator, body: Body, view: View) -> LoopPlan:
    linear, near = body.field.linear, body.borders.depth_mm
    inflamed = rng.random() < 0.6
    thickness = rng.uniform(3.2, 10) if inflamed else rng.uniform(1.5, 3.3)
    if inflamed and rng.random() < 0.5:
        thickness = rng.uniform(3.2, 6.5)
    lumen = str(rng.choice(LUMENS, p=LUMEN_SHARES))
    room = body.field.depth_mm - near - 2
    thickness = min(thickness, 0.3 * room)
    half = _draw_half_lumen_mm(rng, lumen, max(1.0, (room - 2 * thickness - 3) / 2))
    longer = 1.0 if linear else rng.uniform(1, 1.35)
    top = near + 1.0 + (rng.gamma(1.3, 3.0) if linear else rng.gamma(1.5, 6.0))
    top = min(top, max(near + 1.0, body.field.depth_mm - 2 * thickness - 2 * half - 3))
    return LoopPlan(view, inflamed, lumen, thickness, half, top + thickness + half, longer)


def _draw_half_lumen_mm(rng: np.random.Generator, lumen: str, most_mm: float) -> float:
    if lumen == "collapsed":
        return rng.uniform(0.2, 0.6)
    if lumen == "fluid":
        return rng.uniform(1.5, min(11, most_mm)) if most_mm > 1.6 else 1.5
    return rng.uniform(2.5, min(14, max(3, most_mm * 1.2)))


def _draw_long_lumen(rng: np.random.Generator, body: Body, plan: LoopPlan) -> np.ndarray:
    """A lumen along the picture, bent, perhaps with haustra or an end."""
    field, grid, half = body.field, body.grid, plan.half_lumen_mm
    x = grid.x_mm
    slope = np.tan(np.deg2rad(rng.normal(0, 8)))
    swing = rng.gamma(1.5, 0.9) * field.coarser(2)
    length, phase = rng.uniform(0.8, 2.2) * field.width_mm, rng.uniform(0, 6.28)
    middle = (
        plan.centre_mm
        + slope * x
        + swing * np.sin(2 * np.pi * x / length + phase)
        - swing * np.sin(phase)
        + (rng.normal(0, 1) * 0.004 * field.coarser(0.3)) * x**2
    )
    width = half * (1 + 0.18 * grid.line_noise(rng, 6))
    if plan.lumen != "collapsed" and rng.random() < 0.45:
        period = rng.uniform(9, 20)
        width = width * (1 + 0.22 * np.abs(np.sin(np.pi * x / period + phase)) - 0.1)
    if rng.random() < 0.25:
        end = rng.uniform(0.1, 0.38) * field.width_mm * rng.choice([-1, 1])
        inwards = np.clip((end - x) * np.sign(end) / (half * 1.5 + 2), 0, 1)
        width = width * np.sqrt(1 - (1 - inwards) ** 2) * (inwards > 0)
    return np.abs(grid.z_mm - middle) < np.maximum(width, 0)


def _draw_slit_lumen(rng: np.random.Generator, body: Body, plan: LoopPlan) -> np.ndarray:
    """The empty lumen of a ring: a wavy slit, perhaps with more slits across it."""
    grid, height = body.grid, plan.half_lumen_mm
    x, turn = rng.uniform(-0.2, 0.2) * body.field.width_mm, rng.normal(0, 0.3)
    width, bend = rng.uniform(2, 8) * plan.longer, rng.normal(0, 0.025)
    along, across = grid.turned(x, plan.centre_mm, turn)
    across = across + bend * along * along
    lumen = _slit(along, across + 0.25 * grid.noise(rng, 3, 1.2), width, height)
    if rng.random() < 0.35:
        for turn in rng.uniform(0, np.pi, 2):
            lumen |= _slit(*grid.turned(x, plan.centre_mm, turn), width * 0.45, height)
    return lumen


def _slit(along: np.ndarray, across: np.ndarray, half_width_mm: float, half_height_mm: float) -> np.ndarray:
    return np.abs(across) < half_height_mm * np.sqrt(np.clip(1 - (along / half_width_mm) ** 2, 0, 1))


def _draw_round_lumen(rng: np.random.Generator, body: Body, plan: LoopPlan) -> np.ndarray:
    x, turn = rng.uniform(-0.2, 0.2) * body.field.width_mm, rng.normal(0, 0.3)
    width = min(plan.half_lumen_mm * rng.uniform(1, 2.0), 0.36 * body.field.width_mm)
    shape = Ellipse(x, plan.centre_mm, width, plan.half_lumen_mm, turn, 0.07, rng.uniform(3, 8))
    return ellipse_distance(rng, body.grid, shape) < 0


def _distance_from(lumen: np.ndarray, body: Body, plan: LoopPlan) -> np.ndarray:
    """Distance from a lumen's border in mm, below 0 within, slightly smoothed."""
    grid = body.grid
    if not lumen.any():
        lumen, columns = np.zeros_like(lumen), lumen.shape[1]
        row = np.argmin(np.abs(grid.z_mm[:, 0] - plan.centre_mm))
        lumen[row, columns // 3 : 2 * columns // 3] = True
    inside = lumen.astype(np.uint8)
    away, depth = (
        cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) for mask in (1 - inside, inside)
    )
    return cv2.GaussianBlur((away - depth) * grid.step_mm, (0, 0), 0.2 * grid.per_mm)


def _draw_thickness(rng: np.random.Generator, body: Body, plan: LoopPlan) -> np.ndarray:
    mean, grid = plan.thickness_mm, body.grid
    slow = np.clip(1 + rng.uniform(0.05, 0.22) * grid.noise(rng, 6, 7), 0.55, 1.7)
    rough = min(0.3, 0.06 * mean) * grid.noise(rng, 1.2, 1.6) * (1.4 if plan.inflamed else 0.6)
    return np.clip(mean * slow.astype(np.float32) + rough, THINNEST_MM, THICKEST_MM)


def _push_down(body: Body, outside: np.ndarray, thickness: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Move a loop down until its wall lies under the peritoneum."""
    grid = body.grid
    taken = outside - thickness < 0
    above = (body.borders.peritoneum_mm + BELOW_PERITONEUM_MM - grid.skin_mm)[taken]
    if not taken.any() or above.max() <= 0:
        return outside, thickness
    rows = int(min(float(above.max()), FARTHEST_PUSH_MM) / grid.step_mm) + 1
    outside, thickness = np.roll(outside, rows, 0), np.roll(thickness, rows, 0)
    outside[:rows] = outside[rows] + (np.arange(rows, 0, -1) * grid.step_mm)[:, None]
    thickness[:rows] = thickness[rows]
    return outside, thickness
