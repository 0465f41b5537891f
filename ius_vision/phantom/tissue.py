"""From a scene to maps of the tissue: echo level, bright sheets, shadow casters, and where the wall is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ius_vision.phantom.curves import WallFields, wall_fields
from ius_vision.phantom.grid import Beams, Grid, patches, skin_depth_mm
from ius_vision.phantom.parts import BodyLayer, Bowel, Line, Scanner, Vessel
from ius_vision.phantom.scene import Scene

MARGIN_MM = 8.0
CLEAR_DB = -45.0
# Thin sheets lose height in the pulse; this keeps their level about what the scene says.
SHEET_GAIN = 1.6
FIELD_STEP_MM = {"linear": 0.35, "convex": 0.6}


@dataclass(frozen=True, slots=True, eq=False)
class TissueMaps:
    """Maps on the fine grid, each (rows, columns) float32.

    `level_db` is the echo level of scatterers; `sheet` the amplitude of bright sheets; `loss_db_mm` what a
    beam loses per mm beyond the average; `gas` and `bone` are 0 or 1 where a beam ends.
    """

    grid: Grid
    level_db: np.ndarray
    sheet: np.ndarray
    loss_db_mm: np.ndarray
    gas: np.ndarray
    bone: np.ndarray


@dataclass(slots=True)
class _Canvas:
    """The maps while they are painted."""

    x: np.ndarray
    z: np.ndarray
    skin: np.ndarray
    level: np.ndarray
    sheet: np.ndarray
    loss: np.ndarray
    gas: np.ndarray
    bone: np.ndarray

    def line(self, distance_mm: np.ndarray, width_mm: float, level_db: float, where: np.ndarray | float = 1):
        """Add a bright sheet with a bell-shaped profile."""
        profile = np.exp(-((distance_mm / (width_mm / 2)) ** 2))
        np.maximum(self.sheet, SHEET_GAIN * 10 ** (level_db / 20) * profile * where, out=self.sheet)


def field_grid(scanner: Scanner) -> Grid:
    """The coarse grid on which distances from the wall are kept."""
    step = FIELD_STEP_MM[scanner.probe]
    return Grid.around(scanner, step, step, MARGIN_MM)


def loop_fields(scene: Scene, grid: Grid) -> WallFields | None:
    """Distances from the loop's lumen on a grid, or None for a scene without bowel."""
    if scene.bowel is None:
        return None
    x, z = grid.points()
    return wall_fields(scene.bowel, x, z, -grid.x0_mm + MARGIN_MM)


def presence(bowel: Bowel, x_mm: np.ndarray, outside_mm: np.ndarray) -> np.ndarray:
    """1 where the loop lies in the scan plane, 0 where it has left it, soft over 2 mm."""
    if bowel.extent_mm is None:
        return np.ones_like(outside_mm)
    left, right = bowel.extent_mm
    wobble = 0.8 * np.sin(0.9 * outside_mm + left)
    inside = np.minimum(x_mm - left, right - x_mm) + wobble
    return np.clip(inside / 2.0 + 0.5, 0.0, 1.0).astype(np.float32)


def paint(scene: Scene, grid: Grid, fields: WallFields | None, coarse: Grid) -> TissueMaps:
    """Paint a scene on the fine grid.

    Parameters
    ----------
    fields, coarse : distances from the wall and the coarse grid they live on; None without bowel.
    """
    rng = np.random.default_rng([scene.seed, 1])
    x, z = grid.points()
    skin = skin_depth_mm(scene.scanner, x, z)
    canvas = _Canvas(x, z, skin, *(np.zeros(x.shape, np.float32) for _ in range(5)))
    _background(canvas, scene, grid, rng)
    if scene.bowel is not None:
        fine = WallFields(
            *(coarse.sample(getattr(fields, name), x, z) for name in WallFields.__dataclass_fields__)
        )
        _bowel(canvas, scene, fine, grid, rng)
    _abdominal_wall(canvas, scene.abdominal_wall, grid, rng)
    return TissueMaps(
        grid, canvas.level * scene.look.contrast, canvas.sheet, canvas.loss, canvas.gas, canvas.bone
    )


