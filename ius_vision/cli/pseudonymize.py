"""`ius-vision pseudonymize`: a cohort's table under the pseudonyms of `analyze` and `deidentify`."""

from __future__ import annotations

import argparse
from pathlib import Path

from ius_vision.cli.examples import examples


def add_parser(subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(
        "pseudonymize",
        help="write a cohort's table under pseudonyms",
        description="Write a cohort's table with the pseudonyms and moved dates that `deidentify` and "
        "`analyze --pseudonymize` give under the same key, without birth dates and free text.",
        **examples("pseudonymize cohort.csv --out to_share/cohort.csv --key site.key"),
    )
    parser.add_argument("cohort", type=Path, metavar="COHORT", help="CSV, Excel or Parquet table")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.csv", help="table to give away")
    parser.add_argument(
        "--key", type=Path, required=True, metavar="FILE", help="secret key of the pseudonyms"
    )
    return parser


def run(arguments: argparse.Namespace) -> int:
    from ius_vision.deidentify.pseudonyms import read_key
    from ius_vision.errors import BadUsage
    from ius_vision.study.hidden import Names, write_hidden

    if not arguments.key.is_file():
        said = "there is no such key; a new one would fit no results"
        raise BadUsage("bad_key", said, str(arguments.key), "Give the key that the results were made with")
    hide = read_key(arguments.key, arguments.out)
    names = Names(
        patient=hide.patient,
        exam=hide.uid,
        other=lambda text: hide.code("name", text),
        day=lambda day, patient: _iso(hide.day(day.isoformat(), patient)),
    )
    hidden = write_hidden(arguments.cohort, arguments.out, names)
    print(f"rows: {hidden.rows}\ntable: {arguments.out}")
    if hidden.left_out:
        print(f"columns left out: {', '.join(hidden.left_out)}")
    if hidden.emptied:
        print(f"{hidden.emptied} cells left empty: they were no value of their column, or free text")
    return 0


def _iso(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else ""
