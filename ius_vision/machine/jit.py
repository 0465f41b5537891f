"""How functions become machine code, and where it is kept from one run to the next."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from numba import njit, types

_SUMS = {"contract", "reassoc", "nsz", "arcp"}  # sums may run several at a time; NaN and infinity stay true
# Nothing but machine code calls them: a way in from Python would cost a quarter of the time.
_INNER = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_LOCK = "ius-vision-{user}.lock"


def piece(function: Callable):
    """A small function that is written into the loops which call it; its operations keep their order."""
    return njit(function, fastmath={"contract"}, forceinline=True, **_INNER)


def part(function: Callable):
    """A step of a larger computation; its sums may be taken in another order, the same at every call."""
    return njit(function, fastmath=_SUMS, **_INNER)


def entry(*signature):
    """Compile a function for one signature now, or load what an earlier run kept of it.

    Notes
    -----
    numba keeps machine code beside the source, else in the user's cache folder. Where neither can be written,
    every process compiles for itself. Of several processes that need it at once, one compiles.
    """

    def compiled(function: Callable):
        with _one_at_a_time():
            try:
                return njit(types.void(*signature), cache=True, nogil=True, error_model="numpy")(function)
            except (RuntimeError, OSError):  # there is no place to keep it
                return njit(types.void(*signature), nogil=True, error_model="numpy")(function)

    return compiled


def source_stamp(folder: Path) -> str:
    """A hash of the Python files in a folder and in this one. An entry that closes over it is compiled anew
    when any of them changes; numba by itself looks at the entry's own file only."""
    total = hashlib.sha256()
    for place in (Path(__file__).parent, folder):
        for path in sorted(place.glob("*.py")):
            total.update(path.read_bytes())
    return total.hexdigest()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let one process of a user compile; the others find the answer kept. Without file locks all compile."""
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        yield
        return
    name = _LOCK.format(user=os.getuid())
    try:
        handle = os.open(Path(tempfile.gettempdir()) / name, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError:  # a folder for temporary files that takes none
        yield
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
