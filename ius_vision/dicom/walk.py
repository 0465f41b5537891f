"""Every file below the given paths, once each, in a stable order."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ius_vision.errors import BadUsage

SYSTEM_FOLDERS = frozenset({"__macosx", "$recycle.bin", "system volume information"})


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A path below a given one: `file` as users see it, `folder` the given folder's name and what is below.

    `problem` says why it was not entered or read; empty where it is an ordinary file.
    """

    path: Path
    file: str
    folder: str
    problem: str = ""
    hidden: bool = False


def find_files(paths: Sequence[Path]) -> list[FoundFile]:
    """List files at any depth; links that lead in circles or to the same file count once.

    Raises
    ------
    BadUsage
        A given path does not exist or cannot be reached.
    """
    found: list[FoundFile] = []
    seen: set[str] = set()
    for given in paths:
        alone = () if _is_folder(given) else (FoundFile(given, shown(given.name), "", _problem(given)),)
        for entry in alone or _walk(given):
            real = os.path.realpath(entry.path)
            if real not in seen:
                seen.add(real)
                found.append(entry)
    return sorted(_distinct(found), key=lambda entry: natural_key(entry.file))


def shown(name: str) -> str:
    """Give a path as users see it: forward slashes, and nothing UTF-8 or a table cannot hold."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    if os.sep != "/":
        text = text.replace(os.sep, "/")
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def natural_key(file: str) -> tuple:
    """Sort key that puts IM2 before IM10."""
    return tuple(
        (0, int(part), part) if part.isdecimal() else (1, 0, part) for part in re.split(r"([0-9]+)", file)
    )


def _walk(root: Path) -> Iterator[FoundFile]:
    entered = {os.path.realpath(root)}
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield _found(root, folder, f"The folder cannot be opened ({error.strerror})")
            continue
        for entry in entries:
            path = folder / entry.name
            if not _leads_to_folder(entry):
                yield _found(root, path, _problem(path))
            elif entry.name.startswith(".") or entry.name.lower() in SYSTEM_FOLDERS:
                yield _found(root, path, "Hidden and system folders are not entered", hidden=True)
            elif (real := os.path.realpath(path)) not in entered:
                entered.add(real)
                waiting.append(path)


def _found(root: Path, path: Path, problem: str = "", hidden: bool = False) -> FoundFile:
    below = path.relative_to(root)
    folder = shown(str(Path(root.absolute().name, below.parent)))
    return FoundFile(path, shown(str(below)), folder, problem, hidden)


def _is_folder(given: Path) -> bool:
    try:
        return stat.S_ISDIR(given.stat().st_mode)
    except FileNotFoundError as error:
        raise BadUsage(
            "path_not_found", "The path does not exist", str(given), "Check its spelling"
        ) from error
    except OSError as error:
        said = f"The path cannot be opened ({error.strerror})"
        raise BadUsage("path_not_found", said, str(given), "Check its spelling and your rights") from error


def _leads_to_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads in a circle, or to where one may not look
        return False


def _problem(path: Path) -> str:
    """Why nothing can be read there; empty for an ordinary file. A pipe or a device might never end."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        is_link = os.path.islink(path)  # noqa: PTH114, since the other one raises where a name is too long
        what = "The link leads nowhere" if is_link else "The file cannot be opened"
        return f"{what} ({error.strerror})"
    return "" if stat.S_ISREG(mode) else "This is not an ordinary file"


def _distinct(found: list[FoundFile]) -> list[FoundFile]:
    """Lengthen names that two given paths share, so that a name means one file."""
    for longer in (lambda path: f"{path.parent.name}/{path.name}", Path.as_posix):
        counts = Counter(entry.file for entry in found)
        found = [
            entry if counts[entry.file] == 1 else replace(entry, file=shown(longer(entry.path.absolute())))
            for entry in found
        ]
    return found
