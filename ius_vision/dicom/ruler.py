"""The ruler burned into a scanner's screen: evenly spaced ticks beside the picture, read from the pixels."""

from __future__ import annotations

from dataclasses import dataclass

TICKS_MM = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
MINOR_TICKS_MM = {2: (5.0,), 5: (1.0, 2.0, 10.0), 10: (1.0,)}


@dataclass(frozen=True, slots=True)
class Ruler:
    """Evenly spaced ticks.

    `along` is `rows` for a vertical ruler, `columns` for a horizontal one. `major_every` is the number of
    ticks from one long tick to the next, or None where all look alike. `pixel_mm` is filled only where the
    ruler can be read in one way.
    """

    along: str
    period_px: float
    ticks: int
    major_every: int | None
    pixel_mm: float | None = None

    def nearest_pixel_mm(self, pixel_mm: float) -> float:
        """The scale this ruler would give if its ticks stood on the round distance nearest to `pixel_mm`."""
        options = MINOR_TICKS_MM.get(self.major_every, TICKS_MM)
        sizes = [tick_mm / self.period_px for tick_mm in options]
        return min(sizes, key=lambda size: abs(size / pixel_mm - 1))

    @property
    def sentence(self) -> str:
        """What was seen, for the evidence."""
        kind = f", every {self.major_every}th longer" if self.major_every else ""
        return f"{self.ticks} ticks along the {self.along}, {self.period_px:.2f} px apart{kind}."
