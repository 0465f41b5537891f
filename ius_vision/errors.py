"""The one family of errors: what is wrong, where, and what the user can do next."""

from __future__ import annotations

import traceback
from pathlib import Path

PACKAGE = Path(__file__).parent


class IusError(Exception):
    """Something that stops a file, an exam or a command.

    Parameters
    ----------
    reason : stable snake_case code, listed in `ius_vision.reasons`.
    what : what was found, with the value and the limit.
    where : file, tag or option concerned; empty where there is none.
    next_step : what the user can do; empty where there is nothing to do.
    """

    def __init__(self, reason: str, what: str, where: str = "", next_step: str = "") -> None:
        self.reason = reason
        self.what = what
        self.where = where
        self.next_step = next_step
        super().__init__(self.detail)

    @property
    def detail(self) -> str:
        """One line for tables and terminals."""
        parts = [self.what.rstrip(".")]
        if self.where:
            parts.append(f"File or option: {self.where}")
        if self.next_step:
            parts.append(self.next_step.rstrip("."))
        return " ".join(". ".join(parts).split()) + "."

    def __reduce__(self):
        # Errors cross process boundaries when exams run in a pool.
        return type(self), (self.reason, self.what, self.where, self.next_step)


def kind_and_place(error: BaseException) -> str:
    """Name an unexpected error without its words, which may hold what stands in a patient's file."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if PACKAGE in Path(frame.filename).parents]
    if not own:
        return type(error).__name__
    place = Path(own[-1].filename).relative_to(PACKAGE).as_posix()
    return f"{type(error).__name__} in {place}, line {own[-1].lineno}"


class Unreadable(IusError):
    """A file or one of its frames cannot be read."""


class BadManifest(IusError):
    """The manifest contradicts itself or the files."""


class BadUsage(IusError):
    """The command was given something it cannot work with."""
