"""Grade phantom walls of every grade, each seen three times; print how the graded items agree with truth.

    python scripts/bench/items.py --walls 300 --jobs 2 --drawn FOLDER

A wall is seen in two acquisitions of the same scanner: one longitudinal and one cross-section B-mode clip
and one colour Doppler cine each, drawn anew: other places of the same bowel, other neighbours, noise and
flashes. A third is the first one again at another moment, gain and depth gain. Of a B-mode clip six frames
are seen, almost a second apart; `analyze` looks at up to thirty. Masks come from the shipped model.
Grades are spread evenly; scanners, screens and surroundings are drawn for every wall. Printed are,
per item, the table of true against measured grades, the quadratic-weighted kappa, abstentions by reason,
and how often the same place has the same grade twice, and another place. `--drawn` keeps the B-mode frames,
so that another model can be tried on them sooner.
"""

from __future__ import annotations

import argparse
import datetime
import os
import pickle
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from ius_vision.measurement.bwt_error import BwtErrorModel
from ius_vision.measurement.clip import measure_clip
from ius_vision.measurement.colour_pixels import remove_colour
from ius_vision.measurement.doppler import DopplerGrader, DopplerSignal
from ius_vision.measurement.segment import ClipItems, combine_views
from ius_vision.outcomes import Measured
from ius_vision.phantom.cine import Cine, build_cine, cine_frames
from ius_vision.phantom.draw_scanner import draw_scanner
from ius_vision.phantom.labels import PhantomFrame
from ius_vision.phantom.plan import CinePlan, SegmentState, Visit
from ius_vision.phantom.screen import SIZES
from ius_vision.pipeline.agreement import weighted_kappa
from ius_vision.pipeline.frame_look import look_at_frame
from ius_vision.segmentation.model import WallModel
from ius_vision.vocabulary import Mode, Segment, View

GRADES = {"cds": 4, "bws": 4, "ifat": 3}
TARGETS = {"cds": 0.90, "bws": 0.85, "ifat": 0.85}
VIEWS = (View.LONGITUDINAL, View.CROSS_SECTION)
MASKED_EVERY = 4
# The third acquisition shows what the first does.
REPEATS = {2: 0}
LATER_S, GAIN, DEPTH_GAIN_DB = 1.3, 0.04, 1.0


@dataclass(frozen=True)
class Seen:
    """What came of a wall: true grades, for each item the outcomes of the three acquisitions and of the first
    two together, and the lengths of lost layers in mm as (measured, true, whether gas hides wall).
    """

    true: dict[str, int]
    outcomes: dict[str, list]
    lengths: list[tuple[float, float, bool]]


@dataclass(frozen=True)
class Work:
    seed: int
    b_mode_frames: int
    doppler_frames: int
    drawn: Path | None


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
    for turn in range(3):
        if work.b_mode_frames:
            clips = [see_b_mode(work, (index, turn, view), state, visit, model, error) for view in VIEWS]
            if turn not in REPEATS:
                true["bws"] = max(true["bws"], *(truth.bws or 0 for _, truth in clips))
            lengths += [
                (one.lost_layer_mm, truth.lost_length_mm, truth.lumen == "gas")
                for one, truth in clips
                if one.lost_layer_mm and truth.bws and truth.bws >= 2
            ]
            items = [
                ClipItems(
                    view,
                    bwt=one.bwt,
                    bws=one.bws,
                    ifat=one.ifat,
                    fat=one.fat,
                    layers=one.layers,
                    quality=one.mean_quality,
                )
                for view, (one, _) in zip(VIEWS, clips, strict=True)
            ]
            all_clips += items if turn not in REPEATS else []
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
        outcomes["cds"].append(max(outcomes["cds"][:2], key=lambda one: getattr(one, "value", -1)))
    return Seen(true, outcomes, lengths)


def see_b_mode(work: Work, key: tuple, state: SegmentState, visit: Visit, model: WallModel, error):
    found, truth = [], None
    for frame in b_mode_frames(work, key, state, visit):
        truth = truth or frame.truth
        look = look_at_frame(model, frame.grey, frame.spacing, frame.area_mask, error)
        found.append(look.measurement)
    return measure_clip(found, error), truth


