"""Direction and velocity of the flow in the wall, as far as the screen's colour bar and a scale allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ius_vision.dicom.clip import Clip
from ius_vision.dicom.screen_velocity import velocity_on_screen
from ius_vision.dicom.velocity import VelocityScale
from ius_vision.dicom.velocity_bar import VelocityBar, read_velocity_bar
from ius_vision.measurement.flow_maps import CineVessels
from ius_vision.measurement.flow_velocity import NO_FLOW, ColourCode, FlowReader, FlowReading
from ius_vision.outcomes import Abstained
from ius_vision.pipeline.scene import evenly_spaced
from ius_vision.vocabulary import Mode

FRAMES_TO_READ = 16
# The zero that the header names and the one that the bar shows may be this share of the bar apart.
ZERO_TOLERANCE = 0.06

NO_BAR = Abstained(
    "no_colour_bar",
    "No colour bar with two sides is on the screen, so colours have no direction; store clips with the bar.",
)
ONE_SIDED = Abstained("no_direction_in_map", "The power map shows strength, not direction.")
NO_SCALE = Abstained(
    "no_velocity_scale",
    "Neither header, manifest nor numbers at its ends say what velocity the colour bar spans; give "
    "velocity_scale_cm_s.",
)
IN_POWER = Abstained("no_velocity_in_power", "Power Doppler shows strength and direction, not velocity.")
THIN = Abstained(
    "vessels_too_thin", "The vessels are a few pixels wide, so their colour is mixed with grey; enlarge them."
)


@dataclass(frozen=True, slots=True)
class FlowDirection:
    """Share of the vessels' pixels that flow towards the probe, and whether the scale is exceeded."""

    towards_percent: float
    aliased: bool


@dataclass(frozen=True, slots=True)
class FlowVelocity:
    """Velocities along the beam in cm/s, above 0 towards the probe.

    `mean_cm_s` is signed, `speed_cm_s` the mean without sign; 95 % of the pixels of a direction stay below
    its peak, which is None where less than 5 % of all flow that way.
    """

    mean_cm_s: float
    speed_cm_s: float
    peak_towards_cm_s: float | None
    peak_away_cm_s: float | None


@dataclass(frozen=True, slots=True)
class FlowMotion:
    """Direction and velocity of the vessels in the wall, each with the reason where it is not known, and the
    scale of the colour map, None where nothing says it.
    """

    direction: FlowDirection | Abstained
    velocity: FlowVelocity | Abstained
    scale: VelocityScale | None = None


def read_motion(clip: Clip, area: np.ndarray, vessels: CineVessels, looked: Sequence[int]) -> FlowMotion:
    """Read the colour of the vessels of a graded clip.

    Parameters
    ----------
    area : (rows, columns) bool, the picture.
    vessels : the vessels in the wall; their frames count those in `looked`, which holds frames of the clip.

    Raises
    ------
    Unreadable
        A frame cannot be decoded.
    """
    bar, scale = _bar_and_scale(clip, area, looked)
    if not vessels.mask.any():
        return FlowMotion(NO_FLOW, NO_FLOW, scale)
    if bar is None:
        why = ONE_SIDED if clip.mode == Mode.POWER_DOPPLER else NO_BAR
        return FlowMotion(why, why, scale)
    reading = _read(clip, area, vessels, looked, ColourCode(bar.colours, bar.places))
    if isinstance(reading, Abstained):
        return FlowMotion(reading, reading, scale)
    direction = FlowDirection(reading.towards_percent, reading.aliased)
    return FlowMotion(direction, _velocity(clip.mode, scale, bar, reading), scale)


def _bar_and_scale(
    clip: Clip, area: np.ndarray, looked: Sequence[int]
) -> tuple[VelocityBar | None, VelocityScale | None]:
    """The colour bar of the first frame, and its scale by manifest, header or the numbers at its ends."""
    scale = clip.velocity_scale
    frames = [rgb for _, rgb in clip.rgb_frames(sorted({looked[0], looked[-1]}))]
    bar = read_velocity_bar(frames[0], scale.box if scale else None)
    if scale is None and bar is not None and clip.mode != Mode.POWER_DOPPLER:
        scale = velocity_on_screen(frames, bar, area)
    return bar, scale


def _read(
    clip: Clip, area: np.ndarray, vessels: CineVessels, looked: Sequence[int], code: ColourCode
) -> FlowReading | Abstained:
    calm = sorted(vessels.shifts)
    wanted = {
        looked[place]: place for place in (calm[one] for one in evenly_spaced(len(calm), FRAMES_TO_READ))
    }
    reader = FlowReader(code)
    for index, rgb in clip.rgb_frames(sorted(wanted)):
        reader.add(rgb, area, vessels.in_frame(wanted[index]))
    return reader.result()


def _velocity(
    mode: Mode, scale: VelocityScale | None, bar: VelocityBar, reading: FlowReading
) -> FlowVelocity | Abstained:
    if mode == Mode.POWER_DOPPLER:
        return IN_POWER
    if scale is None:
        return NO_SCALE
    if scale.zero_row is not None and abs(scale.zero_row - bar.zero_row) > ZERO_TOLERANCE * bar.box.rows:
        return Abstained(
            "velocity_scale_conflict",
            f"The header puts velocity 0 at row {scale.zero_row:.0f}, the bar's dark middle is at row "
            f"{bar.zero_row:.0f}; give velocity_scale_cm_s in the manifest.",
        )
    if reading.aliased:
        return Abstained(
            "velocity_aliased",
            f"Flow is faster than the scale of {scale.cm_s:.3g} cm/s, so its colours wrap over to the other "
            "side; record with a larger scale.",
        )
    places = reading.places
    if places is None:
        return THIN
    shares = places.mean, places.speed, places.peak_towards, places.peak_away
    return FlowVelocity(*(None if share is None else scale.cm_s * share for share in shares))
