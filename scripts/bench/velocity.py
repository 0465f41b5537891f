"""Velocity and direction of simulated colour Doppler cines, from files through the shipped wall model.

    python scripts/bench/velocity.py --clips 60 --seed 1 --jobs 2

Each clip is a file of 8 frames with flow of grade 1 to 3, compressed as phantom exams are; its colour bar is
given in the header or only seen. Printed are the errors against the velocities painted into the wall, in
cm/s and as shares of the scale, and the reasons of clips without.
"""

from __future__ import annotations

import argparse
import datetime
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import pydicom

from ius_vision.dicom.load import load_exam
from ius_vision.dicom.scan import scan
from ius_vision.dicom.velocity import VelocityScale
from ius_vision.measurement.bwt_error import BwtErrorModel
from ius_vision.outcomes import Abstained
from ius_vision.phantom.cine import build_cine, cine_frames
from ius_vision.phantom.header import Habits, build_header
from ius_vision.phantom.order import exam_order
from ius_vision.phantom.plan import CinePlan, SegmentState, Visit, plan_visits
from ius_vision.phantom.storage import draw_storage, store
from ius_vision.phantom.truth import flow_cells
from ius_vision.pipeline.doppler_pass import grade_doppler
from ius_vision.pipeline.pictures import PictureFolder
from ius_vision.pipeline.rows import motion_cells
from ius_vision.pipeline.settings import MeasureSettings
from ius_vision.pipeline.tools import Tools
from ius_vision.segmentation.model import WallModel
from ius_vision.vocabulary import Mode, Segment, View

FRAMES = 8
CM_S = tuple(f"velocity_{part}_cm_s" for part in ("mean", "speed", "peak_towards", "peak_away"))


def one_clip(seed: int, index: int) -> tuple[dict, dict, float]:
    """Truth, what was measured, and the scale of a clip in cm/s."""
    cv2.setNumThreads(1)
    model = WallModel.load()
    tools = Tools(model, BwtErrorModel.from_card(model.card), MeasureSettings(), {})
    key = seed * 1000 + index
    order = exam_order(key, "sigmoid_colon", FRAMES, "baseline", small=True)
    (usual,) = plan_visits(order)
    bwt_mm = float(np.random.default_rng(key).uniform(3.5, 9.0))
    state = SegmentState(Segment.SIGMOID_COLON, bwt_mm, 0, 0, 1 + index % 3)
    visit = Visit("baseline", datetime.date(2024, 1, 1), (state,), usual.scanner, usual.size, "en")
    times = tuple(0.1 * frame for frame in range(FRAMES))
    view = View.LONGITUDINAL if index % 4 else View.CROSS_SECTION
    cine = build_cine(CinePlan((seed, index), 1, state, view, Mode.COLOR_DOPPLER, times), visit)
    made = list(cine_frames(cine))
    in_header = index % 2 == 0
    dataset = build_header(order, visit, cine, Habits(True, False, False, False, in_header))
    storage = draw_storage(np.random.default_rng(key), Mode.COLOR_DOPPLER, True)
    store(dataset, iter(one.rgb for one in made), storage)
    dataset.file_meta.TransferSyntaxUID = storage.syntax
    truth = flow_cells(cine, np.concatenate([one.wall_flow_cm_s for one in made]))
    with tempfile.TemporaryDirectory() as folder:
        pydicom.dcmwrite(Path(folder) / "IM0001.dcm", dataset, enforce_file_format=True)
        (exam,) = scan([Path(folder)]).exams
        (clip,), _ = load_exam(exam)
        if not in_header:
            clip = replace(clip, velocity_scale=VelocityScale(cine.velocity_cm_s, "manifest"))
        look = grade_doppler(clip, "0001", tools, PictureFolder(Path(folder)))
    why = look.items["cds"]
    cells = motion_cells(look.motion) if look.motion else {"velocity_reason": why.reason}
    if isinstance(why, Abstained):
        cells["velocity_reason"] = why.reason
    return truth, cells, cine.velocity_cm_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    words = parser.parse_args()
    with ProcessPoolExecutor(words.jobs, get_context("spawn")) as pool:
        made = list(pool.map(partial(one_clip, words.seed), range(words.clips)))
    with_truth = [one for one in made if "velocity_mean_cm_s" in one[0]]
    measured = [one for one in with_truth if "velocity_mean_cm_s" in one[1]]
    print(f"{words.clips} clips, {len(with_truth)} with flow in the wall, {len(measured)} with a velocity")
    print("without:", dict(Counter(cells.get("velocity_reason") for _, cells, _ in made)))
    for name in CM_S:
        own = [one for one in measured if one[0].get(name) and one[1][name] is not None]
        errors = np.array([cells[name] - float(truth[name]) for truth, cells, _ in own])
        shares = 100 * np.abs(errors) / [scale for *_, scale in own]
        print(
            f"{name} of {len(own)}: bias {errors.mean():+.2f}, mean absolute error "
            f"{np.abs(errors).mean():.2f} cm/s, {shares.mean():.1f} % of the scale, "
            f"95 % below {np.percentile(shares, 95):.0f} %, largest {shares.max():.0f} %"
        )
    told = [one for one in with_truth if "flow_towards_percent" in one[1]]
    apart = [
        abs(cells["flow_towards_percent"] - float(truth["flow_towards_percent"])) for truth, cells, _ in told
    ]
    print(
        f"direction of {len(told)}: share towards off by {np.mean(apart):.1f} points, most {max(apart):.0f}"
    )
    print("called aliased:", sum(cells["flow_aliased"] == "yes" for _, cells, _ in told))


if __name__ == "__main__":
    main()
