"""The user's manifest: what a person says about a file overrules what the file says about itself."""

from __future__ import annotations

import csv
import hashlib
import io
import logging
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_serializer

from ius_vision.errors import BadManifest
from ius_vision.vocabulary import Mode, Segment, View

logger = logging.getLogger(__name__)

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
SHOWN_PROBLEMS = 5
LARGEST_BYTES = 50_000_000
LEAST_DB, MOST_DB = 15.0, 150.0
"""Ranges that a display can have, whoever states one."""


def _empty_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _number(value: object) -> object:
    if isinstance(value, str) and not NUMBER.fullmatch(value.strip()):
        raise ValueError("must be a plain number without a unit")
    return value


def _whole(value: object) -> object:
    value = _number(value)
    if isinstance(value, str):
        number = float(value)
        if not math.isfinite(number) or number != int(number):
            raise ValueError("must be a whole number")
        return int(number)
    return value


def _word(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


Number = BeforeValidator(_number)
Whole = BeforeValidator(_whole)
Word = BeforeValidator(_word)
Empty = BeforeValidator(_empty_is_none)


class ManifestRow(BaseModel):
    """One row of the manifest; a cell left empty is None and overrules nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    file: str = Field(min_length=1, description="path relative to the given folder, or the SOPInstanceUID")
    segment: Annotated[Segment | None, Word, Empty] = None
    view: Annotated[View | None, Word, Empty] = None
    mode: Annotated[Mode | None, Word, Empty] = None
    mm_per_pixel: Annotated[float | None, Field(ge=0.005, lt=2), Number, Empty] = None
    dynamic_range_db: Annotated[float | None, Field(ge=LEAST_DB, le=MOST_DB), Number, Empty] = None
    velocity_scale_cm_s: Annotated[float | None, Field(ge=0.5, le=300), Number, Empty] = None
    injection_time_s: Annotated[float | None, Field(), Number, Empty] = None
    mask: Annotated[Path | None, Empty] = None
    mask_frame: Annotated[int | None, Field(ge=1), Whole, Empty] = None
    bwt_mm: Annotated[float | None, Field(gt=0, le=50), Number, Empty] = None
    ifat: Annotated[int | None, Field(ge=0, le=2), Whole, Empty] = None
    cds: Annotated[int | None, Field(ge=0, le=3), Whole, Empty] = None
    bws: Annotated[int | None, Field(ge=0, le=3), Whole, Empty] = None
    lymph_nodes: Annotated[Literal["yes", "no"] | None, Word, Empty] = None
    free_fluid: Annotated[Literal["yes", "no"] | None, Word, Empty] = None

    @field_serializer("mask", when_used="json")
    def _contents(self, mask: Path | None) -> str | None:
        """What a result depends on is what a mask shows, not where it lies."""
        if mask is None:
            return None
        return hashlib.sha256(mask.read_bytes()).hexdigest() if mask.is_file() else "absent"


YES_NO = ("yes", "no")
ALLOWED_WORDS = {
    "segment": Segment, "view": View, "mode": Mode, "lymph_nodes": YES_NO, "free_fluid": YES_NO,
}  # fmt: skip
COLUMNS = tuple(ManifestRow.model_fields)


def read_manifest(path: Path) -> dict[str, ManifestRow]:
    """Read a manifest CSV.

    Parameters
    ----------
    path : a CSV with a header row, UTF-8. Excel's byte order mark and, where the header holds no comma,
        semicolons or tabs with decimal commas are understood.

    Returns
    -------
    Row by its key: the file's path with forward slashes, or its SOPInstanceUID.

    Raises
    ------
    BadManifest
        The file is missing, is no such table, names a file twice, or holds a value that is not allowed; the
        message says row, column, value and what is allowed.
    """
    header, table = _read_table(path)
    rows: dict[str, ManifestRow] = {}
    problems: list[str] = []
    for line, cells in table:
        try:
            row = ManifestRow(**_named_cells(header, cells, line))
        except ValidationError as error:
            problems += [_problem(line, issue) for issue in error.errors()]
            continue
        except ValueError as error:
            problems.append(str(error))
            continue
        if row.mask is not None:
            row = row.model_copy(update={"mask": path.resolve().parent / row.mask})
            if not row.mask.is_file():
                problems.append(f"row {line}, column mask: there is no file {cells[header.index('mask')]!r}")
        key = manifest_key(row.file)
        if key in rows:
            problems.append(f"row {line}, column file: {key!r} stands in the manifest twice")
        rows[key] = row
    if problems:
        raise _bad(path, _first_problems(problems), "Correct the rows and run again")
    return rows


def manifest_key(file: str) -> str:
    """Bring a path to the form keys have: forward slashes, no leading `./`."""
    return str(PurePosixPath(file.strip().replace("\\", "/")))


def manifest_row(
    rows: Mapping[str, ManifestRow] | None, file: str, sop_instance_uid: str
) -> ManifestRow | None:
    """Find the row that speaks about a file, by its path first and its SOPInstanceUID second."""
    if not rows:
        return None
    return rows.get(manifest_key(file)) or rows.get(sop_instance_uid)


def unmatched_keys(rows: Mapping[str, ManifestRow], files: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Name the manifest's keys that fit none of the files.

    Parameters
    ----------
    files : pairs of path as shown and SOPInstanceUID.
    """
    seen = {name for file, uid in files for name in (manifest_key(file), uid)}
    return tuple(sorted(key for key in rows if key not in seen))


def _read_table(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            what = f"the manifest is larger than {LARGEST_BYTES // 1_000_000} MB"
            raise _bad(path, what, "Give a CSV table")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _bad(path, f"the manifest cannot be read ({error.strerror})", "Check the path") from error
    except UnicodeDecodeError as error:
        raise _bad(path, "the manifest is not UTF-8 text", "Save it as CSV UTF-8") from error
    delimiter = _delimiter(text)
    try:
        lines = list(enumerate(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True), start=1))
    except csv.Error as error:
        raise _bad(path, f"the manifest is no CSV table ({error})", "Save it as CSV UTF-8") from error
    lines = [(number, cells) for number, cells in lines if any(cell.strip() for cell in cells)]
    if not lines:
        raise _bad(path, "the manifest is empty", "Its first row must name the columns, among them `file`")
    header = [cell.strip().lower() for cell in lines[0][1]]
    _check_header(path, header)
    table = lines[1:]
    if delimiter != ",":
        table = [
            (
                number,
                [_decimal_point(cell, name) for cell, name in zip(cells, header, strict=False)]
                + cells[len(header) :],
            )
            for number, cells in table
        ]
    return header, table


def _delimiter(text: str) -> str:
    """Excel writes semicolons where the decimal sign is a comma; a header without commas says so."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    if "," in first:
        return ","
    return next((sign for sign in (";", "\t") if sign in first), ",")


def _decimal_point(cell: str, column: str) -> str:
    is_text = column in ("file", "mask", *ALLOWED_WORDS)
    return cell if is_text or cell.count(",") != 1 or "." in cell else cell.replace(",", ".")


def _check_header(path: Path, header: list[str]) -> None:
    if "file" not in header:
        what = f"the manifest has no column `file`, only {', '.join(header)[:200]}"
        raise _bad(path, what, "Name the column of paths or SOPInstanceUIDs `file`")
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise _bad(path, f"the column {twice[0]} stands there twice", "Keep one of them")
    ignored = sorted(name for name in header if name and name not in COLUMNS)
    if ignored:
        logger.warning("columns of the manifest that are not used: %s", ", ".join(ignored))


def _named_cells(header: list[str], cells: list[str], line: int) -> dict[str, str]:
    if any(cell.strip() for cell in cells[len(header) :]):
        raise ValueError(f"row {line}: {len(cells)} cells under {len(header)} column names")
    return {name: cell.strip() for name, cell in zip(header, cells, strict=False) if name in COLUMNS}


def _problem(line: int, issue: Mapping) -> str:
    column = str(issue["loc"][0]) if issue["loc"] else "file"
    value = str(issue.get("input", ""))[:60]
    if column in ALLOWED_WORDS:
        said = f"must be one of {', '.join(ALLOWED_WORDS[column])}"
    elif column == "file":
        said, value = "a path or SOPInstanceUID must stand here", ""
    else:
        said = issue["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
        said = said if said.startswith("must") else f"must be {said}"
    return f"row {line}, column {column}: {value!r} {said}"


def _first_problems(problems: list[str]) -> str:
    more = len(problems) - SHOWN_PROBLEMS
    return "; ".join(problems[:SHOWN_PROBLEMS]) + (f"; and {more} more" if more > 0 else "")


def _bad(path: Path, what: str, next_step: str) -> BadManifest:
    return BadManifest("bad_manifest", what, str(path), next_step)
