"""The `ius-vision` command: parse, call, render. Each command is a file beside this one."""

from __future__ import annotations

import argparse
import errno
import importlib
import io
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from ius_vision import __version__
from ius_vision.errors import BadManifest, BadUsage, IusError, kind_and_place

COMMANDS: tuple[str, ...] = (
    "inspect",
    "analyze",
    "score",
    "trace",
    "phantom",
    "train",
    "evaluate",
    "fit-curves",
    "study",
    "response",
    "deidentify",
    "pseudonymize",
)

EPILOG = """\
examples:
  ius-vision analyze sample_dicoms --out results
  ius-vision inspect exam_folder
  ius-vision score --bwt-mm 5.2 --ifat 1 --cds 2 --bws 0
"""


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line, where argparse would print the whole usage first."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}. See `{self.prog} --help`.\n")


def build_parser() -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog="ius-vision",
        description="Intestinal ultrasound: from DICOM exams to wall thickness, Doppler grade and IBUS-SAS.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"ius-vision {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = importlib.import_module(f"ius_vision.cli.{name.replace('-', '_')}")
        command = module.add_parser(commands)
        command.set_defaults(run=module.run)
        command.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns
    -------
    The exit code of the contract: 0 all read, 1 something failed, 2 wrong usage or nothing readable.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):  # a path need not be text
        sys.stdout.reconfigure(errors="backslashreplace")
    arguments = build_parser().parse_args(words)
    try:
        return arguments.run(arguments)
    except IusError as error:
        if arguments.debug:
            raise
        return _ended(arguments, error)
    except KeyboardInterrupt:
        said = "stopped; what was finished is on disk."
        return _say(arguments, "stopped", said, 128 + signal.SIGINT)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # a bug, or a disk that lets a command down: two lines, and no name
        if arguments.debug:
            raise
        # By its words too: pydicom raises it anew without its number.
        if isinstance(error, OSError) and os.strerror(errno.ENOSPC) in str(error):
            what, step = "the disk is full", "Free the disk and run again"
            return _ended(arguments, IusError("results_not_written", what, next_step=step))
        said = getattr(error, "strerror", None)
        what = f"the command ended with {kind_and_place(error)}{f' ({said})' if said else ''}"
        step = "Run it with --debug and report it"
        return _ended(arguments, IusError("unexpected_error", what, next_step=step))


def _ended(arguments: argparse.Namespace, error: IusError) -> int:
    code = 2 if isinstance(error, (BadUsage, BadManifest)) else 1
    return _say(arguments, "error", f"{error.reason}: {error.detail}", code, reason=error.reason)


def _say(arguments: argparse.Namespace, event: str, said: str, code: int, **facts: str) -> int:
    """Say how a command ended; as JSON without words, which may hold a path that names a patient."""
    if getattr(arguments, "log", "text") == "json":
        from ius_vision.cli.log import say

        say(event, exit_code=code, **facts)
    else:
        print(f"ius-vision: {said}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