def _background(canvas: _Canvas, scene: Scene, grid: Grid, rng: np.random.Generator) -> None:
    back = scene.background
    canvas.level += back.level_db
    canvas.level += back.patch_db * patches(rng, grid, back.patch_mm, back.patch_mm)
    if back.streak_db > 0:
        streaks = patches(rng, grid, 9.0, 1.4)
        canvas.level += back.streak_db * np.maximum(streaks, 0.3)
    if back.deep_muscle_mm is not None:
        border = back.deep_muscle_mm + 0.12 * canvas.x + 1.5 * np.sin(canvas.x / 11.0)
        deep = canvas.z > border
        fibres = 3.0 * patches(rng, grid, 12.0, 1.2)
        canvas.level[deep] = back.deep_muscle_db + fibres[deep]
        canvas.line(canvas.z - border, 0.6, back.deep_muscle_db + 18.0)
    for vessel in (*back.pools, *scene.vessels):
        _vessel(canvas, vessel)
    for line in back.lines:
        _line(canvas, line, scene.scanner)


def _vessel(canvas: _Canvas, vessel: Vessel) -> None:
    turn = math.radians(vessel.turn_deg)
    dx, dz = canvas.x - vessel.x_mm, canvas.z - vessel.z_mm
    along = dx * math.cos(turn) + dz * math.sin(turn)
    across = -dx * math.sin(turn) + dz * math.cos(turn)
    away = np.hypot(along * vessel.flatten, across / vessel.flatten) - vessel.radius_mm
    inside = away < 0
    canvas.level[inside] = vessel.level_db
    canvas.loss[inside] = -0.25 if vessel.level_db < -20 else 0.0
    canvas.line(away - 0.2, 0.5, vessel.rim_db, np.abs(dz) / np.maximum(np.hypot(dx, dz), 1e-3))


def _line(canvas: _Canvas, line: Line, scanner: Scanner) -> None:
    dx = canvas.x - line.x_mm
    away = canvas.z - (line.z_mm + line.slope * dx + 0.5 * line.bend_per_mm * dx**2)
    here = np.clip((line.length_mm / 2 - np.abs(dx)) / 2.0, 0.0, 1.0)
    canvas.line(away, line.width_mm, line.level_db, here)
    if line.shadow_db > 0:
        hit = (away > 0) & (away < 1.2) & (here > 0.5)
        caster = canvas.gas if line.shadow_db < 30 else canvas.bone
        caster[hit] = 1.0


def _abdominal_wall(canvas: _Canvas, layers: tuple[BodyLayer, ...], grid: Grid, rng) -> None:
    top = np.full(canvas.x.shape, -np.inf, np.float32)
    for layer in layers:
        bottom = layer.bottom_mm + layer.slope * canvas.x + layer.wave(canvas.x)
        here = (canvas.skin >= top) & (canvas.skin < bottom)
        texture = patches(rng, grid, 3.0, 3.0)
        if layer.kind == "muscle":
            texture = patches(rng, grid, 11.0, 0.9)
        elif layer.kind == "fat":
            texture = patches(rng, grid, 8.0, 1.6)
        canvas.level[here] = layer.level_db + layer.texture_db * texture[here]
        for field in (canvas.sheet, canvas.gas, canvas.bone, canvas.loss):
            field[here] = 0.0
        if layer.kind == "fat" and layer.texture_db > 0:
            # Septa lie where smooth noise crosses zero: thin, branching, mostly flat.
            septa = np.exp(-((texture / 0.16) ** 2)) * np.clip(patches(rng, grid, 14.0, 4.0), 0, 1) * here
            np.maximum(canvas.sheet, 10 ** (layer.level_db / 20) * 3 * septa, out=canvas.sheet)
        if layer.line_db is not None:
            canvas.line(canvas.skin - bottom, layer.line_mm, layer.line_db)
        top = bottom


