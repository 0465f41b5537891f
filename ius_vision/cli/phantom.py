"""`ius-vision phantom`: simulated exams and training frames with exact truth beside them."""

from __future__ import annotations

import argparse
from pathlib import Path

from ius_vision.cli.examples import examples


def add_parser(subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(
        "phantom",
        help="write simulated exams or training frames with exact truth",
        description="Simulated bowel ultrasound with exact truth beside it. Equal seeds give equal bytes.",
        **examples(
            "phantom exam --out exam --seed 1 --segments terminal_ileum,sigmoid_colon",
            "phantom cohort --out cohort --seed 1 --exams 20 --visit baseline,week12",
            "phantom dataset --out frames --seed 1 --frames 200",
            "phantom dataset --out check --seed 1 --frames 48 --engine simus --jobs 2",
        ),
    )
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
    exam = _kind(kinds, "exam", "one patient's exam as DICOM files", frames=24)
    exam.add_argument(
        "--contrast-fault",
        choices=(
            "no_bolus",
            "saturated",
            "range_unknown",
            "breathing",
            "screen_only",
            "swapped",
            "grey",
            "swapped_grey",
        ),
        default="",
        help="what is wrong or unusual with the contrast clip (default: nothing)",
    )
    exam.add_argument("--small", action="store_true", help="small screen, strong compression, short contrast")
    _add_contents(exam)
    cohort = _kind(kinds, "cohort", "many patients' exams as DICOM files", frames=12)
    cohort.add_argument("--exams", type=int, default=20, help="number of patients (default 20)")
    _add_contents(cohort)
    cohort.add_argument("--jobs", type=int, default=1, help="processes (default 1)")
    _add_clinical(cohort)
    dataset = _kind(kinds, "dataset", "frames and labels to train on", frames=100)
    dataset.add_argument("--jobs", type=int, default=1, help="processes (default 1)")
    dataset.add_argument(
        "--engine",
        choices=["beam", "plain", "echo", "simus"],
        default="beam",
        help="beam model of a scanner; plain levels under a point spread; echo, maps of tissue under a point "
        "spread that changes with depth; or SIMUS of PyMUST, for checks: about 10 s a frame, needs the extra "
        "simus (default beam)",
    )
    return parser


def _kind(kinds, name: str, words: str, frames: int) -> argparse.ArgumentParser:
    parser = kinds.add_parser(name, help=words, description=words)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
    parser.add_argument("--seed", type=int, required=True, help="whole number; equal seeds give equal files")
    # `main` puts --debug on the command; here it may also stand after the kind.
    parser.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="show the traceback of an error"
    )
    per = "in all" if name == "dataset" else "a cine"
    parser.add_argument("--frames", type=int, default=frames, help=f"frames {per} (default {frames})")
    return parser


def _add_contents(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--segments", metavar="NAME,...", help="bowel segments (default three of them)")
    parser.add_argument(
        "--visit", default="baseline", metavar="NAME,...", help="baseline, week12 or both (default baseline)"
    )


def _add_clinical(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--effect",
        type=float,
        default=0.8,
        help="log odds of remission by one SD of thickness and of its fall; 0: no effect (default 0.8)",
    )
    parser.add_argument(
        "--missing", type=float, default=0.0, help="share of clinical cells left empty (default 0)"
    )
    parser.add_argument(
        "--site-effect", type=float, default=0.0, help="spread of the sites' log odds (default 0)"
    )
    parser.add_argument(
        "--device-effect",
        type=float,
        default=0.0,
        help="spread of the devices' errors of thickness in mm, with --table-only (default 0)",
    )
    parser.add_argument(
        "--table-only", action="store_true", help="write the clinical table with true ultrasound, no DICOM"
    )


def run(arguments: argparse.Namespace) -> int:
    print({"exam": _exam, "cohort": _cohort, "dataset": _dataset}[arguments.kind](arguments))
    return 0


def _exam(arguments: argparse.Namespace) -> Path:
    from tqdm import tqdm

    from ius_vision.phantom.exam import write_exam
    from ius_vision.phantom.order import exam_order

    order = exam_order(
        arguments.seed, arguments.segments, arguments.frames, arguments.visit, arguments.small,
        arguments.contrast_fault,
    )  # fmt: skip
    with tqdm(unit="file", delay=0.5, disable=None) as bar:
        return write_exam(arguments.out, order, lambda done: bar.update(done - bar.n))


def _cohort(arguments: argparse.Namespace) -> Path:
    from tqdm import tqdm

    from ius_vision.errors import BadUsage
    from ius_vision.phantom.clinical import ClinicalOrder
    from ius_vision.phantom.exam import CohortOrder, write_clinical, write_cohort
    from ius_vision.phantom.order import read_segments, read_visits

    if not 0 <= arguments.missing < 1:
        raise BadUsage(
            "number_out_of_range", f"--missing is {arguments.missing}, not 0 to below 1", "--missing"
        )
    if arguments.device_effect and not arguments.table_only:
        raise BadUsage(
            "number_out_of_range",
            f"--device-effect is {arguments.device_effect:g}, and exams bring their own ultrasound",
            "--device-effect",
            "Give --table-only too, or leave it out",
        )
    order = CohortOrder(
        out=arguments.out,
        seed=arguments.seed,
        exams=arguments.exams,
        segments=read_segments(arguments.segments),
        visits=read_visits(arguments.visit),
        frames=arguments.frames,
        jobs=arguments.jobs,
        clinical=ClinicalOrder(
            arguments.effect,
            arguments.missing,
            arguments.site_effect,
            arguments.table_only,
            arguments.device_effect,
        ),
    )
    if arguments.table_only:
        return write_clinical(order)
    with tqdm(total=order.exams, unit="patient", delay=0.5, disable=None) as bar:
        return write_cohort(order, lambda done: bar.update(done - bar.n))


def _dataset(arguments: argparse.Namespace) -> Path:
    from tqdm import tqdm

    from ius_vision.phantom.dataset import DatasetOrder, write_dataset

    order = DatasetOrder(arguments.out, arguments.seed, arguments.frames, arguments.jobs, arguments.engine)
    with tqdm(total=order.frames, unit="frame", delay=0.5, disable=None) as bar:
        return write_dataset(order, lambda done: bar.update(done - bar.n))
