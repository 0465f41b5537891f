"""How sound gets through in the echo engine: loss, gas and its shadows, contact with the skin, gain."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ius_vision.phantom.echo_beams import LEVEL_LIMITS_DB, EchoBeams
from ius_vision.phantom.echo_noise import soft_step
from ius_vision.phantom.echo_tissue import Gas, Tissue

LOSS_LIMITS_DB = (-40, 7)
SHADOW_BEGINS_MM, SHADOW_EDGE_MM = 0.45, 0.12
BUBBLES_FILL_MM = 0.5
GAIN_KNOBS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """What arrives at every sample, each (depth, beam), and what comes back from gas.

    `tissue_db`, `gas_db` and `contact_db` are what is left after tissue, gas and a probe that does not
    touch everywhere; `surface` and `dirt` the amplitudes of gas's surface and of the echoes behind it.
    """

    tissue_db: np.ndarray
    gas_db: np.ndarray
    contact_db: np.ndarray
    surface: np.ndarray
    dirt: np.ndarray

    @property
    def left_db(self) -> np.ndarray:
        return self.tissue_db + self.gas_db + self.contact_db


@dataclass(frozen=True, slots=True, eq=False)
class Echoes:
    """What is sent back, each (depth, beam) float32: by scatterers, by surfaces, and as dirt behind gas."""

    scatter: np.ndarray
    surface: np.ndarray
    dirt: np.ndarray


def draw_sound(rng: np.random.Generator, beams: EchoBeams, tissue: Tissue, gases: tuple[Gas, ...]) -> Sound:
    """Send sound through tissue and gas."""
    through = -np.cumsum(beams.sample(tissue.loss_db_mm), 0) * beams.step_mm
    nothing = np.zeros(beams.shape, np.float32)
    sound = Sound(np.clip(through, *LOSS_LIMITS_DB), nothing, nothing, nothing, nothing)
    for gas in gases:
        where = beams.sample(gas.where) > 0.5
        if gas.opaque:
            sound = _behind_gas(rng, beams, sound, where, gas.loss_db)
        else:
            sound = replace(sound, gas_db=sound.gas_db - _loss_in_bubbles(beams, where, gas.loss_db))
    return sound


def bubble_sheet(rng: np.random.Generator, beams: EchoBeams, gas: Gas) -> np.ndarray:
    """What small bubbles reflect, (depth, beam)."""
    return 10 ** (rng.uniform(8, 14) / 20) * beams.sample(gas.where) * rng.uniform(0.4, 1)


def _loss_in_bubbles(beams: EchoBeams, where: np.ndarray, loss_db: float) -> np.ndarray:
    passed_mm = np.cumsum(where, 0) * beams.step_mm
    share = np.minimum(passed_mm / BUBBLES_FILL_MM, 1)
    return cv2.GaussianBlur((loss_db * share).astype(np.float32), (0, 0), sigmaX=1.5, sigmaY=0.5)


def _behind_gas(
    rng: np.random.Generator, beams: EchoBeams, sound: Sound, where: np.ndarray, loss_db: float
) -> Sound:
    """A bright surface, no sound behind it, and dirt that looks like echoes there."""
    hit = where.any(0)
    first = np.where(hit, where.argmax(0), len(where) + 10)
    behind_mm = np.clip((np.arange(len(where))[:, None] - first[None, :]) * beams.step_mm, -1, None)
    shadow = soft_step((behind_mm - SHADOW_BEGINS_MM) / SHADOW_EDGE_MM).astype(np.float32)
    sideways = max(1.0, 0.5 / beams.mean_pitch_mm)
    shadow = cv2.GaussianBlur(shadow, (0, 0), sigmaX=sideways, sigmaY=0.3)
    surface = _gas_surface(rng, beams, np.where(hit, first, 0), behind_mm, hit)
    usual_mm = max(4, float(np.median(first[hit]) * beams.step_mm) if hit.any() else 9)
    dirt = _dirt(rng, beams, behind_mm, usual_mm) * shadow * (behind_mm > 0)
    return replace(
        sound,
        gas_db=sound.gas_db - loss_db * shadow,
        surface=np.maximum(sound.surface, surface),
        dirt=np.maximum(sound.dirt, dirt),
    )


def _gas_surface(
    rng: np.random.Generator, beams: EchoBeams, first: np.ndarray, behind_mm: np.ndarray, hit: np.ndarray
) -> np.ndarray:
    """Amplitude of gas's front, weaker where it is tilted, (depth, beam)."""
    field = beams.field
    front = cv2.GaussianBlur(first[None].astype(np.float32), (0, 0), 2)[0]
    slope = np.abs(np.gradient(front) * beams.step_mm / beams.mean_pitch_mm)
    facing = 1 / np.sqrt(1 + slope**2)
    patches = 0.2 + 0.8 * soft_step(2 * beams.line_noise(rng, 0.9) + 1)
    peak = 10 ** (rng.uniform(13, 23) / 20) * patches * facing**1.5 * hit
    below_mm = 0.15 + 0.2 * np.abs(beams.line_noise(rng, 1.2))
    half_mm = (field.sheet_mm * 2 + 0.12) * field.coarser(1.8)
    return peak[None, :] * np.exp(-(((behind_mm - below_mm) / half_mm) ** 2)) * (behind_mm > -0.9)


