"""A score that is fitted once, by the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from ius_vision.cli.main import main

from .make import cohort

FIT = ("--outcome", "clinical_remission", "--week", "12")


@pytest.fixture(scope="session")
def table(tmp_path_factory) -> Path:
    """450 patients with an effect of thickness and none of CRP."""
    return cohort(tmp_path_factory.mktemp("cohort") / "cohort.csv", 450, [0.9, 0.3, 0.0], 1)


@pytest.fixture(scope="session")
def model(table, tmp_path_factory) -> Path:
    """Folder of a score of these patients."""
    out = tmp_path_factory.mktemp("score") / "model"
    words = ["response", "fit", str(table), *FIT, "--features", "bwt_mm,crp_mg_l", "--out", str(out)]
    assert main([*words, "--seed", "3"]) == 0
    return out
