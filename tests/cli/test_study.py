from __future__ import annotations

import csv

import pyarrow.parquet
import pytest

from ius_vision.cli.main import main
from tests.study.make import ELIGIBLE, write_rows

ELIGIBILITY = ["patient_id", "status", "not_met", "unknown"]
ENDPOINTS = ["patient_id", "visit", "week", "endpoint", "definition", "value", "status", "reason"]
RATES = ["endpoint", "definition", "visit", "yes", "assessed", "patients", "rate", "ci_low", "ci_high"]
PROBLEMS = ["row", "patient_id", "visit", "column", "value", "problem", "what_to_do"]


def table(path):
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        return reader.fieldnames, list(reader)


@pytest.fixture
def cohort(tmp_path):
    rows = [ELIGIBLE, {"patient_id": "P1", "visit": "week_12", "cdai": 140, "sex": "maybe"}]
    return write_rows(tmp_path / "cohort.csv", rows)


def test_eligibility_leaves_the_tables_of_the_contract(tmp_path, cohort, capsys):
    assert main(["study", "eligibility", str(cohort), "--out", str(tmp_path / "out")]) == 0
    names, rows = table(tmp_path / "out" / "eligibility.csv")
    assert names[: len(ELIGIBILITY)] == ELIGIBILITY
    assert [row["status"] for row in rows] == ["eligible"]
    assert table(tmp_path / "out" / "problems.csv")[0] == PROBLEMS
    assert "1 eligible" in capsys.readouterr().err


def test_endpoints_leave_the_tables_of_the_contract(tmp_path, cohort):
    assert main(["study", "endpoints", str(cohort), "--out", str(tmp_path / "out"), "--impute-no"]) == 0
    names, rows = table(tmp_path / "out" / "endpoints.csv")
    assert names[: len(ENDPOINTS)] == ENDPOINTS
    first = next(row for row in rows if (row["endpoint"], row["visit"]) == ("clinical_remission", "week_12"))
    assert (first["definition"], first["value"], first["status"]) == ("cdai", "yes", "entered")
    rates, _ = table(tmp_path / "out" / "endpoint_rates.csv")
    assert rates[: len(RATES)] == RATES
    for name in ("endpoints", "endpoint_rates", "problems", "cohort"):
        made = pyarrow.parquet.read_table(tmp_path / "out" / f"{name}.parquet")
        assert made.column_names == table(tmp_path / "out" / f"{name}.csv")[0]


def test_rows_left_out_end_with_1_and_no_table_with_2(tmp_path, capsys):
    broken = write_rows(tmp_path / "a.csv", [ELIGIBLE, {"patient_id": "", "visit": "week_4"}])
    out = str(tmp_path / "out")
    assert main(["study", "endpoints", str(broken), "--out", out]) == 1
    assert main(["study", "endpoints", str(tmp_path / "none.csv"), "--out", out]) == 2
    assert main(["study", "endpoints", str(broken), "--out", str(broken)]) == 2
    assert main(["study", "eligibility", str(broken), "--out", out, "--criteria", str(broken)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_text_of_the_table_cannot_become_a_formula(tmp_path):
    rows = [{"patient_id": "=cmd()", "visit": "baseline", "cdai": "=1+1", "note": "@x"}]
    assert (
        main(["study", "endpoints", str(write_rows(tmp_path / "a.csv", rows)), "--out", str(tmp_path)]) == 0
    )
    assert table(tmp_path / "problems.csv")[1][0]["patient_id"] == "'=cmd()"
    assert table(tmp_path / "problems.csv")[1][0]["value"] == "'=1+1"
    assert table(tmp_path / "cohort.csv")[1][0]["note"] == "'@x"