def b_mode_frames(work: Work, key: tuple, state: SegmentState, visit: Visit) -> list[PhantomFrame]:
    """The frames of a clip, drawn, or as they were kept by an earlier call."""
    index, turn, view = key
    name = f"{work.seed}_{index}_{turn}_{view}_{work.b_mode_frames}.pickle"
    kept = work.drawn / name if work.drawn else None
    if kept is not None and kept.exists():
        return pickle.loads(kept.read_bytes())
    times = tuple(0.9 * frame for frame in range(work.b_mode_frames))
    place = (work.seed, index, REPEATS.get(turn, turn), VIEWS.index(view))
    cine = build_cine(CinePlan(place, 1, state, view, Mode.B_MODE, times), visit)
    frames = [shown.frame for shown in cine_frames(again(cine, turn))]
    if kept is not None:
        kept.write_bytes(pickle.dumps(frames))
    return frames


def again(cine: Cine, turn: int) -> Cine:
    """A cine of the same place at another moment with other gain, where this turn is a repeat."""
    if turn not in REPEATS:
        return cine
    plan = cine.plan
    rng = np.random.default_rng([*plan.key, turn, 4])
    scanner = cine.scene.scanner
    gains = tuple(gain + float(rng.normal(0, DEPTH_GAIN_DB)) for gain in scanner.tgc_db)
    scanner = replace(scanner, reference=scanner.reference + float(rng.normal(0, GAIN)), tgc_db=gains)
    times = tuple(time_s + LATER_S for time_s in plan.times_s)
    plan = replace(plan, key=(*plan.key, turn), times_s=times)
    return replace(cine, plan=plan, scene=replace(cine.scene, scanner=scanner))


def see_doppler(work: Work, key: tuple[int, int], state: SegmentState, visit: Visit, model: WallModel):
    index, turn = key
    view = VIEWS[(index // 8) % 2]
    times = tuple(frame / 12 for frame in range(work.doppler_frames))
    place = (work.seed, index, REPEATS.get(turn, turn), 8)
    cine = again(build_cine(CinePlan(place, 1, state, view, Mode.COLOR_DOPPLER, times), visit), turn)
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
    for name, place in (("one acquisition", slice(0, 2)), ("both together", slice(3, 4))):
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
    for other, what in ((2, "same place twice"), (1, "another place of the wall")):
        twice = [
            (first.value, second.value)
            for first, second in ((wall.outcomes[item][0], wall.outcomes[item][other]) for wall in walls)
            if isinstance(first, Measured) and isinstance(second, Measured)
        ]
        same = sum(first == second for first, second in twice)
        share = 100 * same / max(len(twice), 1)
        print(f"    {what}: same grade in {same} of {len(twice)} walls, {share:.0f} %")


def report_lengths(lengths: list[tuple[float, float, bool]]) -> None:
    """Gas hides the far wall of a loop, and with it a part of the length that is true."""
    for what, hidden in (("", (True, False)), (" and no gas", (False,))):
        errors = np.abs([measured - true for measured, true, gas in lengths if gas in hidden])
        if len(errors):
            print(
                f"\nlost length, {len(errors)} clips with a loss seen{what}: median error "
                f"{np.median(errors):.1f} mm, mean {errors.mean():.1f} mm, "
                f"{100 * np.mean(errors <= 5.0):.0f} % within 5 mm"
            )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--walls", type=int, default=300)
    parser.add_argument("--seed", type=int, default=90210)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--b-mode-frames", type=int, default=6)
    parser.add_argument("--doppler-frames", type=int, default=12)
    parser.add_argument("--first", type=int, default=0, help="number of the first wall")
    parser.add_argument("--drawn", type=Path, help="folder that keeps the B-mode frames")
    half = parser.add_mutually_exclusive_group()
    half.add_argument("--b-mode-only", action="store_true")
    half.add_argument("--doppler-only", action="store_true")
    chosen = parser.parse_args()
    work = Work(
        chosen.seed,
        0 if chosen.doppler_only else chosen.b_mode_frames,
        0 if chosen.b_mode_only else chosen.doppler_frames,
        chosen.drawn,
    )
    if chosen.drawn:
        chosen.drawn.mkdir(parents=True, exist_ok=True)
    os.environ["OMP_NUM_THREADS"] = "1"
    started = time.monotonic()
    with ProcessPoolExecutor(chosen.jobs, get_context("spawn")) as pool:
        walls = list(pool.map(partial(see_wall, work), range(chosen.first, chosen.first + chosen.walls)))
    print(f"{len(walls)} walls, seed {chosen.seed}, {time.monotonic() - started:.0f} s")
    for item in GRADES:
        if walls[0].outcomes[item]:
            report(item, walls)
    report_lengths([length for wall in walls for length in wall.lengths])


if __name__ == "__main__":
    main()
