"""Measure the curve engine: speed beside scipy's curve_fit on the same curves, errors, intervals, blood that
comes back under few speckles, one map.

    python scripts/bench/curves.py [--curves 10000] [--peer 150]

Set OMP_NUM_THREADS=1 for the figures of one core.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from scipy.optimize import curve_fit

from ius_vision.contrast.curves import fit_curves
from ius_vision.contrast.models import MODELS
from ius_vision.contrast.verdicts import VERDICTS
from ius_vision.phantom.boluses import BolusScene, bolus_curves, lognormal_bolus, lognormal_truth

NOISES = (0.01, 0.02, 0.05)
SHOWN = (
    "t0_s", "pe", "ttp_s", "rt_s", "ft_s", "mtt_s", "wi_auc", "wo_auc", "wiwo_auc", "wir", "wor", "wipi",
)  # fmt: skip


def peer_fit(t: np.ndarray, y: np.ndarray) -> tuple[float, ...]:
    """Fit one curve with the generic bounded least squares of scipy, baseline included."""

    def model(t, area, m, s, t0, baseline):
        one = (np.array([each]) for each in (area, m, s, t0))
        return lognormal_bolus(t, *one)[0] + baseline

    top, peak = y.max(), t[y.argmax()]
    start = (top * 25.0, 2.5, 0.5, max(peak - 10.0, 0.0), y[:5].mean())
    bounds = ([0.0, 0.0, 0.05, -20.0, -top], [np.inf, 6.0, 2.0, peak, top])
    return tuple(curve_fit(model, t, y, p0=start, bounds=bounds)[0])


def speed(curves: int, peer: int) -> None:
    """Time per curve of 180 samples, and the errors of both on the same curves."""
    rng = np.random.default_rng(1)
    t, seen, truth = bolus_curves(BolusScene(2.0, 90.0, 0.02, 0.0, 0.0), curves, rng)
    fit_curves(t, seen[:512])
    for model in MODELS:
        spent = []
        for _ in range(3):
            begin = time.perf_counter(), time.process_time()
            fits = fit_curves(t, seen, model)
            spent.append((time.perf_counter() - begin[0], time.process_time() - begin[1]))
        wall, busy = np.min(spent, axis=0) / curves * 1e6
        print(
            f"{model:10s} {t.size} samples, {curves} curves: {wall:.1f} us a curve (processor {busy:.1f} us)"
        )
        if model == "lognormal":
            ours, ours_us = fits, busy
    begin, theirs = time.process_time(), []
    for row in range(peer):
        theirs.append(peer_fit(t, seen[row]))
    peer_us = (time.process_time() - begin) / peer * 1e6
    times = peer_us / ours_us
    print(f"curve_fit, {peer} of the same: processor {peer_us:.0f} us a curve, {times:.0f} times ours")
    area, m, s, t0, _ = np.array(theirs).T
    scipy_values = lognormal_truth(area, m, s, t0)
    for name in ("pe", "ttp_s", "mtt_s", "wiwo_auc"):
        errors = [
            np.median(np.abs(values[:peer] / truth[name][:peer] - 1.0))
            for values in (ours.values[name], scipy_values[name])
        ]
        print(f"  {name:9s} median |error| ours {errors[0]:.4f}, curve_fit {errors[1]:.4f}")


def accuracy(curves: int, recirculation: float) -> None:
    """Bias, errors and interval coverage over recordings of the kind the wall gives."""
    rng = np.random.default_rng(2)
    per_scene = 50
    errors, held = {name: [] for name in SHOWN}, {name: [] for name in SHOWN}
    verdicts = np.zeros(len(VERDICTS), dtype=int)
    for index in range(curves // per_scene):
        rate, duration = rng.uniform(5, 12), rng.uniform(60, 120)
        scene = BolusScene(rate, duration, NOISES[index % 3], 150.0, recirculation)
        t, seen, truth = bolus_curves(scene, per_scene, rng)
        fits = fit_curves(t, seen)
        verdicts += np.bincount(fits.verdict, minlength=len(VERDICTS))
        good = fits.verdict == 0
        for name in SHOWN:
            off = (fits.values[name] - truth[name])[good]
            errors[name].append(off / np.abs(truth[name][good]))
            held[name].append(np.abs(off) <= fits.half_widths[name][good])
    named = zip(VERDICTS, verdicts.tolist(), strict=True)
    counts = {name or "measured": count for name, count in named if count}
    print(f"recirculation in {recirculation:.0%} of the curves: {counts}")
    for name in SHOWN:
        error, holds = np.concatenate(errors[name]), np.concatenate(held[name])
        coverage = holds[np.isfinite(error)].mean()
        print(
            f"  {name:9s} bias mean {np.nanmean(error):+.4f} median {np.nanmedian(error):+.4f}  "
            f"median |error| {np.nanmedian(np.abs(error)):.4f}  intervals hold {coverage:.3f}  "
            f"not told {np.isnan(error).sum()}"
        )


def few_speckles(curves: int, cells: float) -> None:
    """How often blood is told to come back where none does and where it does, and what it costs."""
    for recirculation in (0.0, 1.0):
        told, off = [], []
        for turn, (rate_hz, duration_s) in enumerate(((5.0, 60.0), (10.0, 90.0))):
            scene = BolusScene(rate_hz, duration_s, 0.01, cells, recirculation)
            t, seen, truth = bolus_curves(scene, curves // 2, np.random.default_rng([202, turn]))
            fits = fit_curves(t, seen)
            good = fits.verdict == 0
            told.append(fits.flags["recirculation"][good])
            off.append(np.abs(fits.values["mtt_s"] / truth["mtt_s"] - 1.0)[good])
        middle, most = np.nanquantile(np.concatenate(off), (0.5, 0.95))
        print(
            f"{cells:.0f} speckles, blood comes back in {recirculation:.0%}: told in "
            f"{np.concatenate(told).mean():.3f}, mtt_s |error| median {middle:.4f}, 95 % within {most:.4f}"
        )


def parametric_map(side: int, frames: int, threads: int) -> None:
    """Every pixel of a map as a curve, with the speckle of a few cells."""
    rng = np.random.default_rng(3)
    t, seen, _ = bolus_curves(BolusScene(frames / 75.0, 75.0, 0.05, 20.0, 0.5), 4096, rng)
    begin = time.perf_counter(), time.process_time()
    repeats = side * side // len(seen)
    for _ in range(repeats):
        fit_curves(t, seen, threads=threads)
    wall, busy = time.perf_counter() - begin[0], time.process_time() - begin[1]
    print(
        f"a {side}x{side} map of {t.size} frames: {wall:.1f} s with {threads} threads, "
        f"processor {busy:.1f} s, {busy / repeats / len(seen) * 1e6:.0f} us a pixel"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--curves", type=int, default=10_000)
    parser.add_argument("--peer", type=int, default=150, help="curves that curve_fit gets")
    args = parser.parse_args()
    speed(args.curves, args.peer)
    for share in (0.0, 0.5):
        accuracy(args.curves, share)
    for cells in (20.0, 40.0, 80.0, 150.0, 400.0):
        few_speckles(3_000, cells)
    for threads in (1, 2):
        parametric_map(256, 600, threads)
