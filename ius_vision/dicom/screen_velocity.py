"""The numbers at the two ends of a colour bar, such as `5.0` above it and `-5.0` below."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ius_vision.dicom.screen_reader import UNKNOWN, Reading, TextLine, find_lines, read_line
from ius_vision.dicom.velocity import LEAST_CM_S, MOST_CM_S, VelocityScale
from ius_vision.dicom.velocity_bar import VelocityBar
from ius_vision.geometry import Box

SOURCE = "screen_text"
# How far above, below and beside a bar its numbers stand, in shares of its height, and at least in pixels.
REACH_SHARE, REACH_PX, BESIDE_PX = 0.2, 24, 50
# A unit can stand on the other side of the number.
UNIT_REACH = 2
# Below 1 it takes two decimals, as m/s are written: 0.8 may be the cm/s of a map for slow flow.
NUMBER = re.compile(r"([1-9]\d{0,2}(?:\.\d{0,2})?|0?\.\d{2})")
OTHER_UNIT = re.compile(r"(?<![a-z])khz")
# Without a word, a number of cm/s is taken for one from here on; below, and under 1, only m/s is so small.
LEAST_BARE_CM_S, MOST_BARE_M_S = 3.0, 1.0
CM_PER_M = 100.0
# The two numbers must stand to each other as the bar's two sides do.
SIDES_TOLERANCE = 0.12
# With the zero this close to the middle of the bar they are the same.
MIDDLE_TOLERANCE = 0.04


def velocity_on_screen(
    frames_rgb: Sequence[np.ndarray], bar: VelocityBar, area: np.ndarray
) -> VelocityScale | None:
    """The scale that stands at both ends of a bar.

    Parameters
    ----------
    frames_rgb : some frames, (rows, columns, 3) uint8 RGB; what they say must be the same.
    area : (rows, columns) bool, the picture, in which no text is looked for.

    Returns
    -------
    None where one of the numbers is not there or not sure, where they do not fit the place of the bar's zero,
    where another unit stands beside them, and for numbers from 1 to 3, which can be m/s or cm/s.
    """
    told = {_ends(frame, bar, area) for frame in frames_rgb}
    if len(told) != 1 or (ends := told.pop()) is None:
        return None
    upper, lower = ends
    above, below = bar.zero_row - bar.box.row0, bar.box.row1 - bar.zero_row
    share = above / (above + below)
    if abs(upper / (upper + lower) - share) > SIDES_TOLERANCE * min(share, 1 - share):
        return None
    if abs(share - 0.5) <= MIDDLE_TOLERANCE and upper != lower:
        return None
    half = (upper + lower) / 2
    if max(upper, lower) < MOST_BARE_M_S:
        half *= CM_PER_M
    elif max(upper, lower) < LEAST_BARE_CM_S:
        return None
    return VelocityScale(half, SOURCE) if LEAST_CM_S <= half <= MOST_CM_S else None


def _ends(frame_rgb: np.ndarray, bar: VelocityBar, area: np.ndarray) -> tuple[float, float] | None:
    """The numbers above and below a bar, without sign."""
    rows, columns = frame_rgb.shape[:2]
    box = bar.box
    reach = max(REACH_PX, round(REACH_SHARE * box.rows))
    near = np.zeros((rows, columns), bool)
    near[
        max(0, box.row0 - UNIT_REACH * reach) : box.row1 + UNIT_REACH * reach,
        max(0, box.column0 - BESIDE_PX) : box.column1 + BESIDE_PX,
    ] = True
    near[box.slices] = False
    near &= ~area
    lines = [read_line(frame_rgb, line) for line in find_lines(frame_rgb, near)]
    if any(OTHER_UNIT.search(reading.letters) for line in lines for reading in line.readings):
        return None
    upper = _number_in(lines, (box.row0 - reach, box.row0 + reach // 2), box)
    lower = _number_in(lines, (box.row1 - reach // 2, box.row1 + reach), box, signed=True)
    return None if upper is None or lower is None else (upper, lower)


def _number_in(
    lines: Sequence[TextLine], rows: tuple[int, int], bar: Box, signed: bool = False
) -> float | None:
    """The one number in a band of rows nearest to the end of the bar; `signed` where a minus may lead it."""
    found = []
    for line in lines:
        middle = (line.box.row0 + line.box.row1) / 2
        if not rows[0] <= middle <= rows[1]:
            continue
        value = line.agreed(_number)
        if value is None and signed:
            value = line.agreed(_number_behind_a_sign)
        if value:
            beside = max(0, line.box.column0 - bar.column1, bar.column0 - line.box.column1)
            found.append((beside, value))
    nearest = sorted(found)
    if not nearest or (
        len(nearest) > 1 and nearest[0][0] == nearest[1][0] and nearest[0][1] != nearest[1][1]
    ):
        return None
    return nearest[0][1]


def _number(reading: Reading) -> float | None:
    match = NUMBER.fullmatch(reading.digits.strip())
    return float(match.group(1)) if match else None


def _number_behind_a_sign(reading: Reading) -> float | None:
    """A minus is read as no digit. So is a digit that is not sure, but not at both ends of a bar: the upper
    number stands without a sign, and the two must fit.
    """
    match = NUMBER.fullmatch(reading.digits.strip().removeprefix(UNKNOWN).strip())
    return float(match.group(1)) if match else None
