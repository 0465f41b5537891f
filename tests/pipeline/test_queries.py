"""The queries that the page on scale shows give right answers on tables as a run leaves them."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest

from ius_vision.findings import TABLES, ClipRow, FrameRow, SegmentRow, write_table

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"


def clip(exam: str, day: str, **cells) -> ClipRow:
    names = {"exam_id": exam, "patient_id": "P", "study_instance_uid": exam, "sop_instance_uid": f"{exam}.1"}
    return ClipRow(**names, file=f"{exam}/a", study_date=day, **cells)


def segment(exam: str, **cells) -> SegmentRow:
    statuses = dict.fromkeys(("bws_status", "ifat_status", "cds_status"), "measured")
    statuses |= {"bws": 0, "ifat": 0, "cds": 0}
    names = {"exam_id": exam, "patient_id": "P", "study_instance_uid": exam}
    return SegmentRow(**names, segment="rectum", clips=1, **(statuses | cells))


def frame(exam: str, number: int, bwt_mm: float) -> FrameRow:
    return FrameRow(exam_id=exam, file=f"{exam}/a", frame=number, status="measured", bwt_mm=bwt_mm)


WHY = {"reason": "no_spacing", "detail": "It has no scale."}
NO_WALL = {f"bwt_{name}": value for name, value in {"status": "abstained", **WHY}.items()}
WALL = {"bwt_mm": 4.0, "bwt_status": "measured", "status": "measured"}


@pytest.fixture
def results(tmp_path) -> Path:
    """Three output folders in partitions: an exam each, the second's without a value."""
    runs = {
        "site=A/year=2025": (
            [clip("1.1", "2025-03-04", mode="b_mode", **WALL)], [frame("1.1", 1, 3.0), frame("1.1", 2, 5.0)],
            [segment("1.1", ibus_sas=30.0, ibus_sas_low=10.0, ibus_sas_high=50.0, **WALL)],
        ),
        "site=B/year=2025": (
            [clip("2.1", "2025-03-31", status="abstained", **WHY)], [],
            [segment("2.1", status="abstained", **WHY, **NO_WALL)],
        ),
        "site=B/year=2024": (
            [clip("3.1", "2024-01-01", status="abstained", **WHY)], [],
            [segment("3.1", ibus_sas=30.0, ibus_sas_low=25.0, ibus_sas_high=35.0, **WALL)],
        ),
    }  # fmt: skip
    for place, (clips, frames, segments) in runs.items():
        folder = tmp_path / place
        folder.mkdir(parents=True)
        rows = dict.fromkeys(TABLES, ()) | {"clips": clips, "frames": frames, "segments": segments}
        for name, row_type in TABLES.items():
            write_table(rows[name], row_type, folder / name)
    return tmp_path


def answers(folder: Path) -> list[list[tuple]]:
    """What each query of the page gives."""
    duckdb = pytest.importorskip("duckdb", reason="the extra `test` is not installed")
    (block,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    queries = [query for query in block.split(";") if query.strip()]
    with duckdb.connect() as database:
        asked = [query.replace("'results/", f"'{folder.as_posix()}/") for query in queries]
        return [database.execute(query).fetchall() for query in asked]


def test_every_query_of_the_page_is_answered_rightly(results):
    to_look_at, reasons, spreads = answers(results)
    assert to_look_at == [
        ("A", "1.1", "rectum", 4.0, 10.0, 50.0),
        ("B", "2.1", "rectum", None, None, None),
    ]
    assert [(site, str(month)[:10], *rest) for site, month, *rest in reasons] == [
        ("B", str(datetime.date(2025, 3, 1)), "no_spacing", 1)
    ]
    ((site, exam, file, bwt_mm, frames, spread_mm),) = spreads
    assert (site, exam, file, bwt_mm, frames) == ("A", "1.1", "1.1/a", 4.0, 2)
    assert spread_mm == pytest.approx(2**0.5)
