"""Frames of a scene, with the truth about every pixel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ius_vision.phantom import acoustics
from ius_vision.phantom.curves import WallFields
from ius_vision.phantom.grid import Beams, Grid, layout_beams, patches, skin_depth_mm
from ius_vision.phantom.labels import LoopDistances, PhantomFrame, frame_truth, label_pixels
from ius_vision.phantom.scene import Scene
from ius_vision.phantom.tissue import (
    MARGIN_MM,
    TissueMaps,
    field_grid,
    incidence_loss_db,
    loop_fields,
    paint,
    presence,
)

EVEN_NOISE_DB = 11.0
SLIDING_MM = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What all frames of a scene share."""

    beams: Beams
    coarse: Grid
    fields: WallFields | None
    maps: TissueMaps
    scatterers: np.ndarray
    phase: np.ndarray


@lru_cache(maxsize=2)
def prepare(scene: Scene) -> Prepared:
    """Paint a scene once; frames at several times reuse it."""
    beams = layout_beams(scene.scanner)
    pitch = max(float(beams.pitch_mm[0]), 0.12)
    fine = Grid.around(scene.scanner, min(pitch, 0.3), max(beams.step_mm, 0.06), MARGIN_MM)
    coarse = field_grid(scene.scanner)
    fields = loop_fields(scene, coarse)
    maps = paint(scene, fine, fields, coarse)
    rng = np.random.default_rng([scene.seed, 2])
    scatterers = rng.standard_normal((fine.rows, fine.columns, 2), dtype=np.float32) * math.sqrt(0.5)
    phase = 1.2 * patches(rng, fine, 4.0, 1.5)
    return Prepared(beams, coarse, fields, maps, scatterers, phase)


