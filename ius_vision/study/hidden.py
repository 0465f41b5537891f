"""A cohort's table under pseudonyms: only cells that a dictionary's column allows, and no free text."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ius_vision.findings.formula import guarded
from ius_vision.findings.whole_file import whole_file
from ius_vision.study.cells import Cell, Reading, Trouble, text_of, typed
from ius_vision.study.dictionary import DICTIONARY, Field
from ius_vision.study.files import read_sheet
from ius_vision.study.sheet import unreadable

VISIT = re.compile(r"baseline|week_\d{1,4}")
FIXED_WORDS = re.compile(r"[a-z0-9_]{1,40}")
NEVER = ("birth_date",)
NAMED_BY_US = ("_status", "_source", "_definition")


@dataclass(frozen=True, slots=True)
class Names:
    """Pseudonyms of a patient, of an exam, of any other name; and a patient's day, moved."""

    patient: Callable[[str], str]
    exam: Callable[[str], str]
    other: Callable[[str], str]
    day: Callable[[datetime.date, str], str]


@dataclass(frozen=True, slots=True)
class Hidden:
    """What was written: rows, columns left out, and cells that were left empty for what they held."""

    rows: int
    left_out: tuple[str, ...]
    emptied: int


def write_hidden(path: Path, out: Path, names: Names) -> Hidden:
    """Write a cohort's table as CSV with pseudonyms and moved dates.

    Kept are the dictionary's columns of numbers, dates, codes and yes or no, and names of statuses, sources
    and definitions. Birth dates, other texts, unknown columns and cells that are no value of their column are
    left out; visits and sites of other names get a code.

    Raises
    ------
    BadUsage
        `bad_cohort_table`: the table cannot be read, or the copy not written.
    """
    try:
        raw = path.read_bytes()
        sheet = read_sheet(raw, path, lambda header: header)
        places = [(place, DICTIONARY[name]) for place, name in enumerate(sheet.header) if _kept(name)]
        key = sheet.header.index("patient_id")
        reading = Reading(sheet.comma_decimals)
        text, emptied = io.StringIO(newline=""), 0
        table = csv.writer(text, lineterminator="\n")
        table.writerow([field.name for _, field in places])
        for _, cells in sheet.rows:
            patient = "" if cells[key] is None else text_of(cells[key]).strip()
            written = [_cell(cells[place], field, patient, names, reading) for place, field in places]
            emptied += _lost([cells[place] for place, _ in places], written)
            table.writerow([guarded(cell) for cell in written])
        with whole_file(out) as stream:
            stream.write(text.getvalue().encode("utf-8"))
    except OSError as error:
        raise unreadable(f"the table cannot be read or its copy written ({error.strerror})", path) from error
    left_out = tuple(name for name in sheet.header if not _kept(name))
    return Hidden(len(sheet.rows), left_out, emptied)


def _kept(name: str) -> bool:
    if name in NEVER or name not in DICTIONARY:
        return False
    is_text = DICTIONARY[name].kind == "text" and DICTIONARY[name].group != "key" and name != "exam_id"
    return not is_text or name.endswith(NAMED_BY_US)


def _cell(cell: Cell, field: Field, patient: str, names: Names, reading: Reading) -> str:
    value = typed(cell, field, reading)
    if value is None or isinstance(value, Trouble):
        return ""
    text = text_of(value).strip()
    if isinstance(value, datetime.date):
        return names.day(value, patient)
    match field.name:
        case "patient_id":
            return names.patient(text)
        case "exam_id":
            return names.exam(text)
        case "visit":
            return text if VISIT.fullmatch(text) else f"visit {names.other(text)}"
        case "site":
            return f"site {names.other(text)}"
    if field.kind == "text":
        return text if FIXED_WORDS.fullmatch(text) else ""
    return text


def _lost(before: Sequence[Cell], after: Sequence[str]) -> int:
    return sum(cell not in (None, "") and not written for cell, written in zip(before, after, strict=True))
