"""What of the wall's mask takes no contrast: tissue or lumen within the outline, or a layer that is spared.

Nothing in the contrast tells which of these it is. So figures are those of the region as it was outlined,
and the intervals of their heights reach to what they would be without that part.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.linear import PowerScale
from ius_vision.contrast.recorder import Places
from ius_vision.contrast.regions import EDGE_MM, Mask, Wall, near
from ius_vision.geometry import Spacing

BEFORE, RISING, FALLING = 0, 1, 2
_LOW, _HIGH = 0.15, 0.7  # of the wall's light: before arrival, around the peak
_LIT = 0.75  # quantile: half of the wall may be without contrast, and this is the middle of the rest
_HALF = 0.5  # half way between two sides lies their border
_SMOOTHING_MM = (0.0, 0.2, 0.4, 0.6)
_NOISE = 0.15  # of the lit level: a lit pixel then falls below half of it once in some thousands
_LEAST_LEFT = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Unlit:
    """The part of a wall's mask that takes no contrast.

    Attributes
    ----------
    mask : (rows, columns) bool of the panel, with the pixels at its edge, which are mixed.
    rise : (rows, columns) float32, how far every pixel of the wall rises, the wall's mean is 1; 0 elsewhere.
    wall : the wall's mask.
    """

    mask: Mask
    rise: NDArray[np.float32]
    wall: Mask

    def share(self, region: Mask) -> float:
        """How much of a region it is."""
        return float(self.mask[region].mean())

    def factor(self, region: Mask) -> float:
        """How much higher a region's curve is without this part, 1 or more; infinite where nothing tells."""
        rest = region & ~self.mask
        if rest.sum() < _LEAST_LEFT * region.sum():
            rest = self.wall & ~self.mask
        seen = float(self.rise[region].mean())
        return max(float(self.rise[rest].mean()) / seen, 1.0) if seen > 0 and rest.any() else float("inf")


def stages(light: NDArray[np.float64], looked_at: NDArray[np.intp], frames: int) -> NDArray[np.intp]:
    """`BEFORE` arrival, `RISING` or `FALLING` part of the time around the peak; -1 for all other frames.

    Parameters
    ----------
    light : the wall's mean power in the frames looked at, in order.
    """
    curve = np.interp(np.arange(frames), looked_at, light)
    level = (curve - curve.min()) / max(float(np.ptp(curve)), 1e-30)
    high = np.flatnonzero(level >= _HIGH)
    out = np.full(frames, -1)
    out[(level <= _LOW) & (np.arange(frames) < int(np.argmax(level)))] = BEFORE
    out[high[: high.size // 2]] = RISING
    out[high[high.size // 2 :]] = FALLING
    return out


class RiseRecorder:
    """Sums the power of the wall's pixels over the stages of a bolus.

    Parameters
    ----------
    stage : (frames,) from `stages`.
    """

    def __init__(self, wall: Wall, stage: NDArray[np.intp], scale: PowerScale) -> None:
        rows, columns = np.nonzero(wall.whole)
        self._wall, self._stage, self._pixels = wall, stage, (rows, columns)
        self._places = Places(rows, columns, wall.whole.shape)
        self._power = np.append(scale.power, 0.0)
        self._seen = np.append(np.ones(len(scale.power)), 0.0)
        self._sums, self._counts = np.zeros((3, rows.size)), np.zeros((3, rows.size))

    def add(self, index: int, panel: NDArray[np.uint16], moved: tuple[float, float]) -> None:
        """Take one frame that shows the reference's plane, from `recorder.shown`."""
        stage = self._stage[index]
        if stage < 0:
            return
        values = self._places.values(panel, (round(moved[0]), round(moved[1])))
        self._sums[stage] += self._power[values]
        self._counts[stage] += self._seen[values]

    def unlit(self, spacing: Spacing) -> Unlit | None:
        """The part without contrast; None where speckle leaves it open, or nothing rises."""
        mean = self._sums / np.maximum(self._counts, 1.0)
        halves = [self._image(mean[stage] - mean[BEFORE]) for stage in (RISING, FALLING)]
        means = [float(half[self._wall.mask].mean()) for half in halves]
        if min(means) <= 0:
            return None
        rising, falling = (half / of for half, of in zip(halves, means, strict=True))
        rise = (rising + falling) / 2.0
        for width_mm in _SMOOTHING_MM:
            # The two halves of the time show the same wall under speckle of their own.
            noise = float(self._calm((rising - falling) / 2.0, width_mm, spacing)[self._wall.mask].std())
            calm = self._calm(rise, width_mm, spacing)
            lit = float(np.quantile(calm[self._wall.mask], _LIT))
            if noise <= _NOISE * lit:
                dark = (calm < _HALF * lit) & self._wall.mask
                grown = near(dark, spacing, EDGE_MM) & self._wall.mask if dark.any() else dark
                return Unlit(grown, rise, self._wall.mask)
        return None

    def _image(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        out = np.zeros(self._wall.whole.shape, np.float32)
        out[self._pixels] = values
        return out

    def _calm(self, image: NDArray[np.float32], width_mm: float, spacing: Spacing) -> NDArray[np.float32]:
        if width_mm == 0:
            return image
        sigma = {"sigmaX": width_mm / spacing.column_mm, "sigmaY": width_mm / spacing.row_mm}
        weight = self._wall.whole.astype(np.float32)
        smooth = cv2.GaussianBlur(image, (0, 0), **sigma)
        return smooth / np.maximum(cv2.GaussianBlur(weight, (0, 0), **sigma), 1e-3)
