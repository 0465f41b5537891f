"""How far a measured thickness may be off: the error model and the intervals made from it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

# Thickness varies slowly along bowel: readings closer together than this tell the same.
CORRELATION_MM = 4.0
Z_95 = 1.96
# Too few frames of lower quality than 0.7 are measured to tell how much further they are off.
MOST_LACK = 0.3
DOUBTS = tuple(0.25 * step for step in range(33))


@dataclass(frozen=True, slots=True)
class BwtErrorModel:
    """Spread of the error of a frame's mean thickness, apart from what its own readings scatter.

    The standard deviation is `sqrt(absolute_mm^2 + (relative * thickness)^2) * exp(doubt * (1 - quality))`:
    a frame of low quality is further off; quality below 0.7 counts as 0.7. The share `shared` of that
    variance is common to all frames of one wall (scanner, tissue, the model's habits) and does not shrink
    with more frames. The defaults are a decision of this project [J] for models whose card brings no
    calibration.
    """

    absolute_mm: float = 0.35
    relative: float = 0.06
    shared: float = 0.7
    doubt: float = 0.0

    def __post_init__(self) -> None:
        for name in ("absolute_mm", "relative", "doubt"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{name} must be finite and not below 0, not {value}")
        if not 0 <= self.shared <= 1:
            raise ValueError(f"shared must lie between 0 and 1, not {self.shared}")

    @classmethod
    def from_card(cls, card: Mapping[str, object]) -> BwtErrorModel:
        """Read `card["bwt_error"]` of a model card; what it does not say keeps its default.

        Raises
        ------
        ValueError
            An unknown key, or a value out of range.
        """
        given = card.get("bwt_error") or {}
        if not isinstance(given, Mapping):
            raise ValueError(f"bwt_error of the model card must be a table, not {type(given).__name__}")
        unknown = set(given) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"bwt_error of the model card has unknown entries: {', '.join(sorted(unknown))}")
        return cls(**{key: float(value) for key, value in given.items()})

    @classmethod
    def fit(
        cls, measured_mm: Sequence[float], true_mm: Sequence[float], quality: Sequence[float]
    ) -> BwtErrorModel:
        """Calibrate on frames with known thickness, one frame a wall, so that 95 % lie inside the interval.

        Notes
        -----
        For each `doubt` of a grid the squared errors, taken to quality 1, are fitted by `a^2 + (r t)^2` with
        both terms not below 0, then both are scaled so that the 95th percentile of the standardised error is
        1.96. Of these the likeliest is kept, for errors of Laplace's distribution, which a few gross ones do
        not rule. Errors of a mean are thus counted as spread.

        Raises
        ------
        ValueError
            Fewer than 20 pairs.
        """
        measured, true = np.asarray(measured_mm, float), np.asarray(true_mm, float)
        if measured.shape != true.shape or measured.size < 20:
            raise ValueError(f"20 pairs or more are needed, not {measured.shape} and {true.shape}")
        lack = np.minimum(1.0 - np.asarray(quality, float), MOST_LACK)
        fitted = [_fit_at(doubt, np.abs(measured - true), measured, lack) for doubt in DOUBTS]
        error = np.abs(measured - true)
        return min(fitted, key=lambda model: _misfit(model, error, measured, 1.0 - lack))

    def variance_mm2(self, thickness_mm: float, quality: float) -> float:
        """Variance of the error of one frame's mean, mm²; `quality` from 0 to 1."""
        sharp = self.absolute_mm**2 + (self.relative * thickness_mm) ** 2
        return sharp * math.exp(2 * self.doubt * min(1.0 - quality, MOST_LACK))


def _misfit(model: BwtErrorModel, error: np.ndarray, measured: np.ndarray, quality: np.ndarray) -> float:
    """Negative log likelihood a frame, up to a constant, at the likeliest scale."""
    deviation = np.sqrt([model.variance_mm2(*pair) for pair in zip(measured, quality, strict=True)])
    return float(np.mean(np.log(deviation)) + math.log(np.mean(error / deviation)))


def _fit_at(doubt: float, error: np.ndarray, measured: np.ndarray, lack: np.ndarray) -> BwtErrorModel:
    error = error * np.exp(-doubt * lack)
    # Few gross errors must not set the slope: cap them before the fit, the scaling sees them again.
    squared = np.minimum(error, 4 * np.median(error)) ** 2
    slope, offset = np.polyfit(measured**2, squared, 1)
    slope, offset = max(slope, 0.0), max(offset, 0.02**2)
    scale = float(np.quantile(error / np.sqrt(offset + slope * measured**2), 0.95)) / Z_95
    return BwtErrorModel(math.sqrt(offset) * scale, math.sqrt(slope) * scale, doubt=doubt)


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval in mm; the lower end is never below 0."""

    low_mm: float
    high_mm: float

    @classmethod
    def around(cls, thickness_mm: float, variance_mm2: float) -> Interval:
        half = Z_95 * math.sqrt(variance_mm2)
        return cls(max(0.0, thickness_mm - half), thickness_mm + half)


def sampling_variance_mm2(spread_mm: float, length_mm: float) -> float:
    """Variance of a mean over a stretch of wall whose thickness scatters by `spread_mm` (standard
    deviation).
    """
    return spread_mm**2 / max(1.0, length_mm / CORRELATION_MM)