def _dirt(rng: np.random.Generator, beams: EchoBeams, behind_mm: np.ndarray, front_mm: float) -> np.ndarray:
    """Amplitude behind gas: fading, in stripes along the beams, in bands where the front repeats."""
    level_db = rng.uniform(-7, 1) if rng.random() < 0.75 else rng.uniform(-20, -11)
    fade_db_mm = rng.uniform(0.35, 1.0) * beams.field.coarser(0.5)
    stripes = beams.noise(rng, 25, 1.0) * 3.0
    period_mm = rng.uniform(1.5, 5) if rng.random() < 0.5 else front_mm
    below_mm = np.maximum(behind_mm, 0)
    bands = (
        rng.uniform(0, 4)
        * np.cos(2 * np.pi * behind_mm / period_mm + 0.6 * beams.noise(rng, 6, 3))
        * np.exp(-below_mm / 12)
    )
    return 10 ** ((level_db - fade_db_mm * below_mm + stripes + bands) / 20)


def lose_contact(rng: np.random.Generator, beams: EchoBeams, sound: Sound, skin_mm: float) -> Sound:
    """Darken stripes where the probe does not touch; they begin above the depth `skin_mm`."""
    if rng.random() >= 0.35:
        return sound
    contact, count = np.zeros(beams.shape, np.float32), beams.shape[1]
    for _ in range(rng.integers(1, 3)):
        centre = rng.choice([rng.uniform(0, count), rng.choice([0, count])])
        half, loss_db = rng.uniform(0.02, 0.1) * count, rng.uniform(4, 18)
        across = np.exp(-(((np.arange(count) - centre) / half) ** 2))
        down = soft_step(beams.depth_mm - rng.uniform(0, skin_mm))
        contact -= loss_db * across[None, :] * down[:, None]
    return replace(sound, contact_db=contact)


def draw_gain(rng: np.random.Generator, beams: EchoBeams) -> np.ndarray:
    """Draw the gain that is set too high or too low in some depths, dB, (depth, 1)."""
    field, depth = beams.field, beams.depth_mm
    knobs = rng.normal(0, rng.choice([1.2, 2.8]), GAIN_KNOBS)
    gain = np.interp(depth, np.linspace(0, field.depth_mm, GAIN_KNOBS), knobs)
    smooth = field.depth_mm * 0.06 / beams.step_mm
    gain = cv2.GaussianBlur(gain[:, None].astype(np.float32), (0, 0), sigmaX=1, sigmaY=smooth)
    mean, spread = (-0.06, 0.09) if field.linear else (-0.04, 0.05)
    slope = rng.normal(mean, spread) * depth
    return gain + np.maximum(slope, -0.16 * depth)[:, None]


def collect_echoes(beams: EchoBeams, tissue: Tissue, sheet: np.ndarray, sound: Sound) -> Echoes:
    """Amplitudes that come back; `sheet` (depth, beam) are the tissue's own surfaces."""
    left_db = sound.left_db
    level_db = beams.sample(np.clip(tissue.level_db, *LEVEL_LIMITS_DB))
    # The surface of gas is reached by sound that its own shadow has not weakened.
    reached = 10 ** ((sound.tissue_db * 0.5 + sound.contact_db) / 20)
    return Echoes(
        scatter=(10 ** ((level_db + left_db) / 20)).astype(np.float32),
        surface=sheet * 10 ** (left_db / 20) + sound.surface * reached,
        dirt=sound.dirt.astype(np.float32),
    )
