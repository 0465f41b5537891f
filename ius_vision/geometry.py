"""Millimetres per pixel, and boxes in pixel coordinates."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spacing:
    """Physical size of one pixel, in mm, down the rows and along the columns."""

    row_mm: float
    column_mm: float

    def __post_init__(self) -> None:
        for size in (self.row_mm, self.column_mm):
            if not (math.isfinite(size) and size > 0):
                raise ValueError(f"spacing must be finite and above 0, not {size}")


@dataclass(frozen=True, slots=True)
class Box:
    """A half-open rectangle: rows row0..row1-1, columns column0..column1-1."""

    row0: int
    column0: int
    row1: int
    column1: int

    def __post_init__(self) -> None:
        if self.row1 <= self.row0 or self.column1 <= self.column0:
            raise ValueError(f"an empty box: {self}")

    @property
    def rows(self) -> int:
        return self.row1 - self.row0

    @property
    def columns(self) -> int:
        return self.column1 - self.column0

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.row0, self.row1), slice(self.column0, self.column1)
