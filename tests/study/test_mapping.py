from __future__ import annotations

import pytest

from ius_vision.errors import BadUsage
from ius_vision.study.cohort import read_cohort
from tests.study.make import write_rows

REDCAP = """\
missing = ["NA", "-99"]
date_format = "%d/%m/%Y"
[columns]
patient_id = "record_id"
visit = "redcap_event_name"
crp_mg_l = "lab_crp"
sex = "gender"
visit_date = "dov"
[codes.visit]
baseline_arm_1 = "baseline"
week12_arm_1 = "week_12"
[codes.sex]
1 = "female"
2 = "male"
[codes.steroid]
1 = "yes"
0 = "no"
[factors]
crp_mg_l = 10
"""


def test_an_export_is_read_by_its_mapping(tmp_path):
    (tmp_path / "map.toml").write_text(REDCAP, "utf-8")
    rows = [
        {"record_id": 7, "redcap_event_name": "baseline_arm_1", "lab_crp": "2.3", "gender": "1",
         "steroid": "1", "dov": "03/04/2025", "cdai": "NA", "crp_mg_l": "99"},
        {"record_id": 7, "redcap_event_name": "week12_arm_1", "lab_crp": "-99", "gender": "", "steroid": "2",
         "dov": "2025-06-30", "cdai": "120", "crp_mg_l": ""},
    ]  # fmt: skip
    cohort = read_cohort(write_rows(tmp_path / "a.csv", rows), tmp_path / "map.toml")
    first, second = cohort.visits
    assert (first.patient_id, first.visit, second.visit) == ("7", "baseline", "week_12")
    assert (first.get("crp_mg_l"), first.get("sex"), first.get("steroid")) == (23.0, "female", "yes")
    assert first.get("visit_date").isoformat() == "2025-04-03"
    assert first.get("crp_mg_l_original") == 99
    assert (first.get("cdai"), second.get("crp_mg_l"), second.get("cdai")) == (None, None, 120)
    assert [(each.row, each.column) for each in cohort.problems] == [(3, "steroid"), (3, "visit_date")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[columns]\ncrpp = 'x'\n", "crpp is no column"),
        ("[columns]\ncdai = 'x'\nhbi = 'x'\n", "x stands for two"),
        ("[column]\ncdai = 'x'\n", "column"),
        ("[factors]\ncdai = 'much'\n", "factors.cdai"),
        ("not toml", "cannot be read"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused(tmp_path, text, says):
    (tmp_path / "map.toml").write_text(text, "utf-8")
    path = write_rows(tmp_path / "a.csv", [{"patient_id": "P1", "visit": "baseline"}])
    with pytest.raises(BadUsage, match=says) as caught:
        read_cohort(path, tmp_path / "map.toml")
    assert caught.value.reason == "bad_mapping"
