"""`ius-vision deidentify`: copies that name nobody, and a page to check before they leave."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ius_vision.cli.examples import examples


def add_parser(subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(
        "deidentify",
        help="write copies that name nobody",
        description="Write copies of ultrasound files without anything that says whose they are: headers by "
        "the basic profile of DICOM PS3.15, pseudonyms and moved dates under a key, everything outside the "
        "ultrasound picture black. A person has to look at the contact sheet before the copies leave.",
        **examples("deidentify exams --out to_share --key site.key"),
    )
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="DICOM file or folder, at any depth"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to give away")
    parser.add_argument(
        "--key", type=Path, required=True, metavar="FILE",
        help="secret key, made if it is not there; the list of what became what is written beside it",
    )  # fmt: skip
    return parser


def run(arguments: argparse.Namespace) -> int:
    from tqdm import tqdm

    from ius_vision.cli.analyze import stop_tidily_when_told_to
    from ius_vision.deidentify.run import deidentify

    stop_tidily_when_told_to()
    with tqdm(unit="file", disable=None) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        summary = deidentify(arguments.paths, arguments.out, arguments.key, show)
    print("files: " + ", ".join(f"{count} {status}" for status, count in sorted(summary.counts.items())))
    print(f"look at {summary.sheet} before anything leaves")
    if summary.with_text:
        print(f"{summary.with_text} files had writing inside the picture; they come first on that page")
    print(f"keep inside: {arguments.key} and {summary.linking_list}")
    if summary.problems:
        more = len(summary.problems) - 1
        print(f"ius-vision: {summary.problems[0]}", file=sys.stderr)
        if more:
            print(f"ius-vision: and {more} more; see {summary.linking_list}", file=sys.stderr)
    return summary.exit_code
