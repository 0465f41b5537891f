"""Whether a model knows what it does not know: intervals, probabilities, and what abstaining gains."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from ius_vision.measurement.bwt_error import Z_95
from ius_vision.outcomes import Measured

LEVELS = (0.5, 0.8, 0.9, 0.95)
KEPT_SHARES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5)
THRESHOLDS = (0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
BINS = 10


def interval_calibration(found: Sequence[Measured[float]], true_mm: Sequence[float]) -> list[dict]:
    """Share of truths inside the interval at several levels, for normal errors of the stated spread.

    Notes
    -----
    The spread is read off the upper end of the 95 % interval, since the lower one is cut at 0.
    """
    sigma = np.array([(item.high - item.value) / Z_95 for item in found])
    away = np.abs(np.array([item.value for item in found]) - np.array(true_mm))
    return [
        {"level": level, "held": float((away <= NormalDist().inv_cdf((1 + level) / 2) * sigma).mean())}
        for level in (LEVELS if len(away) else ())
    ]


def gain_of_abstaining(score: Sequence[float], error_mm: Sequence[float]) -> list[dict]:
    """Error of the frames that are left when those of the lowest score are left out.

    Parameters
    ----------
    score : (frames,), higher is surer; error_mm : (frames,), measured minus true.
    """
    order = np.argsort(-np.asarray(score, float), kind="stable")
    away = np.abs(np.asarray(error_mm, float))[order]
    rows = []
    for share in KEPT_SHARES if len(away) else ():
        kept = away[: max(1, round(share * len(away)))]
        rows.append({"kept_share": share, "mae": float(kept.mean()), "p95": float(np.quantile(kept, 0.95))})
    return rows


def gain_of_threshold(with_wall: Sequence[float], without_wall: Sequence[float]) -> list[dict]:
    """Share of measured frames that stay, with and without wall, when more confidence is asked for.

    Parameters
    ----------
    with_wall, without_wall : confidence of every frame that got a thickness.
    """
    return [
        {
            "confidence": threshold,
            "kept_with_wall": _share_above(with_wall, threshold),
            "kept_without_wall": _share_above(without_wall, threshold),
        }
        for threshold in THRESHOLDS
    ]


def _share_above(values: Sequence[float], threshold: float) -> float | None:
    return float((np.asarray(values) >= threshold).mean()) if len(values) else None


def probability_counts(probability: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Pixels, summed probability and true pixels in each tenth of probability, (10, 3) float64.

    Parameters
    ----------
    probability : (rows, columns) in 0..1; true : (rows, columns) bool.
    """
    place = np.minimum((probability * BINS).astype(int), BINS - 1).ravel()
    columns = (None, probability.ravel().astype(np.float64), true.ravel().astype(np.float64))
    return np.stack([np.bincount(place, weights, BINS) for weights in columns], axis=1)


def probability_calibration(counts: np.ndarray) -> dict:
    """Stated against true share of wall in each tenth of probability, and the mean gap between them.

    Notes
    -----
    `expected_error` weighs each tenth by its pixels; the lowest tenth, nearly all of every picture, is left
    out.

    References
    ----------
    Guo 2017, arXiv 1706.04599 (expected calibration error).
    """
    rows = [
        {"stated": float(stated / pixels), "true": float(true / pixels), "pixels": int(pixels)}
        for pixels, stated, true in counts
        if pixels
    ]
    upper = [row for row in rows if row["stated"] >= 1 / BINS]
    pixels = sum(row["pixels"] for row in upper)
    gap = sum(row["pixels"] * abs(row["stated"] - row["true"]) for row in upper)
    return {"bins": rows, "expected_error": gap / pixels if pixels else None}
