"""Measure the response score on simulated cohorts whose truth is known.

    python scripts/bench/response.py [--runs 200]

Without an effect: how often the corrected AUROC's interval holds 0.5 and the verdict is no_signal. With one:
the corrected figures against those in 20,000 new patients. With gaps: the same. Set OMP_NUM_THREADS=1.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

import numpy as np

from ius_vision.response.development import develop
from ius_vision.response.judged import judged
from ius_vision.response.performance import NAMES
from ius_vision.response.ridge import expit
from ius_vision.response.sample_size import arithmetic, sample_size

NEW_PATIENTS = 20_000
FEWEST_OF_A_CLASS = 5
CASES = (
    # patients, log odds per SD of each term, share of cells that are empty, share of the runs
    (34, (0.0,), 0.0, 1.0),
    (100, (0.0, 0.0), 0.0, 1.0),
    (150, (0.0, 0.0, 0.0, 0.0, 0.0), 0.0, 1.0),
    (400, (0.0, 0.0), 0.0, 1.0),
    (400, (0.0, 0.0, 0.0), 0.15, 1.0),
    (34, (0.9,), 0.0, 1.0),
    (100, (0.7, 0.3), 0.0, 1.0),
    (400, (0.5, 0.3), 0.15, 0.5),
    (400, (0.25, 0.0, 0.0), 0.0, 0.5),
    (1000, (0.6, 0.4, 0.3, 0.0, 0.0), 0.0, 0.25),
    (1000, (0.2, 0.0), 0.0, 0.25),
)


def patients(n: int, effects: tuple[float, ...], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Standard normal terms, correlated by 0.3, and outcomes."""
    shared = np.full((len(effects),) * 2, 0.3) + 0.7 * np.eye(len(effects))
    x = rng.standard_normal((n, len(effects))) @ np.linalg.cholesky(shared).T
    return x, (rng.random(n) < expit(x @ np.array(effects))).astype(float)


def one_case(n: int, effects: tuple[float, ...], empty: float, runs: int) -> None:
    """Print one line of figures over many cohorts of a kind."""
    rng = np.random.default_rng([n, len(effects), round(100 * effects[0])])
    new_x, new_y = patients(NEW_PATIENTS, effects, rng)
    gaps = {name: [] for name in NAMES}
    held = {name: [] for name in NAMES}
    slopes, verdicts, chances = [], Counter(), []
    begin, run = time.process_time(), 0
    while run < runs:
        x, y = patients(n, effects, rng)
        x[rng.random(x.shape) < empty] = np.nan
        known = ~np.isnan(x).all(axis=1)
        x, y = x[known], y[known]
        if min(y.sum(), len(y) - y.sum()) < FEWEST_OF_A_CLASS:
            continue
        done = develop(x, y, sample_size(len(y), int(y.sum()), len(effects)), run)
        outside = judged(done.fit.linear(new_x)[0], new_y)
        for name in NAMES:
            inside, truth = done.corrected[name], outside[name].value
            if inside.value is not None and inside.low is not None and truth is not None:
                gaps[name].append(inside.value - truth)
                held[name].append(inside.low <= truth <= inside.high)
        slopes.append(outside["calibration_slope"].value or np.nan)
        verdicts[done.verdict] += 1
        chances.append(done.permutation_p < 0.05)
        run += 1
    seconds = (time.process_time() - begin) / runs
    told = " ".join(f"{name} {count / runs:.3f}" for name, count in sorted(verdicts.items()))
    print(f"n {n}, effects {effects}, empty {empty:.2f}, {runs} runs, {seconds:.2f} s of processor each")
    print(f"  verdicts: {told}; permutation p < 0.05 in {np.mean(chances):.3f}")
    for name in NAMES:
        gap, share = np.mean(gaps[name]), np.mean(held[name])
        print(f"  {name}: corrected - new {gap:+.4f}, interval holds new {share:.3f}")
    print(f"  slope in new patients: mean {np.nanmean(slopes):.3f}, median {np.nanmedian(slopes):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=200)
    runs = parser.parse_args().runs
    print("\n".join(arithmetic(sample_size(34, 15, 1))))
    for n, effects, empty, share in CASES:
        one_case(n, effects, empty, max(1, round(runs * share)))


if __name__ == "__main__":
    main()
