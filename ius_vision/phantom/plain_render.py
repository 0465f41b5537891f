"""The plain engine: flat echo levels on the picture's own pixels, separable point spread, log compression.

Nothing of the beam model is used: no beams, no depth-dependent focus, no sheets.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from ius_vision.phantom import acoustics
from ius_vision.phantom.curves import wall_fields
from ius_vision.phantom.grid import Grid, layout_beams, patches
from ius_vision.phantom.labels import LoopDistances, PhantomFrame, frame_truth, label_pixels
from ius_vision.phantom.parts import Bowel, Vessel
from ius_vision.phantom.plain_scene import Band, PlainScene, Speckle

FIELD_STEP_MM = 0.3
REACH_MM = 10.0
RIM_MM = 0.4
SHADOW_DB = 60.0
RAYLEIGH_MEAN = math.sqrt(math.pi) / 2
ADDED_DB = 8.0


def render_plain(scene: PlainScene) -> PhantomFrame:
    """Render a scene of the plain engine.

    Returns
    -------
    The picture and its truth; arrays are (rows, columns) of `scene.scanner`.
    """
    scanner, rng = scene.scanner, np.random.default_rng(scene.seed)
    layout = layout_beams(scanner)
    x, z, area = layout.pixel_x_mm, layout.pixel_z_mm, layout.area
    pixels = Grid(
        float(x[0, 0]), float(z[0, 0]), scanner.spacing.column_mm, scanner.spacing.row_mm, *x.shape[::-1]
    )
    level = _surroundings(scene, x, z, pixels, rng)
    labels, thickness = np.zeros(x.shape, np.uint8), np.ones(x.shape, np.float32)
    if scene.bowel is not None:
        where, normal_z = _distances(scene.bowel, pixels, x, z)
        _paint_loop(level, scene, where, normal_z)
        labels, thickness = label_pixels(scene.bowel, where, area), where.thickness_mm
    grey = acoustics.to_grey(_display(_grain(level, scene, rng), scene), scanner, area)
    if scanner.jpeg_quality is not None:
        grey = acoustics.jpeg_round_trip(grey, scanner.jpeg_quality)
        grey[~area] = 0
    truth = frame_truth(scene.bowel, scanner, labels, thickness, scene.vessels)
    return PhantomFrame(grey, labels, scanner.spacing, area, truth)


def _distances(bowel: Bowel, pixels: Grid, x, z) -> tuple[LoopDistances, np.ndarray]:
    """Distances of every pixel, and how far the wall's normal points along the column (0 to 1)."""
    steps = (math.ceil(size * step / FIELD_STEP_MM) + 2 for size, step in (
        (pixels.columns, pixels.dx_mm), (pixels.rows, pixels.dz_mm)
    ))  # fmt: skip
    coarse = Grid(pixels.x0_mm, pixels.z0_mm, FIELD_STEP_MM, FIELD_STEP_MM, *steps)
    fields = wall_fields(bowel, *coarse.points(), float(np.abs(x).max()) + REACH_MM)
    outside, thickness, fat, normal_z = (
        coarse.sample(getattr(fields, name), x, z)
        for name in ("outside_mm", "thickness_mm", "fat_mm", "normal_z")
    )
    behind = np.full(x.shape, -1.0, np.float32)
    if bowel.lumen.gas:
        behind = acoustics.depth_behind((outside <= 0).astype(np.float32), pixels.dz_mm)
    hidden = np.where(behind > bowel.lumen.ring_mm, np.float32(SHADOW_DB), np.float32(0.0))
    return LoopDistances(outside, thickness, fat, behind, hidden), np.abs(normal_z)


def _surroundings(scene: PlainScene, x, z, pixels: Grid, rng) -> np.ndarray:
    level = np.zeros(x.shape, np.float32)
    skin = z
    if scene.scanner.probe == "convex":
        skin = np.hypot(x, z + scene.scanner.radius_mm) - scene.scanner.radius_mm
    for band in scene.bands:
        _paint_band(level, band, x, skin, pixels, rng)
    if scene.patch_db > 0:
        level += scene.patch_db * patches(rng, pixels, scene.patch_mm, scene.patch_mm)
    for vessel in scene.vessels:
        _paint_vessel(level, vessel, x, z)
    for line in scene.lines:
        dx = x - line.x_mm
        away = z - (line.z_mm + line.slope * dx + 0.5 * line.bend_per_mm * dx**2)
        level[(np.abs(away) < line.width_mm / 2) & (np.abs(dx) < line.length_mm / 2)] = line.level_db
    return level


def _paint_band(level: np.ndarray, band: Band, x, skin, pixels: Grid, rng) -> None:
    below = skin - (band.top_mm + band.slope * x + 0.5 * band.bend_per_mm * x**2)
    here = below >= 0
    level[here] = band.level_db
    if band.fibres_db > 0:
        level[here] += band.fibres_db * patches(rng, pixels, 12.0, 1.0)[here]
    if band.line_db is not None:
        level[here & (below < band.line_mm)] = band.line_db


