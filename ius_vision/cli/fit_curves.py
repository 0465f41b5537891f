"""`ius-vision fit-curves`: perfusion parameters of a table of time-intensity curves."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ius_vision.cli.examples import examples
from ius_vision.errors import BadUsage


def add_parser(subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(
        "fit-curves",
        help="fit bolus models to time-intensity curves",
        description="Fit a bolus model with a constant baseline to every curve of a table and write its "
        "perfusion parameters with 95 % intervals, a row a curve, as CSV and Parquet.",
        **examples(
            "fit-curves curves.csv --out fits.csv",
            "fit-curves curves.csv --out fits.csv --model best",
            "fit-curves flash.csv --out refilling.csv --model replenishment",
        ),
    )
    parser.add_argument(
        "curves",
        type=Path,
        metavar="CURVES.csv",
        help="columns curve_id, time_s, intensity (linear, not dB or grey)",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE.csv", help="table to write; a Parquet goes beside it"
    )
    parser.add_argument(
        "--model",
        choices=("lognormal", "gamma", "ldrw", "fpt", "best", "replenishment"),
        default="lognormal",
        help="bolus model; best takes, curve by curve, the one with the lowest AICc; replenishment "
        "fits what fills again after a flash (default: lognormal)",
    )
    return parser


def run(args: argparse.Namespace) -> int:
    from ius_vision.contrast.curve_table import read_curves
    from ius_vision.contrast.refill_table import REPLENISHMENT, refill_table
    from ius_vision.contrast.result_table import fit_table
    from ius_vision.findings.column_table import write_columns

    if args.out.suffix != ".csv" or args.out.resolve() == args.curves.resolve():
        raise BadUsage(
            "bad_out_file",
            f"{args.out} is not a new table's name",
            "--out",
            "Give another name that ends in .csv",
        )
    table = read_curves(args.curves)
    columns = refill_table(table) if args.model == REPLENISHMENT else fit_table(table, args.model)
    try:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        write_columns(columns, args.out.with_suffix(""))
    except OSError as error:
        raise BadUsage(
            "out_not_writable", f"{error.strerror}", str(args.out), "Give another place with --out"
        ) from error
    return _report(table.unreadable, int(table.left_out.sum()), columns)


def _report(unreadable: int, left_out: int, columns: dict) -> int:
    curves = len(columns["status"])
    measured = sum(status == "measured" for status in columns["status"])
    print(f"{curves} curves: {measured} measured, {curves - measured} abstained.", file=sys.stderr)
    if unreadable or left_out:
        print(
            f"ius-vision: unreadable_rows: {unreadable} rows hold no curve_id or a word for a number, "
            f"and {left_out} have no time; they were left out (column rows_left_out).",
            file=sys.stderr,
        )
    return 1 if unreadable else 0
