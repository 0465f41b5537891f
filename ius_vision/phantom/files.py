"""Where phantoms are written: a folder that must be usable, files that appear whole."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ius_vision.errors import BadUsage


def open_output(out: Path) -> Path:
    """Make the folder if it is not there.

    Raises
    ------
    BadUsage
        `out_not_writable`: it cannot be made or written to.
    """
    probe = out / f".part-probe-{os.getpid()}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe.mkdir()
        probe.rmdir()
    except OSError as error:
        raise BadUsage(
            "out_not_writable",
            f"the phantoms cannot be written to {out} ({error.strerror or error})",
            "--out",
            "Choose a folder you may write to.",
        ) from error
    return out


def at_least(least: int, value: int, option: str) -> int:
    """Refuse a whole number below a limit.

    Raises
    ------
    BadUsage
        `number_out_of_range`.
    """
    if value < least:
        raise BadUsage("number_out_of_range", f"{option} is {value}, but must be {least} or more", option)
    return value


def write_whole(path: Path, content: bytes) -> None:
    """Write beside and rename, so that the file is complete or absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".part-{path.name}")
    part.write_bytes(content)
    part.replace(path)


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows as the contract's CSV: UTF-8, comma, header; None is an empty cell."""
    part = path.with_name(f".part-{path.name}")
    with part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    part.replace(path)


def number(value: float | None, digits: int = 4) -> str:
    """A number for a table; empty where there is none."""
    return "" if value is None else f"{value:.{digits}f}"
