"""From a cohort brought into shape to a score, its figures, and the files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ius_vision.findings.whole_file import whole_file
from ius_vision.response.cautions import cautions
from ius_vision.response.corrected_curves import corrected_curves
from ius_vision.response.development import (
    EXPLORATORY,
    NO_SIGNAL,
    SUPPORTED,
    Development,
    develop,
)
from ius_vision.response.figures import performance_record
from ius_vision.response.groups import groups_record, left_out_record
from ius_vision.response.material import FitOrder, Material
from ius_vision.response.model_file import ScoreFile, write_model
from ius_vision.response.sample_size import SampleSize
from ius_vision.response.score_parts import score_file
from ius_vision.study.cohort import Cohort

PERFORMANCE = "performance.json"
EVIDENCE = "evidence"
"""A column of a cohort that says what its patients are, such as that they are simulated."""
LONGEST_EVIDENCE = 300


@dataclass(frozen=True, slots=True)
class Fitted:
    """A score with the development behind it."""

    score: ScoreFile
    material: Material
    development: Development


def fit_score(
    cohort: Cohort, material: Material, order: FitOrder, progress: Callable[[int], None] = lambda done: None
) -> Fitted:
    """Develop the score of prepared material."""
    done = develop(material.x, material.y, material.size, order.seed, progress, material.method)
    said = evidence(cohort, material.size, done.verdict)
    return Fitted(score_file(cohort, material, order, done, said), material, done)


def stated_evidence(cohort: Cohort) -> str | None:
    """What a table says of its own patients, such as that they are simulated."""
    stated = dict.fromkeys(str(word) for visit in cohort.visits if (word := visit.get(EVIDENCE)) is not None)
    return "; ".join(stated)[:LONGEST_EVIDENCE] or None


def evidence(cohort: Cohort, size: SampleSize, judged: str) -> str:
    """What the score stands on, to go with every number it gives: the table's own word where it has one."""
    stated = stated_evidence(cohort)
    if stated is not None:
        return stated
    few = "" if size.met else f"exploratory: {size.n} patients where {size.required} are needed; "
    said = {
        SUPPORTED: f"internally validated on {size.n} patients, not on others",
        NO_SIGNAL: f"no evidence of prediction in {size.n} patients",
        EXPLORATORY: "not validated on others",
    }[judged]
    return f"{few}{said}; not for clinical use"


def write_score(fitted: Fitted, order: FitOrder, out: Path) -> list[str]:
    """Write what a fit leaves in `out`; model.json last, so that it is there only with the rest.

    Returns
    -------
    Sentences that a reader should see before believing the score.
    """
    from ius_vision.response.card import model_card
    from ius_vision.response.page import score_page
    from ius_vision.response.plots import score_plots

    material, done = fitted.material, fitted.development
    names = [term.name for term in material.coding.terms]
    curves = corrected_curves(done)
    record = performance_record(material.size, material.flow, order.exploratory, done, names, curves)
    record["groups"] = groups_record(material.groups, done.whole, done.linear, material.y[done.whole])
    record["left_out_groups"] = left_out_record(material.groups, material.x, material.y, material.method)
    record["cautions"] = list(cautions(done, names, record))
    plots = score_plots(done, curves)
    for name, drawn in plots.items():
        write_bytes(out / f"{name}.svg", drawn.svg)
        write_bytes(out / f"{name}.png", drawn.png)
    page = score_page(
        fitted.score, record, fitted.material.size, {name: plot.svg for name, plot in plots.items()}
    )
    write_bytes(out / "report.html", page.encode("utf-8"))
    write_bytes(out / "model_card.md", model_card(fitted.score, record).encode("utf-8"))
    write_json(out / PERFORMANCE, record)
    write_model(fitted.score, out)
    return record["cautions"]


def write_refusal(material: Material, order: FitOrder, out: Path) -> None:
    """Leave the arithmetic of a refusal in performance.json."""
    write_json(out / PERFORMANCE, performance_record(material.size, material.flow, order.exploratory))


def write_json(path: Path, record: dict) -> None:
    text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
    write_bytes(path, (text + "\n").encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    with whole_file(path) as stream:
        stream.write(content)
