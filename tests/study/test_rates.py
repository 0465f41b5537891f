from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ius_vision.study.cohort import Cohort
from ius_vision.study.endpoints import ENDPOINTS, evaluate
from ius_vision.study.rates import RateRow, endpoint_rates, wilson
from tests.study.make import cohort_of

GOLDEN = Path(__file__).parents[1] / "golden" / "published_rates.csv"
# A baseline and what makes an endpoint's first definition a yes, a no, and open.
CASES = {
    "clinical_remission": ({}, {"cdai": 149}, {"cdai": 150}),
    "clinical_response": ({"cdai": 300}, {"cdai": 200}, {"cdai": 201}),
    "steroid_free_remission": ({}, {"cdai": 149, "steroid": "no"}, {"cdai": 149, "steroid": "yes"}),
    "endoscopic_response": ({"sescd": 12}, {"sescd": 5}, {"sescd": 6}),
    "endoscopic_remission": ({}, {"sescd": 2, "ulcers": "no"}, {"sescd": 3, "ulcers": "no"}),
    "mucosal_healing": ({}, {"ulcers": "no"}, {"ulcers": "yes"}),
    "crp_normalised": (
        {"crp_mg_l": 20, "crp_uln_mg_l": 5},
        {"crp_mg_l": 5, "crp_uln_mg_l": 5},
        {"crp_mg_l": 6, "crp_uln_mg_l": 5},
    ),
    "esr_normalised": (
        {"esr_mm_h": 40, "esr_uln_mm_h": 20},
        {"esr_mm_h": 20, "esr_uln_mm_h": 20},
        {"esr_mm_h": 21, "esr_uln_mm_h": 20},
    ),
    "fcp_normalised": (
        {"fcp_ug_g": 900, "fcp_uln_ug_g": 250},
        {"fcp_ug_g": 250, "fcp_uln_ug_g": 250},
        {"fcp_ug_g": 251, "fcp_uln_ug_g": 250},
    ),
    "ius_response": ({"bwt_mm": 6, "cds": 2}, {"bwt_mm": 4, "cds": 2}, {"bwt_mm": 6, "cds": 2}),
    "ius_remission": ({}, {"bwt_mm": 3, "cds": 0}, {"bwt_mm": 4, "cds": 0}),
    "uc_clinical_remission": (
        {"mayo_stool": 2},
        {"mayo_stool": 1, "mayo_bleeding": 0, "mayo_endoscopic": 1},
        {"mayo_stool": 2, "mayo_bleeding": 0, "mayo_endoscopic": 1},
    ),
    "uc_clinical_response": (
        {"mayo_stool": 3, "mayo_bleeding": 2, "mayo_endoscopic": 3},
        {"mayo_stool": 1, "mayo_bleeding": 1, "mayo_endoscopic": 1},
        {"mayo_stool": 3, "mayo_bleeding": 2, "mayo_endoscopic": 3},
    ),
    "uc_endoscopic_improvement": ({}, {"mayo_endoscopic": 1}, {"mayo_endoscopic": 2}),
    "uc_endoscopic_remission": ({}, {"uceis": 1}, {"uceis": 2}),
}


def published():
    with GOLDEN.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def cohort(folder, endpoint: str, yes: int, no: int, missing: int = 0, absent: int = 0) -> Cohort:
    """Patients who reached an endpoint, did not, have no value, or have no visit."""
    before, reached, not_reached = CASES[endpoint]
    later = [reached] * yes + [not_reached] * no + [{}] * missing + [None] * absent
    rows = []
    for number, cells in enumerate(later):
        rows.append({"patient_id": f"P{number}", "visit": "baseline"} | before)
        if cells is not None:
            rows.append({"patient_id": f"P{number}", "visit": "week_12"} | cells)
    return cohort_of(folder, *rows)


def rate_of(told: Cohort, endpoint: str, impute: bool = False, visit: str = "week_12") -> RateRow:
    first = next(iter(ENDPOINTS[endpoint]))
    rates = endpoint_rates(told, evaluate(told), impute)
    return next(row for row in rates if (row.endpoint, row.definition, row.visit) == (endpoint, first, visit))


@pytest.mark.parametrize(
    "row", published(), ids=lambda row: f"{row['source']} {row['yes']}/{row['assessed']}"
)
def test_published_rates_come_from_the_counts_that_give_them(tmp_path, row):
    yes, assessed = int(row["yes"]), int(row["assessed"])
    found = rate_of(cohort(tmp_path, row["endpoint"], yes, assessed - yes, missing=3), row["endpoint"])
    assert (found.yes, found.assessed, found.patients) == (yes, assessed, assessed + 3)
    assert round(100 * found.rate, int(row["decimals"])) == float(row["percent"])
    assert found.ci_low < found.rate < found.ci_high


@pytest.mark.parametrize(
    ("yes", "assessed", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (12, 17, 0.4687, 0.8672)],
)
def test_wilson_interval(yes, assessed, low, high):
    """Against the formula of 1927, written out, and tabulated ends."""
    z2, share = 1.959963984540054**2, yes / assessed
    middle = (share + z2 / (2 * assessed)) / (1 + z2 / assessed)
    half = math.sqrt(z2 * share * (1 - share) / assessed + z2 * z2 / (4 * assessed**2)) / (1 + z2 / assessed)
    assert wilson(yes, assessed) == pytest.approx((share, middle - half, middle + half), abs=1e-9)
    assert wilson(yes, assessed)[1:] == pytest.approx((low, high), abs=5e-5)


def test_nobody_assessed_has_no_rate():
    assert wilson(0, 0) == (None, None, None)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_rate_lies_in_its_interval(counts):
    rate, low, high = wilson(*counts)
    assert 0 <= low <= rate + 1e-12
    assert rate - 1e-12 <= high <= 1


def test_missing_is_not_a_no_unless_that_is_asked_for_and_said(tmp_path):
    told = cohort(tmp_path, "clinical_remission", yes=4, no=3, missing=2, absent=1)
    plain, imputed = (rate_of(told, "clinical_remission", impute) for impute in (False, True))
    assert (plain.yes, plain.assessed, plain.patients, plain.missing) == (4, 7, 9, 2)
    assert plain.imputed_rate is None
    assert (imputed.rate, imputed.imputed_no, imputed.imputed_rate) == (plain.rate, 3, 0.4)
    assert rate_of(told, "clinical_remission", True, "baseline").imputed_no is None


def test_those_who_were_normal_before_are_not_asked_and_not_imputed(tmp_path):
    normal = {"crp_mg_l": 4, "crp_uln_mg_l": 5}
    told = cohort_of(
        tmp_path,
        {"patient_id": "P1", "visit": "baseline"} | normal,
        {"patient_id": "P1", "visit": "week_12"} | normal,
    )
    found = rate_of(told, "crp_normalised", impute=True)
    assert (found.assessed, found.not_asked, found.missing, found.imputed_no) == (0, 1, 0, 0)


def test_a_visit_outside_its_window_counts(tmp_path):
    told = cohort_of(
        tmp_path,
        {"patient_id": "P1", "visit": "baseline"},
        {"patient_id": "P1", "visit": "week_12", "week": 30, "cdai": 100},
    )
    assert rate_of(told, "clinical_remission").yes == 1
