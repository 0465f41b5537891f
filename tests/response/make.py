"""Cohorts with a known truth, as arrays and as tables."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

COLUMNS = ("bwt_mm", "cdai", "crp_mg_l")
CENTRES, SPREADS = np.array([6.0, 300.0, 40.0]), np.array([1.0, 35.0, 9.0])


def draw(n: int, effects: Sequence[float], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Standard normal terms (patients, terms), correlated by 0.3, and outcomes with these log odds an SD."""
    terms = len(effects)
    shared = np.full((terms, terms), 0.3) + 0.7 * np.eye(terms)
    x = rng.standard_normal((n, terms)) @ np.linalg.cholesky(shared).T
    y = (rng.random(n) < 1.0 / (1.0 + np.exp(-(x @ np.array(effects))))).astype(float)
    return x, y


def rows(x: np.ndarray, y: np.ndarray, first: int = 1) -> list[dict]:
    """Baseline and week 12 of patients whose remission is `y`; a NaN is an empty cell."""
    found = []
    for place, (one, reached) in enumerate(zip(x, y, strict=True)):
        patient = f"P{first + place:04d}"
        values = dict(zip(COLUMNS, CENTRES + SPREADS * np.r_[one, np.zeros(3 - len(one))], strict=True))
        cells = {name: "" if np.isnan(value) else f"{value:.4f}" for name, value in values.items()}
        found.append({"patient_id": patient, "visit": "baseline", "week": "0", **cells})
        found.append(
            {"patient_id": patient, "visit": "week_12", "week": "12", "cdai": "100" if reached else "290"}
        )
    return found


def write(path: Path, lines: list[dict]) -> Path:
    """A CSV with every column that a row has."""
    columns = list(dict.fromkeys(name for line in lines for name in line))
    with path.open("w", encoding="utf-8", newline="") as stream:
        sheet = csv.DictWriter(stream, columns, restval="")
        sheet.writeheader()
        sheet.writerows(lines)
    return path


def cohort(path: Path, n: int, effects: Sequence[float], seed: int) -> Path:
    """A table of n patients whose remission at week 12 follows these effects."""
    return write(path, rows(*draw(n, effects, np.random.default_rng(seed))))


def read(path: Path) -> list[dict]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
