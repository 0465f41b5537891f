"""Read a table of curves: one long CSV, any number of curves, any order of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.models import Array
from ius_vision.errors import BadUsage

COLUMNS = ("curve_id", "time_s", "intensity")
_MISSING = ("", "na", "n/a", "null", "none")
_NEXT = "Give a CSV with a header row and the columns curve_id, time_s, intensity"


@dataclass(frozen=True, slots=True)
class CurveTable:
    """Samples of all curves, sorted by curve and time, one sample a time.

    Attributes
    ----------
    ids : names of the curves in the order in which the file first names them.
    first : (curves + 1,) index of each curve's first sample; the last entry is the number of samples.
    times_s, intensities : (samples,); an intensity is NaN where the cell was empty or no finite number.
    left_out : (curves,) rows without a usable time. Equal times are averaged, which is counted in `merged`.
    unreadable : rows of the file that belong to no curve or hold a word where a number should be.
    """

    ids: list[str]
    first: NDArray[np.intp]
    times_s: Array
    intensities: Array
    left_out: NDArray[np.intp]
    merged: NDArray[np.intp]
    unreadable: int

    def groups(self) -> Iterator[tuple[NDArray[np.intp], Array, Array]]:
        """Curves of equal length together: their places, times and intensities, (curves, samples)."""
        lengths = np.diff(self.first)
        for length in np.unique(lengths):
            places = np.flatnonzero(lengths == length)
            samples = self.first[places, None] + np.arange(length)
            yield places, self.times_s[samples], self.intensities[samples]


def read_curves(path: Path) -> CurveTable:
    """Read curves from a CSV with the columns `curve_id, time_s, intensity`; further columns are ignored.

    Raises
    ------
    BadUsage
        `bad_curve_table`: the file is missing, is no CSV in UTF-8, lacks a column, or holds no curve.
    """
    names, numbers, unreadable = _columns(path)
    names = names.dictionary_encode()
    codes = names.indices.to_numpy(zero_copy_only=False).astype(np.float64)
    named = np.isfinite(codes)
    unreadable += int(np.count_nonzero(~named))
    ids = names.dictionary.to_pylist()
    if not ids:
        raise BadUsage("bad_curve_table", "the table holds no curve", str(path), _NEXT)
    codes, times, intensities = (column[named] for column in (codes, *numbers))
    return _sorted(ids, codes.astype(np.intp), times, intensities, unreadable)


def _sorted(
    ids: list[str], codes: NDArray[np.intp], times: Array, intensities: Array, unreadable: int
) -> CurveTable:
    timed = np.isfinite(times)
    left_out = np.bincount(codes[~timed], minlength=len(ids))
    codes, times, intensities = codes[timed], times[timed], intensities[timed]
    in_order = (codes[1:] > codes[:-1]) | ((codes[1:] == codes[:-1]) & (times[1:] > times[:-1]))
    merged = np.zeros(len(ids), dtype=np.intp)
    if not in_order.all():
        # Intensities take part in the order, so that the mean of equal times does not depend on the order
        # of rows.
        order = np.lexsort((intensities, times, codes))
        codes, times, intensities = codes[order], times[order], intensities[order]
        new = np.ones(len(codes), dtype=bool)
        new[1:] = (codes[1:] != codes[:-1]) | (times[1:] != times[:-1])
        merged = np.bincount(codes[~new], minlength=len(ids))
        codes, times, intensities = codes[new], times[new], _means(intensities, np.flatnonzero(new))
    first = np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=len(ids)))])
    intensities = np.where(np.isfinite(intensities), intensities, np.nan)
    return CurveTable(ids, first, times, intensities, left_out, merged, unreadable)


def _means(intensities: Array, starts: NDArray[np.intp]) -> Array:
    """Mean of the finite values from each start to the next, NaN where there is none."""
    if starts.size == 0:
        return intensities[:0]
    finite = np.isfinite(intensities)
    count = np.add.reduceat(finite.astype(np.intp), starts)
    total = np.add.reduceat(np.where(finite, intensities, 0.0), starts)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _columns(path: Path):
    """Names as an arrow array; times and intensities, NaN for no number; the number of unreadable rows."""
    from pyarrow import ArrowInvalid, float64, string

    kinds = {"curve_id": string(), "time_s": float64(), "intensity": float64()}
    try:
        table, skipped = _parse(path, kinds)
        words = 0
        numbers = [table[name].to_numpy(zero_copy_only=False) for name in COLUMNS[1:]]
    except ArrowInvalid:
        # Somewhere a word stands for a number: read all as text and find out where.
        try:
            table, skipped = _parse(path, dict.fromkeys(kinds, string()))
        except ArrowInvalid as error:
            raise BadUsage(
                "bad_curve_table", f"the table cannot be read ({error})", str(path), _NEXT
            ) from error
        numbers, bad = zip(*(_floats(table[name]) for name in COLUMNS[1:]), strict=True)
        words = int(np.count_nonzero(bad[0] | bad[1]))
    return (
        table["curve_id"].combine_chunks(),
        [np.asarray(one, dtype=float) for one in numbers],
        skipped + words,
    )


def _parse(path: Path, kinds: dict):
    import pyarrow
    from pyarrow import csv

    skipped = 0

    def skip(_row) -> str:
        nonlocal skipped
        skipped += 1
        return "skip"

    convert = csv.ConvertOptions(
        column_types=kinds,
        include_columns=list(COLUMNS),
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        null_values=[""],
    )
    try:
        with path.open("rb") as stream:
            table = csv.read_csv(
                stream,
                read_options=csv.ReadOptions(use_threads=False),
                parse_options=csv.ParseOptions(invalid_row_handler=skip),
                convert_options=convert,
            )
    except OSError as error:
        raise BadUsage(
            "bad_curve_table", f"the file cannot be opened ({error.strerror})", str(path), _NEXT
        ) from error
    except (KeyError, UnicodeDecodeError) as error:
        raise BadUsage("bad_curve_table", f"the table cannot be read ({error})", str(path), _NEXT) from error
    except pyarrow.ArrowInvalid as error:
        if "empty" in str(error).lower():
            raise BadUsage("bad_curve_table", "the file is empty", str(path), _NEXT) from error
        raise
    return table, skipped


def _floats(texts) -> tuple[Array, NDArray[np.bool_]]:
    """Numbers of a text column, and where a cell that is not empty holds none."""
    cells = texts.to_pylist()
    numbers, bad = np.full(len(cells), np.nan), np.zeros(len(cells), dtype=bool)
    for row, cell in enumerate(cells):
        try:
            numbers[row] = float(cell) if cell is not None else np.nan
        except ValueError:
            bad[row] = cell.strip().lower() not in _MISSING
    return numbers, bad
