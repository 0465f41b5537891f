"""Echoes and beams by PyMUST: plane or diverging waves into point scatterers, delay and sum.

Needs the extra `simus`. The fast engines share nothing of this: here every element and scatterer counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ius_vision.errors import BadUsage

SOUND_M_S = 1540.0
PULSE_THRESHOLD_DB = -26.0
# Tiles hold about a thousand scatterers, so that the arrays of a tile stay in the processor's cache.
TILE = 1000
PULSE_WAVES = 5.0


@dataclass(frozen=True, slots=True)
class Array:
    """An array probe and how it is used.

    `radius_mm` is 0 for a linear array. `steering_rad` holds a tilt for every wave that is sent: of a plane
    wave, or of the virtual source behind a convex face. `f_number` limits the receiving aperture.
    """

    frequency_mhz: float
    elements: int
    pitch_mm: float
    radius_mm: float
    bandwidth_percent: float
    steering_rad: tuple[float, ...]
    f_number: float
    attenuation_db_cm_mhz: float

    @property
    def wave_mm(self) -> float:
        """Wavelength at the centre frequency."""
        return SOUND_M_S / self.frequency_mhz / 1e3


@dataclass(frozen=True, slots=True, eq=False)
class Scatterers:
    """Points (n,) in mm, z from the middle of the probe's face, and their reflection coefficients."""

    x_mm: np.ndarray
    z_mm: np.ndarray
    strength: np.ndarray


def require_pymust():
    """The package `pymust`.

    Raises
    ------
    BadUsage
        `missing_extra`: it is not installed.
    """
    try:
        import pymust
    except ModuleNotFoundError as error:
        raise BadUsage(
            "missing_extra",
            f"the engine simus needs the package {error.name}",
            "phantom dataset --engine simus",
            "Install it: pip install 'ius-vision[simus]'",
        ) from error
    return pymust


def beam_images(array: Array, tissue: Scatterers, x_mm: np.ndarray, z_mm: np.ndarray) -> np.ndarray:
    """Complex pictures of the tissue, one for every wave sent.

    Parameters
    ----------
    x_mm, z_mm : arrays of one shape, where the beamformed samples lie.

    Returns
    -------
    (waves, *shape) complex64.

    References
    ----------
    SIMUS: Garcia 2022, doi 10.1016/j.cmpb.2022.106726; Bernardino and Garcia 2024, doi
    10.1109/uffc-js60046.2024.10793881.
    """
    pymust = require_pymust()
    param = _param(pymust, array)
    element_x, element_z, normal, drop = (np.ravel(each) for each in param.getElementPositions())
    offset = array.radius_mm / 1e3 - drop[0] if array.radius_mm else 0.0
    places = np.ravel(x_mm) / 1e3, np.ravel(z_mm) / 1e3 + offset
    points = Scatterers(tissue.x_mm / 1e3, tissue.z_mm / 1e3 + offset, tissue.strength)
    pictures = []
    for tilt in array.steering_rad:
        delays = _delays(array, tilt, element_x, element_z, drop[0])
        echo = _echo(pymust, array, points, delays, (element_x, element_z))
        iq = pymust.rf2iq(echo, _param(pymust, array))
        picture = _delay_and_sum(array, iq, delays, places, (element_x, element_z, normal))
        pictures.append(picture.reshape(np.shape(x_mm)))
    return np.stack(pictures)


def _param(pymust, array: Array):
    param = pymust.utils.Param()
    param.fc, param.fs = array.frequency_mhz * 1e6, 4 * array.frequency_mhz * 1e6
    param.Nelements, param.pitch = array.elements, array.pitch_mm / 1e3
    param.width = 0.9 * param.pitch
    param.radius = array.radius_mm / 1e3 if array.radius_mm else np.inf
    param.bandwidth, param.c = array.bandwidth_percent, SOUND_M_S
    param.attenuation, param.TXnow = array.attenuation_db_cm_mhz, 1.0
    param.RXdelay = np.zeros((1, array.elements), np.float32)
    return param


def _delays(array: Array, tilt: float, element_x, element_z, drop: float) -> np.ndarray:
    """Transmit delays, (elements,) s: of a plane wave, or as if sent by a point behind the face."""
    if not array.radius_mm:
        delays = element_x * math.sin(tilt) / SOUND_M_S
    else:
        source = array.radius_mm / 1e3 * math.sin(tilt), -drop
        delays = np.hypot(element_x - source[0], element_z - source[1]) / SOUND_M_S
    return delays - delays.min()


