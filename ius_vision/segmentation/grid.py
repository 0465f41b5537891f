"""From a frame's pixels to the network's square ones and back, pixel centre on pixel centre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ius_vision.geometry import Box, Spacing


@dataclass(frozen=True, slots=True)
class NetworkGrid:
    """The image area laid out in square pixels of a fixed size.

    Attributes
    ----------
    box : the part of the frame that is laid out.
    rows, columns : pixels of the layout; outer edges of layout and box coincide.
    """

    box: Box
    rows: int
    columns: int

    @classmethod
    def over(cls, box: Box, spacing: Spacing, pixel_mm: float) -> NetworkGrid:
        """Lay a box out in pixels as close to `pixel_mm` as whole numbers of pixels allow."""
        rows = max(1, round(box.rows * spacing.row_mm / pixel_mm))
        columns = max(1, round(box.columns * spacing.column_mm / pixel_mm))
        return cls(box, rows, columns)

    def to_network(self, frame: np.ndarray) -> np.ndarray:
        """Resample the box of a (rows, columns[, channels]) array to float32 network pixels."""
        return resample(frame[self.box.slices].astype(np.float32), self.rows, self.columns)

    def to_frame(self, network: np.ndarray) -> np.ndarray:
        """Resample (rows, columns[, channels]) network pixels to the box's own pixels, float32."""
        return resample(network, self.box.rows, self.box.columns)


def area_box(area_mask: np.ndarray) -> Box | None:
    """The smallest box around the area, None where the area is empty."""
    rows = np.flatnonzero(area_mask.any(axis=1))
    columns = np.flatnonzero(area_mask.any(axis=0))
    if rows.size == 0:
        return None
    return Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)


def resample(image: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Resize so that outer edges stay where they are: means where pixels grow, bilinear where they shrink.

    Parameters
    ----------
    image : (rows, columns) or (rows, columns, channels) float32.
    """
    import cv2

    for axis, size in ((0, rows), (1, columns)):
        if image.shape[axis] == size:
            continue
        shape = (image.shape[1], size) if axis == 0 else (size, image.shape[0])
        how = cv2.INTER_AREA if size < image.shape[axis] else cv2.INTER_LINEAR
        channels = image.shape[2:]
        image = cv2.resize(np.ascontiguousarray(image), shape, interpolation=how)
        image = image.reshape(image.shape[:2] + channels)
    return image


def resample_labels(labels: np.ndarray, rows: int, columns: int, classes: int) -> np.ndarray:
    """Resize a label image by the class that covers most of each new pixel, uint8."""
    shares = (labels[..., None] == np.arange(classes)).astype(np.float32)
    return resample(shares, rows, columns).argmax(axis=2).astype(np.uint8)
