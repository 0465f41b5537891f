"""Two panels of one screen as two pictures of one shape, pixel on pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.panels import Panels, Picture
from ius_vision.geometry import Box


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """Where both panels lie on the screen, and which of their pixels belong to both pictures.

    Attributes
    ----------
    contrast, tissue : boxes of one shape; `tissue` is None where there is no B-mode panel.
    valid : (rows, columns) bool of the panel.
    """

    contrast: Box
    tissue: Box | None
    valid: NDArray[np.bool_]

    @property
    def whole(self) -> Box:
        """The panel in its own coordinates."""
        return Box(0, 0, *self.valid.shape)


def crop_panels(pictures: list[Picture], panels: Panels) -> Crop:
    """Lay the B-mode box on the contrast panel; what would leave the screen is cut off both."""
    contrast = pictures[panels.contrast]
    if panels.tissue is None:
        return Crop(contrast.box, None, contrast.mask[contrast.box.slices])
    tissue = pictures[panels.tissue]
    rows, columns = tissue.mask.shape
    down, right = panels.shift
    box = tissue.box
    row0, row1 = max(box.row0, -down), min(box.row1, rows - down)
    column0, column1 = max(box.column0, -right), min(box.column1, columns - right)
    start = Box(row0, column0, row1, column1)
    end = Box(row0 + down, column0 + right, row1 + down, column1 + right)
    return Crop(end, start, tissue.mask[start.slices] & contrast.mask[end.slices])
