"""`ius-vision analyze`: exam folders to tables and a report an exam."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ius_vision.cli.examples import examples

PROBLEMS_SHOWN = 1
REPORTS_SHOWN = 10


def add_parser(subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(
        "analyze",
        help="measure exams and write tables and reports",
        description="Measure the intestinal ultrasound exams below the given paths. Running again on the "
        "same --out finishes what is missing and repeats nothing that is complete and unchanged.",
        **examples(
            "analyze sample_dicoms --out results",
            "analyze exams --out results --manifest segments.csv --jobs 4",
        ),
    )
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="DICOM file or folder, at any depth"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for tables and reports"
    )
    parser.add_argument(
        "--manifest", type=Path, metavar="FILE.csv", help="what you know better than the files"
    )
    parser.add_argument(
        "--jobs", type=_at_least_one, default=1, metavar="N", help="exams at a time (default 1)"
    )
    parser.add_argument("--fresh", action="store_true", help="do every exam again")
    parser.add_argument(
        "--model", type=Path, metavar="DIR", help="another wall model bundle than the shipped one"
    )
    return parser


def run(arguments: argparse.Namespace) -> int:
    from ius_vision.pipeline.batch import analyze
    from ius_vision.pipeline.settings import AnalyzeSettings

    _say_on_stderr(arguments.debug)
    _stop_tidily_when_told_to()
    settings = AnalyzeSettings(
        paths=tuple(arguments.paths),
        out=arguments.out,
        manifest=arguments.manifest,
        model=arguments.model,
        jobs=arguments.jobs,
        fresh=arguments.fresh,
    )
    with _bars() as bars:
        summary = analyze(settings, bars)
    _print_summary(summary, arguments.out)
    return summary.exit_code


def _say_on_stderr(debug: bool) -> None:
    """Show what this package logs. What libraries warn about a file stands in its row."""
    import logging
    import warnings

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("ius-vision: %(message)s"))
    own = logging.getLogger("ius_vision")
    own.handlers = [handler]
    own.setLevel(logging.DEBUG if debug else logging.WARNING)
    if not debug:
        logging.getLogger("pydicom").setLevel(logging.CRITICAL)
        warnings.simplefilter("ignore")


def _stop_tidily_when_told_to() -> None:
    """A scheduler's SIGTERM ends the run as Ctrl-C does."""
    import signal

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)


def _at_least_one(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of 1 or more, not {text!r}")
    return number


def _bars():
    from ius_vision.cli.bars import Bars

    return Bars()


def _print_summary(summary, out: Path) -> None:
    exams = ", ".join(f"{count} {state}" for state, count in summary.exams.items()) or "none"
    files = ", ".join(f"{count} {status}" for status, count in summary.clips.items()) or "none"
    print(f"exams: {exams}\nfiles: {files}\ntables: {out}")
    for report in summary.reports[:REPORTS_SHOWN]:
        print(f"report: {report}")
    if len(summary.reports) > REPORTS_SHOWN:
        print(f"... and {len(summary.reports) - REPORTS_SHOWN} more reports in {out / 'exams'}")
    for problem in summary.problems[:PROBLEMS_SHOWN]:
        print(f"ius-vision: {problem}", file=sys.stderr)
    if len(summary.problems) > PROBLEMS_SHOWN:
        left = len(summary.problems) - PROBLEMS_SHOWN
        print(f"ius-vision: and {left} more failed; see {out / 'clips.csv'}", file=sys.stderr)