def _echo(pymust, array: Array, points: Scatterers, delays: np.ndarray, elements) -> np.ndarray:
    """Radio-frequency echoes, (samples, elements) float at four times the centre frequency.

    The echoes of a small tile of tissue all come within a short time. So each tile is simulated over just
    that time, with as many frequencies as it needs, and put where it belongs; the sum is that of one long
    simulation, many times sooner.
    """
    rate = 4 * array.frequency_mhz * 1e6
    margin = PULSE_WAVES / array.frequency_mhz / 1e6
    far = np.hypot(np.abs(points.x_mm).max() + np.abs(elements[0]).max(), points.z_mm.max())
    echo = np.zeros((math.ceil((2 * far / SOUND_M_S + delays.max() + 4 * margin) * rate) + 8, array.elements))
    for tile in _tiles(points):
        x, z, strength = points.x_mm[tile], points.z_mm[tile], points.strength[tile]
        reach = np.hypot(x[:, None] - elements[0], z[:, None] - elements[1])
        first = max(0.0, 2 * reach.min() / SOUND_M_S + delays.min() - margin)
        last = 2 * reach.max() / SOUND_M_S + delays.max() + margin
        period = _periodic_echo(pymust, array, (x, z, strength), delays, 1 / (last - first))
        start, length = int(first * rate), min(len(period), len(echo) - int(first * rate))
        echo[start : start + length] += np.roll(period, -(start % len(period)), axis=0)[:length]
    return echo


def _periodic_echo(pymust, array: Array, tile, delays: np.ndarray, step_hz: float) -> np.ndarray:
    """One period of a tile's echo, (samples, elements), repeated every 1 / `step_hz` or a little later."""
    options = pymust.utils.Options()
    options.CallFun, options.RC, options.FrequencyStep = "simus", tile[2], step_hz
    options.dBThresh, options.ElementSplitting, options.WaitBar = PULSE_THRESHOLD_DB, 1, False
    param = _param(pymust, array)
    _, found, where = pymust.pfield(tile[0], None, tile[1], delays[None].copy(), param, options)
    spectrum = np.zeros((len(where), array.elements), np.complex64)
    spectrum[where] = found
    samples = 2 * (len(where) - 1)
    # The spectrum holds steps of its own width, so the sum over it is the integral.
    return np.fft.irfft(np.conj(spectrum), samples, axis=0) * samples


def _tiles(points: Scatterers) -> list[np.ndarray]:
    """Indices of the scatterers, in compact tiles."""
    area = np.ptp(points.x_mm) * np.ptp(points.z_mm)
    side = math.sqrt(max(area, 1e-12) * TILE / max(1, len(points.x_mm)))
    column = ((points.x_mm - points.x_mm.min()) / side).astype(int)
    row = ((points.z_mm - points.z_mm.min()) / side).astype(int)
    key = row * (column.max() + 1) + column
    order = np.argsort(key, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(key[order])) + 1)


def _delay_and_sum(array: Array, iq: np.ndarray, delays, places, elements) -> np.ndarray:
    """Beamformed samples, (places,) complex64, with a cosine window over the receiving aperture."""
    x, z = places
    element_x, element_z, normal = elements
    rate, carrier = 4 * array.frequency_mhz * 1e6, 2 * math.pi * array.frequency_mhz * 1e6
    sent = np.full(x.shape, np.inf)
    for ex, ez, delay in zip(element_x, element_z, delays, strict=True):
        np.minimum(sent, delay + np.hypot(x - ex, z - ez) / SOUND_M_S, out=sent)
    limit = math.atan(0.5 / array.f_number)
    total, weights = np.zeros(x.shape, np.complex64), np.full(x.shape, 1e-3, np.float32)
    for index, (ex, ez, turn) in enumerate(zip(element_x, element_z, np.ravel(normal), strict=True)):
        away = np.abs(np.arctan2(x - ex, z - ez) - turn)
        used = np.flatnonzero(away < limit)
        time = sent[used] + np.hypot(x[used] - ex, z[used] - ez) / SOUND_M_S
        place = np.clip(time * rate, 0, len(iq) - 2)
        low = place.astype(int)
        part = place - low
        value = (1 - part) * iq[low, index] + part * iq[low + 1, index]
        weight = np.cos(0.5 * math.pi * away[used] / limit)
        total[used] += weight * value * np.exp(1j * carrier * time)
        weights[used] += weight
    return total / weights
