"""The wall model at run time: a grey frame in, labels and probabilities out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path

import numpy as np

from ius_vision.errors import IusError
from ius_vision.geometry import Spacing
from ius_vision.segmentation.bundle import SHIPPED, Bundle, read_bundle
from ius_vision.segmentation.grid import NetworkGrid, area_box, resample
from ius_vision.segmentation.runtime import chosen_runtime, start_network
from ius_vision.vocabulary import Label

FIELD_LIMIT_MM = 400.0


@dataclass(frozen=True, slots=True, eq=False)
class WallSegmentation:
    """What the model sees in one frame.

    Attributes
    ----------
    labels : (rows, columns) uint8, values of `vocabulary.Label`, background outside the area.
    wall_probability, fat_probability : (rows, columns) float32, 0 outside the area.
    """

    labels: np.ndarray
    wall_probability: np.ndarray
    fat_probability: np.ndarray


class WallModel:
    """A bundle loaded for inference: one thread, 32-bit floats, the same answer every time."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.card: dict = bundle.metadata
        self.name: str = str(self.card.get("name", bundle.path.name))
        self.version: str = str(self.card.get("version", ""))
        self.sha256 = bundle.sha256
        self._network = start_network(bundle.onnx)

    @classmethod
    def load(cls, bundle: Path | None = None) -> WallModel:
        """Load a bundle, by default the shipped one; loaded once a process.

        Raises
        ------
        BadUsage, IusError
            See `bundle.read_bundle`.
        """
        path = (bundle or SHIPPED).resolve()
        read = read_bundle(path)
        return _cached(str(path), read.sha256, chosen_runtime())

    def segment(
        self,
        grey: np.ndarray,
        spacing: Spacing,
        area_mask: np.ndarray | None = None,
        magnification: float = 1.0,
    ) -> WallSegmentation:
        """Label every pixel of a frame.

        Parameters
        ----------
        grey : (rows, columns) uint8 luminance.
        spacing : mm per pixel; rows and columns may differ.
        area_mask : (rows, columns) bool, the image area free of text and rulers; None: all of the frame.
        magnification : how many times larger than in training the network sees everything.

        Raises
        ------
        IusError
            `implausible_spacing`: the area would be wider or deeper than 40 cm.
        """
        grid = self._grid(grey, spacing, area_mask, magnification)
        labels = np.zeros(grey.shape, np.uint8)
        wall, fat = np.zeros(grey.shape, np.float32), np.zeros(grey.shape, np.float32)
        if grid is None:
            return WallSegmentation(labels, wall, fat)
        box = grid.box.slices
        inside = None if area_mask is None else area_mask[box]
        seen = grey[box] if inside is None else grey[box] * inside
        image = resample(seen.astype(np.float32), grid.rows, grid.columns)
        image /= np.float32(self.bundle.inference.grey_scale)
        shares = [grid.to_frame(share) for share in self.probabilities(image)]
        where = True if inside is None else inside
        np.copyto(labels[box], _largest(shares), where=where)
        np.copyto(wall[box], shares[Label.WALL], where=where)
        np.copyto(fat[box], shares[Label.INFLAMED_FAT], where=where)
        return WallSegmentation(labels, wall, fat)

    def _grid(
        self, grey: np.ndarray, spacing: Spacing, area_mask: np.ndarray | None, magnification: float
    ) -> NetworkGrid | None:
        if grey.ndim != 2 or (area_mask is not None and area_mask.shape != grey.shape):
            raise ValueError(f"a (rows, columns) frame and its mask are needed, not {grey.shape}")
        box = area_box(np.ones(grey.shape, bool) if area_mask is None else area_mask)
        if box is None:
            return None
        deep, wide = box.rows * spacing.row_mm, box.columns * spacing.column_mm
        if max(deep, wide) > FIELD_LIMIT_MM:
            raise IusError(
                "implausible_spacing",
                f"the image area would be {deep:.0f} by {wide:.0f} mm, limit {FIELD_LIMIT_MM:.0f} mm",
                next_step="Give mm_per_pixel in the manifest",
            )
        return NetworkGrid.over(box, spacing, self.bundle.inference.pixel_mm / magnification)

    def probabilities(self, image: np.ndarray) -> np.ndarray:
        """(classes, rows, columns) float32 of a (rows, columns) image, tile by tile where it is large."""
        settings = self.bundle.inference
        starts = [_tile_starts(size, settings.tile_px, settings.tile_overlap_px) for size in image.shape]
        if len(starts[0]) == len(starts[1]) == 1:
            return self._run(image)
        total = np.zeros((len(settings.classes), *image.shape), np.float32)
        weights = np.zeros(image.shape, np.float32)
        for row, column in product(*starts):
            part = np.s_[row : row + settings.tile_px, column : column + settings.tile_px]
            tile = image[part]
            weight = np.outer(*(_ramp(size, settings.tile_overlap_px) for size in tile.shape))
            total[(slice(None), *part)] += weight * self._run(tile)
            weights[part] += weight
        return total / weights

    def _run(self, image: np.ndarray) -> np.ndarray:
        multiple = self.bundle.inference.size_multiple
        rows, columns = image.shape
        padded = np.pad(image, ((0, -rows % multiple), (0, -columns % multiple)))
        shares = self._network(padded[None, None])
        return shares[0, :, :rows, :columns]


def _largest(shares: Sequence[np.ndarray]) -> np.ndarray:
    """Number of the largest of some fields at every pixel, uint8; of equals the first."""
    most, number = shares[0].copy(), np.zeros(shares[0].shape, np.uint8)
    for index, share in enumerate(shares[1:], start=1):
        np.copyto(number, np.uint8(index), where=share > most)
        np.maximum(most, share, out=most)
    return number


def _tile_starts(size: int, tile: int, overlap: int) -> list[int]:
    if size <= tile:
        return [0]
    count = -(-(size - overlap) // (tile - overlap))
    return [round(i * (size - tile) / (count - 1)) for i in range(count)]


def _ramp(size: int, overlap: int) -> np.ndarray:
    """Weights that fall towards both ends of a tile, so that overlapping tiles fade into each other."""
    steps = np.arange(size, dtype=np.float32) + 1
    return np.minimum(np.minimum(steps, steps[::-1]), np.float32(overlap + 1))


@lru_cache(maxsize=2)
def _cached(path: str, sha256: str, runtime: str) -> WallModel:
    return WallModel(read_bundle(Path(path)))
