"""`response fit`: what it leaves, what it refuses, and that it says why."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from ius_vision.cli.main import main

from .conftest import FIT
from .make import cohort, draw, read, rows, write

FILES = {"model.json", "performance.json", "problems.csv", "problems.parquet", "report.html", "model_card.md"}
PLOTS = {f"{name}.{kind}" for name in ("calibration", "decision_curve", "roc") for kind in ("svg", "png")}
MEASURES = ("auroc", "calibration_slope", "calibration_intercept", "oe", "brier")


def fit(table, out, *words, features="bwt_mm"):
    return main(["response", "fit", str(table), *FIT, "--features", features, "--out", str(out), *words])


def told(path):
    return json.loads(path.read_text("utf-8"))


def test_a_fit_leaves_every_file_and_figure_of_the_contract(model, table):
    assert {path.name for path in model.iterdir()} == FILES | PLOTS
    found = told(model / "performance.json")
    assert (found["n"], found["parameters"], found["verdict"]) == (450, 2, "supported")
    assert found["sample_size"]["required"] <= 450
    for kind in ("apparent", "corrected"):
        for name in MEASURES:
            low, high = found[kind][f"{name}_ci"]
            assert low <= found[kind][name] <= high
    assert found["corrected"]["auroc"] < found["apparent"]["auroc"]
    assert found["permutation_p"] == 0.001


def test_the_model_says_what_it_is_and_where_it_comes_from(model):
    score = told(model / "model.json")
    assert {"formula", "coefficients", "preprocessing", "provenance", "evidence", "training_ranges"} <= set(
        score
    )
    assert score["required_items"] == ["bwt_mm", "crp_mg_l"]
    assert score["outcome"]["definition"] == "cdai"
    assert re.fullmatch("[0-9a-f]{64}", score["provenance"]["cohort_sha256"])
    assert score["evidence"] == "internally validated on 450 patients, not on others; not for clinical use"
    size = {term["name"]: term["coefficient"] * term["training_sd"] for term in score["coefficients"]}
    assert size["bwt_mm"] == pytest.approx(1.0, abs=0.35)
    assert abs(size["crp_mg_l"]) < 0.4


def test_the_same_seed_gives_the_same_bytes(model, table, tmp_path, capsys):
    assert fit(table, tmp_path / "again", "--seed", "3", features="bwt_mm,crp_mg_l") == 0
    for path in sorted(model.iterdir()):
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


def test_34_patients_are_refused_with_the_arithmetic_and_no_model(tmp_path, capsys):
    table = cohort(tmp_path / "cohort.csv", 34, [1.5], 2)
    out = tmp_path / "out"
    assert fit(table, out) == 2
    said = capsys.readouterr().err
    assert "n1 = P / ((S-1) ln(1 - R2/S))" in said
    assert re.search(r"sample_too_small: 3\d\d patients are needed and 34 are there", said)
    assert {path.name for path in out.iterdir()} == {"performance.json", "problems.csv", "problems.parquet"}
    found = told(out / "performance.json")
    assert (found["verdict"], found["apparent"], found["sample_size"]["met"]) == ("refused", None, False)


def test_a_refusal_leaves_an_earlier_model_alone(model, tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    for name in ("model.json", "performance.json"):
        (out / name).write_bytes((model / name).read_bytes())
    assert fit(cohort(tmp_path / "cohort.csv", 34, [1.5], 2), out) == 2
    for name in ("model.json", "performance.json"):
        assert (out / name).read_bytes() == (model / name).read_bytes()


def test_on_request_34_patients_get_a_score_that_says_it_is_exploratory(tmp_path, capsys):
    table = cohort(tmp_path / "cohort.csv", 34, [2.5], 2)
    assert fit(table, tmp_path / "out", "--exploratory") == 0
    assert "sample_too_small" in capsys.readouterr().err
    score = told(tmp_path / "out" / "model.json")
    assert score["verdict"] == told(tmp_path / "out" / "performance.json")["verdict"] == "exploratory"
    assert re.match(r"exploratory: 34 patients where 3\d\d are needed; not validated", score["evidence"])


def test_without_an_effect_the_score_says_so(tmp_path, capsys):
    table = cohort(tmp_path / "cohort.csv", 400, [0.0, 0.0, 0.0], 3)
    assert fit(table, tmp_path / "out", features="bwt_mm,crp_mg_l") == 0
    found = told(tmp_path / "out" / "performance.json")
    assert found["verdict"] == "no_signal"
    assert found["corrected"]["auroc_ci"][0] <= 0.5
    assert "no evidence of prediction" in told(tmp_path / "out" / "model.json")["evidence"]


def test_few_patients_without_an_effect_are_called_no_signal_and_exploratory(tmp_path, capsys):
    table = cohort(tmp_path / "cohort.csv", 60, [0.0], 4)
    assert fit(table, tmp_path / "out", "--exploratory") == 0
    score = told(tmp_path / "out" / "model.json")
    assert score["verdict"] == "no_signal"
    assert re.match(r"exploratory: 60 patients where \d+ are needed; no evidence", score["evidence"])


def test_a_simulated_cohort_says_so_in_all_that_comes_of_it(tmp_path, capsys):
    words = "simulated cohort, not for clinical use"
    order = ["--exams", "60", "--visit", "baseline,week12", "--effect", "2", "--seed", "1", "--table-only"]
    assert main(["phantom", "cohort", "--out", str(tmp_path / "cohort"), *order]) == 0
    (table,) = (tmp_path / "cohort").glob("*.csv")
    assert fit(table, tmp_path / "out", "--exploratory", features="baseline") == 0
    assert told(tmp_path / "out" / "model.json")["evidence"] == words
    for name in ("report.html", "model_card.md"):
        assert words in (tmp_path / "out" / name).read_text("utf-8")


def test_groups_and_cautions_are_told(tmp_path, capsys):
    lines = rows(*draw(80, [4.0], np.random.default_rng(11)))
    for place, line in enumerate(lines):
        patient = place // 2
        line |= {"sex": ("female", "male")[patient % 2], "site": "north" if patient < 77 else "south"}
        if line["visit"] == "baseline" and patient % 2:
            line["crp_mg_l"] = ""
        line["score"] = "1.5"
        line["sure"] = "9" if line["visit"] == "baseline" and lines[2 * patient + 1]["cdai"] == "100" else "2"
    table = write(tmp_path / "cohort.csv", lines)
    assert fit(table, tmp_path / "out", "--exploratory", features="sure,score,crp_mg_l") == 0
    found = told(tmp_path / "out" / "performance.json")
    groups = {(row["column"], row["group"]): row for row in found["groups"]}
    assert set(groups) == {("sex", "female"), ("site", "north"), ("site", "south")}
    assert "auroc" not in groups["site", "south"]
    assert groups["sex", "female"]["auroc"] == 1.0
    words = " ".join(found["cautions"])
    for said in (
        "none is known only after",
        "score is the same in every patient",
        "crp_mg_l is missing in 50%",
    ):
        assert said in words
    assert capsys.readouterr().err.count("caution: ") == len(found["cautions"])


@pytest.mark.parametrize("reached", [0.0, 1.0])
def test_an_outcome_without_both_classes_is_refused(tmp_path, reached, capsys):
    x, _ = draw(40, [1.0], np.random.default_rng(4))
    table = write(tmp_path / "cohort.csv", rows(x, np.full(40, reached)))
    assert fit(table, tmp_path / "out", "--exploratory") == 2
    assert "too_few_events: of 40 patients" in capsys.readouterr().err
    assert not (tmp_path / "out" / "model.json").exists()


def test_a_single_patient_is_refused(tmp_path, capsys):
    table = write(tmp_path / "cohort.csv", rows(np.zeros((1, 1)), np.ones(1)))
    assert fit(table, tmp_path / "out", "--exploratory") == 2
    assert "too_few_events: of 1 patients" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--features", "nothing"), "bad_features"),
        (("--features", ""), "bad_features"),
        (("--outcome", "happiness"), "unknown_name"),
        (("--outcome", "clinical_remission:mood"), "unknown_name"),
        (("--week", "0"), "number_out_of_range"),
        (("--seed", "-1"), "number_out_of_range"),
    ],
)
def test_wrong_words_are_named(table, tmp_path, words, reason, capsys):
    assert fit(table, tmp_path / "out", *words) == 2
    assert f"ius-vision: {reason}: " in capsys.readouterr().err


def test_difficult_columns_of_one_table(tmp_path, capsys):
    """Separation, a constant, a column given twice, text, gaps, and outcomes that many lack."""
    rng = np.random.default_rng(5)
    x, _ = draw(80, [1.0], rng)
    lines = rows(x, (x[:, 0] > 0).astype(float))
    for place, line in enumerate(lines):
        patient = place // 2
        if line["visit"] == "baseline":
            line |= {"same": "4", "twice": line["bwt_mm"], "site": "aab"[patient % 3]}
            line["bwt_mm"] = "" if patient % 10 == 0 else line["bwt_mm"]
            line["steroid"] = "yes" if patient % 4 == 0 else "no"
        elif patient % 7 == 1:
            line["cdai"] = ""
    table = write(tmp_path / "cohort.csv", lines)
    out = tmp_path / "out"
    assert fit(table, out, "--exploratory", features="bwt_mm,same,twice,site,steroid") == 0
    found, score = told(out / "performance.json"), told(out / "model.json")
    assert found["parameters"] == 5
    assert found["n"] < 80
    assert found["flow"]["without_outcome: item_missing"] == 80 - found["n"]
    assert found["n_judged"] < found["n"]
    size = {term["name"]: term["coefficient"] for term in score["coefficients"]}
    assert list(size) == ["bwt_mm", "same", "twice", "site=b", "steroid"]
    assert abs(size["same"]) < 1e-6
    assert all(np.isfinite(value) for value in size.values())
    assert score["training_ranges"]["site"] == ["a", "b"]


def test_a_column_without_any_value_is_named(tmp_path, capsys):
    lines = rows(*draw(40, [1.0], np.random.default_rng(6)))
    table = write(tmp_path / "cohort.csv", [line | {"bws": ""} for line in lines])
    assert fit(table, tmp_path / "out", "--exploratory", features="bwt_mm,bws") == 2
    assert "bws is known in none of the 40 patients" in capsys.readouterr().err


def test_more_terms_than_patients_are_refused_whatever_is_asked(tmp_path, capsys):
    lines = rows(*draw(20, [1.0], np.random.default_rng(7)))
    names = [f"gene{number}" for number in range(25)]
    for place, line in enumerate(lines):
        line |= {name: str((place * number) % 7) for number, name in enumerate(names)}
    assert (
        fit(write(tmp_path / "c.csv", lines), tmp_path / "out", "--exploratory", features=",".join(names))
        == 2
    )
    assert "25 parameters for 20 patients" in capsys.readouterr().err


def test_the_page_escapes_what_the_table_says(tmp_path, capsys):
    lines = rows(*draw(60, [1.0], np.random.default_rng(8)))
    for line in lines:
        line["<b>x</b>"] = line.get("bwt_mm", "")
        line["site"] = "<script>alert(1)</script>" if line["patient_id"] < "P0030" else "=1+1"
    table = write(tmp_path / "<i>cohort.csv", lines)
    assert fit(table, tmp_path / "out", "--exploratory", features="<b>x</b>,site") == 0
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "&lt;script&gt;" in page
    assert not re.search("<script|<b>x|<i>cohort", page)
    assert not re.search(r'(src|href)="(?!data:)', page)


def test_a_place_that_cannot_be_written_to_is_told_in_one_line(model, table, tmp_path, capsys):
    (tmp_path / "file").write_text("here")
    assert fit(table, tmp_path / "file" / "below") == 2
    assert capsys.readouterr().err.startswith("ius-vision: out_not_writable: ")
    (tmp_path / "out" / "validation.json").mkdir(parents=True)
    assert main(["response", "validate", str(model), str(table), "--out", str(tmp_path / "out")]) == 2
    assert "out_not_writable" in capsys.readouterr().err


def test_rows_that_were_left_out_end_with_exit_code_1(tmp_path, capsys):
    lines = rows(*draw(60, [2.0], np.random.default_rng(9)))
    table = write(tmp_path / "cohort.csv", [*lines, {"patient_id": "", "visit": "baseline"}])
    assert fit(table, tmp_path / "out", "--exploratory") == 1
    assert (tmp_path / "out" / "model.json").exists()
    assert len(read(tmp_path / "out" / "problems.csv")) >= 1
