from __future__ import annotations

import pytest

from ius_vision.errors import BadUsage
from ius_vision.study.cohort import read_cohort
from ius_vision.study.endpoints import decide, evaluate, find_definition
from ius_vision.study.join import join_exams
from ius_vision.study.tables import write_cohort
from tests.study.make import cohort_of, said, write_rows

BASE, LATER = "2025-01-01", "2025-03-26"


def segment(exam, patient, day, name, bwt_mm, **more):
    row = {"exam_id": exam, "patient_id": patient, "study_date": day, "segment": name, "bwt_mm": bwt_mm}
    items = {"bws": 0, "ifat": 0, "cds": 0} | more
    return row | items | {f"{item}_status": "measured" for item in ("bwt", "bws", "ifat", "cds")}


RUN = [
    segment("E1", "P1", BASE, "terminal_ileum", 6.0, cds=2, ibus_sas=38),
    segment("E1", "P1", BASE, "sigmoid_colon", 4.0, ibus_sas=16),
    segment("E2", "P1", LATER, "terminal_ileum", 3.0, ibus_sas=12),
    segment("E2", "P1", LATER, "sigmoid_colon", 4.1, ibus_sas=16.4),
]
ROWS = [
    {"patient_id": "P1", "visit": "baseline", "visit_date": BASE},
    {"patient_id": "P1", "visit": "week_12", "visit_date": LATER},
]


def joined(folder, rows, run=RUN, contrast=None):
    write_rows(folder / "segments.csv", run)
    if contrast:
        write_rows(folder / "contrast.csv", contrast)
    return join_exams(cohort_of(folder, *rows), folder)


def answer(cohort, name):
    return decide(cohort, find_definition(name), cohort.at("P1", "week_12"))


def test_exams_are_joined_by_patient_and_date(tmp_path):
    cohort = joined(tmp_path, ROWS)
    first, later = cohort.visits
    assert (first.get("worst_segment"), first.get("bwt_mm"), first.get("exam_id")) == (
        "terminal_ileum",
        6,
        "E1",
    )
    assert (later.get("worst_segment"), later.get("bwt_mm")) == ("sigmoid_colon", 4.1)
    assert cohort.problems == ()
    assert first.computed["bwt_mm"] == "measured"


def test_response_is_of_the_target_segment_and_remission_of_the_worst(tmp_path):
    cohort = joined(tmp_path, ROWS)
    assert cohort.at("P1", "week_12").get("target_segment") == "terminal_ileum"
    assert answer(cohort, "ius_response:stardust").value is True
    assert answer(cohort, "ius_remission:trial_consensus_2025_bwt").value is False
    assert answer(cohort, "ius_response:stardust").measured


def test_the_joined_table_is_a_cohort_table_with_the_same_answers(tmp_path):
    cohort = joined(tmp_path, [ROWS[0] | {"cdai": 300, "site": "=A"}, ROWS[1] | {"cdai": 140}])
    path, _ = write_cohort(cohort, tmp_path)
    again = read_cohort(path)
    assert again.problems == ()
    told = [[(row.definition, row.value, row.reason) for row in evaluate(each)] for each in (cohort, again)]
    assert told[0] == told[1]
    assert again.baseline("P1").get("site") == "=A"


def test_a_target_that_was_not_seen_again_leaves_the_response_open(tmp_path):
    cohort = joined(tmp_path, ROWS, RUN[:2] + RUN[3:])
    assert answer(cohort, "ius_response:stardust").reason == "item_missing"


def test_an_exam_id_overrules_dates_and_another_name_of_the_patient_is_told(tmp_path):
    rows = [ROWS[0] | {"exam_id": "E9"}, ROWS[1] | {"exam_id": "E1"}]
    cohort = joined(tmp_path, rows, [*RUN, segment("E9", "X", BASE, "rectum", 5.0)])
    assert [visit.get("bwt_mm") for visit in cohort.visits] == [5.0, 6.0]
    assert "the exam is of patient X" in said(cohort)[0]


def test_an_exam_that_is_not_there_is_told_and_dates_do_not_stand_in(tmp_path):
    cohort = joined(tmp_path, [ROWS[0] | {"exam_id": "E7"}])
    assert cohort.baseline("P1").get("bwt_mm") is None
    assert "no exam E7" in said(cohort)[0]


