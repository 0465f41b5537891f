from __future__ import annotations

import csv

import numpy as np
import pytest

from ius_vision.cli.main import main
from ius_vision.phantom.clinical import EVIDENCE, ClinicalOrder, clinical_rows
from ius_vision.phantom.plan import VISITS, ExamOrder, plan_visits
from ius_vision.study.cohort import read_cohort
from ius_vision.study.dictionary import DICTIONARY


def cohort(folder, *words):
    asked = ["phantom", "cohort", "--out", str(folder), "--seed", "3", "--visit", "baseline,week12", *words]
    assert main(asked) == 0
    return folder / "cohort.csv"


def drawn(patients: int, effect: float) -> tuple[np.ndarray, np.ndarray]:
    """Baseline thickness of the worst segment, and whether remission was reached."""
    order, found = ClinicalOrder(effect=effect, with_ultrasound=True), []
    for number in range(patients):
        visits = plan_visits(ExamOrder((11, number), f"P{number}", visits=VISITS))
        before, after = clinical_rows(order, (11, number), f"P{number}", visits)
        found.append((before["bwt_mm"], after["cdai"] < 150))
    thickness, remission = np.array(found).T
    return thickness, remission.astype(bool)


def test_a_simulated_table_has_no_problem_and_says_what_it_is(tmp_path):
    told = read_cohort(cohort(tmp_path, "--exams", "40", "--table-only"))
    assert told.problems == ()
    assert set(told.columns) - {"evidence"} <= set(DICTIONARY)
    assert {visit.get("evidence") for visit in told.visits} == {EVIDENCE}
    assert len(told.patients) == 40
    assert told.visit_names == ("baseline", "week_12")


def test_equal_seeds_give_equal_tables(tmp_path):
    words = ("--exams", "6", "--table-only", "--missing", "0.3")
    assert cohort(tmp_path / "a", *words).read_bytes() == cohort(tmp_path / "b", *words).read_bytes()


def test_missing_is_the_share_that_was_asked_for(tmp_path):
    with cohort(tmp_path, "--exams", "80", "--table-only", "--missing", "0.25").open(
        encoding="utf-8"
    ) as stream:
        rows = [row for row in csv.DictReader(stream) if row["visit"] == "baseline"]
    cells = [row[name] for row in rows for name in ("cdai", "sescd", "crp_mg_l", "bwt_mm", "sex", "cds")]
    assert cells.count("") / len(cells) == pytest.approx(0.25, abs=0.08)
    assert all(row["patient_id"] and row["visit_date"] and row["evidence"] for row in rows)


def test_the_effect_is_a_dial():
    thickness, remission = drawn(600, effect=1.5)
    assert thickness[remission].mean() < thickness[~remission].mean() - 0.3
    thickness, remission = drawn(600, effect=0.0)
    assert thickness[remission].mean() == pytest.approx(thickness[~remission].mean(), abs=0.6)
    assert remission.mean() == pytest.approx(0.45, abs=0.06)


def test_the_rows_fit_the_exams_beside_them(tmp_path):
    path = cohort(tmp_path, "--exams", "1", "--segments", "terminal_ileum", "--frames", "2")
    told = read_cohort(path)
    with (tmp_path / "truth_segments.csv").open(encoding="utf-8") as stream:
        truth = {(row["patient_id"], row["study_date"]) for row in csv.DictReader(stream)}
    assert {(visit.patient_id, visit.get("visit_date").isoformat()) for visit in told.visits} == truth
    assert told.visits[0].get("bwt_mm") is None


@pytest.mark.parametrize("words", [["--missing", "1"], ["--missing", "-0.1"], ["--exams", "0"]])
def test_absurd_numbers_are_refused(tmp_path, words):
    asked = ["phantom", "cohort", "--out", str(tmp_path), "--seed", "1", "--table-only", *words]
    assert main(asked) == 2


def test_devices_move_what_is_shown_of_the_wall_and_nothing_else(tmp_path):
    plain, moved = (
        read_cohort(cohort(tmp_path / name, "--exams", "60", "--table-only", *words))
        for name, words in (("plain", ()), ("moved", ("--device-effect", "1")))
    )
    gaps = {}
    for one, other in zip(plain.visits, moved.visits, strict=True):
        assert one.get("cdai") == other.get("cdai")
        gaps.setdefault(other.get("device"), set()).add(round(other.get("bwt_mm") - one.get("bwt_mm"), 2))
    assert moved.problems == ()
    assert len(gaps) == 3
    # Each device errs by one amount, but for walls that would end below the thinnest one.
    assert all(np.ptp(sorted(each)) < 0.02 or min(each) < 0 for each in gaps.values())
    assert len({round(float(np.median(sorted(each))), 1) for each in gaps.values()}) > 1


def test_exams_bring_their_own_ultrasound(tmp_path, capsys):
    words = ["phantom", "cohort", "--out", str(tmp_path), "--seed", "1", "--device-effect", "1"]
    assert main(words) == 2
    assert "--table-only" in capsys.readouterr().err
