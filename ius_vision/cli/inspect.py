"""`ius-vision inspect`: show what was understood about every file, before anything is measured."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ius_vision.cli.examples import examples
from ius_vision.errors import BadUsage


def add_parser(subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(
        "inspect",
        help="show mode, segment, view, scale and times of every file, with the evidence",
        description="Show what is understood about every file: mode, segment, view, scale, times, decoder, "
        "and the evidence for each. Nothing is measured and nothing is written.",
        **examples("inspect exam_folder", "inspect exam_folder/IM0001.dcm --json"),
    )
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="DICOM file or folder, at any depth"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of the table")
    return parser


def run(args: argparse.Namespace) -> int:
    from ius_vision.dicom.inspection import describe_exam, describe_unread, exam_table, unread_lines
    from ius_vision.dicom.load import load_exam
    from ius_vision.dicom.scan import scan

    found = scan(args.paths)
    exams = []
    for exam in found.exams:
        clips, unread = load_exam(exam)
        described = describe_exam(exam, clips, [*unread, *exam.unread])
        exams.append(described)
        if not args.json:
            print(exam_table(described), end="\n\n", flush=True)
    loose = [describe_unread(item) for item in found.unread]
    if args.json:
        print(json.dumps({"exams": exams, "unread": loose}, ensure_ascii=False, indent=1))
    elif loose:
        print("\n".join(["no part of an exam", *unread_lines(loose)]))
    return _exit_code(exams, loose)


def _exit_code(exams: list[dict], loose: list[dict]) -> int:
    if not any(exam["clips"] for exam in exams):
        what = "No ultrasound image could be read in the paths given"
        raise BadUsage("nothing_readable", what, next_step="The list above says why for each file")
    unread = [*loose, *(item for exam in exams for item in exam["unread"])]
    return 1 if any(item["status"] == "failed" for item in unread) else 0
