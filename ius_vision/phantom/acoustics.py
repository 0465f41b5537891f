"""What sound and electronics do: beam width, shadows, noise, log compression and the maker's processing."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ius_vision.phantom.grid import Beams
from ius_vision.phantom.parts import Scanner

FWHM_TO_SIGMA = 1 / 2.355
BEAM_WIDTHS = 4
HIDDEN_DB = 14.0


def lateral_sigma_mm(scanner: Scanner, depth_mm: np.ndarray) -> np.ndarray:
    """Beam width (standard deviation) over depth: narrowest at the focus, wider on both sides."""
    away = (depth_mm - scanner.focus_mm) / scanner.focus_reach_mm
    return scanner.lateral_mm * FWHM_TO_SIGMA * np.sqrt(1.0 + away**2)


def speckle_gain(scanner: Scanner, beams: Beams) -> np.ndarray:
    """Factor by depth that keeps the mean power of blurred scatterers at 1, (samples, 1)."""
    axial = scanner.axial_mm * FWHM_TO_SIGMA / beams.step_mm
    lateral = lateral_sigma_mm(scanner, beams.depth_mm) / beams.pitch_mm
    # A normalised Gaussian of standard deviation s has the energy 1 / (2 sqrt(pi) s).
    gain = np.sqrt(np.maximum(3.545 * axial, 1.0) * np.maximum(3.545 * lateral, 1.0))
    return gain[:, None].astype(np.float32)


def blur_by_beam(field: np.ndarray, scanner: Scanner, beams: Beams) -> np.ndarray:
    """Blur a (samples, beams, channels) field with the pulse length and the depth-dependent beam width."""
    axial = max(scanner.axial_mm * FWHM_TO_SIGMA / beams.step_mm, 0.3)
    field = cv2.GaussianBlur(field, (1, _odd(axial)), sigmaX=0.01, sigmaY=axial)
    sigma = np.maximum(lateral_sigma_mm(scanner, beams.depth_mm) / beams.pitch_mm, 0.3)
    levels = np.geomspace(sigma.min(), sigma.max() * 1.0001, BEAM_WIDTHS)
    place = np.interp(np.log(sigma), np.log(levels), np.arange(BEAM_WIDTHS))
    out = np.zeros_like(field)
    for index, level in enumerate(levels):
        weight = np.clip(1.0 - np.abs(place - index), 0.0, None)
        rows = np.flatnonzero(weight > 0)
        if rows.size == 0:
            continue
        part = slice(rows[0], rows[-1] + 1)
        wide = cv2.GaussianBlur(field[part], (_odd(level), 1), sigmaX=level, sigmaY=0.01)
        out[part] += wide * weight[part, None, None].astype(np.float32)
    return out


def _odd(sigma: float) -> int:
    return 2 * max(1, round(2.5 * sigma)) + 1


def depth_behind(casters: np.ndarray, step_mm: float) -> np.ndarray:
    """Depth below the first caster on every beam, mm; below 0 above it, and where there is none.

    Parameters
    ----------
    casters : (samples, beams), above 0.5 where something ends the beam.
    """
    hit = casters > 0.5
    first = np.where(hit.any(axis=0), hit.argmax(axis=0), casters.shape[0] + 10**6)
    return ((np.arange(casters.shape[0])[:, None] - first[None, :]) * step_mm).astype(np.float32)


def shadow_db(behind_mm: np.ndarray, slope_db_mm: float, most_db: float) -> np.ndarray:
    """Loss behind a caster; its edge is softened over a few beams, as the aperture looks past it."""
    loss = np.clip(behind_mm * slope_db_mm, 0.0, most_db)
    return cv2.GaussianBlur(loss, (7, 1), sigmaX=1.2, sigmaY=0.01)


def contact_db(beams: Beams, contacts: tuple[tuple[float, float, float], ...]) -> np.ndarray:
    """Loss of beams with poor skin contact, `(centre, half width)` as shares of the probe, (1, beams)."""
    count = beams.x_mm.shape[1]
    share = (np.arange(count) + 0.5) / count
    loss = np.zeros(count)
    for centre, half, depth_db in contacts:
        loss += depth_db * np.clip((half - np.abs(share - centre)) / 0.04 + 0.5, 0.0, 1.0)
    return loss[None, :].astype(np.float32)


def reverberation(behind_mm: np.ndarray, ring_mm: float, strength_db: float) -> tuple[np.ndarray, np.ndarray]:
    """Dirty shadow behind gas: level of the noise-like echoes in dB, and amplitude of the repeated bands."""
    inside = behind_mm > 0
    behind_mm = np.maximum(behind_mm, 0.0)
    level = np.where(inside, strength_db - 0.9 * behind_mm, -90.0)
    phase = (behind_mm / ring_mm) % 1.0
    band = np.exp(-(((phase - 0.5) / 0.13) ** 2)) * np.exp(-behind_mm / (2.2 * ring_mm))
    bands = np.where(inside, 10 ** (strength_db / 20) * 1.3 * band, 0.0)
    return level.astype(np.float32), bands.astype(np.float32)


@lru_cache(maxsize=64)
def _tgc(tgc_db: tuple[float, ...], samples: int) -> np.ndarray:
    knots = np.linspace(0.0, 1.0, len(tgc_db))
    return np.interp(np.linspace(0.0, 1.0, samples), knots, tgc_db).astype(np.float32)[:, None]


def tgc_error_db(scanner: Scanner, beams: Beams) -> np.ndarray:
    """Gain error over depth: wrong sliders and uncompensated attenuation, (samples, 1) dB.

    The operator sets the gain for the middle of the picture, so the error is 0 about there.
    """
    error = _tgc(scanner.tgc_db, len(beams.depth_mm))
    return error - scanner.attenuation_db_mm * (beams.depth_mm[:, None] - scanner.depth_mm / 2)


def to_grey(level_db: np.ndarray, scanner: Scanner, area: np.ndarray) -> np.ndarray:
    """Log-compressed echoes to 8-bit grey, with the maker's smoothing, sharpening and curve.

    Parameters
    ----------
    level_db : (rows, columns), 0 dB is mesenteric fat.
    """
    share = scanner.reference + level_db / scanner.dynamic_range_db
    share = np.clip(share, 0.0, 1.0) ** scanner.gamma
    if scanner.smoothing_px > 0.2:
        share = cv2.GaussianBlur(share, (0, 0), scanner.smoothing_px)
    if scanner.sharpening > 0:
        share = share + scanner.sharpening * (share - cv2.GaussianBlur(share, (0, 0), 2.0))
    grey = np.clip(share * 255.0 + 0.5, 0, 255).astype(np.uint8)
    grey[~area] = 0
    return grey


def jpeg_round_trip(grey: np.ndarray, quality: int) -> np.ndarray:
    """Grey values after lossy storage."""
    _, packed = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
