"""Frames a second of a B-mode cine, every frame decoded, segmented and measured, and each stage's share.

    python scripts/bench/frames.py [--frames 30] [--seed 3] [--model BUNDLE]

The cine is a phantom of 1024 x 768 pixels; one process. Processor seconds stand beside wall seconds, since
others may use the machine.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from pathlib import Path

from ius_vision.dicom.load import load_exam
from ius_vision.dicom.scan import scan
from ius_vision.measurement.bwt_error import BwtErrorModel
from ius_vision.measurement.frame import measure_frame
from ius_vision.outcomes import Abstained, Measured
from ius_vision.phantom.exam import write_exam
from ius_vision.phantom.plan import ExamOrder
from ius_vision.pipeline.scene import scene_in
from ius_vision.segmentation.model import WallModel
from ius_vision.segmentation.runtime import chosen_runtime
from ius_vision.vocabulary import Mode, Segment


def first_cine(folder: Path, seed: int, frames: int):
    """The first B-mode cine of 1024 x 768 pixels among the phantom exams from a seed on."""
    for at in range(seed, seed + 20):
        place = folder / str(at)
        order = ExamOrder(
            key=(at, 1), patient="BENCH", segments=(Segment.SIGMOID_COLON,), frames=frames, contrast=False
        )
        write_exam(place, order)
        clips = [clip for exam in scan([place]).exams for clip in load_exam(exam)[0]]
        for clip in clips:
            if clip.mode == Mode.B_MODE and (clip.rows, clip.columns) == (768, 1024):
                return clip
    raise SystemExit("no cine of that size in 20 exams")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--frames", type=int, default=30, help="frames of the cine (default 30)")
    parser.add_argument("--seed", type=int, default=3, help="seed of the phantom (default 3)")
    parser.add_argument("--model", type=Path, help="bundle (default the shipped one)")
    options = parser.parse_args()
    model = WallModel.load(options.model)
    error = BwtErrorModel.from_card(model.card)
    wall, processor, measured = Counter(), Counter(), 0
    with tempfile.TemporaryDirectory() as folder:
        clip = first_cine(Path(folder), options.seed, options.frames)
        scene = scene_in(clip.main_area, clip)
        if isinstance(scene, Abstained):
            raise SystemExit(f"the cine has no scale: {scene.detail}")
        frames = clip.grey_frames(None)
        # The first picture loads libraries and tables.
        warm = next(iter(clip.grey_frames([0])))[1]
        measure_frame(warm, model.segment(warm, scene.spacing, scene.mask), scene.spacing, scene.mask, error)
        while True:
            clock = time.perf_counter(), time.process_time()

            def lap(name: str) -> None:
                nonlocal clock
                now = time.perf_counter(), time.process_time()
                wall[name] += now[0] - clock[0]
                processor[name] += now[1] - clock[1]
                clock = now

            item = next(frames, None)
            lap("decode")
            if item is None:
                break
            seen = model.segment(item[1], scene.spacing, scene.mask)
            lap("segment")
            found = measure_frame(item[1], seen, scene.spacing, scene.mask, error)
            lap("measure")
            measured += isinstance(found.thickness, Measured)
    print(f"{clip.columns} x {clip.rows}, {clip.frames} frames, {measured} measured, {chosen_runtime()}")
    for name in wall:
        each = 1000 * processor[name] / clip.frames
        share = 100 * processor[name] / processor.total()
        print(f"{name}: {each:.1f} ms of processor a frame, {share:.0f} %")
    print(
        f"{clip.frames / processor.total():.1f} frames a second of processor, "
        f"{clip.frames / wall.total():.1f} of clock, load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
