"""`ius-vision analyze`: exam folders to tables and a report an exam."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ius_vision.cli.examples import examples

PROBLEMS_SHOWN = 1
REPORTS_SHOWN = 10
REASONS_SHOWN = 5
MODELS = ("lognormal", "gamma", "ldrw", "fpt")
CURVE_MODELS = (*MODELS, "best", "all")
EVERY_FRAME = 1_000_000
LEAST_DB, MOST_DB = 15.0, 150.0


def add_parser(subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(
        "analyze",
        help="measure exams and write tables and reports",
        description="Measure the intestinal ultrasound exams below the given paths. Running again on the "
        "same --out finishes what is missing and repeats nothing that is complete and unchanged.",
        **examples(
            "analyze sample_dicoms --out results",
            "analyze exams --out results --manifest segments.csv --jobs 4",
            "analyze exams --out results --assume-dynamic-range 50",
            "analyze exams --out to_share --pseudonymize --key site.key",
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
    parser.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="do the exams on a Dask cluster; `local` starts one of --jobs workers",
    )
    _add_pseudonyms(parser)
    parser.add_argument(
        "--all-frames",
        action="store_true",
        help="look at every frame of a clip; else at 30 of B-mode and 240 of Doppler clips, evenly spaced",
    )
    parser.add_argument("--fresh", action="store_true", help="do every exam again")
    parser.add_argument(
        "--log",
        choices=("text", "json"),
        default="text",
        help="json: one line an event on stderr, without bars",
    )
    parser.add_argument(
        "--model", type=Path, metavar="DIR", help="another wall model bundle than the shipped one"
    )
    parser.add_argument(
        "--assume-dynamic-range",
        type=_decibels,
        metavar="DB",
        help="range of contrast clips that do not state theirs; every row then says `assumed`",
    )
    parser.add_argument(
        "--curve-model",
        choices=CURVE_MODELS,
        default="lognormal",
        help="bolus model of contrast clips; best takes the one with the lowest AICc, all gives a row each "
        "(default: lognormal)",
    )
    return parser


def _add_pseudonyms(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pseudonymize",
        action="store_true",
        help="write pseudonyms in the place of names, numbers and UIDs, and moved dates, as deidentify does",
    )
    parser.add_argument(
        "--key",
        type=Path,
        metavar="FILE",
        help="secret key of the pseudonyms, made if it is not there (default: DIR.key beside --out); the "
        "list of what became what is written beside it",
    )


def run(arguments: argparse.Namespace) -> int:
    from ius_vision.cli.log import set_up_logging

    set_up_logging(arguments.debug, arguments.log == "json")
    stop_tidily_when_told_to()
    with _begun_early(arguments) as spare:
        return _analyze(arguments, spare)


def _begun_early(arguments: argparse.Namespace):
    """Processes that load while this one does; none where an earlier run may have left nothing to do."""
    from ius_vision.pipeline.pool import Spare

    wanted = False
    with suppress(OSError):  # what is wrong with the folder is told later
        wanted = arguments.dask is None and not arguments.out.exists()
    return Spare(min(arguments.jobs, os.cpu_count() or 1) if wanted else 0, "ius_vision.pipeline.exam")


def _analyze(arguments: argparse.Namespace, spare) -> int:
    from ius_vision.pipeline.batch import analyze
    from ius_vision.pipeline.settings import AnalyzeSettings

    as_json = arguments.log == "json"
    settings = AnalyzeSettings(
        paths=tuple(arguments.paths),
        out=arguments.out,
        manifest=arguments.manifest,
        model=arguments.model,
        jobs=arguments.jobs,
        fresh=arguments.fresh,
        dask=arguments.dask,
        key=_key(arguments),
        measure=measure_settings(arguments),
    )
    with _progress(as_json) as progress:
        summary = analyze(settings, progress, spare)
    if as_json:
        progress.finished(summary)
    else:
        _print_summary(summary, arguments.out)
        if settings.key:
            print(f"keep inside: {settings.key} and {settings.key.name}.exams.csv beside it")
    return summary.exit_code


def measure_settings(arguments: argparse.Namespace):
    """What the options say about measuring."""
    from ius_vision.pipeline.settings import MeasureSettings

    settings = MeasureSettings(
        curve_models=MODELS if arguments.curve_model == "all" else (arguments.curve_model,),
        assume_dynamic_range_db=arguments.assume_dynamic_range,
    )
    if arguments.all_frames:
        settings = replace(settings, b_mode_frames=EVERY_FRAME, doppler_frames=EVERY_FRAME)
    return settings


def _key(arguments: argparse.Namespace) -> Path | None:
    """The key's file; None where nothing gets pseudonyms."""
    if arguments.pseudonymize:
        out = arguments.out.absolute()
        return arguments.key or out.with_name(f"{out.name}.key")
    if arguments.key:
        from ius_vision.errors import BadUsage

        raise BadUsage("bad_key", "a key without --pseudonymize would do nothing", "--key", "Give both")
    return None


def stop_tidily_when_told_to() -> None:
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


def _decibels(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not LEAST_DB <= number <= MOST_DB:
        raise argparse.ArgumentTypeError(f"must be {LEAST_DB:g} to {MOST_DB:g} dB, not {text!r}")
    return number


def _progress(as_json: bool):
    from ius_vision.cli.bars import Bars
    from ius_vision.cli.log import JsonLines

    return JsonLines() if as_json else Bars()


def _print_summary(summary, out: Path) -> None:
    exams = ", ".join(f"{count} {state}" for state, count in summary.exams.items()) or "none"
    files = ", ".join(f"{count} {status}" for status, count in summary.clips.items()) or "none"
    print(f"exams: {exams}\nfiles: {files}\ntables: {out}")
    if summary.reasons:
        shown = [f"{count} {reason}" for reason, count in list(summary.reasons.items())[:REASONS_SHOWN]]
        print(f"reasons: {', '.join(shown)}; worklist.csv says which exams need a person")
    for report in summary.reports[:REPORTS_SHOWN]:
        print(f"report: {report}")
    if len(summary.reports) > REPORTS_SHOWN:
        print(f"... and {len(summary.reports) - REPORTS_SHOWN} more reports in {out / 'exams'}")
    for problem in summary.problems[:PROBLEMS_SHOWN]:
        print(f"ius-vision: {problem}", file=sys.stderr)
    if len(summary.problems) > PROBLEMS_SHOWN:
        left = len(summary.problems) - PROBLEMS_SHOWN
        print(f"ius-vision: and {left} more failed; see {out / 'clips.csv'}", file=sys.stderr)
