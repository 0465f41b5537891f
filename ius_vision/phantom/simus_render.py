"""The SIMUS engine: tissue as point scatterers, their echoes by PyMUST, and the picture with its truth."""

from __future__ import annotations

import math

import numpy as np
from scipy.ndimage import map_coordinates

from ius_vision.phantom import acoustics
from ius_vision.phantom.curves import WallFields, inner_curves, wall_fields
from ius_vision.phantom.grid import Beams, Grid, layout_beams, patches, skin_depth_mm
from ius_vision.phantom.labels import LoopDistances, PhantomFrame, frame_truth, label_pixels
from ius_vision.phantom.parts import Scanner, Vessel
from ius_vision.phantom.scene import Scene
from ius_vision.phantom.simus_echo import Array, Scatterers, beam_images
from ius_vision.phantom.simus_scene import SimusScene

PER_CELL = 1.5
MOST_SCATTERERS = 32_000
MARGIN_MM = 1.0
TEXTURE_STEP_MM = 0.3
CLEAR_DB = -50.0
# Interfaces are rows of scatterers, rough by a part of a wave: mirrors that also scatter a little.
ROW_WAVES, ROUGH_WAVES = 0.25, 0.07
GAIN_TERMS = 4


def render_simus(simus: SimusScene) -> PhantomFrame:
    """Render a scene of the SIMUS engine; arrays are (rows, columns) of its scanner.

    Raises
    ------
    BadUsage
        `missing_extra`: PyMUST is not installed.
    """
    scene, scanner = simus.scene, simus.scanner
    rng = np.random.default_rng([scene.seed, 3])
    beams = layout_beams(scanner)
    behind, hidden = _shadows(scene, beams)
    soft = _soft_tissue(simus, beams, behind, hidden, rng)
    rows = _interfaces(simus, beams, hidden, rng)
    tissue = Scatterers(*(np.concatenate([getattr(part, name) for part in (soft, *rows)]) for name in (
        "x_mm", "z_mm", "strength"
    )))  # fmt: skip
    pictures = beam_images(simus.array, tissue, beams.x_mm, beams.z_mm)
    level = beams.to_pixels(_level_db(simus, pictures, beams, soft, rng))
    grey = acoustics.to_grey(level, scanner, beams.area)
    if scanner.jpeg_quality is not None:
        grey = acoustics.jpeg_round_trip(grey, scanner.jpeg_quality)
        grey[~beams.area] = 0
    labels, thickness = _labels(scene, beams, behind, hidden)
    truth = frame_truth(scene.bowel, scanner, labels, thickness, scene.vessels)
    return PhantomFrame(grey, labels, scanner.spacing, beams.area, truth)


def _fields(scene: Scene, x: np.ndarray, z: np.ndarray) -> WallFields:
    return wall_fields(scene.bowel, x, z, float(np.abs(x).max()) + 10.0)


def _shadows(scene: Scene, beams: Beams) -> tuple[np.ndarray, np.ndarray]:
    """Depth behind gas (mm, below 0 where there is none) and what it hides (dB), each (samples, beams)."""
    gas = np.zeros(beams.x_mm.shape, np.float32)
    if scene.bowel is not None:
        lumen = _fields(scene, beams.x_mm, beams.z_mm).outside_mm <= 0
        for left, right in scene.bowel.lumen.gas:
            gas[lumen & (beams.x_mm > left) & (beams.x_mm < right)] = 1.0
    behind = acoustics.depth_behind(gas, beams.step_mm)
    return behind, acoustics.shadow_db(behind, 9.0, 60.0)


