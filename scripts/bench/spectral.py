"""PSV, EDV and RI of simulated spectral Doppler stills against their truth.

    python scripts/bench/spectral.py --stills 60 --seed 1000

Velocities, pulse, base line, noise, compression and look are drawn for every still. Printed are errors and
the reasons of stills that are not read.
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np

from ius_vision.measurement.spectral import SpectralStrip, measure_spectrum
from ius_vision.outcomes import Abstained
from ius_vision.phantom.spectral import cm_s_px, draw_spectral, render_spectral, strip_box, zero_row

NAMES = ("PSV, share of PSV", "EDV, share of PSV", "RI", "heart rate, share")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--stills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    words = parser.parse_args()
    errors, reasons = [], Counter()
    for seed in range(words.seed, words.seed + words.stills):
        scene = draw_spectral(seed)
        box = strip_box(scene)
        rgb = np.ascontiguousarray(render_spectral(scene)[box.slices])
        strip = SpectralStrip(rgb, scene.seconds / box.columns, cm_s_px(scene), zero_row(scene))
        found = measure_spectrum(strip)
        if isinstance(found, Abstained):
            reasons[found.reason] += 1
            continue
        sign = 1 if scene.towards else -1
        errors.append(
            (
                sign * found.psv_cm_s / scene.psv_cm_s - 1,
                (sign * found.edv_cm_s - scene.edv_cm_s) / scene.psv_cm_s,
                found.resistive_index - scene.resistive_index,
                found.heart_rate_bpm / scene.heart_rate_bpm - 1,
            )
        )
    print(f"{words.stills} stills, {len(errors)} read, not read: {dict(reasons)}")
    for name, values in zip(NAMES, np.array(errors).T, strict=True):
        size = np.abs(values)
        print(
            f"{name}: bias {values.mean():+.3f}, mean absolute error {size.mean():.3f}, "
            f"95 % below {np.percentile(size, 95):.3f}, largest {size.max():.3f}"
        )


if __name__ == "__main__":
    main()
