"""Both borders of a layer traced from a person's rough line or box, without the network."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, map_coordinates

from ius_vision.geometry import Box, Spacing
from ius_vision.measurement.edges import smoothest_path
from ius_vision.outcomes import Abstained

# The dark and the bright side of a border are compared over this share of the layer's thickness.
SIDE_SHARE = 0.06
LEAST_SIDE_PX, MOST_SIDE_PX = 2.0, 8.0
# A border is sought from so near to so far from the rough line, in half thicknesses.
NEAREST, FARTHEST = 0.35, 1.6
PRIOR_SHARE = 0.2
STRONGEST_Z = 8.0
WEAKEST_Z = 1.0
BRIGHT_WEIGHT, BRIGHTEST_Z = 0.5, 4.0
# A border lies where the brightness is half way from the dark side to the bright one.
LEVEL = 0.5
SHORTEST_PX = 12
PASSES = 2


@dataclass(frozen=True, slots=True, eq=False)
class TracedLayer:
    """Two borders, point by point.

    Attributes
    ----------
    upper, lower : (stations, 2) float (row, column), to parts of a pixel; station i of one faces station i of
        the other along the normal of the line half way.
    strength : (stations,) the weaker of both brightness steps, in units of their noise.
    """

    upper: np.ndarray
    lower: np.ndarray
    strength: np.ndarray

    def thickness_px(self) -> np.ndarray:
        """Distance between facing points, (stations,) pixels."""
        return np.hypot(*(self.lower - self.upper).T)

    def thickness_mm(self, spacing: Spacing) -> np.ndarray:
        """Distance between facing points, (stations,) mm."""
        return np.hypot(*((self.lower - self.upper) * (spacing.row_mm, spacing.column_mm)).T)


def trace_box(grey: np.ndarray, box: Box) -> TracedLayer | Abstained:
    """Trace a layer that runs from the left to the right side of a rough box and about fills its height."""
    middle = (box.row0 + box.row1 - 1) / 2
    line = np.array([(middle, box.column0), (middle, box.column1 - 1)], float)
    return trace_layer(grey, line, box.rows / 2)


def trace_layer(grey: np.ndarray, line: np.ndarray, half_px: float) -> TracedLayer | Abstained:
    """Trace both borders of a layer around a rough line.

    Parameters
    ----------
    grey : (rows, columns) uint8 luminance.
    line : (points, 2) (row, column), drawn roughly along the middle of the layer.
    half_px : half of the layer's thickness, roughly, in pixels.

    Returns
    -------
    The borders, or `no_clear_edge` where they cannot be told.

    Notes
    -----
    A border is a step from dark to bright in the outward direction: from the mucosa to the echo of the
    lumen's surface, from the muscularis to the serosa, from a muscle to its aponeurosis. The picture is laid
    out straight along the line; on either side dynamic programming finds the path of the strongest steps
    that bends little and stays near the rough thickness, and the place of half the step gives its parts of a
    pixel. The second pass follows the middle of what the first one found.
    """
    for _ in range(PASSES):
        found = _trace_once(grey, line, half_px)
        if isinstance(found, Abstained):
            return found
        line = (found.upper + found.lower) / 2
        half_px = float(np.median(found.thickness_px())) / 2
    return found


def _trace_once(grey: np.ndarray, line: np.ndarray, half_px: float) -> TracedLayer | Abstained:
    points, normals = _stations(line, half_px)
    if len(points) < SHORTEST_PX or half_px < 2 * LEAST_SIDE_PX:
        return Abstained(
            "no_clear_edge",
            f"a line of {len(points)} px around a layer of {2 * half_px:.0f} px is too small to trace; "
            f"{SHORTEST_PX} and {4 * LEAST_SIDE_PX:.0f} px are needed",
        )
    side = float(np.clip(2 * SIDE_SHARE * half_px, LEAST_SIDE_PX, MOST_SIDE_PX))
    borders, strengths = [], []
    for way in (-1.0, 1.0):
        offset, strength = _border(grey, points, normals * way, half_px, side)
        borders.append(points + normals * (way * offset[:, None]))
        strengths.append(strength)
    weaker = np.minimum(*strengths)
    if np.median(weaker) < WEAKEST_Z:
        return Abstained(
            "no_clear_edge",
            f"the brightness step at the weaker border is {np.median(weaker):.1f} times its noise, "
            f"{WEAKEST_Z:g} needed; draw the line nearer to the middle, or the box nearer to the borders",
        )
    return TracedLayer(borders[0], borders[1], weaker)


def _stations(line: np.ndarray, half_px: float) -> tuple[np.ndarray, np.ndarray]:
    """Points a pixel apart along a line and its normals, pointing down where it runs to the right."""
    line = np.asarray(line, float)
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.arange(0.0, length[-1] + 1e-6)
    points = np.stack([np.interp(at, length, line[:, axis]) for axis in (0, 1)], axis=1)
    if len(points) < 2:
        return points, np.zeros_like(points)
    along = gaussian_filter1d(np.gradient(points, axis=0), max(1.0, 0.5 * half_px), axis=0, mode="nearest")
    along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    return points, np.stack([along[:, 1], -along[:, 0]], axis=1)


def _border(grey, points, outward, half_px: float, side: float) -> tuple[np.ndarray, np.ndarray]:
    """Offset of the border, (stations,) px, and its step in units of noise."""
    away = np.arange(math.floor(NEAREST * half_px - side), math.ceil(FARTHEST * half_px + side) + 1.0)
    place = points[:, None] + outward[:, None] * away[:, None]
    profile = map_coordinates(grey.astype(np.float32), place.transpose(2, 0, 1), order=1, mode="nearest")
    inside = np.all((place >= 0) & (place <= np.array(grey.shape) - 1), axis=2)
    calm = gaussian_filter1d(profile, side, axis=0, mode="nearest")
    step, beyond = _steps(calm, round(side))
    strength = step / (_spread(step) + 1e-3)
    bright = np.clip((beyond - np.median(calm[inside])) / (_spread(calm[inside]) + 1.0), 0.0, BRIGHTEST_Z)
    score = np.clip(strength, 0.0, STRONGEST_Z) + BRIGHT_WEIGHT * bright * (step > 0)
    prior = ((away - half_px) / (PRIOR_SHARE * half_px)) ** 2
    cut = slice(round(side), -round(side))
    path = smoothest_path((prior - np.where(inside, score, 0.0))[:, cut]) + round(side)
    offset = away[0] + _half_way(gaussian_filter1d(calm, 1.0, axis=1), path, round(2 * side))
    return gaussian_filter1d(offset, side, mode="nearest"), strength[np.arange(len(points)), path]


def _spread(values: np.ndarray) -> float:
    """Standard deviation, blind to outliers."""
    return 1.48 * float(np.median(np.abs(values - np.median(values))))


def _steps(profile: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean over `side` samples further out minus mean over as many further in, and the former itself."""
    total = np.cumsum(np.pad(profile, ((0, 0), (side + 1, side)), mode="edge"), axis=1)
    count = profile.shape[1]
    here, out, back = (total[:, start : start + count] for start in (side, 2 * side, 0))
    return ((out - here) - (here - back)) / side, (out - here) / side


def _half_way(profile: np.ndarray, path: np.ndarray, reach: int) -> np.ndarray:
    """The last place below `LEVEL` on the way from the darkest to the brightest sample near the path."""
    each = np.arange(len(path))
    columns = np.clip(path[:, None] + np.arange(-reach, reach + 1), 0, profile.shape[1] - 1)
    near = profile[each[:, None], columns]
    top = reach + near[:, reach:].argmax(axis=1)
    dark, bright = near[:, : reach + 1].min(axis=1), near[each, top]
    level = dark + LEVEL * (bright - dark)
    below = (near < level[:, None]) & (np.arange(2 * reach + 1) <= top[:, None])
    last = 2 * reach - np.argmax(below[:, ::-1], axis=1)
    last = np.clip(np.where(below.any(axis=1), last, reach), 0, 2 * reach - 1)
    low, high = near[each, last], near[each, last + 1]
    part = np.clip((level - low) / np.maximum(high - low, 1e-3), 0.0, 1.0)
    return path - reach + last + part
