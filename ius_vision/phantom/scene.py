"""A scene: everything that is in front of the probe, and the drawing of random ones."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ius_vision.phantom.parts import Background, BodyLayer, Bowel, Look, Motion, Scanner, Vessel


@dataclass(frozen=True, slots=True)
class Scene:
    """What one cine shows. Equal scenes give equal frames; `seed` draws their textures and speckle."""

    scanner: Scanner
    look: Look
    abdominal_wall: tuple[BodyLayer, ...]
    bowel: Bowel | None
    vessels: tuple[Vessel, ...]
    background: Background
    motion: Motion
    gas_db: float
    seed: int

    @property
    def belly_mm(self) -> float:
        """Depth at which the abdominal wall ends, on the middle beam."""
        return self.abdominal_wall[-1].bottom_mm if self.abdominal_wall else 0.0

    def belly_at(self, x_mm: np.ndarray) -> np.ndarray:
        """Depth under the skin at which the abdominal wall ends, mm."""
        if not self.abdominal_wall:
            return np.full_like(x_mm, -math.inf)
        last = self.abdominal_wall[-1]
        return last.bottom_mm + last.slope * x_mm + last.wave(x_mm)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a random scene must show; None leaves it to chance.

    A given scanner is deepened where the loop would not fit.

    `below_mm` is the room to show below the far wall. `faithful` keeps to pictures a scanner could give: no
    crude speckle, layers visible, no poor contact.
    """

    bowel: bool = True
    probe: str | None = None
    lumen: str | None = None
    bwt_mm: float | None = None
    bws: int | None = None
    ifat: int | None = None
    scanner: Scanner | None = None
    faithful: bool = False
    below_mm: float = 3.0
