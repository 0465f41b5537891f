"""The tables of an analyze run as a study needs them: segments and contrast, by exam."""

from __future__ import annotations

import csv
import datetime
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ius_vision.errors import BadUsage
from ius_vision.findings.formula import unguarded
from ius_vision.study.cells import Trouble, Value, typed
from ius_vision.study.dictionary import DICTIONARY

ITEMS = ("bwt", "bws", "ifat", "cds")
SEGMENT_VALUES = (
    "bwt_mm",
    *ITEMS[1:],
    "limberg",
    "ibus_sas",
    "ibus_sas_low",
    "ibus_sas_high",
    "buss",
    "muc",
)
CONTRAST_VALUES = ("pe_db", "wir", "wi_auc", "wo_auc", "mtt_s", "qof", "dynamic_range_source")
CONTRAST_MODEL = "lognormal"
FEATURE_PREFIX = "feature_"
"""Columns that `features.csv` brought are named so, whatever they are."""
_FEATURE_KEYS = ("exam_id", "patient_id", "study_instance_uid", "study_date", "segment", "status", "reason")
LONGEST_FEATURE = 100
_HAS_VALUE = ("measured", "entered")


@dataclass(frozen=True, slots=True)
class ExamSegment:
    """A bowel segment of an exam: what is known of it, and how each item was come by."""

    segment: str
    values: Mapping[str, Value]
    statuses: Mapping[str, str]
    features: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExamContrast:
    """A region's perfusion figures."""

    segment: str | None
    values: Mapping[str, Value]


@dataclass(slots=True)
class Exam:
    """An exam of the run."""

    exam_id: str
    patient_id: str
    day: datetime.date | None
    segments: list[ExamSegment] = field(default_factory=list)
    contrast: list[ExamContrast] = field(default_factory=list)

    @property
    def worst(self) -> ExamSegment | None:
        """The segment with the highest IBUS-SAS where every measured one has it, else the thickest one.

        None where no wall was measured, or where two are equally bad.
        """
        walls = [each for each in self.segments if "bwt_mm" in each.values]
        if not walls:
            return None
        by = "ibus_sas" if all("ibus_sas" in each.values for each in walls) else "bwt_mm"
        top = max(each.values[by] for each in walls)
        first = [each for each in walls if each.values[by] == top]
        return first[0] if len(first) == 1 else None


def read_exams(folder: Path) -> dict[str, Exam]:
    """Exams by their id, from `segments.csv` and, where there are such, `features.csv` and `contrast.csv`.

    Raises
    ------
    BadUsage
        `bad_exams`: the folder has no such table, or it lacks a column.
    """
    exams: dict[str, Exam] = {}
    features = _features(folder / "features.csv")
    needed = ("exam_id", "patient_id", "study_date", "segment", "bwt_mm")
    for row in _records(folder / "segments.csv", needed):
        day = typed(row["study_date"], DICTIONARY["visit_date"])
        exam = exams.setdefault(
            row["exam_id"],
            Exam(row["exam_id"], row["patient_id"], day if isinstance(day, datetime.date) else None),
        )
        known = features.get((row["exam_id"], row["segment"]), [])
        # Of two rows of a segment none is the right one.
        exam.segments.append(_segment(row, known[0] if len(known) == 1 else {}))
    if (folder / "contrast.csv").exists():
        for row in _records(folder / "contrast.csv", ("exam_id", "segment", "model", "status")):
            wanted = row["model"] == CONTRAST_MODEL and row["status"] in _HAS_VALUE
            if wanted and row["exam_id"] in exams:
                values = _values(row, CONTRAST_VALUES)
                exams[row["exam_id"]].contrast.append(ExamContrast(row["segment"] or None, values))
    return exams


def _features(path: Path) -> dict[tuple[str, str], list[dict[str, Value]]]:
    """Features of every exam's segment, by exam and segment.

    Nothing is asked of a column but its cells: all that are not empty are numbers, or all are yes or no.
    """
    found: dict[tuple[str, str], list[dict[str, Value]]] = {}
    if not path.exists():
        return found
    rows = list(_records(path, ("exam_id", "segment")))
    names = [name for name in (rows[0] if rows else ()) if _is_feature(name, rows)]
    for row in rows:
        taken = row.get("status", _HAS_VALUE[0]) in _HAS_VALUE
        cells = {FEATURE_PREFIX + name: _feature(row.get(name, "")) for name in names if taken}
        known = {name: each for name, each in cells.items() if each is not None}
        known |= _values(row, ("device",))
        found.setdefault((row["exam_id"], row["segment"]), []).append(known)
    return found


def _is_feature(name: str, rows: list[dict[str, str]]) -> bool:
    if name in _FEATURE_KEYS or len(name) > LONGEST_FEATURE:
        return False
    kinds = {type(_feature(cell)) for row in rows if (cell := row.get(name, ""))}
    return kinds in ({float}, {str})


def _feature(cell: str) -> float | str | None:
    """A cell as a number, or as yes or no; None where it is neither."""
    if cell in ("yes", "no"):
        return cell
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _segment(row: Mapping[str, str], features: Mapping[str, Value]) -> ExamSegment:
    statuses = {item: row.get(f"{item}_status") or "" for item in ITEMS}
    return ExamSegment(row["segment"] or "unknown", _values(row, SEGMENT_VALUES), statuses, features)


def _values(row: Mapping[str, str], names: tuple[str, ...]) -> dict[str, Value]:
    found = {name: typed(row.get(name) or None, DICTIONARY[name]) for name in names}
    return {
        name: value for name, value in found.items() if value is not None and not isinstance(value, Trouble)
    }


def _records(path: Path, needed: tuple[str, ...]) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in needed if name not in (reader.fieldnames or ())]
            if missing:
                raise _bad(f"{path.name} has no column {', '.join(missing)}", path)
            for row in reader:
                yield {name: unguarded(cell or "") for name, cell in row.items() if isinstance(name, str)}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _bad(f"{path.name} cannot be read ({error})", path) from error


def _bad(what: str, path: Path) -> BadUsage:
    return BadUsage("bad_exams", what, str(path), "Give the folder that `analyze --out` wrote")