def test_the_only_exam_near_a_visit_is_joined_and_told(tmp_path):
    near, far = ("2025-01-10", "2025-01-20")
    cohort = joined(tmp_path, [ROWS[0] | {"visit_date": near}])
    assert cohort.baseline("P1").get("bwt_mm") == 6.0
    assert "9 days from the visit" in said(cohort)[0]
    assert joined(tmp_path, [ROWS[0] | {"visit_date": far}]).baseline("P1").get("bwt_mm") is None


def test_two_exams_of_a_day_are_not_chosen_between(tmp_path):
    cohort = joined(tmp_path, ROWS[:1], [*RUN, segment("E8", "P1", BASE, "rectum", 5.0)])
    assert cohort.baseline("P1").get("bwt_mm") is None
    assert "2 exams are of" in said(cohort)[0]


def test_values_of_the_table_are_not_overruled(tmp_path):
    cohort = joined(tmp_path, [ROWS[0] | {"bwt_mm": 7.5}])
    assert cohort.baseline("P1").get("bwt_mm") == 7.5
    assert cohort.baseline("P1").get("cds") is None
    assert "values of its own" in said(cohort)[0]


def test_equally_bad_segments_are_not_chosen_between(tmp_path):
    run = [segment("E1", "P1", BASE, name, 5.0) for name in ("rectum", "cecum")]
    cohort = joined(tmp_path, ROWS[:1], run)
    assert cohort.baseline("P1").get("bwt_mm") is None
    assert "no worst segment" in said(cohort)[0]


def test_contrast_of_the_worst_segment_is_joined(tmp_path):
    contrast = [
        {"exam_id": "E1", "segment": name, "model": model, "status": "measured", "pe_db": pe, "wir": 2}
        for name, model, pe in (
            ("terminal_ileum", "lognormal", 21.5),
            ("terminal_ileum", "gamma", 20),
            ("sigmoid_colon", "lognormal", 9),
        )
    ]  # fmt: skip
    assert joined(tmp_path, ROWS, contrast=contrast).baseline("P1").get("pe_db") == 21.5


def features(*rows):
    names = (
        "exam_id",
        "segment",
        "status",
        "mucosa_mm",
        "texture",
        "stricture",
        "note",
        "layers_status",
        "device",
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_features_of_the_worst_segment_are_joined_whatever_they_are(tmp_path):
    rows = features(
        ("E1", "terminal_ileum", "measured", 1.5, -0.25, "yes", "thick", "measured", "Maker A"),
        ("E1", "sigmoid_colon", "measured", 0.9, 7, "no", "3", "measured", "Maker B"),
        ("E2", "sigmoid_colon", "measured", "", 2, "no", "", "abstained", "Maker A"),
    )
    write_rows(tmp_path / "features.csv", rows)
    cohort = joined(tmp_path, ROWS)
    found = {name: value for name, value in cohort.baseline("P1").values.items() if "feature_" in name}
    assert found == {"feature_mucosa_mm": 1.5, "feature_texture": -0.25, "feature_stricture": "yes"}
    assert cohort.baseline("P1").get("device") == "Maker A"
    later = cohort.at("P1", "week_12")
    assert (later.get("feature_mucosa_mm"), later.get("feature_texture")) == (None, 2.0)
    (tmp_path / "again").mkdir()
    write_cohort(cohort, tmp_path / "again")
    again = read_cohort(tmp_path / "again" / "cohort.csv")
    assert again.baseline("P1").get("feature_texture") == -0.25


def test_of_two_rows_of_a_segment_and_of_rows_that_were_not_measured_no_feature_is_taken(tmp_path):
    one = ("E1", "terminal_ileum", "measured", 1.5, 1, "yes", "", "measured", "")
    write_rows(tmp_path / "features.csv", features(one, (*one[:3], 1.6, *one[4:])))
    assert joined(tmp_path, ROWS).baseline("P1").get("feature_mucosa_mm") is None
    write_rows(tmp_path / "features.csv", features((*one[:2], "abstained", *one[3:])))
    assert joined(tmp_path, ROWS).baseline("P1").get("feature_mucosa_mm") is None


@pytest.mark.parametrize("text", [None, "exam_id,segment\nE1,rectum\n"])
def test_a_folder_without_the_tables_is_refused(tmp_path, text):
    if text:
        (tmp_path / "segments.csv").write_text(text, "utf-8")
    with pytest.raises(BadUsage) as caught:
        join_exams(cohort_of(tmp_path, *ROWS), tmp_path)
    assert caught.value.reason == "bad_exams"
