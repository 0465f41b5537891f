"""Cines: a scene over time on a screen, with colour flow or a contrast panel where wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ius_vision.geometry import Box
from ius_vision.phantom import flow, perfusion, screen
from ius_vision.phantom.drawing import random_scene
from ius_vision.phantom.grid import Beams
from ius_vision.phantom.labels import PhantomFrame
from ius_vision.phantom.plan import GREY, SWAPPED, CinePlan, Visit
from ius_vision.phantom.render import prepare, render_frame, tissue_position
from ius_vision.phantom.scene import Scene, Wishes
from ius_vision.vocabulary import Label, Mode, View

FLASH_EVERY = 7
BELOW_MM, BELOW_FLOW_MM = 3.0, 10.0
BOX_COLOUR = np.array([90, 220, 90], np.uint8)
VELOCITY_SCALES_CM_S = (3.0, 4.0, 5.0, 6.0, 8.0)
CONTRAST_RANGES_DB = (45.0, 50.0, 55.0, 60.0)
TIMER_AHEAD_S = 2.3
DEEP_BREATHS_MM, TOO_MUCH_GAIN = (3.0, 1.5), 50.0


@dataclass(frozen=True, slots=True, eq=False)
class Cine:
    """Everything needed to draw a cine's frames.

    `colour_box` is in picture pixels, `velocity_cm_s` the velocity at both ends of the colour bar; both are
    None without Doppler; `bolus` and `range_db` are None without contrast.
    """

    plan: CinePlan
    scene: Scene
    screen: screen.Screen
    texts: tuple[str, ...]
    flow_map: flow.FlowMap | None = None
    colour_box: Box | None = None
    velocity_cm_s: float | None = None
    bolus: perfusion.Bolus | None = None
    range_db: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CineFrame:
    """One screen, (rows, columns, 3) uint8 RGB, and the frame that it shows.

    `wall_flow_cm_s` holds the velocity of every pixel of a vessel in the wall, above 0 towards the probe; it
    is empty without Doppler.
    """

    rgb: np.ndarray
    frame: PhantomFrame
    wall_flow_cm_s: np.ndarray


def build_cine(plan: CinePlan, visit: Visit) -> Cine:
    """Draw the scene of a cine and lay out its screen."""
    rng = np.random.default_rng([*plan.key, 2])
    state = plan.state
    lumen = "collapsed" if rng.random() < 0.6 else ("fluid", "contents")[rng.integers(2)]
    if plan.mode == Mode.B_MODE and rng.random() < 0.25:
        lumen = "gas"
    wishes = Wishes(
        bwt_mm=state.bwt_mm * float(rng.uniform(0.97, 1.03)), bws=state.bws, ifat=state.ifat,
        lumen=lumen, scanner=visit.scanner, faithful=True,
        below_mm=BELOW_FLOW_MM if plan.mode == Mode.COLOR_DOPPLER else BELOW_MM,
    )  # fmt: skip
    scene = random_scene(rng, plan.view, wishes)
    panels = 2 if plan.mode == Mode.CONTRAST else 1
    layout, scanner = screen.place(rng, scene.scanner, visit.size, panels)
    scene = replace(scene, scanner=scanner)
    if plan.mode == Mode.COLOR_DOPPLER:
        return _with_flow(rng, plan, scene, layout)
    if plan.mode == Mode.CONTRAST:
        return _with_contrast(rng, plan, scene, layout)
    return Cine(plan, scene, layout, _texts(scene, "B", "MI 0.9"))


def _texts(scene: Scene, *more: str) -> tuple[str, ...]:
    scanner = scene.scanner
    title = "PHANTOM  simulated, not a patient"
    depth = f"D {scanner.depth_mm / 10:.1f}cm"
    return title, depth, f"DR {scanner.dynamic_range_db:.0f}", *more


def _with_flow(rng, plan: CinePlan, scene: Scene, layout: screen.Screen) -> Cine:
    strands = flow.wall_strands(rng, scene.bowel, scene.scanner, scene.belly_mm, plan.state.cds)
    if rng.random() < 0.6:
        strands = (*strands, flow.mesenteric_strand(rng, scene.bowel, scene.scanner))
    scene = replace(scene, motion=replace(scene.motion, drift_mm=(0.0, 0.0), rocking_deg=0.2))
    scale_cm_s = float(rng.choice(VELOCITY_SCALES_CM_S))
    return Cine(
        plan, scene, layout, _texts(scene, f"CF {scale_cm_s:.1f} cm/s", "MI 0.9"),
        flow_map=flow.map_flow(strands, scene.scanner), colour_box=_colour_box(scene),
        velocity_cm_s=scale_cm_s,
    )  # fmt: skip


def _colour_box(scene: Scene) -> Box:
    """A box around the middle of the loop, with room for the mesentery, inside the picture."""
    scanner, bowel = scene.scanner, scene.bowel
    high = bowel.half_lumen_mm if bowel.view == View.LONGITUDINAL else max(bowel.radii_mm)
    top = bowel.z_mm - high - bowel.thickness_mm - 9.0
    bottom = bowel.z_mm + high + bowel.thickness_mm + 11.0
    row0 = max(2, round((top - scanner.top_mm) / scanner.spacing.row_mm))
    row1 = min(scanner.rows - 2, round((bottom - scanner.top_mm) / scanner.spacing.row_mm))
    half = 0.4 * min(scanner.width_mm, 60.0)
    middle = float(np.clip(bowel.x_mm, half - scanner.width_mm / 2, scanner.width_mm / 2 - half))
    column0 = round((middle - half + scanner.width_mm / 2) / scanner.spacing.column_mm)
    column1 = round((middle + half + scanner.width_mm / 2) / scanner.spacing.column_mm)
    return Box(row0, max(2, column0), row1, min(scanner.columns - 2, column1))


def _with_contrast(rng, plan: CinePlan, scene: Scene, layout: screen.Screen) -> Cine:
    activity = min(1.0, plan.state.cds / 3 + 0.1)
    range_db = float(rng.choice(CONTRAST_RANGES_DB))
    # Low output power: the tissue picture beside is noisier. Breathing is quiet, drift small.
    scanner = replace(scene.scanner, noise_db=-26.0)
    breathing_mm = DEEP_BREATHS_MM if plan.fault == "breathing" else (0.5, 0.3)
    motion = replace(scene.motion, drift_mm=(0.01, 0.0), breathing_mm=breathing_mm, rocking_deg=0.1)
    scene = replace(scene, scanner=scanner, motion=motion)
    said = "CONTRAST" if plan.fault == "range_unknown" else f"CONTRAST DR {range_db:.0f} dB"
    texts = (_texts(scene)[0], _texts(scene)[1], said, "MI 0.06")
    bolus = perfusion.draw_bolus(rng, activity)
    gain = {"no_bolus": 0.0, "saturated": TOO_MUCH_GAIN}.get(plan.fault, 1.0)
    bolus = replace(bolus, area=bolus.area * gain)
    if plan.fault in SWAPPED:
        layout = screen.swapped(layout)
    return Cine(plan, scene, layout, texts, bolus=bolus, range_db=range_db)


def cine_frames(cine: Cine) -> Iterator[CineFrame]:
    """Draw the frames one after the other."""
    rng = np.random.default_rng([*cine.plan.key, 3])
    colours = None
    if cine.flow_map is not None:
        colours = flow.flow_colours()
    elif cine.bolus is not None and cine.plan.fault not in GREY:
        colours = perfusion.tint_colours()
    blank = screen.furnish(cine.screen, cine.scene.scanner, cine.texts, colours)
    for index, time_s in enumerate(cine.plan.times_s):
        frame = render_frame(cine.scene, rng, time_s)
        canvas = blank.copy()
        if cine.plan.fault == "screen_only":
            screen.draw_readouts(canvas, cine.screen, cine.range_db, TIMER_AHEAD_S + time_s)
        picture, in_wall = frame.grey, np.empty(0, np.float32)
        if cine.flow_map is not None:
            picture, in_wall = _overlay(cine, frame, index, rng)
        screen.insert(canvas, cine.screen, picture, frame.area_mask)
        if cine.bolus is not None:
            panel = _contrast_picture(cine, frame, time_s, rng)
            screen.insert(canvas, cine.screen, panel, frame.area_mask, cine.screen.panel_shift_px)
        yield CineFrame(canvas, frame, in_wall)


def _overlay(
    cine: Cine, frame: PhantomFrame, index: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Colour flow over the grey picture, inside the colour box: (rows, columns, 3), and what flows in the
    wall.
    """
    beams: Beams = prepare(cine.scene).beams
    time_s = cine.plan.times_s[index]
    box = cine.colour_box
    x, z = beams.pixel_x_mm[box.slices], beams.pixel_z_mm[box.slices]
    tissue_x, tissue_z = tissue_position(cine.scene, x, z, time_s)
    velocity = flow.velocity_at(cine.flow_map, tissue_x, tissue_z, time_s, rng)
    in_wall = velocity[(velocity != 0) & (frame.labels[box.slices] == Label.WALL)] * cine.velocity_cm_s
    flash = index % FLASH_EVERY == FLASH_EVERY - 1
    noise = flow.artefacts(rng, x, z, flash)
    velocity = np.where(velocity == 0, noise, velocity)
    colours = flow.flow_colours()[np.clip(np.rint(127.5 + 127.5 * velocity), 0, 255).astype(int)]
    rgb = np.repeat(frame.grey[:, :, None], 3, axis=2)
    window = rgb[box.slices]
    lit = (velocity != 0) & frame.area_mask[box.slices]
    window[lit] = colours[lit]
    # Colour is drawn on a coarser raster than grey: soften its edges a little.
    soft = cv2.GaussianBlur(window, (3, 3), 0.7)
    near = cv2.dilate(lit.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    window[near] = soft[near]
    rgb[box.row0, box.column0 : box.column1] = rgb[box.row1 - 1, box.column0 : box.column1] = BOX_COLOUR
    rgb[box.row0 : box.row1, box.column0] = rgb[box.row0 : box.row1, box.column1 - 1] = BOX_COLOUR
    return rgb, in_wall


def _contrast_picture(cine: Cine, frame: PhantomFrame, time_s: float, rng) -> np.ndarray:
    power = perfusion.contrast_power(frame.labels, cine.bolus, time_s)
    grain_px = max(0.8, 0.2 / frame.spacing.row_mm)
    panel = perfusion.contrast_panel(power, grain_px, cine.range_db, rng)
    return panel if cine.plan.fault in GREY else perfusion.tint(panel)
