"""Net benefit of acting on the score at a threshold, against treating all and none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ius_vision.response.performance import Z95
from ius_vision.response.ridge import Array

THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(1, 20))


@dataclass(frozen=True, slots=True)
class DecisionPoint:
    """Net benefit at one threshold, in events a patient; treating none is 0."""

    threshold: float
    net_benefit: float
    ci_low: float
    ci_high: float
    treat_all: float


def net_benefit(probability: Array, y: Array, threshold: float) -> tuple[float, float]:
    """TP / n - FP / n * t / (1 - t) and its standard error; a patient at the threshold is treated."""
    gains = np.where(y == 1, 1.0, -threshold / (1.0 - threshold)) * (probability >= threshold)
    error = float(gains.std()) / np.sqrt(len(y))
    return float(gains.mean()), float(error)


def decision_curve(probability: Array, y: Array) -> tuple[DecisionPoint, ...]:
    """Points at thresholds from 0.05 to 0.95.

    References
    ----------
    Vickers and Elkin 2006, Med Decis Making 26:565.
    """
    points = []
    for threshold in THRESHOLDS:
        gain, error = net_benefit(probability, y, threshold)
        everybody, _ = net_benefit(np.ones_like(probability), y, threshold)
        points.append(DecisionPoint(threshold, gain, gain - Z95 * error, gain + Z95 * error, everybody))
    return tuple(points)
