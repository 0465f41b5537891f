"""Rows of a sheet with each cell typed by the data dictionary; what cannot be typed is a problem."""

from __future__ import annotations

import datetime
import difflib
from collections import Counter
from collections.abc import Iterable

from ius_vision.study.cells import Cell, Trouble, Value, plain_number, text_of, typed
from ius_vision.study.dictionary import DICTIONARY, KEYS
from ius_vision.study.mapping import Mapping
from ius_vision.study.problems import Problem, shown
from ius_vision.study.sheet import Sheet
from ius_vision.study.visits import PatientVisit, visit_name

_ALIKE = 0.8
_LIMIT_OF = {"crp_uln_mg_l": "crp_mg_l", "esr_uln_mm_h": "esr_mm_h", "fcp_uln_ug_g": "fcp_ug_g"}
# Other names that tables give to columns of the dictionary, most of them with another unit.
_OTHER_NAMES = {
    "crp": "crp_mg_l",
    "crp_mg_dl": "crp_mg_l",
    "crp_uln": "crp_uln_mg_l",
    "crp_uln_mg_dl": "crp_uln_mg_l",
    "fcp": "fcp_ug_g",
    "calprotectin": "fcp_ug_g",
    "esr": "esr_mm_h",
    "albumin": "albumin_g_l",
    "albumin_g_dl": "albumin_g_l",
    "hemoglobin_g_dl": "hemoglobin_g_l",
    "hb": "hemoglobin_g_l",
    "bwt": "bwt_mm",
    "bwt_cm": "bwt_mm",
    "height_m": "height_cm",
    "age": "age_years",
    "gender": "sex",
    "weight": "weight_kg",
}


def typed_rows(sheet: Sheet, how: Mapping) -> tuple[list[PatientVisit], list[str], list[Problem]]:
    """Rows with a usable key, the columns that were read, and what is wrong."""
    header, problems = _header(sheet.header)
    reading = how.reading
    if sheet.comma_decimals and not reading.decimal_comma:
        reading = type(reading)(True, reading.date_format)
    numeric = _numeric_extras(sheet, header, reading)
    rows = []
    for number, cells in sheet.rows:
        line = {
            name: how.cell(name, cell) for name, cell in zip(header, cells, strict=True) if name is not None
        }
        keys = {key: _key(line[key]) for key in KEYS}
        about = {"row": number, "patient_id": keys["patient_id"], "visit": keys["visit"]}
        if not all(keys.values()):
            problems.append(_no_key(about, line))
            continue
        about["visit"] = visit = visit_name(keys["visit"])
        found = {name: _typed(cell, name, reading, numeric) for name, cell in line.items()}
        found |= {"visit": visit} | _units_in_doubt(found)
        problems += [
            _trouble(about, name, line[name], value)
            for name, value in found.items()
            if isinstance(value, Trouble)
        ]
        values = {
            name: value
            for name, value in found.items()
            if value is not None and not isinstance(value, Trouble)
        }
        doubtful = frozenset(name for name, value in found.items() if isinstance(value, Trouble))
        rows.append(PatientVisit(number, keys["patient_id"], visit, values, doubtful=doubtful))
    problems += [_broken(number, cells, header) for number, cells in sheet.broken]
    return rows, [name for name in header if name is not None], [*sheet.problems, *problems]


def _key(cell: Cell) -> str | None:
    if cell is None or (isinstance(cell, str) and "\ufffd" in cell):
        return None
    text = "".join(sign if sign.isprintable() else " " for sign in text_of(cell))
    return text.strip() or None


def _typed(cell: Cell, name: str, reading, numeric: set[str]) -> Value | Trouble | None:
    if name in DICTIONARY:
        return typed(cell, DICTIONARY[name], reading)
    if isinstance(cell, str):
        cell = cell.strip()
    if cell is None or cell == "":
        return None
    if name in numeric:
        return plain_number(cell, reading) if isinstance(cell, str) else float(cell)
    if isinstance(cell, datetime.datetime):
        return cell.date()
    return cell if isinstance(cell, datetime.date) else text_of(cell)


