"""From exams and a spreadsheet to a tidy table and each patient's probability. Copy this and change it.

    python scripts/examples/exams_to_score.py EXAMS --cohort cohort.csv --score models/upadacitinib_response \
        --out results

Writes `segments_tidy.csv` (a row per exam and segment), `visits.csv` (a row per patient and visit, ultrasound
joined) and `predictions.csv` to the output folder. Running it again analyses only what is new.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ius_vision.errors import IusError
from ius_vision.pipeline.batch import analyze
from ius_vision.pipeline.settings import AnalyzeSettings
from ius_vision.response.model_file import read_model, sha256_of
from ius_vision.response.predict import predict
from ius_vision.study.cohort import read_cohort
from ius_vision.study.frame import cohort_frame, exam_frame, rows_frame
from ius_vision.study.join import join_exams


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("exams", type=Path, help="folder of DICOM files")
    parser.add_argument("--cohort", type=Path, required=True, help="table with a row per patient and visit")
    parser.add_argument("--score", type=Path, required=True, help="folder of a response score")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=1)
    chosen = parser.parse_args()
    results = chosen.out / "analyze"

    # 1. Exams in, measurements out.
    done = analyze(AnalyzeSettings(paths=(chosen.exams,), out=results, jobs=chosen.jobs))
    segments = exam_frame(results)
    segments.to_csv(chosen.out / "segments_tidy.csv", index=False)
    measured = segments[segments["bwt_status"].isin(["measured", "entered"])]
    print(measured.groupby("segment")["bwt_mm"].describe().round(2))
    print(segments.loc[segments["bwt_mm"].isna(), ["exam_id", "segment", "reason"]])

    # 2. Joined with the clinical table by exam_id, else by patient and date. What is wrong in it is told.
    cohort = join_exams(read_cohort(chosen.cohort), results)
    for problem in cohort.problems:
        print(
            f"row {problem.row}, {problem.column}: {problem.problem}. {problem.what_to_do}.", file=sys.stderr
        )
    visits = cohort_frame(cohort)
    visits.to_csv(chosen.out / "visits.csv", index=False)

    # 3. Each patient's probability, or why there is none. `evidence` says what the score stands on.
    rows = predict(read_model(chosen.score), cohort, sha256_of(chosen.score))
    predictions = rows_frame(rows)
    predictions.to_csv(chosen.out / "predictions.csv", index=False)
    print(predictions[["patient_id", "probability", "status", "reason", "evidence"]])
    return done.exit_code


# The guard is needed: worker processes import this file.
if __name__ == "__main__":
    try:
        sys.exit(main())
    except IusError as error:
        sys.exit(f"{error}")
