"""Data frames for scripts, and the example that a researcher would copy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas
import pytest

from ius_vision.errors import BadUsage
from ius_vision.phantom.exam import write_exam
from ius_vision.phantom.plan import ExamOrder
from ius_vision.study.cohort import read_cohort
from ius_vision.study.frame import cohort_frame, exam_frame, rows_frame
from ius_vision.study.problems import Problem
from ius_vision.vocabulary import Segment

PROJECT = Path(__file__).resolve().parents[2]


def tables(folder: Path) -> Path:
    folder.mkdir()
    keys = {"exam_id": ["e1", "e1", "e2"], "segment": ["terminal_ileum", "sigmoid_colon", "terminal_ileum"]}
    write = {
        "segments": {**keys, "bwt_mm": [6.0, None, 2.5], "bwt_status": ["measured", "abstained", "measured"]},
        "features": {**keys, "mucosa_mm": [1.5, None, 0.9], "bwt_mm": [9.0, 9.0, 9.0]},
        "contrast": {
            "exam_id": ["e1", "e2", "e2"],
            "segment": ["terminal_ileum"] * 3,
            "model": ["lognormal", "lognormal", "lognormal"],
            "status": ["measured"] * 3,
            "pe_db": [21.0, 5.0, 6.0],
        },
    }
    for name, columns in write.items():
        pandas.DataFrame(columns).to_parquet(folder / f"{name}.parquet")
    return folder


def test_a_run_is_a_row_per_exam_and_segment_with_features_and_contrast_beside(tmp_path):
    frame = exam_frame(tables(tmp_path / "run"))
    assert len(frame) == 3
    assert frame["feature_mucosa_mm"].tolist()[::2] == [1.5, 0.9]
    assert frame["bwt_mm"].isna().tolist() == [False, True, False]
    # Of two regions of a segment none is chosen, and a segment without contrast has none.
    assert frame["contrast_pe_db"].isna().tolist() == [False, True, True]
    assert frame["contrast_pe_db"][0] == 21.0


def test_a_folder_without_tables_is_told(tmp_path):
    with pytest.raises(BadUsage, match=r"segments\.parquet cannot be read"):
        exam_frame(tmp_path)


def test_a_cohort_and_any_rows_are_data_frames(tmp_path):
    path = tmp_path / "cohort.csv"
    path.write_text("patient_id,visit,cdai\nA,baseline,300\nA,week_12,\n")
    frame = cohort_frame(read_cohort(path))
    assert frame["cdai"].tolist()[0] == 300
    assert frame["cdai"].isna().tolist() == [False, True]
    problem = Problem(row=2, patient_id="A", visit="v", column="c", problem="p", what_to_do="w")
    assert rows_frame([problem]).to_dict("records")[0]["problem"] == "p"


def test_the_example_goes_from_exams_to_a_table_and_a_probability(tmp_path):
    exams = tmp_path / "exams"
    write_exam(
        exams,
        ExamOrder(
            key=(41, 1), patient="A", segments=(Segment.SIGMOID_COLON,), frames=2, contrast=False, small=True
        ),
    )
    cohort = tmp_path / "cohort.csv"
    cohort.write_text("patient_id,visit,cdai,bwt_mm\nA,baseline,300,6\nB,baseline,290,\n")
    words = ["--cohort", str(cohort), "--score", str(PROJECT / "models" / "upadacitinib_response")]
    script = PROJECT / "scripts" / "examples" / "exams_to_score.py"
    done = subprocess.run(
        [sys.executable, str(script), str(exams), *words, "--out", str(tmp_path / "out")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "sigmoid_colon" in (tmp_path / "out" / "segments_tidy.csv").read_text("utf-8")
    rows = pandas.read_csv(tmp_path / "out" / "predictions.csv").set_index("patient_id")
    assert 0 < rows.loc["A", "probability"] < 1
    assert rows.loc["B", "reason"] == "required_item_missing"
    assert "simulated" in rows.loc["A", "evidence"]
