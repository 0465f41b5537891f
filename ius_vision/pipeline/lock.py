"""One run at a time in an output folder: two would take each other's half-written exams away."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ius_vision.errors import BadUsage

logger = logging.getLogger(__name__)

LOCK = ".analyze.lock"


@contextmanager
def only_run(out: Path) -> Iterator[None]:
    """Hold an existing output folder for this process.

    The system lets go of the lock when the process ends, however it ends, so nothing is left to clear away.

    Raises
    ------
    BadUsage
        `out_in_use`: another process holds it. `out_not_writable`: nothing can be written there.
    """
    path = out / LOCK
    with _locked_file(path) as file:
        try:
            yield
        finally:
            if os.name == "nt":  # an open file cannot be removed there
                file.close()
            with suppress(OSError):
                path.unlink()


def _locked_file(path: Path) -> BinaryIO:
    """Open and lock; again where the holder removed the file between the two."""
    while True:
        file = _open(path)
        try:
            _lock(file)
            if _still_there(file, path):
                return file
        except (BlockingIOError, PermissionError) as error:
            file.close()
            raise BadUsage(
                "out_in_use",
                f"another run is writing to {path.parent}",
                "--out",
                "Wait until it has ended, or choose another folder",
            ) from error
        except OSError as error:
            said = error.strerror or error
            logger.warning("the output folder cannot be locked (%s): let no other run write to it", said)
            return file
        file.close()


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("ab")
    except OSError as error:
        said = f"the results cannot be written to {path.parent} ({error.strerror or error})"
        raise BadUsage("out_not_writable", said, "--out", "Choose a folder you may write to") from error


def _still_there(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _lock(file: BinaryIO) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