def _on_beams(scanner: Scanner, beams: Beams, field: np.ndarray, x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Values of a (samples, beams) field at points, (n,) from the nearest sample."""
    share = x / scanner.width_mm + 0.5
    if scanner.probe == "convex":
        angle = np.arctan2(x, z + scanner.radius_mm)
        share = 0.5 * angle / scanner.half_angle_rad + 0.5
    samples, count = field.shape
    row = np.clip(skin_depth_mm(scanner, x, z) / beams.step_mm, 0, samples - 1).astype(int)
    return field[row, np.clip(share * count, 0, count - 1).astype(int)]


def _soft_tissue(simus: SimusScene, beams: Beams, behind, hidden, rng: np.random.Generator) -> Scatterers:
    """Scatterers of even density whose strength follows the tissue."""
    scene, scanner = simus.scene, simus.scanner
    x, z = _places(simus.array, scanner, rng)
    grid = Grid.around(scanner, TEXTURE_STEP_MM, TEXTURE_STEP_MM, MARGIN_MM + 1)
    level = _level_at(scene, grid, x, z, rng) - _on_beams(scanner, beams, hidden, x, z)
    ring_mm = scene.bowel.lumen.ring_mm if scene.bowel is not None else 3.0
    dirt_db, rings = acoustics.reverberation(
        _on_beams(scanner, beams, behind, x, z), ring_mm, scene.gas_db - 6.0
    )
    strength = np.sqrt(10 ** (level / 10) + 10 ** (dirt_db / 10) + rings**2)
    return Scatterers(x, z, strength * rng.standard_normal(len(x)))


def _places(array: Array, scanner: Scanner, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    half, top = scanner.width_mm / 2 + MARGIN_MM, scanner.top_mm
    deep = scanner.depth_mm + MARGIN_MM - top
    count = round(2 * half * deep * density_mm2(array, scanner))
    x, z = rng.uniform(-half, half, count), top + rng.uniform(0, deep, count)
    skin = skin_depth_mm(scanner, x, z)
    inside = (skin > 0.3) & (skin < scanner.depth_mm + MARGIN_MM)
    if scanner.probe == "convex":
        inside &= np.abs(np.arctan2(x, z + scanner.radius_mm)) < scanner.half_angle_rad + 0.02
    return x[inside], z[inside]


def density_mm2(array: Array, scanner: Scanner) -> float:
    """Scatterers a mm2: a few in every resolution cell, so that speckle is fully developed."""
    cell = scanner.axial_mm * scanner.lateral_mm
    return min(PER_CELL / cell, MOST_SCATTERERS / (scanner.width_mm * scanner.depth_mm))


def _level_at(scene: Scene, grid: Grid, x, z, rng: np.random.Generator) -> np.ndarray:
    """Echo level at points, (n,) dB above mesenteric fat."""
    back = scene.background
    level = back.level_db + back.patch_db * _texture(rng, grid, (back.patch_mm, back.patch_mm), x, z)
    if back.deep_muscle_mm is not None:
        deep = z > _deep_muscle_top(scene, x)
        fibres = _texture(rng, grid, (12.0, 1.2), x, z)
        level[deep] = (back.deep_muscle_db + 3.0 * fibres)[deep]
    for vessel in (*back.pools, *scene.vessels):
        level[_beyond_vessel(vessel, x, z) < 0] = vessel.level_db
    if scene.bowel is not None:
        _loop_level(level, scene, grid, x, z, rng)
    skin, top = skin_depth_mm(scene.scanner, x, z), np.full(x.shape, -np.inf)
    for layer in scene.abdominal_wall:
        bottom = layer.bottom_mm + layer.slope * x + layer.wave(x)
        size = {"muscle": (11.0, 0.9), "fat": (8.0, 1.6)}.get(layer.kind, (3.0, 3.0))
        here = (skin >= top) & (skin < bottom)
        texture = _texture(rng, grid, size, x, z)
        level[here] = (layer.level_db + layer.texture_db * texture)[here]
        top = bottom
    return level


def _texture(rng, grid: Grid, size_mm: tuple[float, float], x, z) -> np.ndarray:
    """Smooth noise of unit variance at points, (n,)."""
    place = (z - grid.z0_mm) / grid.dz_mm, (x - grid.x0_mm) / grid.dx_mm
    return map_coordinates(patches(rng, grid, *size_mm), place, order=1, mode="nearest")


def _deep_muscle_top(scene: Scene, x: np.ndarray) -> np.ndarray:
    return scene.background.deep_muscle_mm + 0.12 * x + 1.5 * np.sin(x / 11.0)


def _beyond_vessel(vessel: Vessel, x, z) -> np.ndarray:
    """Distance outwards from a vessel's border, about mm."""
    turn = math.radians(vessel.turn_deg)
    along = (x - vessel.x_mm) * math.cos(turn) + (z - vessel.z_mm) * math.sin(turn)
    across = -(x - vessel.x_mm) * math.sin(turn) + (z - vessel.z_mm) * math.cos(turn)
    return np.hypot(along * vessel.flatten, across / vessel.flatten) - vessel.radius_mm


def _loop_level(level: np.ndarray, scene: Scene, grid: Grid, x, z, rng) -> None:
    bowel, layers = scene.bowel, scene.bowel.layers
    fields = _fields(scene, x, z)
    outside, thick = fields.outside_mm, fields.thickness_mm
    hug = (outside > thick) & (outside < thick + fields.fat_mm)
    level[hug] = bowel.fat_db
    share = outside / np.maximum(thick, 1e-3)
    own = np.select(
        [share < layers.mucosa_share, share < layers.mucosa_share + layers.submucosa_share],
        [layers.mucosa_db, layers.submucosa_db], layers.muscularis_db,
    )  # fmt: skip
    own = (1 - fields.lost) * own + fields.lost * layers.lost_db
    wall = (outside > 0) & (outside <= thick)
    level[wall] = (own + _texture(rng, grid, (2.0, 1.0), x, z))[wall]
    contents = CLEAR_DB if bowel.lumen.kind == "fluid" else bowel.lumen.level_db
    level[outside <= 0] = contents


def _interfaces(simus: SimusScene, beams: Beams, hidden, rng: np.random.Generator) -> list[Scatterers]:
    """Rows of scatterers along fasciae, vessel walls and both borders of the bowel wall."""
    scene, scanner = simus.scene, simus.scanner
    x = np.arange(-scanner.width_mm / 2, scanner.width_mm / 2, ROW_WAVES * simus.array.wave_mm)
    found = []
    for layer in scene.abdominal_wall:
        if layer.line_db is not None:
            deep = layer.bottom_mm + layer.slope * x + layer.wave(x)
            found.append((*_under_skin(scanner, x, deep), layer.line_db))
    if scene.background.deep_muscle_mm is not None:
        found.append((x, _deep_muscle_top(scene, x), scene.background.deep_muscle_db + 18.0))
    for line in scene.background.lines:
        at = x[np.abs(x - line.x_mm) < line.length_mm / 2] - line.x_mm
        deep = line.z_mm + line.slope * at + 0.5 * line.bend_per_mm * at**2
        found.append((at + line.x_mm, deep, line.level_db))
    for vessel in (*scene.background.pools, *scene.vessels):
        found.append((*_rim(vessel, ROW_WAVES * simus.array.wave_mm), vessel.rim_db))
    if scene.bowel is not None:
        found = [_clear_of_loop(scene, *row) for row in found] + _wall_rows(simus)
    return [_rough(simus, beams, hidden, row, rng) for row in found]


def _under_skin(scanner: Scanner, x, deep) -> tuple[np.ndarray, np.ndarray]:
    if scanner.probe == "linear":
        return x, deep
    angle = np.arctan2(x, scanner.radius_mm)
    reach = scanner.radius_mm + deep
    return reach * np.sin(angle), reach * np.cos(angle) - scanner.radius_mm


def _rim(vessel: Vessel, step_mm: float) -> tuple[np.ndarray, np.ndarray]:
    angle = np.arange(0, 2 * math.pi, step_mm / vessel.radius_mm)
    along = vessel.radius_mm / vessel.flatten * np.cos(angle)
    across = vessel.radius_mm * vessel.flatten * np.sin(angle)
    turn = math.radians(vessel.turn_deg)
    return (
        vessel.x_mm + along * math.cos(turn) - across * math.sin(turn),
        vessel.z_mm + along * math.sin(turn) + across * math.cos(turn),
    )


def _clear_of_loop(scene: Scene, x, z, level_db: float):
    """The part of a row that does not lie in the loop."""
    fields = _fields(scene, x, z)
    free = fields.outside_mm > fields.thickness_mm + 0.5
    return x[free], z[free], level_db


def _wall_rows(simus: SimusScene) -> list:
    bowel, scanner = simus.scene.bowel, simus.scanner
    rows = []
    for curve in inner_curves(bowel, scanner.width_mm / 2 + 2.0):
        inner = curve.points_mm
        outer = inner + curve.outward * curve.thickness_mm(bowel)[:, None]
        gain = 8.0 if bowel.lumen.kind == "gas" else 0.0
        for line, level in ((inner, bowel.layers.interface_db + gain), (outer, bowel.layers.serosa_db)):
            length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
            at = np.arange(0.0, length[-1], ROW_WAVES * simus.array.wave_mm)
            rows.append((np.interp(at, length, line[:, 0]), np.interp(at, length, line[:, 1]), level))
    return rows


def _rough(simus: SimusScene, beams: Beams, hidden, row, rng: np.random.Generator) -> Scatterers:
    """A row made rough, shadowed and as bright as its level says where it faces the probe."""
    x, z, level_db = row
    scene, scanner, array = simus.scene, simus.scanner, simus.array
    rough = ROUGH_WAVES * array.wave_mm
    x, z = x + rng.normal(0, rough, len(x)), z + rng.normal(0, rough, len(z))
    kept = scanner.sees(x, z) & (skin_depth_mm(scanner, x, z) > 0.3)
    if scene.bowel is not None and scene.bowel.extent_mm is not None:
        kept &= (x > scene.bowel.extent_mm[0]) & (x < scene.bowel.extent_mm[1])
    x, z = x[kept], z[kept]
    # So many of a row's points lie in one beam's width, and so many of the tissue's in one cell.
    together = scanner.lateral_mm / (ROW_WAVES * array.wave_mm)
    apart = math.sqrt(density_mm2(array, scanner) * scanner.axial_mm * scanner.lateral_mm)
    loss = _on_beams(scanner, beams, hidden, x, z)
    return Scatterers(x, z, 10 ** ((level_db - loss) / 20) * apart / together)


def _level_db(simus: SimusScene, pictures: np.ndarray, beams: Beams, soft: Scatterers, rng) -> np.ndarray:
    """Envelope on the beams, (samples, beams) dB above mesenteric fat, gain over depth set as users do."""
    if simus.mixed == "coherent":
        power = np.abs(pictures.mean(axis=0)) ** 2
    else:
        some = len(pictures) // 2
        starts = (0, (len(pictures) - some) // 2, len(pictures) - some)
        power = np.mean([np.abs(pictures[at : at + some].mean(axis=0)) for at in starts], axis=0) ** 2
    scanner, depth = simus.scanner, beams.depth_mm
    found = np.median(power, axis=1) / math.log(2)
    step = np.clip(skin_depth_mm(scanner, soft.x_mm, soft.z_mm) / beams.step_mm, 0, len(depth) - 1).astype(
        int
    )
    counts = np.maximum(np.bincount(step, minlength=len(depth)), 1)
    meant = np.bincount(step, soft.strength**2, len(depth)) / counts
    use = (meant > 10 ** (CLEAR_DB / 20)) & (depth > 2.0)
    shape = np.polynomial.Chebyshev.fit(
        depth[use], 10 * np.log10(found[use] / meant[use]), GAIN_TERMS, domain=[0, depth[-1]]
    )
    gained = power / 10 ** (shape(depth)[:, None] / 10)
    floor_db = scanner.noise_db + 12.0 * (depth / scanner.depth_mm - 1.0)
    noise = rng.exponential(size=power.shape) * 10 ** (floor_db[:, None] / 10)
    return (10 * np.log10(gained + noise) + acoustics.tgc_error_db(scanner, beams)).astype(np.float32)


def _labels(scene: Scene, beams: Beams, behind, hidden) -> tuple[np.ndarray, np.ndarray]:
    """Labels and, for every pixel, the thickness of the wall nearest to it."""
    if scene.bowel is None:
        return np.zeros(beams.area.shape, np.uint8), np.ones(beams.area.shape, np.float32)
    x, z = beams.pixel_x_mm, beams.pixel_z_mm
    fields = _fields(scene, x, z)
    where = LoopDistances(
        fields.outside_mm, fields.thickness_mm, fields.fat_mm, beams.to_pixels(behind),
        beams.to_pixels(hidden),
    )  # fmt: skip
    seen = beams.area & (skin_depth_mm(scene.scanner, x, z) > scene.belly_at(x))
    return label_pixels(scene.bowel, where, seen), fields.thickness_mm
