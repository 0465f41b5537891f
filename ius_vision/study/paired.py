"""Before and after: paired values of each measure at each later visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ius_vision.findings.column import Row
from ius_vision.findings.column import column as described
from ius_vision.study.cohort import Cohort
from ius_vision.study.compare import compare_paired_shares, compare_pairs, holm, mean_interval
from ius_vision.study.dictionary import DICTIONARY
from ius_vision.study.visits import BASELINE

MEASURES = (
    "cdai", "hbi", "sf_per_day", "aps", "mayo_stool", "mayo_bleeding", "mayo_endoscopic", "uceis",
    "sescd", "cdeis", "crp_mg_l", "esr_mm_h", "fcp_ug_g", "albumin_g_l", "hemoglobin_g_l",
    "platelets_10e9_l", "lymphocytes_10e9_l", "bwt_mm", "ibus_sas", "cds", "ifat", "bws", "limberg", "buss",
    "muc", "pe_db", "wir", "wi_auc", "van_assche",
)  # fmt: skip
SIGNS = ("steroid", "ulcers")


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedRow(Row):
    """A measure at the baseline and at a later visit, in patients who have both."""

    variable: str = described("column of the data dictionary", required=True)
    unit: str | None = described("unit")
    visit: str = described("later visit", required=True)
    pairs: int = described("patients with both values", required=True, low=0)
    median_before: float | None = described("median at the baseline")
    q1_before: float | None = described("first quartile at the baseline")
    q3_before: float | None = described("third quartile at the baseline")
    median_after: float | None = described("median at the visit")
    q1_after: float | None = described("first quartile at the visit")
    q3_after: float | None = described("third quartile at the visit")
    mean_before: float | None = described("mean at the baseline; of a yes/no column, the share of yes")
    mean_after: float | None = described("mean at the visit; of a yes/no column, the share of yes")
    mean_change: float | None = described("visit minus baseline")
    change_low: float | None = described("lower end of its 95 % interval (Student's t)")
    change_high: float | None = described("upper end of its 95 % interval")
    test: str | None = described("paired test")
    p: float | None = described("its p value, not adjusted", low=0, high=1, decimals=9)
    p_holm: float | None = described(
        "p value adjusted by Holm over the visit's tests", low=0, high=1, decimals=9
    )
    effect: float | None = described("rank-biserial correlation of the change, or share gained minus lost")
    effect_low: float | None = described("lower end of its 95 % interval")
    effect_high: float | None = described("upper end of its 95 % interval")
    note: str | None = described("what a reader should know")


def pairs_of(cohort: Cohort, variable: str, visit: str) -> tuple[NDArray, NDArray]:
    """Values at the baseline and at the visit, (pairs,) each; yes is 1 and no is 0."""
    found = []
    for patient in cohort.patients:
        first, second = cohort.baseline(patient), cohort.at(patient, visit)
        pair = [_number(row.get(variable)) if row else None for row in (first, second)]
        if None not in pair:
            found.append(pair)
    both = np.array(found, dtype=float).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _number(value: object) -> float | None:
    if isinstance(value, (int, float)):
        return float(value)
    return {"yes": 1.0, "no": 0.0}.get(str(value))


def paired_table(cohort: Cohort) -> list[PairedRow]:
    """Every measure with at least one pair, at every later visit."""
    rows: list[PairedRow] = []
    for visit in cohort.visit_names:
        if visit == BASELINE:
            continue
        here = []
        for name in (*MEASURES, *SIGNS):
            before, after = pairs_of(cohort, name, visit)
            if before.size:
                here.append(
                    _signs(name, visit, before, after)
                    if name in SIGNS
                    else _measure(name, visit, before, after)
                )
        rows += _adjusted(here)
    return rows


def _measure(name: str, visit: str, before: NDArray, after: NDArray) -> PairedRow:
    low, high = mean_interval(after - before)
    first, second = (np.quantile(values, (0.5, 0.25, 0.75)) for values in (before, after))
    return PairedRow(
        variable=name,
        unit=DICTIONARY[name].unit or None,
        visit=visit,
        pairs=before.size,
        median_before=float(first[0]),
        q1_before=float(first[1]),
        q3_before=float(first[2]),
        median_after=float(second[0]),
        q1_after=float(second[1]),
        q3_after=float(second[2]),
        mean_before=float(before.mean()),
        mean_after=float(after.mean()),
        mean_change=float((after - before).mean()),
        change_low=low,
        change_high=high,
        **compare_pairs(before, after).cells(),
    )


def _signs(name: str, visit: str, before: NDArray, after: NDArray) -> PairedRow:
    gained, lost = int(np.sum(after > before)), int(np.sum(after < before))
    return PairedRow(
        variable=name,
        visit=visit,
        pairs=before.size,
        mean_before=float(before.mean()),
        mean_after=float(after.mean()),
        mean_change=float((after - before).mean()),
        **compare_paired_shares(gained, lost, before.size).cells(),
    )


def _adjusted(rows: Sequence[PairedRow]) -> list[PairedRow]:
    return [replace(row, p_holm=p) for row, p in zip(rows, holm([row.p for row in rows]), strict=True)]
