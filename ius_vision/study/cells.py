"""A cell of a cohort table: its typed value, or what is wrong with it. Nothing is guessed."""

from __future__ import annotations

import datetime
import math
import re
from dataclasses import dataclass
from decimal import Decimal

from ius_vision.findings.formula import unguarded
from ius_vision.study.dictionary import Field

Value = float | int | str | datetime.date
Cell = Value | bool | None
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2}|\d{8})([T ]\d{2}:\d{2}.*)?", re.ASCII)
_WITH_UNIT = re.compile(r"[<>≤≥~]?\s*[+-]?\d+([.,]\d+)?\s*[a-zA-Zµ%/]+.*")
NO_RESULT = "\ufffc"
"""Stands in front of a formula whose result is not stored in its workbook."""
EARLIEST, LATEST = datetime.date(1900, 1, 1), datetime.date(2100, 12, 31)
# Columns that are often entered in another unit: by what to multiply to come to the column's own.
OTHER_UNITS = {
    "crp_uln_mg_l": ("mg/dL", 10.0),
    "albumin_g_l": ("g/dL", 10.0),
    "hemoglobin_g_l": ("g/dL", 10.0),
    "height_cm": ("m", 100.0),
    "hematocrit_pct": ("a fraction", 100.0),
    "bwt_mm": ("cm", 10.0),
    "lymphocytes_10e9_l": ("cells/µL", 0.001),
    "platelets_10e9_l": ("cells/µL", 0.001),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a cell's value is not known."""

    problem: str
    what_to_do: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How the cells of a table are written, where the file or its mapping says so.

    Attributes
    ----------
    decimal_comma : `12,5` is twelve and a half.
    date_format : of `strptime`, for dates that are not ISO 8601.
    """

    decimal_comma: bool = False
    date_format: str | None = None


def plain(cell: object) -> Cell:
    """A cell of a spreadsheet or Parquet file as a plain value; what is none, such as a list, as its text."""
    if cell is None or isinstance(cell, (str, bool, int, float, datetime.date)):
        return cell
    return float(cell) if isinstance(cell, Decimal) and cell.is_finite() else str(cell)


def typed(cell: Cell, field: Field, reading: Reading = Reading()) -> Value | Trouble | None:
    """The cell as its column wants it; None where it is empty, `Trouble` where it cannot be that.

    Parameters
    ----------
    cell : text of a CSV, or what a spreadsheet or Parquet file holds.
    """
    if isinstance(cell, str):
        cell = cell.replace("\u00a0", " ").strip()
    if cell is None or cell == "" or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if isinstance(cell, str) and "\ufffd" in cell:
        return Trouble("the cell holds signs that are not UTF-8", "Save the table as CSV UTF-8")
    if isinstance(cell, str) and cell.startswith(NO_RESULT):
        return Trouble(
            "the cell holds a formula without a stored result",
            "Open the workbook, let it compute, and save it; or enter the value",
        )
    if field.kind == "text":
        return text_of(cell)
    if field.kind == "date":
        return _date(cell, field, reading)
    if field.kind in ("number", "whole", "choice_whole"):
        return _in_range(_number(cell, field, reading), field)
    return _word(cell, field)


def text_of(cell: Value | bool) -> str:
    """A cell as text; whole floats without a decimal point, so that a spreadsheet's 12.0 is 12."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return unguarded(cell) if isinstance(cell, str) else str(cell)


def plain_number(text: str, reading: Reading = Reading()) -> float | None:
    """The finite number that a text is, else None."""
    if reading.decimal_comma and _reads_as_comma(text):
        text = text.replace(",", ".")
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def _reads_as_comma(text: str) -> bool:
    """`1,250` may be one and a quarter or one thousand two hundred and fifty; `0,125` may not."""
    whole, _, decimals = text.lstrip("+-").partition(",")
    return bool(_DECIMAL_COMMA.fullmatch(text)) and (len(decimals) != 3 or whole == "0" or len(whole) > 3)


def _number(cell: Value | bool, field: Field, reading: Reading) -> float | Trouble:
    advice = f"Enter {field.holds}, or leave the cell empty"
    if isinstance(cell, (bool, datetime.date)):
        kind = "true or false" if isinstance(cell, bool) else "a date"
        return Trouble(f"the cell holds {kind}, not a number", advice)
    if not isinstance(cell, str):
        return float(cell) if math.isfinite(cell) else Trouble("the cell holds no finite number", advice)
    number = plain_number(cell, reading)
    if number is not None:
        return number
    if _DECIMAL_COMMA.fullmatch(cell):
        return Trouble("a comma may be a decimal or a thousands sign", f"Write a decimal point. {advice}")
    if cell[0] in "<>≤≥~":
        return Trouble(
            "a limit is not a value",
            f"Enter a number by the study's own rule for values beyond the range of the test. {advice}",
        )
    if cell.startswith("="):
        return Trouble("the cell holds a formula as text", f"Save its result as a value. {advice}")
    if _WITH_UNIT.fullmatch(cell):
        return Trouble(
            "the cell holds a number with a unit; it is not converted",
            f"Enter the bare number in {field.unit or 'the unit of the column'}",
        )
    return Trouble("the cell holds no number", advice)


def _in_range(number: float | Trouble, field: Field) -> Value | Trouble:
    if isinstance(number, Trouble):
        return number
    advice = f"Enter {field.holds}, or leave the cell empty"
    if field.kind == "choice_whole":
        return int(number) if str(number).removesuffix(".0") in field.choices else _unknown_code(field)
    if field.kind == "whole" and not number.is_integer():
        return Trouble("the column holds whole numbers", advice)
    below, above = (
        field.low is not None and number < field.low,
        field.high is not None and number > field.high,
    )
    if below or above:
        end = f"below {field.low:g}" if below else f"above {field.high:g}"
        return Trouble(
            f"{number:g} is {end}, outside the column's range", _unit_advice(number, field, advice)
        )
    return int(number) if field.kind == "whole" else number


def _unit_advice(number: float, field: Field, advice: str) -> str:
    unit, factor = OTHER_UNITS.get(field.name, ("", 1.0))
    other = float(Decimal(repr(number)) * Decimal(repr(factor)))
    if unit and field.low <= other <= field.high:
        also = " and the value it belongs to" if "_uln_" in field.name else ""
        return (
            f"If it is in {unit}, enter it{also} in {field.unit} ({number:g} becomes {other:g}); "
            f"it was not converted"
        )
    return advice


def _date(cell: Value | bool, field: Field, reading: Reading) -> Value | Trouble:
    advice = f"Enter {field.holds}, or leave the cell empty"
    if isinstance(cell, datetime.datetime):
        cell = cell.date()
    if isinstance(cell, datetime.date):
        return _plausible(cell, advice)
    if not isinstance(cell, str):
        return Trouble("the cell holds a number, not a date", advice)
    if cell.lower() in field.choices:
        return cell.lower()
    if reading.date_format is not None:
        try:
            return _plausible(datetime.datetime.strptime(cell, reading.date_format).date(), advice)
        except ValueError:
            return Trouble(f"the date is not written as {reading.date_format}", advice)
    found = _DATE.fullmatch(cell)
    if not found:
        return Trouble("the date is not ISO 8601; day and month could be mistaken", advice)
    try:
        return _plausible(datetime.date.fromisoformat(found[1]), advice)
    except ValueError:
        return Trouble("there is no such day", advice)


def _plausible(day: datetime.date, advice: str) -> datetime.date | Trouble:
    if EARLIEST <= day <= LATEST:
        return day
    return Trouble(f"the year {day.year} cannot be right", advice)


def _word(cell: Value | bool, field: Field) -> str | Trouble:
    word = text_of(cell).casefold() if not isinstance(cell, bool) else str(cell)
    if field.kind == "zero_one":
        word = {"1": "yes", "0": "no"}.get(word.removesuffix(".0"), word)
    choices = {each.casefold(): each for each in field.choices or ("yes", "no")}
    return choices.get(word) or _unknown_code(field)


def _unknown_code(field: Field) -> Trouble:
    return Trouble(
        "the code is not known",
        f"Enter {field.holds}, leave the cell empty, or translate the code in a mapping file (--mapping)",
    )