def _paint_vessel(level: np.ndarray, vessel: Vessel, x, z) -> None:
    turn = math.radians(vessel.turn_deg)
    dx, dz = x - vessel.x_mm, z - vessel.z_mm
    along = dx * math.cos(turn) + dz * math.sin(turn)
    across = -dx * math.sin(turn) + dz * math.cos(turn)
    away = np.hypot(along * vessel.flatten, across / vessel.flatten) - vessel.radius_mm
    level[away < 0] = vessel.level_db
    if vessel.rim_db > 2.0:
        level[np.abs(away) < RIM_MM / 2] = vessel.rim_db


def _paint_loop(level: np.ndarray, scene: PlainScene, where: LoopDistances, facing: np.ndarray) -> None:
    """Lay fat, wall layers, interfaces and lumen over the surroundings, in place."""
    bowel, layers = scene.bowel, scene.bowel.layers
    outside, thick = where.outside_mm, where.thickness_mm
    level[(outside > thick) & (outside < thick + where.fat_mm)] = bowel.fat_db
    share = outside / np.maximum(thick, 1e-3)
    wall = (outside > 0) & (outside <= thick)
    second = layers.mucosa_share + layers.submucosa_share
    level[wall & (share < layers.mucosa_share)] = layers.mucosa_db
    level[wall & (share >= layers.mucosa_share)] = layers.submucosa_db
    level[wall & (share >= second)] = layers.muscularis_db
    level[outside <= 0] = bowel.lumen.level_db
    fade = 20 * scene.facing_power * np.log10(0.1 + 0.9 * facing)
    for near, width, line_db, below in (
        (outside, layers.interface_mm, layers.interface_db, layers.mucosa_db),
        (outside - thick, layers.serosa_mm, layers.serosa_db, layers.muscularis_db),
    ):
        line = (near >= 0) & (near < width)
        level[line] = np.maximum(line_db + fade, below)[line]
    # Below the bright surface of gas lies dirt that fades with depth, whatever is there.
    shadow = where.hidden_db > 0
    level[shadow] = (scene.dirt_db - scene.dirt_slope_db_mm * where.behind_gas_mm)[shadow]


def _grain(level: np.ndarray, scene: PlainScene, rng) -> np.ndarray:
    """Levels with speckle, (rows, columns) dB."""
    speckle, floor = scene.speckle, 10 ** (scene.scanner.noise_db / 10)
    spacing = scene.scanner.spacing
    sigma = speckle.lateral_mm / spacing.column_mm, speckle.axial_mm / spacing.row_mm
    amplitude = 10 ** (level / 20)
    if speckle.kind == "field":
        power = np.mean(
            [_spread_power(amplitude, sigma, rng) for _ in range(speckle.looks)], axis=0, dtype=np.float32
        )
        return 10 * np.log10(power + floor)
    grain = _blurred_noise(level.shape, sigma, speckle, rng)
    if speckle.kind == "multiplied":
        echo = _blur(amplitude, sigma) * np.maximum(1.0 + speckle.strength * grain, 0.02)
        return 10 * np.log10(echo**2 + floor)
    return 10 * np.log10(_blur(amplitude, sigma) ** 2 + floor) + ADDED_DB * speckle.strength * grain


def _spread_power(amplitude: np.ndarray, sigma: tuple[float, float], rng) -> np.ndarray:
    """Power of scatterers of mean power `amplitude` squared under a Gaussian point spread."""
    noise = rng.standard_normal((*amplitude.shape, 2), dtype=np.float32) * math.sqrt(0.5)
    field = _blur(noise * amplitude[..., None], sigma)
    return (field**2).sum(axis=2) * _energy_gain(sigma)


def _blurred_noise(shape, sigma, speckle: Speckle, rng) -> np.ndarray:
    """Noise of the speckle's size and mean 0: Rayleigh where it is multiplied, even where it is added."""
    noise = np.zeros(shape, np.float32)
    for _ in range(speckle.looks):
        real, imaginary = rng.standard_normal((2, *shape), dtype=np.float32) * math.sqrt(0.5)
        if speckle.kind == "multiplied":
            noise += np.hypot(real, imaginary) / RAYLEIGH_MEAN - 1.0
        else:
            noise += real
    return _blur(noise, sigma) * math.sqrt(_energy_gain(sigma)) / speckle.looks


def _blur(field: np.ndarray, sigma: tuple[float, float]) -> np.ndarray:
    across, down = (max(size, 1e-3) for size in sigma)
    return cv2.GaussianBlur(field, (_odd(across), _odd(down)), sigmaX=across, sigmaY=down)


def _odd(sigma: float) -> int:
    return 2 * math.ceil(2.5 * sigma) + 1


def _energy_gain(sigma: tuple[float, float]) -> float:
    """Factor that gives blurred noise its power back; a Gaussian of sigma s keeps 1 / (2 sqrt(pi) s)."""
    return float(np.prod([max(2 * math.sqrt(math.pi) * size, 1.0) for size in sigma]))


def _display(level: np.ndarray, scene: PlainScene) -> np.ndarray:
    """Now and then grey follows a power of the echo and not its logarithm; then the dB that shows this."""
    if scene.display_power is None:
        return level
    scanner = scene.scanner
    share = scanner.reference * 10 ** (level * scene.display_power / 20)
    return (share - scanner.reference) * scanner.dynamic_range_db
