"""The golden tables of the scores. A changed row needs a reason in the change log."""

from __future__ import annotations

import csv
from pathlib import Path

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
TRUTHS = {"yes": True, "no": False, "": None}


def golden(name: str) -> list[dict[str, str]]:
    """The rows of a table, as text."""
    with (GOLDEN / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def name_of(row: dict[str, str]) -> str:
    """A row as a test's name."""
    return "-".join(cell or "none" for cell in row.values())


def decimal(cell: str) -> float | None:
    return float(cell) if cell else None


def whole(cell: str) -> int | None:
    return int(cell) if cell else None
