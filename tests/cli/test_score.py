from __future__ import annotations

import json

import pytest

from ius_vision.cli.main import main

FULL = ("--bwt-mm", "5.0", "--ifat", "2", "--cds", "2", "--bws", "2")
ITEMS = ("bwt_mm", "ifat", "cds", "bws")
SCORES = ("ibus_sas", "ibus_sas_low", "ibus_sas_high", "limberg", "buss", "muc")


def document(capsys, *words):
    assert main(["score", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def text(capsys, *words):
    assert main(["score", *words]) == 0
    return capsys.readouterr().out


def refusal(capsys, *words):
    code = main(["score", *words])
    said = capsys.readouterr()
    assert (code, said.out, said.err.count("\n")) == (2, "", 1)
    return said.err


def test_all_four_items_give_every_score(capsys):
    given = document(capsys, *FULL)
    assert {*ITEMS, *SCORES, "reason", "warnings", "cut_offs"} <= given.keys()
    assert (given["ibus_sas"], given["ibus_sas_low"], given["ibus_sas_high"]) == (72.0, 72.0, 72.0)
    assert (given["limberg"], given["buss"], given["muc"], given["reason"]) == (3, 5.4, 9.0, None)


def test_missing_items_give_a_range_and_no_score(capsys):
    given = document(capsys, "--bwt-mm", "5", "--cds", "2")
    assert (given["ibus_sas"], given["ibus_sas_low"], given["ibus_sas_high"]) == (None, 34.0, 76.0)
    assert (given["reason"], given["missing"]) == ("item_missing", ["ifat", "bws"])


def test_a_missing_doppler_grade_leaves_its_scores_empty(capsys):
    given = document(capsys, "--bwt-mm", "5")
    assert (given["limberg"], given["buss"], given["muc"]) == (None, None, None)
    assert given["reasons"] == {
        "ibus_sas": "item_missing",
        "buss": "item_missing",
        "muc": "item_missing",
        "limberg": "limberg_needs_doppler",
    }


def test_flow_in_a_thin_wall_has_no_limberg_grade(capsys):
    given = document(capsys, "--bwt-mm", "2.5", "--cds", "1")
    assert (given["limberg"], given["reasons"]["limberg"]) == (None, "limberg_undefined_thin_wall")
    assert "no thick wall" in text(capsys, "--bwt-mm", "2.5", "--cds", "1")


def test_every_cut_off_is_named_with_source_and_mark(capsys):
    given = document(capsys, *FULL)
    assert all(each["citation"] and each["mark"] in "PSMDJ" for each in given["cut_offs"])
    met = {each["name"]: each["met"] for each in given["cut_offs"]}
    assert met["ibus_sas_dragoni_2023"] is True
    assert met["buss_remission"] is False
    notes = {each["name"]: each["note"] for each in given["cut_offs"]}
    assert notes["buss_remission"] == "project setting"


def test_the_text_says_scores_cut_offs_and_marks(capsys):
    said = text(capsys, *FULL)
    assert said.startswith("IBUS-SAS  72\nLimberg   3\nBUSS      5.4\nMUC       9\n")
    assert "yes  IBUS-SAS > 65.5: severe endoscopic activity" in said
    assert "[J: project setting]" in said


def test_the_text_says_a_range_and_what_it_lacks(capsys):
    said = text(capsys, "--bwt-mm", "5", "--cds", "2")
    assert "IBUS-SAS  34 to 76; not assessed: ifat, bws" in said
    assert "open IBUS-SAS > 65.5" in said


def test_a_score_above_100_is_not_capped(capsys):
    words = ("--bwt-mm", "12", "--ifat", "2", "--cds", "3", "--bws", "3")
    given = document(capsys, *words)
    assert given["ibus_sas"] == 111.0
    assert "above 100" in given["warnings"][0]
    assert "Note: IBUS-SAS is above 100" in text(capsys, *words)


@pytest.mark.parametrize("wall", ["2.0 mm", "5,2", "nan", "inf", "-3", "1e1", "1_0", "", "٥", "0", "9" * 400])
def test_what_is_no_thickness_is_refused_in_one_line(capsys, wall):
    said = refusal(capsys, f"--bwt-mm={wall}")
    assert said.startswith("ius-vision: number_out_of_range: ")


@pytest.mark.parametrize("option", ["--ifat", "--cds", "--bws"])
@pytest.mark.parametrize("grade", ["1.5", "-1", "4", "two", "", "True", "9" * 5000])
def test_what_is_no_grade_is_refused_in_one_line(capsys, option, grade):
    said = refusal(capsys, "--bwt-mm=5", f"{option}={grade}")
    assert option.strip("-") in said


def test_a_thickness_must_be_given(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["score", "--cds", "2"])
    assert stopped.value.code == 2
    assert "--bwt-mm" in capsys.readouterr().err
