"""Measure the measurement: thickness, layers, fat and Doppler against truth, with true and with faulty masks.

    python scripts/bench/measurement.py [--frames 120] [--cines 24] [--seed 7]

Frames are phantoms of unseen seeds. `true` masks are the truth, `faulty` ones wander, blur, lose thin lumens
and have holes, cuts and false blobs; `model` ones come from the shipped wall model. Set OMP_NUM_THREADS=1
for one core.
"""

from __future__ import annotations

import argparse
import datetime
import time
from dataclasses import dataclass

import cv2
import numpy as np

from ius_vision.geometry import Spacing
from ius_vision.measurement.bwt_error import BwtErrorModel
from ius_vision.measurement.doppler import DopplerGrader
from ius_vision.measurement.frame import measure_frame
from ius_vision.outcomes import Measured
from ius_vision.phantom.cine import build_cine, cine_frames
from ius_vision.phantom.draw_scanner import draw_scanner
from ius_vision.phantom.drawing import random_scene
from ius_vision.phantom.plan import CinePlan, SegmentState, Visit
from ius_vision.phantom.render import render_frame
from ius_vision.phantom.screen import SIZES
from ius_vision.pipeline.agreement import agreement, weighted_kappa
from ius_vision.segmentation.model import WallModel
from ius_vision.vocabulary import Label, Mode, Segment, View


@dataclass(frozen=True)
class Mask:
    labels: np.ndarray
    wall_probability: np.ndarray

    @property
    def fat_probability(self) -> np.ndarray:
        """Sure of its label everywhere."""
        return (self.labels == Label.INFLAMED_FAT).astype(np.float32)


def true_mask(frame, rng) -> Mask:
    return Mask(frame.labels, (frame.labels == Label.WALL).astype(np.float32))


