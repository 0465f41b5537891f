"""What is wrong in a table, where, and what the user can do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ius_vision.findings.column import Row
from ius_vision.findings.column import column as described
from ius_vision.findings.tables import write_table

LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Row):
    """A finding in the table. `row` counts as a spreadsheet shows it; None where the whole table is meant."""

    row: int | None = described("row of the table, its header being 1", low=1)
    patient_id: str | None = described("whose row it is")
    visit: str | None = described("visit of the row")
    column: str | None = described("column the finding is in")
    value: str | None = described("what stands there")
    problem: str = described("what is wrong", required=True)
    what_to_do: str = described("what the user can do", required=True)


def shown(value: object) -> str:
    """A cell as a problem quotes it; long ones are cut."""
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def write_problems(problems: Iterable[Problem], folder: Path) -> tuple[Path, Path]:
    """Write `problems.csv` and `problems.parquet`, what concerns the whole table first, then by row."""
    ordered = sorted(problems, key=lambda each: (each.row or 0, each.column or ""))
    return write_table(ordered, Problem, folder / "problems")
