"""Whether a score does for each group of patients what it does for all: sex, site, device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ius_vision.response.figures import measures_record
from ius_vision.response.judged import judged
from ius_vision.response.method import Method
from ius_vision.response.ridge import Array
from ius_vision.study.cells import text_of
from ius_vision.study.cohort import Cohort

COLUMNS = ("sex", "site", "device")
LEFT_OUT = ("site", "device")
FEWEST_OF_A_CLASS = 5
MOST_GROUPS = 20


def groups_of(cohort: Cohort, patients: Sequence[str]) -> dict[str, tuple[str | None, ...]]:
    """Each patient's group at baseline, by column; columns in which nobody has one are left out."""
    found = {}
    for column in COLUMNS:
        visits = [cohort.baseline(patient) for patient in patients]
        values = [None if visit is None else visit.get(column) for visit in visits]
        if any(value is not None for value in values):
            found[column] = tuple(None if value is None else text_of(value) for value in values)
    return found


def left_out_record(
    groups: Mapping[str, Sequence[str | None]], x: Array, y: Array, method: Method
) -> list[dict]:
    """Every site and device judged by a score that was learnt from the others, every step anew.

    Parameters
    ----------
    x : (patients, terms), NaN where missing. Groups with fewer than five patients of a class, or that leave
        fewer to learn from, are not told.
    """
    rows = []
    whole = ~np.isnan(x).any(axis=1)
    for column in LEFT_OUT:
        mine = np.array([name or "" for name in groups.get(column, ())])
        for name in sorted(set(mine.tolist()) - {""})[:MOST_GROUPS]:
            inside, others = (mine == name) & whole, mine != name
            if min(_fewer(y[inside]), _fewer(y[others])) < FEWEST_OF_A_CLASS:
                continue
            linear = method.procedure(x, y, others.astype(float)[None]).linear(x[inside])[0]
            row = {"column": column, "group": name, "n": int(inside.sum()), "events": int(y[inside].sum())}
            rows.append(row | measures_record(judged(linear, y[inside])))
    return rows


def _fewer(y: Array) -> int:
    """Patients of the smaller class."""
    return int(min(y.sum(), len(y) - y.sum()))


def groups_record(
    groups: Mapping[str, Sequence[str | None]], whole: NDArray[np.bool_], linear: Array, y: Array
) -> list[dict]:
    """Apparent AUROC, O/E and Brier score of each group with at least five patients of both classes.

    Parameters
    ----------
    whole : (patients,) who was judged; linear, y : of those.
    """
    rows = []
    for column, names in groups.items():
        mine = np.array([name or "" for name in names])[whole]
        for name in sorted(set(mine) - {""})[:MOST_GROUPS]:
            inside = mine == name
            events = int(y[inside].sum())
            row: dict[str, object] = {
                "column": column,
                "group": str(name),
                "n": int(inside.sum()),
                "events": events,
            }
            if min(events, int(inside.sum()) - events) >= FEWEST_OF_A_CLASS:
                found = judged(linear[inside], y[inside])
                row |= measures_record({key: found[key] for key in ("auroc", "oe", "brier")})
            rows.append(row)
    return rows
