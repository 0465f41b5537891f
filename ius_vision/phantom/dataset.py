"""Training folders: pictures, labels and a table of truth, in the layout of nnU-Net v2."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from ius_vision.phantom.drawing import random_scene
from ius_vision.phantom.echo_render import EchoScene, draw_echo
from ius_vision.phantom.files import at_least, number, open_output, write_csv, write_whole
from ius_vision.phantom.labels import PhantomFrame
from ius_vision.phantom.marks import add_marks
from ius_vision.phantom.plain_render import render_plain
from ius_vision.phantom.plain_scene import PlainScene, draw_plain_scene
from ius_vision.phantom.pool import drawing_pool
from ius_vision.phantom.render import render_frame
from ius_vision.phantom.scene import Scene, Wishes
from ius_vision.phantom.simus_echo import require_pymust
from ius_vision.phantom.simus_render import render_simus
from ius_vision.phantom.simus_scene import SimusScene, draw_simus_scene
from ius_vision.vocabulary import Label

ENGINES = ("beam", "plain", "echo", "simus")
WITHOUT_BOWEL = 0.15
CONVEX = 0.35
MARKED = 0.15
COLUMNS = (
    "case", "patient_id", "spacing_x_mm", "spacing_y_mm", "view", "bwt_mm", "probe", "lumen", "bws",
    "lost_length_mm", "ifat", "style", "wall_area_mm2", "depth_mm", "dynamic_range_db", "contrast",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DatasetOrder:
    """What to write: `frames` pictures drawn from `seed`; frame i does not depend on `frames` or `jobs`.

    `engine` is one of `ENGINES`: the beam model, plain levels under a point spread, maps of tissue under a
    point spread that changes with depth, or SIMUS, which is slow, needs the extra `simus` and is for checks
    alone.
    """

    out: Path
    seed: int
    frames: int
    jobs: int = 1
    engine: str = "beam"


def write_dataset(order: DatasetOrder, progress: Callable[[int], None] | None = None) -> Path:
    """Write `imagesTr`, `labelsTr`, `cases.csv` and, last of all, `dataset.json`.

    Parameters
    ----------
    progress : called with the number of frames written so far.

    Returns
    -------
    The path of `dataset.json`.

    Raises
    ------
    BadUsage
        `out_not_writable`, `number_out_of_range`, `missing_extra`.
    """
    at_least(0, order.seed, "--seed")
    at_least(1, order.frames, "--frames")
    at_least(1, order.jobs, "--jobs")
    if order.engine == "simus":
        require_pymust()
    out = open_output(order.out)
    for folder in ("imagesTr", "labelsTr"):
        (out / folder).mkdir(exist_ok=True)
    rows = []
    write = partial(_write_case, out, order.seed, order.engine)
    if order.jobs == 1:
        made = map(write, range(order.frames))
        rows = _collect(made, progress)
    else:
        with drawing_pool(order.jobs) as pool:
            rows = _collect(pool.map(write, range(order.frames), chunksize=4), progress)
    write_csv(out / "cases.csv", COLUMNS, rows)
    content = json.dumps(_description(order), indent=2) + "\n"
    write_whole(out / "dataset.json", content.encode())
    return out / "dataset.json"


def _collect(made, progress: Callable[[int], None] | None) -> list[dict[str, object]]:
    rows = []
    for row in made:
        rows.append(row)
        if progress is not None:
            progress(len(rows))
    return rows


def draw_case(seed: int, index: int) -> tuple[Scene, PhantomFrame]:
    """Draw one frame of the beam model; about 15 % show no bowel, and 15 % carry a user's marks."""
    rng = np.random.default_rng([seed, index])
    probe = "convex" if rng.random() < CONVEX else "linear"
    scene = random_scene(rng, None, Wishes(bowel=rng.random() >= WITHOUT_BOWEL, probe=probe))
    return scene, _marked(render_frame(scene, rng), rng)


