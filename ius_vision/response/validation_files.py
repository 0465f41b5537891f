"""What `response validate` leaves in its folder."""

from __future__ import annotations

from pathlib import Path

from ius_vision import __version__
from ius_vision.response.decision import decision_curve
from ius_vision.response.fit import stated_evidence, write_bytes, write_json
from ius_vision.response.model_file import read_model, sha256_of
from ius_vision.response.ridge import expit
from ius_vision.response.validate import validation_record
from ius_vision.study.cohort import Cohort

VALIDATION = "validation.json"


def validate(model: Path, cohort: Cohort, out: Path) -> dict:
    """Write drawings, a page and validation.json; returns the record.

    Raises
    ------
    BadUsage
        `model_missing`, `bad_score_file`, `nobody_to_judge`, `unknown_name`.
    """
    from ius_vision.response.page import validation_page
    from ius_vision.response.plots import validation_plots

    score = read_model(model)
    record, linear, y = validation_record(score, cohort, sha256_of(model))
    drawn = validation_plots(linear, y, decision_curve(expit(linear), y), score.provenance.seed)
    for name, plot in drawn.items():
        write_bytes(out / f"{name}.svg", plot.svg)
        write_bytes(out / f"{name}.png", plot.png)
    svg = {name: plot.svg for name, plot in drawn.items()}
    page = validation_page(score, record, svg, stated_evidence(cohort), __version__)
    write_bytes(out / "validation.html", page.encode("utf-8"))
    write_json(out / VALIDATION, record)
    return record
