"""Grade phantom walls of every grade, each seen twice, and print how the three graded items agree with truth.

    python scripts/bench/items.py --walls 300 --jobs 2

A wall is seen in two acquisitions of the same scanner: one longitudinal and one cross-section B-mode clip
and one colour Doppler cine each, with other fields, neighbours, noise and flashes. Masks come from the
shipped model. Grades are spread evenly; scanners, screens and surroundings are drawn for every wall.
Printed are, per item, the table of true against measured grades, the quadratic-weighted kappa, abstentions
by reason, and how often both acquisitions that have a grade have the same one. `--b-mode-only` and
`--doppler-only` leave the other half out.
"""

from __future__ import annotations

import argparse
import datetime
import os
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

import cv2
import numpy as np

from ius_vision.measurement.bwt_error import BwtErrorModel
from ius_vision.measurement.clip import measure_clip
from ius_vision.measurement.colour_pixels import remove_colour
from ius_vision.measurement.doppler import DopplerGrader, DopplerSignal
from ius_vision.measurement.frame import measure_frame
from ius_vision.measurement.segment import ClipItems, combine_views
from ius_vision.outcomes import Measured
from ius_vision.phantom.cine import build_cine, cine_frames
from ius_vision.phantom.draw_scanner import draw_scanner
from ius_vision.phantom.plan import CinePlan, SegmentState, Visit
from ius_vision.phantom.screen import SIZES
from ius_vision.pipeline.agreement import weighted_kappa
from ius_vision.segmentation.model import WallModel
from ius_vision.vocabulary import Mode, Segment, View

GRADES = {"cds": 4, "bws": 4, "ifat": 3}
TARGETS = {"cds": 0.90, "bws": 0.85, "ifat": 0.85}
VIEWS = (View.LONGITUDINAL, View.CROSS_SECTION)
MASKED_EVERY = 4


@dataclass(frozen=True)
class Seen:
    """What came of a wall: true grades, for each item the outcomes of both acquisitions and of both
    together, and the lengths of lost layers in mm as (measured, true).
    """

    true: dict[str, int]
    outcomes: dict[str, list]
    lengths: list[tuple[float, float]]


@dataclass(frozen=True)
class Work:
    seed: int
    b_mode_frames: int
    doppler_frames: int


def see_wall(work: Work, index: int) -> Seen:
    cv2.setNumThreads(1)
    model = WallModel.load()
    error = BwtErrorModel.from_card(model.card)
    rng = np.random.default_rng([work.seed, index])
    state = SegmentState(
        Segment.SIGMOID_COLON,
        float(rng.uniform(3.0, 9.0)),
        bws=index % 4,
        ifat=index % 3,
        cds=index // 12 % 4,
    )
    scanner = draw_scanner(rng, "linear" if rng.random() < 0.8 else "convex")
    size = SIZES[int(rng.integers(len(SIZES)))]
    visit = Visit("baseline", datetime.date(2023, 1, 1), (state,), scanner, size, "en")
    true = {"cds": state.cds, "ifat": state.ifat, "bws": 0}
    outcomes: dict[str, list] = {item: [] for item in GRADES}
    lengths, all_clips = [], []
    for turn in range(2):
        if work.b_mode_frames:
            clips = [see_b_mode(work, (index, turn, view), state, visit, model, error) for view in VIEWS]
            true["bws"] = max(true["bws"], *(truth.bws or 0 for _, truth in clips))
            lengths += [
                (one.lost_layer_mm, truth.lost_length_mm)
                for one, truth in clips
                if one.lost_layer_mm and truth.bws and truth.bws >= 2
            ]
            items = [
                ClipItems(view, bwt=one.bwt, bws=one.bws, ifat=one.ifat, fat=one.fat, layers=one.layers)
                for view, (one, _) in zip(VIEWS, clips, strict=True)
            ]
            all_clips += items
            both = combine_views(items, error)
            outcomes["bws"].append(both.bws)
            outcomes["ifat"].append(both.ifat)
        if work.doppler_frames:
            outcomes["cds"].append(see_doppler(work, (index, turn), state, visit, model))
    if all_clips:
        both = combine_views(all_clips, error)
        outcomes["bws"].append(both.bws)
        outcomes["ifat"].append(both.ifat)
    if outcomes["cds"]:
        outcomes["cds"].append(max(outcomes["cds"], key=lambda one: getattr(one, "value", -1)))
    return Seen(true, outcomes, lengths)


