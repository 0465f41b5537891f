"""`fit-curves`: any table in, a row a curve out."""

from __future__ import annotations

import csv

import numpy as np
import pyarrow.parquet
import pytest

from ius_vision.cli.main import main
from ius_vision.phantom.boluses import BolusScene, bolus_curves

# fmt: off
CONTRACT = [
    "curve_id", "model", "t0_s", "baseline", "pe", "ttp_s", "rt_s", "ft_s", "mtt_s", "wi_auc", "wo_auc",
    "wiwo_auc", "wir", "wor", "wipi", "qof", "status", "reason",
]
# fmt: on
HEADER = ["curve_id,time_s,intensity"]


def lines_of(name, times, values):
    return [f"{name},{float(t)!r},{float(y)!r}" for t, y in zip(times, values, strict=True)]


def table(tmp_path, lines, name="curves.csv"):
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def fit(tmp_path, lines, *options, code=0):
    out = tmp_path / "out" / "fits.csv"
    assert main(["fit-curves", str(table(tmp_path, lines)), "--out", str(out), *options]) == code
    with out.open(encoding="utf-8", newline="") as stream:
        return {row["curve_id"]: row for row in csv.DictReader(stream)}


@pytest.fixture(scope="module")
def boluses():
    return bolus_curves(BolusScene(6.0, 60.0, 0.0, 0.0, 0.0), 6, np.random.default_rng(0))


def test_every_curve_has_a_row_with_the_contract_columns(tmp_path, boluses):
    t, seen, truth = boluses
    rows = fit(tmp_path, HEADER + [line for i in range(6) for line in lines_of(f"roi {i}", t, seen[i])])
    assert list(rows) == [f"roi {i}" for i in range(6)]
    for i, row in enumerate(rows.values()):
        assert list(row)[: len(CONTRACT)] == CONTRACT
        assert (row["model"], row["status"], row["reason"]) == ("lognormal", "measured", "")
        for name, values in truth.items():
            assert float(row[name]) == pytest.approx(values[i], rel=1e-6), name


def test_the_parquet_holds_the_same_cells(tmp_path, boluses):
    t, seen, _ = boluses
    rows = fit(tmp_path, HEADER + lines_of("a", t, seen[0]) + lines_of("flat", t, np.ones(t.size)))
    parquet = pyarrow.parquet.read_table(tmp_path / "out" / "fits.parquet").to_pylist()
    assert [list(row) for row in parquet] == [list(row) for row in rows.values()]
    for ours, theirs in zip(rows.values(), parquet, strict=True):
        for name, cell in theirs.items():
            assert (ours[name] == "") == (cell is None), name
            if isinstance(cell, float):
                assert float(ours[name]) == cell


def test_rows_in_any_order_and_repeated_rows_give_the_same_fits(tmp_path, boluses):
    t, seen, _ = boluses
    lines = lines_of("a", t, seen[0]) + lines_of("b", t, seen[1])
    sorted_fits = fit(tmp_path, HEADER + lines)
    rng = np.random.default_rng(1)
    shuffled = [lines[i] for i in rng.permutation(len(lines))]
    mixed = fit(tmp_path, HEADER + shuffled + shuffled[:50])
    for name, row in sorted_fits.items():
        for column, cell in row.items():
            if column != "rows_merged":
                assert mixed[name][column] == cell, column
    assert sum(int(row["rows_merged"]) for row in mixed.values()) == 50


def test_a_bad_curve_is_a_row_with_its_reason_and_not_a_crash(tmp_path, boluses):
    t, seen, _ = boluses
    rows = fit(
        tmp_path,
        [
            *HEADER,
            *lines_of("good", t, seen[0]),
            *lines_of("flat", t, np.ones(t.size)),
            *lines_of("nan", t, np.full(t.size, np.nan)),
            *lines_of("inf", t, np.full(t.size, np.inf)),
            *lines_of("frozen clock", np.zeros(t.size), seen[1]),
            *lines_of("two samples", t[:2], seen[2, :2]),
            *lines_of("NA", t, seen[3]),
        ],
    )
    reasons = {name: row["reason"] for name, row in rows.items()}
    assert reasons == {
        "good": "",
        "flat": "no_bolus",
        "nan": "non_finite",
        "inf": "non_finite",
        "frozen clock": "too_short",
        "two samples": "too_short",
        "NA": "",
    }
    for row in rows.values():
        assert (row["status"] == "measured") == (row["reason"] == "")
        assert (row["pe"] == "") == (row["detail"] != "")


