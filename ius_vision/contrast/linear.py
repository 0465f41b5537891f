"""From display values to linear echo power, pixel by pixel, before anything is averaged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVELS = 256
UNKNOWN_TINT = "unknown_tint"
# Lossy compression moves a clipped pixel down by a level or three.
SATURATED_VALUE = 252.0
DARKEST_VALUE = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class DisplayMap:
    """The value 0 to 255 of the log-compressed signal that every luminance stands for.

    Attributes
    ----------
    values : (256,) float64, rising; the luminances themselves for a grey map.
    source : `grey`, `colour_bar`, `proportional_tint`, or `unknown_tint` where the luminance stands in for
        a value that nothing tells.
    """

    values: NDArray[np.float64]
    source: str

    @classmethod
    def grey(cls) -> DisplayMap:
        return cls(np.arange(LEVELS, dtype=np.float64), "grey")

    @property
    def is_known(self) -> bool:
        """Whether values can be told from luminances."""
        return self.source != UNKNOWN_TINT


def power_table(display: DisplayMap, range_db: float) -> NDArray[np.float64]:
    """Linear echo power of every luminance, (256,), peak white is 1.

    Parameters
    ----------
    range_db : dB of echo power between the values 0 and 255.

    Notes
    -----
    I(P) = 10^((P/255 - 1) range/10).
    """
    return 10.0 ** ((display.values / 255.0 - 1.0) * range_db / 10.0)


@dataclass(frozen=True, slots=True, eq=False)
class PowerScale:
    """Tables to look luminances up in: power, and where the display is at its ends; (256,) each."""

    power: NDArray[np.float64]
    saturated: NDArray[np.float64]
    darkest: NDArray[np.float64]

    @classmethod
    def of(cls, display: DisplayMap, range_db: float) -> PowerScale:
        """Tables of a display map and its range."""
        return cls(
            power_table(display, range_db),
            (display.values >= SATURATED_VALUE).astype(np.float64),
            (display.values < DARKEST_VALUE).astype(np.float64),
        )

    def less(self, factor: float) -> PowerScale:
        """These tables with powers divided by a factor."""
        return PowerScale(self.power / factor, self.saturated, self.darkest)

    def __call__(self, counts: NDArray[np.intp]) -> tuple[float, float, float]:
        """Mean power, saturated and darkest share of pixels, given how many there are of each luminance.

        Notes
        -----
        The histogram of the pixels dotted with the tables gives the exact mean of linear powers.
        """
        total = float(counts.sum())
        return tuple(float(table @ counts) / total for table in (self.power, self.saturated, self.darkest))
