"""Inflamed mesenteric fat: is tissue beside the wall brighter than other tissue, and labelled as fat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ius_vision.measurement.beside import TissueBeside, look_beside
from ius_vision.measurement.midline import STATION_MM
from ius_vision.measurement.wall import TracedWall
from ius_vision.outcomes import Abstained, Measured

SHORTEST_BAND_MM = 8.0
# Decisions of this project [J]. Labelled tissue counts where it is this much brighter than its reference,
# and wholly from this length of wall on; brightness alone is taken over the brightest 10 mm of wall, and
# counts from 4 to 7 dB.
LABELLED_FROM_DB, LABELLED_MM = 3.0, 5.0
STRETCH_MM, KNOWN_SHARE = 10.0, 0.8
NOTHING_DB, CLEAR_DB = 4.0, 7.0
# The score runs from 0 to 2; uncertain needs most of one of the two signs, present both.
UNCERTAIN_FROM, PRESENT_FROM = 0.9, 1.6


@dataclass(frozen=True, slots=True)
class FatEvidence:
    """What one look at the surroundings of a wall shows.

    `seen_mm` is the length of wall whose surroundings were compared with other tissue, `fat_mm` that beside
    which tissue is labelled as inflamed and brighter, `excess_db` how much brighter tissue is beside the
    brightest 10 mm of wall. `score` runs from 0 to 2: the mean of what the label and the brightness say.
    """

    seen_mm: float
    fat_mm: float
    excess_db: float
    score: float


@dataclass(frozen=True, slots=True)
class FatSign:
    """The grade and what it rests on, None where nothing could be compared."""

    grade: Measured[int] | Abstained
    evidence: FatEvidence | None = None


def grade_fat(wall: TracedWall, grey: np.ndarray, labels: np.ndarray, area_mask: np.ndarray) -> FatSign:
    """Grade the fat beside the wall 0 absent, 1 uncertain, 2 present.

    Parameters
    ----------
    grey, labels, area_mask : (rows, columns), the whole frame.

    Returns
    -------
    The grade with its evidence, or an abstention: `fat_not_visible` where less than 8 mm of wall has lit
    tissue beside it, `no_reference_tissue` where nothing else lies at that depth to compare with.
    """
    beside = look_beside(wall, grey, labels, area_mask)
    lit_mm = STATION_MM * float(beside.lit.sum())
    if lit_mm < SHORTEST_BAND_MM:
        return FatSign(
            Abstained(
                "fat_not_visible",
                f"Tissue beside the wall is seen along {lit_mm:.0f} mm, {SHORTEST_BAND_MM:g} mm are needed; "
                "choose a frame that shows more of it.",
            )
        )
    if beside.seen_mm < SHORTEST_BAND_MM:
        return FatSign(
            Abstained(
                "no_reference_tissue",
                "No other tissue lies at the depth of the bowel to compare its fat with; "
                "choose a frame with more of the surroundings.",
            )
        )
    evidence = _evidence(beside)
    return FatSign(grade_evidence([evidence]), evidence)


def grade_evidence(looks: Sequence[FatEvidence]) -> Measured[int]:
    """The grade of several looks at one wall from different sides: the mean score of their better half.

    One picture of patchy tissue may look inflamed, so a single look of several does not decide; and a view
    may miss the side of the bowel on which fat lies, so the lesser half does not either.
    """
    scores = sorted((look.score for look in looks), reverse=True)
    score = float(np.mean(scores[: (len(scores) + 1) // 2]))
    return Measured(2 if score >= PRESENT_FROM else int(score >= UNCERTAIN_FROM))


def mean_evidence(looks: Sequence[FatEvidence]) -> FatEvidence:
    """The mean of looks from the same side: the frames of a clip."""
    names = FatEvidence.__dataclass_fields__
    return FatEvidence(**{name: float(np.mean([getattr(look, name) for look in looks])) for name in names})


def _evidence(beside: TissueBeside) -> FatEvidence:
    fat = beside.labelled & (np.nan_to_num(beside.calm_db, nan=-np.inf) >= LABELLED_FROM_DB)
    fat_mm = STATION_MM * float(fat.sum())
    excess_db = max(_brightest(beside.excess_db[beside.line == number]) for number in np.unique(beside.line))
    said = min(fat_mm / LABELLED_MM, 1.0)
    shown = float(np.clip((excess_db - NOTHING_DB) / (CLEAR_DB - NOTHING_DB), 0.0, 1.0))
    return FatEvidence(beside.seen_mm, fat_mm, excess_db, said + shown)


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