def _bowel(canvas: _Canvas, scene: Scene, fields: WallFields, grid: Grid, rng) -> None:
    bowel = scene.bowel
    layers = bowel.layers
    here = presence(bowel, canvas.x, fields.outside_mm)
    outside, thick = fields.outside_mm, fields.thickness_mm
    level = canvas.level.copy()
    sheet = canvas.sheet.copy()
    if bowel.fat is not None:
        hug = (outside > thick) & (outside < thick + fields.fat_mm)
        level[hug] = bowel.fat_db + 0.6 * patches(rng, grid, 5.0, 5.0)[hug]
        sheet[hug] = 0.0
    wall = (outside > -0.01) & (outside < thick)
    level[wall] = _wall_level(bowel, fields, grid, rng)[wall]
    sheet[outside < thick] = 0.0
    lumen = outside <= 0
    level[lumen] = _lumen_level(bowel, grid, rng)[lumen]
    canvas.level = here * level + (1 - here) * canvas.level
    canvas.sheet = here * sheet + (1 - here) * canvas.sheet
    inside = here > 0.5
    canvas.loss[(outside < thick) & inside] = 0.0
    if bowel.lumen.kind == "fluid":
        canvas.loss[lumen & inside] = -0.5
    for field in (canvas.gas, canvas.bone):
        field[(outside < thick) & inside] = 0.0
    for left, right in bowel.lumen.gas:
        canvas.gas[lumen & inside & (canvas.x > left) & (canvas.x < right)] = 1.0
    if scene.look.sheets:
        _interfaces(canvas, scene, fields, here, grid, rng)
    elif layers.seen:
        _plain_interfaces(canvas, bowel, fields, inside)


def _wall_level(bowel: Bowel, fields: WallFields, grid: Grid, rng) -> np.ndarray:
    layers = bowel.layers
    share = fields.outside_mm / np.maximum(fields.thickness_mm, 1e-3)
    wobble = 0.03 * patches(rng, grid, 2.5, 2.5)
    first = layers.mucosa_share + wobble
    second = first + layers.submucosa_share
    level = np.where(share < first, layers.mucosa_db, layers.submucosa_db)
    level = np.where(share >= second, layers.muscularis_db, level)
    level = (1 - fields.lost) * level + fields.lost * layers.lost_db
    return (level + 1.2 * patches(rng, grid, 2.0, 1.0)).astype(np.float32)


def _lumen_level(bowel: Bowel, grid: Grid, rng) -> np.ndarray:
    kind = bowel.lumen.kind
    if kind == "fluid":
        return np.full((grid.rows, grid.columns), CLEAR_DB, np.float32)
    texture = patches(rng, grid, 1.8, 1.2)
    return (bowel.lumen.level_db + (4.0 if kind == "contents" else 2.0) * texture).astype(np.float32)


def _interfaces(canvas: _Canvas, scene: Scene, fields: WallFields, here, grid: Grid, rng) -> None:
    """Bright interface echo inside the wall's lumen side, and the serosa outside the muscularis."""
    bowel, layers = scene.bowel, scene.bowel.layers
    radius = scene.scanner.radius_mm
    beam_x, beam_z = canvas.x, canvas.z + radius
    if scene.scanner.probe == "linear":
        beam_x, beam_z = np.zeros_like(canvas.x), np.ones_like(canvas.z)
    length = np.maximum(np.hypot(beam_x, beam_z), 1e-3)
    facing = np.abs(fields.normal_x * beam_x + fields.normal_z * beam_z) / length
    facing = 0.12 + 0.88 * facing**scene.look.angle_power
    patchy = np.clip(0.8 + 0.25 * patches(rng, grid, 3.0, 3.0), 0.2, 1.2) * facing * here
    gain = 10 ** (8.0 / 20) if bowel.lumen.kind == "gas" else 1.0
    inner = layers.interface_mm * (1 - 0.4 * fields.lost)
    canvas.line(fields.outside_mm - inner / 2, layers.interface_mm, layers.interface_db, patchy * gain)
    edge = fields.outside_mm - fields.thickness_mm - layers.serosa_mm / 2
    canvas.line(edge, layers.serosa_mm, layers.serosa_db, patchy)


def _plain_interfaces(canvas: _Canvas, bowel: Bowel, fields: WallFields, inside: np.ndarray) -> None:
    """The same two layers as flat bands of scatterers, for pictures without sheets."""
    layers = bowel.layers
    inner = (fields.outside_mm >= 0) & (fields.outside_mm < layers.interface_mm)
    outer = fields.outside_mm - fields.thickness_mm
    serosa = (outer >= 0) & (outer < layers.serosa_mm)
    canvas.level[inner & inside] = layers.interface_db
    canvas.level[serosa & inside] = layers.serosa_db


def incidence_loss_db(maps: TissueMaps, beams: Beams, x_mm: np.ndarray, z_mm: np.ndarray) -> np.ndarray:
    """Extra loss along every beam down to each sample, (samples, beams) dB, from tissue alone."""
    loss = maps.grid.sample(maps.loss_db_mm, x_mm, z_mm)
    return np.cumsum(loss, axis=0) * beams.step_mm