def draw_plain_case(seed: int, index: int) -> tuple[PlainScene, PhantomFrame]:
    """Draw one frame of the plain engine, as `draw_case` does."""
    rng = np.random.default_rng([seed, index])
    scene = draw_plain_scene(rng, bool(rng.random() >= WITHOUT_BOWEL))
    return scene, _marked(render_plain(scene), rng)


def draw_echo_case(seed: int, index: int) -> tuple[EchoScene, PhantomFrame]:
    """Draw one frame of the echo engine, without a user's marks; about 15 % show no bowel."""
    return draw_echo(seed, index)


def draw_simus_case(seed: int, index: int) -> tuple[SimusScene, PhantomFrame]:
    """Draw one frame of the SIMUS engine, without a user's marks."""
    rng = np.random.default_rng([seed, index])
    scene = draw_simus_scene(rng, bool(rng.random() >= WITHOUT_BOWEL))
    return scene, render_simus(scene)


def _marked(frame: PhantomFrame, rng: np.random.Generator) -> PhantomFrame:
    return replace(frame, grey=add_marks(frame.grey, rng)) if rng.random() < MARKED else frame


def _write_case(out: Path, seed: int, engine: str, index: int) -> dict[str, object]:
    case = f"PHANTOM_{index:04d}"
    frame, look = _draw(engine, seed, index)
    _write_png(out / "imagesTr" / f"{case}_0000.png", frame.grey)
    _write_png(out / "labelsTr" / f"{case}.png", frame.labels)
    return {"case": case, "patient_id": f"PHANTOM-{seed}-{index:04d}"} | _row(frame) | look


def _draw(engine: str, seed: int, index: int) -> tuple[PhantomFrame, dict[str, object]]:
    """A frame, and the cells that say how it was taken."""
    contrast = None
    if engine == "echo":
        echo, frame = draw_echo_case(seed, index)
        return frame, _look("echo", echo.field.depth_mm, echo.display.dynamic_range_db, contrast)
    if engine == "beam":
        scene, frame = draw_case(seed, index)
        style, contrast = scene.look.style, scene.look.contrast
    elif engine == "plain":
        scene, frame = draw_plain_case(seed, index)
        style = f"plain_{scene.speckle.kind}"
    else:
        scene, frame = draw_simus_case(seed, index)
        style = f"simus_{scene.mixed}_{scene.array.frequency_mhz:.1f}_mhz"
    return frame, _look(style, scene.scanner.depth_mm, scene.scanner.dynamic_range_db, contrast)


def _look(style: str, depth_mm: float, range_db: float, contrast: float | None) -> dict[str, object]:
    return {
        "style": style,
        "depth_mm": number(depth_mm, 2),
        "dynamic_range_db": number(range_db, 1),
        "contrast": number(contrast, 3),
    }


def _row(frame: PhantomFrame) -> dict[str, object]:
    truth = frame.truth
    return {
        "spacing_x_mm": number(frame.spacing.column_mm, 6),
        "spacing_y_mm": number(frame.spacing.row_mm, 6),
        "view": truth.view.value,
        "bwt_mm": number(truth.bwt_mm),
        "probe": truth.probe,
        "lumen": truth.lumen,
        "bws": "" if truth.bws is None else truth.bws,
        "lost_length_mm": number(truth.lost_length_mm, 2),
        "ifat": "" if truth.ifat is None else truth.ifat,
        "wall_area_mm2": number(truth.wall_area_mm2, 2),
    }


def _write_png(path: Path, image: np.ndarray) -> None:
    _, packed = cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    path.write_bytes(packed.tobytes())


def _description(order: DatasetOrder) -> dict[str, object]:
    return {
        "name": "ius-vision phantom",
        "description": "Simulated bowel ultrasound with exact labels; no patient data.",
        "channel_names": {"0": "ultrasound"},
        "labels": {label.name.lower(): int(label) for label in Label},
        "numTraining": order.frames,
        "file_ending": ".png",
        "overwrite_image_reader_writer": "NaturalImage2DIO",
        "seed": order.seed,
        "engine": order.engine,
    }