def see_b_mode(work: Work, key: tuple, state: SegmentState, visit: Visit, model: WallModel, error):
    times = tuple(0.9 * frame for frame in range(work.b_mode_frames))
    index, turn, view = key
    place = (work.seed, index, turn, VIEWS.index(view))
    cine = build_cine(CinePlan(place, 1, state, view, Mode.B_MODE, times), visit)
    found, truth = [], None
    for shown in cine_frames(cine):
        frame, truth = shown.frame, truth or shown.frame.truth
        labels = model.segment(frame.grey, frame.spacing, frame.area_mask)
        found.append(measure_frame(frame.grey, labels, frame.spacing, frame.area_mask, error))
    return measure_clip(found, error), truth


def see_doppler(work: Work, key: tuple[int, int], state: SegmentState, visit: Visit, model: WallModel):
    index, turn = key
    view = VIEWS[(index // 8) % 2]
    times = tuple(frame / 12 for frame in range(work.doppler_frames))
    plan = CinePlan((work.seed, index, turn, 8), 1, state, view, Mode.COLOR_DOPPLER, times)
    cine = build_cine(plan, visit)
    grader = None
    for number, shown in enumerate(cine_frames(cine)):
        area = np.zeros(shown.rgb.shape[:2], bool)
        rows, columns = shown.frame.area_mask.shape
        screen = cine.screen
        area[screen.top : screen.top + rows, screen.left : screen.left + columns] = shown.frame.area_mask
        spacing = shown.frame.spacing
        grader = grader or DopplerGrader(area, spacing)
        labels = None
        if number % MASKED_EVERY == 0:
            labels = model.segment(remove_colour(shown.rgb, area), spacing, area).labels
        grader.add(shown.rgb, labels)
    signal = grader.result()
    return signal.cds if isinstance(signal, DopplerSignal) else signal


def report(item: str, walls: list[Seen]) -> None:
    grades = GRADES[item]
    for name, place in (("one acquisition", slice(0, 2)), ("both together", slice(2, 3))):
        table, reasons, pairs = np.zeros((grades, grades), int), Counter(), []
        for wall in walls:
            for outcome in wall.outcomes[item][place]:
                if isinstance(outcome, Measured):
                    table[wall.true[item], outcome.value] += 1
                    pairs.append((outcome.value, wall.true[item]))
                else:
                    reasons[outcome.reason] += 1
        if len(pairs) < 2:
            print(f"\n{item}, {name}: too few graded")
            continue
        kappa = weighted_kappa(*(list(part) for part in zip(*pairs, strict=True)), grades)
        said = f"\n{item}, {name}: {len(pairs)} of {len(pairs) + reasons.total()} graded, "
        print(said + f"weighted kappa {kappa:.2f} (target {TARGETS[item]:.2f})")
        for true, row in enumerate(table):
            print(f"    true {true}: {row.tolist()}")
        if reasons:
            print("    abstained:", ", ".join(f"{count} {reason}" for reason, count in reasons.most_common()))
    twice = [
        [one.value for one in wall.outcomes[item][:2]]
        for wall in walls
        if all(isinstance(one, Measured) for one in wall.outcomes[item][:2])
    ]
    same = sum(first == second for first, second in twice)
    print(f"    same grade in both acquisitions: {same} of {len(twice)} walls (target 95 %)")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--walls", type=int, default=300)
    parser.add_argument("--seed", type=int, default=90210)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--b-mode-frames", type=int, default=2)
    parser.add_argument("--doppler-frames", type=int, default=12)
    half = parser.add_mutually_exclusive_group()
    half.add_argument("--b-mode-only", action="store_true")
    half.add_argument("--doppler-only", action="store_true")
    chosen = parser.parse_args()
    work = Work(
        chosen.seed,
        0 if chosen.doppler_only else chosen.b_mode_frames,
        0 if chosen.b_mode_only else chosen.doppler_frames,
    )
    os.environ["OMP_NUM_THREADS"] = "1"
    started = time.monotonic()
    with ProcessPoolExecutor(chosen.jobs, get_context("spawn")) as pool:
        walls = list(pool.map(partial(see_wall, work), range(chosen.walls)))
    print(f"{len(walls)} walls, seed {chosen.seed}, {time.monotonic() - started:.0f} s")
    for item in GRADES:
        if walls[0].outcomes[item]:
            report(item, walls)
    errors = np.abs([measured - true for wall in walls for measured, true in wall.lengths])
    if len(errors):
        share = np.mean(errors <= 5.0)
        print(
            f"\nlost length, {len(errors)} clips with a loss seen: median error {np.median(errors):.1f} mm, "
            f"mean {errors.mean():.1f} mm, {100 * share:.0f} % within 5 mm"
        )


if __name__ == "__main__":
    main()
