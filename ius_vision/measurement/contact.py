"""A probe without contact: what comes back ends close to the skin, all over the picture."""

from __future__ import annotations

import numpy as np

from ius_vision.outcomes import Abstained

# A row of the picture is lit where this share of it is so much brighter than the picture's black.
LIT_GREY, LIT_SHARE = 10, 0.05
# Of 1,100 simulated walls, gas behind many of them, all but four of the plain engine are lit over 0.42 of the
# depth; a real probe in air over 0.3. [J]
LEAST_LIT_DEPTH = 0.35


def without_contact(grey: np.ndarray, area_mask: np.ndarray) -> Abstained | None:
    """Why nothing is to be measured where nothing below the near field is lit, `no_contact`; else None.

    Parameters
    ----------
    grey : (rows, columns) uint8 luminance.
    area_mask : (rows, columns) bool, the picture without text, rulers and bars.
    """
    depth = lit_depth(grey, area_mask)
    if depth >= LEAST_LIT_DEPTH:
        return None
    return Abstained(
        "no_contact",
        f"Below {100 * depth:.0f} % of its depth the picture shows nothing above its darkest grey, as of a "
        "probe without contact or gain; choose a frame that shows tissue.",
    )


def lit_depth(grey: np.ndarray, area_mask: np.ndarray) -> float:
    """Share of the picture's depth down to the last row that is lit, 0 to 1; 0 of an empty picture.

    Raises
    ------
    ValueError
        Frame and area differ in shape.
    """
    if grey.shape != area_mask.shape:
        raise ValueError(f"a frame {grey.shape} and its area {area_mask.shape} differ in shape")
    widths = np.count_nonzero(area_mask, axis=1)
    rows = np.flatnonzero(widths)
    if not rows.size:
        return 0.0
    black = int(np.percentile(grey[area_mask], 1))
    bright = np.count_nonzero((grey > black + LIT_GREY) & area_mask, axis=1)
    lit = np.flatnonzero(bright > LIT_SHARE * widths)
    return float((lit[-1] + 1 - rows[0]) / (rows[-1] + 1 - rows[0])) if lit.size else 0.0