def test_rows_that_cannot_be_read_are_counted_and_the_exit_code_says_so(tmp_path, boluses, capsys):
    t, seen, _ = boluses
    lines = [*HEADER, *lines_of("a", t, seen[0]), "a,soon,3", "a,1.01,bright", ",1,2", "a,1,2,3,4"]
    rows = fit(tmp_path, lines, code=1)
    assert rows["a"]["status"] == "measured"
    captured = capsys.readouterr()
    assert "4 rows" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("model", ["gamma", "ldrw", "fpt", "best"])
def test_the_model_is_named_in_every_row(tmp_path, boluses, model):
    t, seen, _ = boluses
    rows = fit(tmp_path, HEADER + lines_of("a", t, seen[0]), "--model", model)
    assert rows["a"]["model"] == ("lognormal" if model == "best" else model)


def test_the_same_table_gives_the_same_bytes(tmp_path, boluses):
    t, seen, _ = boluses
    for _ in range(2):
        fit(tmp_path, HEADER + lines_of("=a", t, seen[0]))
        first = (tmp_path / "out" / "fits.csv").read_bytes()
        assert b"'=a" in first
    fit(tmp_path, HEADER + lines_of("=a", t, seen[0]))
    assert (tmp_path / "out" / "fits.csv").read_bytes() == first
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["fits.csv", "fits.parquet"]


@pytest.mark.parametrize(
    "content",
    [b"", b"time_s,intensity\n1,2\n", b"curve_id,time_s,intensity\n", b"\xff\xfe\x00\x01" * 50, None],
    ids=["empty", "no curve_id", "no rows", "binary", "missing"],
)
def test_what_is_no_table_of_curves_ends_with_two_and_one_line(tmp_path, capsys, content):
    path = tmp_path / "curves.csv"
    if content is not None:
        path.write_bytes(content)
    assert main(["fit-curves", str(path), "--out", str(tmp_path / "fits.csv")]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("ius-vision: bad_curve_table: ")
    assert captured.err.count("\n") == 1
    assert not (tmp_path / "fits.csv").exists()


def test_the_input_is_never_overwritten(tmp_path, boluses):
    t, seen, _ = boluses
    path = table(tmp_path, HEADER + lines_of("a", t, seen[0]))
    before = path.read_bytes()
    assert main(["fit-curves", str(path), "--out", str(path)]) == 2
    assert path.read_bytes() == before


def test_an_output_that_is_no_csv_is_refused(tmp_path, boluses, capsys):
    t, seen, _ = boluses
    path = table(tmp_path, HEADER + lines_of("a", t, seen[0]))
    assert main(["fit-curves", str(path), "--out", str(tmp_path / "fits.xlsx")]) == 2
    assert "bad_out_file" in capsys.readouterr().err


def test_an_unknown_option_fails_with_its_name(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["fit-curves", "c.csv", "--out", "o.csv", "--smooth", "3"])
    assert "--smooth" in capsys.readouterr().err


def test_a_refilling_has_the_contract_columns_and_its_own(tmp_path):
    t = np.arange(200) / 10.0
    y = np.where(t < 2.95, 2.3, 0.3 - 2.0 * np.expm1(-0.7 * np.maximum(t - 3.0, 0.0)))
    lines = HEADER + lines_of("flash", t, y) + lines_of("flat", t, np.ones(t.size))
    rows = fit(tmp_path, lines, "--model", "replenishment")
    row = rows["flash"]
    assert list(row)[: len(CONTRACT)] == CONTRACT
    assert (row["model"], row["status"], row["ttp_s"]) == ("replenishment", "measured", "")
    for name, value in {"t0_s": 3.0, "pe": 2.0, "beta_per_s": 0.7, "inflow_per_s": 1.4}.items():
        assert float(row[name]) == pytest.approx(value, rel=1e-5), name
    assert float(row["beta_ci_low_per_s"]) <= 0.7 + 1e-6
    assert (rows["flat"]["status"], rows["flat"]["reason"]) == ("abstained", "no_disruption")
