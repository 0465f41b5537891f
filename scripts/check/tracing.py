"""Semi-automatic tracing held against three human readers on muscle images (TimTrack; see the data's README).

python scripts/check/tracing.py DATA/timtrack [--roughness 0.05] [--seeds 3]

A person's rough line is made from the readers' own marks: each border off by up to `roughness` of the
thickness, the tilt by up to 3 degrees. Compared is the thickness at the column where the readers measured.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ius_vision.measurement.tracing import TracedLayer, trace_layer

# The readers measured at the left border of the picture, in set 4A at the right one.
TO_THE_LEFT = {"4A"}
USUAL_TILT_DEG = {"1": 2.0, "2": 5.0, "3": 4.0, "4A": 4.0}
LOCAL_PX = 150


@dataclass(frozen=True)
class Reading:
    """One image: what was traced (None: abstained) and what the readers measured, px."""

    file: str
    traced_px: float | None
    readers_px: tuple[float, ...]


def read_table(folder: Path) -> dict[str, list[dict[str, str]]]:
    """Rows of `thickness.csv` by image."""
    found = defaultdict(list)
    with (folder / "thickness.csv").open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            found[row["file"]].append(row)
    return found


def rough_line(rows: list[dict[str, str]], roughness: float, rng) -> tuple[np.ndarray, float]:
    """A line through the middle of the muscle as a hasty hand would draw it, and half the thickness."""
    upper, lower = (
        float(np.median([float(row[name]) for row in rows if row[name]]))
        for name in ("superficial_y_px", "deep_y_px")
    )
    off = rng.uniform(-roughness, roughness, 2) * (lower - upper)
    start, way = float(rows[0]["line_x_px"]), -1 if rows[0]["set"] in TO_THE_LEFT else 1
    slope = math.tan(math.radians(USUAL_TILT_DEG[rows[0]["set"]] + rng.uniform(-3, 3)))
    middle, length = (upper + lower + off.sum()) / 2, rng.uniform(250, 400)
    line = np.array([(middle, start + 3 * way), (middle + slope * length, start + length * way)])
    return line[::way], (lower - upper + off[1] - off[0]) / 2


def thickness_at(layer: TracedLayer, column: float) -> float:
    """Height at a column times the cosine of the upper border's tilt there, as the readers define it."""
    rows = []
    for border in (layer.upper, layer.lower):
        border = border[np.argsort(border[:, 1])]
        rows.append(float(np.interp(column, border[:, 1], border[:, 0])))
    near = layer.upper[np.abs(layer.upper[:, 1] - column) < LOCAL_PX]
    slope = np.polyfit(near[:, 1], near[:, 0], 1)[0]
    return (rows[1] - rows[0]) * math.cos(math.atan(slope))


def trace_all(folder: Path, roughness: float, seed: int) -> dict[str, list[Reading]]:
    """Every image of every set, traced."""
    found = defaultdict(list)
    for number, (file, rows) in enumerate(read_table(folder).items()):
        grey = cv2.imread(str(folder / file), cv2.IMREAD_GRAYSCALE)
        line, half = rough_line(rows, roughness, np.random.default_rng([seed, number]))
        layer = trace_layer(grey, line, half)
        traced = thickness_at(layer, float(rows[0]["line_x_px"])) if isinstance(layer, TracedLayer) else None
        readers = tuple(float(row["thickness_px"]) for row in rows)
        found[rows[0]["set"]].append(Reading(file, traced, readers))
    return found


def figures(readings: list[Reading]) -> dict[str, float]:
    """Mean absolute difference from the readers' mean and median, and the readers' own spread, px."""
    done = [item for item in readings if item.traced_px is not None]
    off = np.array([item.traced_px - np.mean(item.readers_px) for item in done])
    return {
        "images": len(readings),
        "traced": len(done),
        "mae_px": float(np.abs(off).mean()),
        "mae_to_median_px": float(
            np.mean([abs(item.traced_px - np.median(item.readers_px)) for item in done])
        ),
        "bias_px": float(off.mean()),
        "readers_sd_px": float(np.mean([np.std(item.readers_px, ddof=1) for item in done])),
        "readers_range_px": float(np.mean([np.ptp(item.readers_px) for item in done])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path, help="the folder with thickness.csv and images/")
    parser.add_argument("--roughness", type=float, default=0.05, help="share of the thickness (default 0.05)")
    parser.add_argument("--seeds", type=int, default=3, help="rough lines tried for each image (default 3)")
    options = parser.parse_args()
    runs = [trace_all(options.folder, options.roughness, seed) for seed in range(options.seeds)]
    for name in runs[0]:
        rows = [figures(run[name]) for run in runs]
        print(
            f"set {name}: " + ", ".join(f"{key} {np.mean([row[key] for row in rows]):.1f}" for key in rows[0])
        )


if __name__ == "__main__":
    main()
