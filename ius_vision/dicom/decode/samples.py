"""What a decoder gives, and what it raises."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ius_vision.errors import Unreadable


@dataclass(frozen=True, slots=True)
class Samples:
    """One decoded frame: (rows, columns) or (rows, columns, 3), and its colour space after decoding."""

    values: np.ndarray
    photometric: str


def corrupt(what: str) -> Unreadable:
    """Make the error for a frame whose bytes cannot be decoded."""
    return Unreadable("pixel_data_corrupt", what, next_step="Export the clip again")


def check_size(rows: int, columns: int, samples: int, layout) -> None:
    """Refuse a codestream whose own size or samples contradict the header, before it is decoded."""
    if (rows, columns) != (layout.rows, layout.columns):
        declared = f"{layout.columns} x {layout.rows}"
        said = f"The codestream is {columns} x {rows} pixels, the header says {declared}"
        raise corrupt(said)
    if samples != layout.samples:
        raise corrupt(f"The codestream has {samples} samples a pixel, the header says {layout.samples}")
