"""Time-intensity curves with known perfusion parameters, with speckle, noise and recirculation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

_ROOT_TWO_PI = np.sqrt(2.0 * np.pi)


@dataclass(frozen=True, slots=True)
class BolusScene:
    """How curves of one recording are made.

    Attributes
    ----------
    frame_rate_hz, duration_s : of the recording.
    noise : relative standard deviation of each frame.
    speckle_cells : independent speckles in the region; each frame averages them. 0 for none.
    recirculation : share of the curves in which blood comes back, with 10 to 20 % of the peak.
    """

    frame_rate_hz: float
    duration_s: float
    noise: float = 0.02
    speckle_cells: float = 150.0
    recirculation: float = 0.5


def bolus_curves(
    scene: BolusScene, curves: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Draw lognormal boluses of the bowel wall and what a scanner would see of them.

    Returns
    -------
    times_s (samples,), intensities (curves, samples), and the truth of the first pass, (curves,) a name of
    the contract.

    Notes
    -----
    Blood comes back in one of three ways: a logistic rise 12 s after the peak, an exponential
    one from 8 s after the peak, or an exponential one from 15 s after onset.
    """
    t = np.arange(int(scene.frame_rate_hz * scene.duration_s)) / scene.frame_rate_hz
    s, m = rng.uniform(0.35, 0.75, curves), rng.uniform(2.1, 3.0, curves)
    t0, pe = rng.uniform(2.0, 15.0, curves), 10.0 ** rng.uniform(-2.0, 2.0, curves)
    area = pe * np.exp(m - 0.5 * s**2) * s * _ROOT_TWO_PI
    baseline = pe * rng.uniform(0.02, 0.2, curves)
    clean = baseline[:, None] + lognormal_bolus(t, area, m, s, t0)
    kind, level = rng.integers(0, 3, curves), rng.uniform(0.1, 0.2, curves)
    level *= rng.random(curves) < scene.recirculation
    clean += np.choose(kind[:, None], _returns(t, t0 + np.exp(m - s**2), t0)) * (level * pe)[:, None]
    seen = clean * (1.0 + scene.noise * rng.standard_normal(clean.shape))
    if scene.speckle_cells:
        seen *= rng.gamma(scene.speckle_cells, 1.0 / scene.speckle_cells, clean.shape)
    return t, seen, {**lognormal_truth(area, m, s, t0), "baseline": baseline}


def lognormal_bolus(
    t: np.ndarray, area: np.ndarray, m: np.ndarray, s: np.ndarray, t0: np.ndarray
) -> np.ndarray:
    """Lognormal boluses without baseline, (curves, samples); parameters (curves,)."""
    x = np.maximum(t - t0[:, None], 1e-9)
    z = (np.log(x) - m[:, None]) / s[:, None]
    return (area / (_ROOT_TWO_PI * s))[:, None] * np.exp(-0.5 * z * z) / x


def lognormal_truth(area: np.ndarray, m: np.ndarray, s: np.ndarray, t0: np.ndarray) -> dict[str, np.ndarray]:
    """Perfusion parameters of lognormal boluses from their textbook formulas."""
    root = 0.5 * s * np.sqrt(s**2 + 4.0)
    rise, fall = m - 1.5 * s**2 - root, m - 1.5 * s**2 + root
    ends, slopes = [], []
    for log_x in (rise, fall):
        x, z = np.exp(log_x), (log_x - m) / s**2
        slopes.append(-area / (_ROOT_TWO_PI * s * x) * np.exp(-0.5 * (z * s) ** 2) * (1.0 + z) / x)
        ends.append(x * (2.0 + z) / (1.0 + z))
    peak = np.exp(m - s**2)
    before, after = (area * ndtr((np.log(np.maximum(x, 1e-300)) - m) / s) for x in ends)
    at_peak = area * ndtr(-s)
    out = {
        "t0_s": t0,
        "pe": area * np.exp(-m + 0.5 * s**2) / (s * _ROOT_TWO_PI),
        "ttp_s": t0 + peak,
        "rt_s": peak - ends[0],
        "ft_s": ends[1] - peak,
        "mtt_s": np.exp(m + 0.5 * s**2) - ends[0],
        "wi_auc": at_peak - before,
        "wo_auc": after - at_peak,
        "wiwo_auc": after - before,
        "wir": slopes[0],
        "wor": slopes[1],
    }
    return {**out, "wipi": out["wi_auc"] / out["rt_s"]}


def _returns(t: np.ndarray, peak: np.ndarray, onset: np.ndarray) -> list[np.ndarray]:
    """Three ways in which blood comes back, rising to 1, (curves, samples) each."""
    after_peak, after_onset = t - peak[:, None], t - onset[:, None]
    return [
        1.0 / (1.0 + np.exp(-(after_peak - 12.0) / 3.0)),
        1.0 - np.exp(-np.maximum(after_peak - 8.0, 0.0) / 8.0),
        1.0 - np.exp(-np.maximum(after_onset - 15.0, 0.0) / 8.0),
    ]