def faulty_mask(frame, rng: np.random.Generator) -> Mask:
    labels, spacing = frame.labels, frame.spacing
    row, column = np.mgrid[: labels.shape[0], : labels.shape[1]].astype(np.float32)
    moved_row = row + (0.3 / spacing.row_mm) * smooth_noise(rng, labels.shape, spacing)
    moved_column = column + (0.3 / spacing.column_mm) * smooth_noise(rng, labels.shape, spacing)
    labels = cv2.remap(labels, moved_column, moved_row, cv2.INTER_NEAREST)
    wall_rows, wall_columns = np.nonzero(labels == Label.WALL)
    for _ in range(rng.integers(0, 3)):
        at = rng.integers(len(wall_rows))
        away = np.hypot(
            (row - wall_rows[at]) * spacing.row_mm, (column - wall_columns[at]) * spacing.column_mm
        )
        labels[away < rng.uniform(0.4, 1.2)] = Label.BACKGROUND
    for _ in range(rng.integers(0, 3)):
        at = rng.uniform(0, labels.shape[0]), rng.uniform(0, labels.shape[1])
        away = np.hypot((row - at[0]) * spacing.row_mm * 2, (column - at[1]) * spacing.column_mm)
        labels[away < rng.uniform(1.0, 4.0)] = Label.WALL
    if rng.random() < 0.5:
        half = rng.uniform(0.25, 1.5)
        at = wall_columns[rng.integers(len(wall_columns))]
        labels[np.abs(column - at) * spacing.column_mm < half] = Label.BACKGROUND
    shares = np.stack([(labels == label).astype(np.float32) for label in Label])
    sigma = {"sigmaX": 0.25 / spacing.column_mm, "sigmaY": 0.25 / spacing.row_mm}
    shares = np.stack([cv2.GaussianBlur(share, (0, 0), **sigma) for share in shares])
    labels = np.where(frame.area_mask, shares.argmax(axis=0), 0).astype(np.uint8)
    return Mask(labels, shares[Label.WALL], 0.9)


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], spacing: Spacing) -> np.ndarray:
    coarse = int(shape[0] * spacing.row_mm / 2.5) + 4, int(shape[1] * spacing.column_mm / 2.5) + 4
    field = cv2.resize(
        rng.standard_normal(coarse).astype(np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC
    )
    return field / field.std()


def bench_frames(count: int, seed: int) -> None:
    model = WallModel.load()

    def model_mask(frame, rng):
        return model.segment(frame.grey, frame.spacing, frame.area_mask)

    error = BwtErrorModel.from_card(model.card)
    for name, mask_of in (("true", true_mask), ("faulty", faulty_mask), ("model", model_mask)):
        found, seconds, looked = [], 0.0, 0
        for index in range(count):
            rng = np.random.default_rng([seed, index])
            frame = render_frame(random_scene(rng), rng)
            if frame.truth.bwt_mm is None:
                continue
            mask = mask_of(frame, rng)
            started = time.process_time()
            result = measure_frame(frame.grey, mask, frame.spacing, frame.area_mask, error)
            seconds += time.process_time() - started
            looked += 1
            found.append((result, frame.truth))
        report_frames(name, found, seconds / looked)


def report_frames(name: str, found: list, seconds: float) -> None:
    values = [(one.thickness, truth.bwt_mm) for one, truth in found if isinstance(one.thickness, Measured)]
    print(f"\n{name} masks: {len(values)} of {len(found)} frames measured, {1000 * seconds:.0f} ms a frame")
    got = agreement([value.value for value, _ in values], [true for _, true in values])
    inside = np.mean([value.low <= true <= value.high for value, true in values])
    print(
        f"  thickness: bias {got.bias:+.3f} mm, MAE {got.mae:.3f} mm, limits {got.limits_low:+.2f} to "
        f"{got.limits_high:+.2f} mm, ICC {got.icc:.3f}, interval covers {100 * inside:.0f} %"
    )
    for item, grades in (("bws", 4), ("ifat", 3)):
        field = {"bws": "stratification", "ifat": "fat"}[item]
        pairs = [
            (getattr(one, field).value, getattr(truth, item))
            for one, truth in found
            if isinstance(getattr(one, field), Measured) and getattr(truth, item) is not None
        ]
        report_grades(item, pairs, len(found), grades)


def report_grades(item: str, pairs: list[tuple[int, int]], of: int, grades: int) -> None:
    if not pairs:
        print(f"  {item}: none graded")
        return
    table = np.zeros((grades, grades), int)
    for measured, true in pairs:
        table[true, measured] += 1
    same = np.trace(table) / table.sum()
    kappa = weighted_kappa([pair[0] for pair in pairs], [pair[1] for pair in pairs], grades)
    print(f"  {item}: {len(pairs)} of {of} graded, {100 * same:.0f} % the same, weighted kappa {kappa:.2f}")
    for true, row in enumerate(table):
        print(f"    true {true}: {row.tolist()}")


def bench_cines(count: int, seed: int, frames: int = 16) -> None:
    pairs, seconds, looked = [], 0.0, 0
    for index in range(count):
        rng = np.random.default_rng([seed, 1, index])
        state = SegmentState(Segment.SIGMOID_COLON, float(rng.uniform(2.5, 9.0)), 0, 0, index % 4)
        scanner = draw_scanner(rng, "linear" if index % 5 else "convex")
        visit = Visit("baseline", datetime.date(2023, 1, 1), (state,), scanner, SIZES[index % 3], "en")
        view = (View.LONGITUDINAL, View.CROSS_SECTION)[index // 4 % 2]
        times = tuple(frame / 12 for frame in range(frames))
        cine = build_cine(CinePlan((seed, index), 1, state, view, Mode.COLOR_DOPPLER, times), visit)
        grader = None
        for number, shown in enumerate(cine_frames(cine)):
            labels, area = on_screen(cine.screen, shown)
            grader = grader or DopplerGrader(area, shown.frame.spacing)
            started = time.process_time()
            grader.add(shown.rgb, labels if number % 4 == 0 else None)
            seconds += time.process_time() - started
            looked += 1
        signal = grader.result()
        pairs.append((signal.cds.value if hasattr(signal, "cds") else None, state.cds))
    graded = [pair for pair in pairs if pair[0] is not None]
    print(f"\nDoppler cines with true masks in every fourth frame, {1000 * seconds / looked:.1f} ms a frame")
    report_grades("cds", graded, len(pairs), 4)


def on_screen(screen, shown) -> tuple[np.ndarray, np.ndarray]:
    """Labels and area of the picture, placed on the screen."""
    labels = np.zeros(shown.rgb.shape[:2], np.uint8)
    area = np.zeros(labels.shape, bool)
    rows, columns = shown.frame.labels.shape
    place = slice(screen.top, screen.top + rows), slice(screen.left, screen.left + columns)
    labels[place], area[place] = shown.frame.labels, shown.frame.area_mask
    return labels, area


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--cines", type=int, default=24)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    bench_frames(options.frames, options.seed)
    if options.cines:
        bench_cines(options.cines, options.seed)


if __name__ == "__main__":
    main()
