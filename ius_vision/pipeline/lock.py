"""One run at a time in an output folder: two would take each other's half-written exams away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ius_vision.errors import BadUsage

LOCK = ".analyze.lock"


@contextmanager
def only_run(out: Path) -> Iterator[None]:
    """Hold an existing output folder for this process.

    The system lets go of the lock when the process ends, however it ends, so nothing is left to clear away.

    Raises
    ------
    BadUsage
        `out_in_use`: another process holds it.
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
        file = path.open("ab")
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
        except OSError:
            return file  # a file system without locks: the run goes on without one
        file.close()


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