def tissue_position(scene: Scene, x_mm, z_mm, time_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Where in the tissue (as it lay at time 0) a point of the picture is; the abdominal wall stays."""
    dx, dz, turn = scene.motion.at(time_s)
    if dx == dz == turn == 0.0:
        return x_mm, z_mm
    belly = scene.belly_mm
    moving = np.clip((skin_depth_mm(scene.scanner, x_mm, z_mm) - belly) / SLIDING_MM, 0.0, 1.0)
    centre_z = scene.bowel.z_mm if scene.bowel is not None else scene.scanner.depth_mm / 2
    from_x, from_z = x_mm - dx, z_mm - dz - centre_z
    back_x = from_x * math.cos(turn) + from_z * math.sin(turn)
    back_z = -from_x * math.sin(turn) + from_z * math.cos(turn) + centre_z
    return (
        (x_mm + moving * (back_x - x_mm)).astype(np.float32),
        (z_mm + moving * (back_z - z_mm)).astype(np.float32),
    )


def render_frame(scene: Scene, rng: np.random.Generator, time_s: float = 0.0) -> PhantomFrame:
    """Render a scene at a time.

    Parameters
    ----------
    rng : draws the electronic noise of this frame only; the tissue's speckle belongs to the scene.
    time_s : seconds from the start of the cine.

    Returns
    -------
    The picture and its truth; arrays are (rows, columns) of `scene.scanner`.
    """
    shared = prepare(scene)
    beams, scanner = shared.beams, scene.scanner
    x, z = tissue_position(scene, beams.x_mm, beams.z_mm, time_s)
    behind_gas = acoustics.depth_behind(shared.maps.grid.sample(shared.maps.gas, x, z), beams.step_mm)
    behind_bone = acoustics.depth_behind(shared.maps.grid.sample(shared.maps.bone, x, z), beams.step_mm)
    hidden = acoustics.shadow_db(behind_gas, 9.0, 60.0) + acoustics.shadow_db(behind_bone, 25.0, 50.0)
    hidden = hidden + acoustics.contact_db(beams, scene.look.contacts)
    if scene.look.style in ("grainy", "noisy"):
        level = _grainy_level(scene, shared, hidden, time_s, rng)
    else:
        level = beams.to_pixels(_beam_level(scene, shared, x, z, hidden, behind_gas, rng))
    grey = acoustics.to_grey(level, scanner, beams.area)
    if scanner.jpeg_quality is not None:
        grey = acoustics.jpeg_round_trip(grey, scanner.jpeg_quality)
        grey[~beams.area] = 0
    labels, thickness = _labels(scene, shared, hidden, behind_gas, time_s)
    truth = frame_truth(scene.bowel, scanner, labels, thickness, scene.vessels)
    return PhantomFrame(grey, labels, scanner.spacing, beams.area, truth)


def _beam_level(scene: Scene, shared: Prepared, x, z, hidden, behind_gas, rng) -> np.ndarray:
    """Echo level along the beams after beam width, losses and noise, (samples, beams) dB."""
    beams, maps, scanner = shared.beams, shared.maps, scene.scanner
    loss = hidden + incidence_loss_db(maps, beams, x, z)
    through = 10 ** (-loss / 20)
    scatter = np.dstack([maps.grid.sample(shared.scatterers[..., part], x, z, True) for part in (0, 1)])
    amplitude = 10 ** (maps.grid.sample(maps.level_db, x, z) / 20) * through
    sheet = maps.grid.sample(maps.sheet, x, z) * through
    ring_mm = scene.bowel.lumen.ring_mm if scene.bowel is not None else 3.0
    dirt_db, rings = acoustics.reverberation(behind_gas, ring_mm, scene.gas_db)
    amplitude = np.hypot(amplitude, 10 ** (dirt_db / 20))
    sheet = sheet + rings
    phase = maps.grid.sample(shared.phase, x, z)
    gain = acoustics.speckle_gain(scanner, beams)
    field = scatter * (amplitude * gain)[..., None]
    field[..., 0] += sheet * np.cos(phase)
    field[..., 1] += sheet * np.sin(phase)
    field = np.dstack([field, np.hypot(amplitude, sheet)])
    field = acoustics.blur_by_beam(field.astype(np.float32), scanner, beams)
    noise = rng.standard_normal((*amplitude.shape, 2), dtype=np.float32)
    floor_db = scanner.noise_db - acoustics.tgc_error_db(scanner, beams) * 0.5
    field[..., :2] += noise * 10 ** (floor_db / 20)[..., None] * math.sqrt(0.5)
    echo = 20 * np.log10(np.hypot(field[..., 0], field[..., 1]) + 1e-6)
    calm = 20 * np.log10(field[..., 2] + 10 ** (floor_db / 20) + 1e-6)
    level = scene.look.grain * echo + (1 - scene.look.grain) * calm
    return (level + acoustics.tgc_error_db(scanner, beams)).astype(np.float32)


def _grainy_level(scene: Scene, shared: Prepared, hidden, time_s: float, rng) -> np.ndarray:
    """The plainest pictures: each pixel's own speckle or noise on flat levels, (rows, columns) dB."""
    beams, maps = shared.beams, shared.maps
    x, z = tissue_position(scene, beams.pixel_x_mm, beams.pixel_z_mm, time_s)
    amplitude = 10 ** (maps.grid.sample(maps.level_db, x, z) / 20)
    noise = rng.standard_normal((2, *x.shape), dtype=np.float32) * math.sqrt(0.5)
    if scene.look.style == "grainy":
        speckle = 1 - scene.look.grain + scene.look.grain * np.hypot(noise[0], noise[1])
    else:
        speckle = 10 ** (EVEN_NOISE_DB * scene.look.grain * noise[0] / 20)
    echo = amplitude * speckle + maps.grid.sample(maps.sheet, x, z)
    echo *= 10 ** (-beams.to_pixels(hidden) / 20)
    floor = 10 ** (scene.scanner.noise_db / 20)
    return (20 * np.log10(echo + floor)).astype(np.float32)


def _labels(
    scene: Scene, shared: Prepared, hidden, behind_gas, time_s: float
) -> tuple[np.ndarray, np.ndarray]:
    """Labels and, for every pixel, the thickness of the wall nearest to it."""
    beams = shared.beams
    if scene.bowel is None:
        return np.zeros(beams.area.shape, np.uint8), np.ones(beams.area.shape, np.float32)
    x, z = tissue_position(scene, beams.pixel_x_mm, beams.pixel_z_mm, time_s)
    outside, thickness, fat = (
        shared.coarse.sample(getattr(shared.fields, name), x, z)
        for name in ("outside_mm", "thickness_mm", "fat_mm")
    )
    where = LoopDistances(outside, thickness, fat, beams.to_pixels(behind_gas), beams.to_pixels(hidden))
    seen = beams.area & (presence(scene.bowel, x, outside) > 0.5)
    seen &= skin_depth_mm(scene.scanner, x, z) > scene.belly_at(x)
    return label_pixels(scene.bowel, where, seen), thickness
