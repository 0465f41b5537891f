"""`response predict` and `validate`: probabilities, abstentions, and measures on new patients."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from ius_vision.cli.main import main

from .make import CENTRES, cohort, draw, read, rows, write


@pytest.fixture
def patients(tmp_path):
    x, y = draw(12, [0.9, 0.3, 0.0], np.random.default_rng(2))
    return rows(0.5 * x, y)[::2]


def predict(model, table, out):
    code = main(["response", "predict", str(model), str(table), "--out", str(out)])
    return code, read(out)


def test_each_patient_has_a_probability_that_the_formula_gives(model, patients, tmp_path):
    code, found = predict(model, write(tmp_path / "new.csv", patients), tmp_path / "out.csv")
    score = json.loads((model / "model.json").read_text("utf-8"))
    assert code == 0
    assert (tmp_path / "problems.csv").exists()
    assert (tmp_path / "out.parquet").exists()
    for line, row in zip(patients, found, strict=True):
        lp = score["intercept"] + sum(
            term["coefficient"] * float(line[term["name"]]) for term in score["coefficients"]
        )
        assert float(row["probability"]) == pytest.approx(1 / (1 + np.exp(-lp)), abs=1e-6)
        assert float(row["ci_low"]) < float(row["probability"]) < float(row["ci_high"])
        assert (row["status"], row["reason"]) == ("measured", "")
        assert row["evidence"] == score["evidence"]


def test_a_missing_item_and_a_missing_baseline_are_abstained(model, patients, tmp_path):
    patients[0]["bwt_mm"] = ""
    patients[1]["visit"] = "week_2"
    code, found = predict(model, write(tmp_path / "new.csv", patients), tmp_path / "out.csv")
    assert code == 0
    for row, word in zip(found[:2], ("bwt_mm (at baseline)", "no row with visit = baseline"), strict=True):
        assert (row["status"], row["reason"]) == ("abstained", "required_item_missing")
        assert row["probability"] == row["ci_low"] == row["ci_high"] == row["contributions"] == ""
        assert word in row["detail"]
        assert row["evidence"]


def test_a_baseline_taken_under_treatment_foretells_nothing(model, patients, tmp_path):
    patients[0]["week"] = "12"
    _, found = predict(model, write(tmp_path / "new.csv", patients), tmp_path / "out.csv")
    assert (found[0]["reason"], found[0]["probability"]) == ("baseline_after_treatment", "")
    assert {row["status"] for row in found[1:]} == {"measured"}


def test_a_value_that_training_never_saw_is_abstained(model, patients, tmp_path):
    patients[0]["bwt_mm"] = "25"
    _, found = predict(model, write(tmp_path / "new.csv", patients), tmp_path / "out.csv")
    assert (found[0]["reason"], found[0]["probability"]) == ("outside_training_range", "")
    assert "bwt_mm is 25, seen were" in found[0]["detail"]
    assert found[1]["status"] == "measured"


def test_a_column_that_is_absent_is_abstained_for_everybody(model, patients, tmp_path):
    lines = [{k: v for k, v in line.items() if k != "crp_mg_l"} for line in patients]
    code, found = predict(model, write(tmp_path / "new.csv", lines), tmp_path / "out.csv")
    assert code == 0
    assert {row["reason"] for row in found} == {"required_item_missing"}


def test_an_unreadable_cell_is_a_problem_and_an_abstention(model, patients, tmp_path):
    patients[0]["bwt_mm"] = "thick"
    _, found = predict(model, write(tmp_path / "new.csv", patients), tmp_path / "out.csv")
    assert found[0]["reason"] == "required_item_missing"
    assert any(problem["column"] == "bwt_mm" for problem in read(tmp_path / "problems.csv"))


@pytest.mark.parametrize("name", ["out.txt", "problems.csv", "new.csv"])
def test_a_name_that_cannot_be_written_is_refused(model, patients, tmp_path, name, capsys):
    table = write(tmp_path / "new.csv", patients)
    before = table.read_bytes()
    assert main(["response", "predict", str(model), str(table), "--out", str(tmp_path / name)]) == 2
    assert "bad_out_file" in capsys.readouterr().err
    assert table.read_bytes() == before


def test_validation_finds_on_new_patients_what_was_foretold(model, tmp_path, capsys):
    table = cohort(tmp_path / "new.csv", 2000, [0.9, 0.3, 0.0], 5)
    assert main(["response", "validate", str(model), str(table), "--out", str(tmp_path / "out")]) == 0
    found = json.loads((tmp_path / "out" / "validation.json").read_text("utf-8"))
    inside = json.loads((model / "performance.json").read_text("utf-8"))["corrected"]
    assert found["auroc"] == pytest.approx(inside["auroc"], abs=0.05)
    for name in ("auroc", "calibration_slope", "calibration_intercept", "oe", "brier"):
        low, high = found[f"{name}_ci"]
        assert low <= found[name] <= high
    assert len(found["decision_curve"]) == 19
    point = found["decision_curve"][5]
    low, high = point["net_benefit_ci"]
    assert low <= point["net_benefit"] <= high
    assert found["flow"]["judged"] == found["n"]
    assert (tmp_path / "out" / "calibration.svg").exists()


def test_few_new_patients_of_one_class_get_what_they_determine(model, tmp_path, capsys):
    table = write(tmp_path / "new.csv", rows(np.zeros((3, 3)), np.ones(3)))
    assert main(["response", "validate", str(model), str(table), "--out", str(tmp_path / "out")]) == 0
    found = json.loads((tmp_path / "out" / "validation.json").read_text("utf-8"))
    assert (found["n"], found["events"], found["auroc"], found["calibration_slope"]) == (3, 3, None, None)
    assert found["brier"] is not None


def test_where_nobody_can_be_judged_that_is_said(model, patients, tmp_path, capsys):
    table = write(tmp_path / "new.csv", patients)
    assert main(["response", "validate", str(model), str(table), "--out", str(tmp_path / "out")]) == 2
    assert "nobody_to_judge: of 12 patients none" in capsys.readouterr().err


def test_contributions_add_up_to_the_distance_from_the_average_patient(model, tmp_path):
    one = {"patient_id": "X", "visit": "baseline", "bwt_mm": "7.0", "crp_mg_l": "38"}
    _, (row,) = predict(model, write(tmp_path / "new.csv", [one]), tmp_path / "out.csv")
    score = json.loads((model / "model.json").read_text("utf-8"))
    parts = dict(part.rsplit(" ", 1) for part in row["contributions"].split("; "))
    for term in score["coefficients"]:
        moved = term["coefficient"] * (float(one[term["name"]]) - term["training_mean"])
        assert float(parts[term["name"]]) == pytest.approx(moved, abs=6e-4)
    assert CENTRES[0] < 7.0
    assert float(parts["bwt_mm"]) > 0


def test_a_model_file_may_be_given_instead_of_its_folder(model, patients, tmp_path):
    shutil.copy(model / "model.json", tmp_path / "mine.json")
    table = write(tmp_path / "new.csv", patients)
    one, two = (predict(each, table, tmp_path / "out.csv")[1] for each in (model, tmp_path / "mine.json"))
    assert one == two


def test_an_early_change_is_fitted_and_applied_from_two_visits(tmp_path, capsys):
    rng = np.random.default_rng(12)
    x, y = draw(70, [0.5], rng)
    lines = []
    for before, after, reached in zip(*[iter(rows(x, y))] * 2, y, strict=True):
        thin = float(before["bwt_mm"]) * (0.95 - 0.15 * reached + 0.05 * rng.standard_normal())
        early = {"patient_id": before["patient_id"], "visit": "week_6", "bwt_mm": f"{thin:.3f}"}
        lines += [before, early, after]
    table = write(tmp_path / "cohort.csv", lines)
    words = ["--outcome", "clinical_remission", "--week", "12", "--features", "early_change", "--exploratory"]
    out = tmp_path / "model"
    assert main(["response", "fit", str(table), *words, "--out", str(out)]) == 0
    score = json.loads((out / "model.json").read_text("utf-8"))
    assert [term["name"] for term in score["coefficients"]] == ["bwt_mm_change_percent", "bwt_mm"]
    assert score["required_items"] == ["bwt_mm"]
    assert score["coefficients"][0]["coefficient"] < 0
    new = write(tmp_path / "new.csv", [line for line in lines[:6] if line["visit"] != "week_12"][:3])
    _, found = predict(out, new, tmp_path / "out.csv")
    assert [row["status"] for row in found] == ["measured", "abstained"]
    assert "bwt_mm (at baseline and at weeks 4-8)" in found[1]["detail"]


def test_the_score_that_ships_says_in_every_row_that_it_is_simulated(tmp_path, capsys):
    shipped = Path(__file__).resolve().parents[2] / "models" / "upadacitinib_response"
    one = {"patient_id": "X", "visit": "baseline", "bwt_mm": "5.5", "cdai": "290"}
    table = write(tmp_path / "new.csv", [one, one | {"patient_id": "Y", "bwt_mm": ""}])
    code, found = predict(shipped, table, tmp_path / "out.csv")
    assert code == 0
    assert [row["status"] for row in found] == ["measured", "abstained"]
    assert {row["evidence"] for row in found} == {"simulated cohort, not for clinical use"}
