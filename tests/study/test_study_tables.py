from __future__ import annotations

import csv

import pytest

from ius_vision.cli.main import main
from ius_vision.study.describe import baseline_table, groups_of
from ius_vision.study.endpoints import find_definition
from ius_vision.study.paired import paired_table
from ius_vision.study.study_tables import last_visit
from tests.study.make import cohort_of, write_rows


def patient(number: int, **more):
    """Ten patients: five with a CDAI below 150 at week 12, four not, one without the visit."""
    name, day = f"P{number}", f"19{50 + number}-01-01"
    before = {
        "patient_id": name, "visit": "baseline", "cdai": 200 + 10 * number, "bwt_mm": 4 + number / 10,
        "steroid": "yes" if number < 6 else "no", "montreal_location": "L1" if number % 2 else "L3",
        "birth_date": day, "consent_date": "2025-01-02",
    }  # fmt: skip
    after = {"patient_id": name, "visit": "week_12", "cdai": 100 if number < 5 else 160, "steroid": "no"}
    return [before | more] + ([] if number == 9 else [after | {"bwt_mm": before["bwt_mm"] - 1}])


@pytest.fixture
def rows():
    return [row for number in range(10) for row in patient(number)]


def test_the_baseline_in_numbers_and_words(tmp_path, rows):
    cohort = cohort_of(tmp_path, *rows)
    groups = groups_of(cohort, find_definition("clinical_remission"), "week_12")
    found = {(row.variable, row.level, row.group): row for row in baseline_table(cohort, groups)}
    cdai = found["cdai", None, "all"]
    assert (cdai.median, cdai.q1, cdai.q3, cdai.known) == (245, 222.5, 267.5, 10)
    assert [found["cdai", None, group].median for group in ("yes", "no")] == [220, 265]
    assert [found["cdai", None, group].patients for group in ("all", "yes", "no")] == [10, 5, 4]
    assert groups.unknown == 1
    assert cdai.effect == -1
    steroid = found["steroid", "yes", "yes"]
    assert (steroid.count, steroid.known, steroid.percent) == (5, 5, 100)
    assert found["montreal_location", "L1", "all"].count == 5
    assert found["age_years", None, "all"].maximum == 75


def test_a_level_nobody_has_is_not_listed_and_what_nobody_knows_neither(tmp_path, rows):
    cohort = cohort_of(tmp_path, *rows)
    listed = {(row.variable, row.level) for row in baseline_table(cohort, groups_of(cohort, None, None))}
    assert ("montreal_location", "L2") not in listed
    assert "sescd" not in {name for name, _ in listed}


def test_before_and_after_of_those_who_have_both(tmp_path, rows):
    (cdai, bwt, steroid) = paired_table(cohort_of(tmp_path, *rows))
    assert (cdai.variable, cdai.pairs, cdai.median_before, cdai.median_after) == ("cdai", 9, 240, 100)
    assert cdai.mean_change == pytest.approx((5 * 100 + 4 * 160) / 9 - 240)
    assert (bwt.mean_change, bwt.effect) == (pytest.approx(-1), -1)
    assert (steroid.mean_before, steroid.mean_after, steroid.test) == (
        pytest.approx(6 / 9),
        0,
        "McNemar exact",
    )
    assert cdai.p_holm >= cdai.p


def test_the_last_visit_is_the_latest_week(tmp_path):
    names = ("baseline", "week_12", "end", "week_4")
    cohort = cohort_of(tmp_path, *({"patient_id": "P1", "visit": name} for name in names))
    assert last_visit(cohort) == "week_12"
    assert last_visit(cohort_of(tmp_path, {"patient_id": "P1", "visit": "baseline"})) is None


def test_the_command_leaves_tables_figures_and_a_page(tmp_path, rows):
    rows[0] |= {"evidence": "simulated <b>cohort</b>"}
    path, out = write_rows(tmp_path / "cohort.csv", rows), tmp_path / "out"
    assert main(["study", "table", str(path), "--out", str(out), "--by", "clinical_remission"]) == 0
    page = (out / "study.html").read_text("utf-8")
    assert "simulated &lt;b&gt;cohort&lt;/b&gt;" in page
    assert "5/9" in page
    assert page.count("<svg") == 3
    assert "http://www.w3.org" in page
    assert "src=" not in page
    made = {each.name for each in (out / "figures").iterdir()}
    assert made == {
        f"{name}.{kind}" for name in ("course_cdai", "course_bwt_mm", "rates") for kind in ("png", "svg")
    }
    with (out / "baseline.csv").open(encoding="utf-8") as stream:
        assert len(list(csv.DictReader(stream))) == 6 * 3


def test_the_same_table_gives_the_same_bytes(tmp_path, rows):
    path = write_rows(tmp_path / "cohort.csv", rows)
    for name in ("one", "two"):
        assert main(["study", "table", str(path), "--out", str(tmp_path / name)]) == 0
    files = sorted(
        each.relative_to(tmp_path / "one") for each in (tmp_path / "one").rglob("*") if each.is_file()
    )
    assert files
    assert all(
        (tmp_path / "one" / each).read_bytes() == (tmp_path / "two" / each).read_bytes() for each in files
    )


def test_a_cohort_of_one_baseline_has_a_page(tmp_path):
    path = write_rows(tmp_path / "cohort.csv", [{"patient_id": "P1", "visit": "baseline", "cdai": 200}])
    words = ["study", "table", str(path), "--out", str(tmp_path / "out"), "--by", "ius_response"]
    assert main(words) == 0
    assert "Nothing was assessed" in (tmp_path / "out" / "study.html").read_text("utf-8")


def test_names_with_signs_of_formulas_and_of_other_alphabets_are_drawn(tmp_path, rows):
    for row in rows:
        row["visit"] = row["visit"].replace("week_12", "$\\frac 基线 <b>")
    path, out = write_rows(tmp_path / "cohort.csv", rows), tmp_path / "out"
    assert main(["study", "table", str(path), "--out", str(out)]) == 0
    assert "$\\frac 基线 &lt;b&gt;" in (out / "study.html").read_text("utf-8")


def test_a_place_that_cannot_be_written_to_is_told_in_a_line(tmp_path, rows, capsys):
    path, out = write_rows(tmp_path / "cohort.csv", rows), tmp_path / "out"
    out.mkdir()
    (out / "figures").write_text("in the way")
    assert main(["study", "table", str(path), "--out", str(out)]) == 2
    assert "out_not_writable: File exists" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--by", "nothing"], ["--visit", "week_99"]])
def test_names_that_are_not_there_are_refused(tmp_path, rows, words):
    path = write_rows(tmp_path / "cohort.csv", rows)
    assert main(["study", "table", str(path), "--out", str(tmp_path / "out"), *words]) == 2


def test_eligibility_has_its_chart_and_page(tmp_path, rows):
    path, out = write_rows(tmp_path / "cohort.csv", rows), tmp_path / "out"
    assert main(["study", "eligibility", str(path), "--out", str(out)]) == 0
    assert (out / "flow.png").read_bytes().startswith(b"\x89PNG")
    page = (out / "eligibility.html").read_text("utf-8")
    assert page.count("<svg") == 1
    assert "Undetermined" not in page.split("<svg")[0]