def _units_in_doubt(found: dict[str, Value | Trouble | None]) -> dict[str, Trouble]:
    """Laboratory values whose own upper limit is outside the range that it has in the column's unit."""
    doubted = {}
    for limit, name in _LIMIT_OF.items():
        trouble, value = found.get(limit), found.get(name)
        if isinstance(trouble, Trouble) and "outside" in trouble.problem and isinstance(value, (int, float)):
            doubted[name] = Trouble(
                f"its upper limit cannot be in {DICTIONARY[name].unit}, so its own unit is in doubt",
                f"Enter both in {DICTIONARY[name].unit}; nothing was converted",
            )
    return doubted


def _numeric_extras(sheet: Sheet, header: list[str | None], reading) -> set[str]:
    """Columns the dictionary does not know in which every cell that is not empty is a number."""
    found = set()
    for place, name in enumerate(header):
        if name is None or name in DICTIONARY:
            continue
        cells = [cells[place] for _, cells in sheet.rows]
        full = [cell for cell in cells if cell is not None and str(cell).strip()]
        if full and all(_is_number(cell, reading) for cell in full):
            found.add(name)
    return found


def _is_number(cell: Cell, reading) -> bool:
    if isinstance(cell, str):
        return plain_number(cell.strip(), reading) is not None
    return isinstance(cell, (int, float)) and not isinstance(cell, bool) and cell == cell


def _header(header: list[str]) -> tuple[list[str | None], list[Problem]]:
    """Names of the columns to read; None for a column without a name or with a name that stands twice."""
    counts = Counter(name for name in header if name)
    problems = [
        Problem(
            column=name,
            problem=f"the column stands {count} times; none of them was read",
            what_to_do="Keep the right one and give the others another name",
        )
        for name, count in counts.items()
        if count > 1
    ]
    names = [name if name and counts[name] == 1 else None for name in header]
    return names, problems + list(_alike(names))


def _alike(names: Iterable[str | None]) -> Iterable[Problem]:
    """Columns that are not in the dictionary and have a name much like one that is absent."""
    present = {name for name in names if name}
    absent = [name for name in DICTIONARY if name not in present]
    strangers = sorted(present - set(DICTIONARY))
    for name in strangers:
        plain = name.casefold().replace(" ", "_").replace("-", "_")
        near = _OTHER_NAMES.get(plain)
        if near is None and len(strangers) <= 2 * len(DICTIONARY):
            close = difflib.get_close_matches(plain, absent, 1, _ALIKE)
            near = close[0] if close else None
        if near in absent:
            unit = f" in {DICTIONARY[near].unit}" if DICTIONARY[near].unit else ""
            yield Problem(
                column=name,
                problem=f"the column is not in the data dictionary, but looks like {near}; it was not read",
                what_to_do=f"If it is {near}{unit}, call it so; in another unit, convert it first, "
                "or state its factor in a mapping file (--mapping)",
            )


def _no_key(about: dict, line: dict[str, Cell]) -> Problem:
    undecoded = [key for key in KEYS if isinstance(line[key], str) and "\ufffd" in line[key]]
    if undecoded:
        return Problem(
            **about,
            column=undecoded[0],
            value=shown(line[undecoded[0]]),
            problem=f"the {undecoded[0]} holds bytes that are not UTF-8; the row was left out",
            what_to_do="Save the table as CSV UTF-8 or as Excel workbook",
        )
    missing = " and no ".join(key for key in KEYS if not about[key])
    return Problem(
        **about,
        column=missing.split(" ")[0],
        problem=f"the row has no {missing}; it was left out",
        what_to_do="Enter who it is and which visit, such as baseline or week_12; a merged cell of a "
        "workbook counts in its first row only",
    )


def _trouble(about: dict, name: str, cell: Cell, trouble: Trouble) -> Problem:
    quoted = shown(cell).lstrip("\ufffc")
    return Problem(**about, column=name, value=quoted, problem=trouble.problem, what_to_do=trouble.what_to_do)


def _broken(number: int, cells: list[Cell], header: list[str | None]) -> Problem:
    first = dict(zip(header, cells, strict=False))
    return Problem(
        row=number,
        patient_id=_key(first.get("patient_id")),
        visit=_key(first.get("visit")),
        problem=f"the row has {len(cells)} cells and the header {len(header)}; its cells may be shifted "
        "and it was left out",
        what_to_do="Put a text or number that holds the separator in quotes, and use a decimal point",
    )
