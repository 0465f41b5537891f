"""Inflamed mesenteric fat: is tissue beside the wall brighter than other tissue, and probably fat."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from ius_vision.measurement.beside import TissueBeside, look_beside
from ius_vision.measurement.midline import STATION_MM
from ius_vision.measurement.patch import WallLabels
from ius_vision.measurement.wall import TracedWall
from ius_vision.outcomes import Abstained, Measured

SHORTEST_BAND_MM = 8.0
# What is most beside the wall is the mean over this share of it.
PEAK_SHARE = 0.25
# The brightest stretch of wall is this long.
STRETCH_MM, KNOWN_SHARE = 10.0, 0.8
# Decisions of this project [J]. Fat is uncertain from this probability or this excess on, and where all
# tissue beside the wall is this much brighter than other tissue; it is present from this excess and level on.
UNCERTAIN_PROBABILITY, UNCERTAIN_DB_MM, UNLABELLED_DB = 0.7, 16.0, 7.0
PRESENT_DB_MM, PRESENT_DB = 28.0, 3.0


@dataclass(frozen=True, slots=True)
class FatEvidence:
    """What one look at the surroundings of a wall shows.

    `seen_mm` is the length of wall whose surroundings were compared with other tissue, `fat_mm` that beside
    which tissue is labelled as inflamed. `excess_db` is how much brighter tissue is beside the
    brightest 10 mm of wall, `level_db` beside all of it that has a proper reference. `depth_mm` is the
    thickness of labelled tissue and `burden_db_mm` its excess summed over the thickness, both means over all
    of the wall that is seen.
    `peak_db_mm` is the excess outwards of all tissue, each part counted as far as it is probably fat, beside
    the quarter of that wall that has most. `probability` is the model's of inflamed fat, 0 to 1, beside the
    quarter that has most of all wall with lit tissue beside it, compared or not. Where there was nothing to
    compare with, all but `probability` is NaN.
    """

    seen_mm: float
    fat_mm: float
    excess_db: float
    level_db: float
    depth_mm: float
    burden_db_mm: float
    probability: float
    peak_db_mm: float

    @property
    def compared(self) -> bool:
        """Whether there was other tissue to compare with."""
        return not math.isnan(self.peak_db_mm)

    @property
    def fat_db(self) -> float:
        """How much brighter than other tissue the labelled tissue is, dB; 0 where there is none."""
        return self.burden_db_mm / self.depth_mm if self.depth_mm > 0 else 0.0


@dataclass(frozen=True, slots=True)
class FatSign:
    """The grade and what it rests on, None where no tissue is seen."""

    grade: Measured[int] | Abstained
    evidence: FatEvidence | None = None


def grade_fat(wall: TracedWall, grey: np.ndarray, seen: WallLabels, area_mask: np.ndarray) -> FatSign:
    """Grade the fat beside the wall 0 absent, 1 uncertain, 2 present.

    Parameters
    ----------
    grey, area_mask : (rows, columns), the whole frame, as what was `seen` in it.

    Returns
    -------
    The grade with its evidence, or an abstention: `fat_not_visible` where less than 8 mm of wall has lit
    tissue beside it, `no_reference_tissue` where nothing else lies at that depth to compare with.
    """
    beside = look_beside(wall, grey, seen, area_mask)
    lit_mm = STATION_MM * float(beside.lit.sum())
    if lit_mm < SHORTEST_BAND_MM:
        return FatSign(
            Abstained(
                "fat_not_visible",
                f"Tissue beside the wall is seen along {lit_mm:.0f} mm, {SHORTEST_BAND_MM:g} mm are needed; "
                "choose a frame that shows more of it.",
            )
        )
    evidence = _evidence(beside)
    return FatSign(grade_evidence([evidence]), evidence)


def grade_evidence(looks: Sequence[FatEvidence]) -> Measured[int] | Abstained:
    """The grade of several looks at one wall, on the mean of what they show; `no_reference_tissue` where
    none of them had tissue to compare with.

    Notes
    -----
    The excess summed outwards holds what a reader weighs: how bright the fat is and how thick. Fat that the
    model sees and the echo hardly shows stays uncertain. Probabilities are used rather than labels, since
    much fat that is uncertain lies just below even chances.
    """
    mean = mean_evidence(looks)
    if not mean.compared:
        return Abstained(
            "no_reference_tissue",
            "No other tissue lies at the depth of the bowel to compare its fat with; "
            "choose a frame with more of the surroundings.",
        )
    if mean.peak_db_mm >= PRESENT_DB_MM and mean.fat_db >= PRESENT_DB:
        return Measured(2)
    bright = mean.peak_db_mm >= UNCERTAIN_DB_MM or mean.level_db >= UNLABELLED_DB
    return Measured(int(bright or mean.probability >= UNCERTAIN_PROBABILITY))


def mean_evidence(looks: Sequence[FatEvidence]) -> FatEvidence:
    """The mean of several looks, of each figure over those that have it."""
    return FatEvidence(
        **{field.name: _mean([getattr(look, field.name) for look in looks]) for field in fields(FatEvidence)}
    )


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan


def _evidence(beside: TissueBeside) -> FatEvidence:
    probability = _most(beside.likely[beside.lit])
    if beside.by_other_mm < SHORTEST_BAND_MM:
        return FatEvidence(*[math.nan] * 6, probability=probability, peak_db_mm=math.nan)
    seen = np.isfinite(beside.excess_db)
    return FatEvidence(
        seen_mm=beside.seen_mm,
        fat_mm=STATION_MM * float((beside.labelled & seen).sum()),
        excess_db=max(_brightest(beside.excess_db[beside.line == line]) for line in np.unique(beside.line)),
        level_db=float(beside.excess_db[beside.by_other].mean()),
        depth_mm=float(beside.fat_mm[seen].mean()),
        burden_db_mm=float(beside.fat_db_mm[seen].mean()),
        probability=probability,
        peak_db_mm=_most(beside.likely_db_mm[seen]),
    )


def _most(along: np.ndarray) -> float:
    """Mean over the part of the wall that has the most."""
    count = max(1, round(PEAK_SHARE * len(along)))
    return float(np.sort(along)[-count:].mean())


def _brightest(excess_db: np.ndarray) -> float:
    """Largest mean over a stretch of one line, dB; of all of a shorter line; -inf where unknown."""
    known = np.isfinite(excess_db)
    size = min(len(excess_db), round(STRETCH_MM / STATION_MM))
    window = np.ones(size)
    count = np.convolve(known, window, "valid")
    total = np.convolve(np.where(known, excess_db, 0.0), window, "valid")
    enough = count >= KNOWN_SHARE * size
    if enough.any():
        return float((total[enough] / count[enough]).max())
    return float(excess_db[known].mean()) if known.any() else -np.inf
