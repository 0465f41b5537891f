"""`analyze --pseudonymize`: no byte that is given away names anybody, and the tables still fit together."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pydicom
import pytest

from ius_vision.cli.main import main
from ius_vision.deidentify.pseudonyms import read_key
from ius_vision.deidentify.run import deidentify
from ius_vision.study.cohort import read_cohort
from ius_vision.study.join import join_exams

from .conftest import analyze, rows, tables

NAME, NUMBER, FOLDER, STUDY = (
    "Quastelhuber",
    "ZQX-48151623",
    "Zwirnlechner_Xaver",
    "1.2.826.0.1.999.4815162342",
)
DAY = date(2024, 3, 5)


@pytest.fixture(scope="module")
def named(patient, tmp_path_factory) -> Path:
    """Two exams whose folder, files, headers and pixels name the patient."""
    folder = tmp_path_factory.mktemp("named") / FOLDER
    originals = sorted(patient.rglob("*.dcm"))
    chosen = [*originals[:2], originals[-1]]
    for number, path in enumerate(chosen):
        dataset = pydicom.dcmread(path)
        later = path is chosen[-1]
        dataset.PatientName, dataset.PatientID = f"{NAME}^Xaver", NUMBER
        dataset.OperatorsName = dataset.ReferringPhysicianName = "Griesmaier^Vroni"
        dataset.StudyInstanceUID = f"{STUDY}.{int(later)}"
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"{STUDY}.7.{number}"
        dataset.StudyDate = (DAY + timedelta(days=84 * later)).strftime("%Y%m%d")
        dataset.SeriesDescription = f"sigmoid {NAME}"
        place = folder / f"{NAME}_{int(later)}"
        place.mkdir(parents=True, exist_ok=True)
        dataset.save_as(place / f"{NAME}{number}.dcm")
    (folder / f"{NAME}.txt").write_text(NAME, "utf-8")
    (folder / f"{NAME}.dcm").write_bytes((folder / f"{NAME}_0" / f"{NAME}0.dcm").read_bytes()[:1500])
    return folder


@pytest.fixture(scope="module")
def shared(named, tmp_path_factory):
    """A run under pseudonyms: what it said, its folder, and the key."""
    work = tmp_path_factory.mktemp("shared")
    (work / "site.key").write_text("5a" * 32, "ascii")
    words = [named, "--out", work / "out", "--pseudonymize", "--key", work / "site.key"]
    return analyze(*words), work / "out", work / "site.key"


def names_in(text: bytes) -> list[str]:
    low = text.lower()
    secret = (
        NAME,
        "xaver",
        NUMBER,
        "48151623",
        "zwirnlechner",
        STUDY,
        "griesmaier",
        "vroni",
        "2024-03-05",
        "2024-05-28",
    )
    return [word for word in secret if word.lower().encode() in low]


def test_no_name_number_or_day_stands_in_any_byte(shared):
    done, out, _ = shared
    assert done.returncode == 1  # for the file that was cut off
    assert names_in((done.stdout + done.stderr).replace(str(out.parent), "").encode()) == []
    written = [path for path in out.rglob("*") if path.is_file()]
    assert len(written) > 10
    for path in written:
        assert names_in(str(path.relative_to(out)).encode()) == [], path
        assert names_in(path.read_bytes()) == [], path


@pytest.mark.parametrize("log", ["text", "json"])
def test_by_default_the_terminal_and_the_log_name_nobody(named, tmp_path, log):
    given = tmp_path / "given"
    given.mkdir()
    files = sorted(path for path in named.rglob("*.dcm"))
    for number, path in enumerate(files):  # the names of files are the user's own words
        shutil.copy(path, given / f"{number}.dcm")
    broken = bytearray(files[1].read_bytes())
    broken[-4000:-2000] = bytes(2000)
    (given / "broken.dcm").write_bytes(broken)
    done = analyze(given, "--out", tmp_path / "out", "--log", log)
    assert done.returncode == 1
    told = (done.stdout + done.stderr).replace(str(tmp_path), "")
    exams = {row["exam_id"] for row in rows(tmp_path / "out", "clips")}
    for exam in exams - {""}:  # the UID of a study names an exam, nobody by itself
        told = told.replace(exam, "")
    assert names_in(told.encode()) == []


def test_the_numbers_are_those_of_a_run_under_real_names(shared, named, tmp_path):
    analyze(named, "--out", tmp_path / "open")
    for table in ("segments", "frames"):
        for hidden, plain in zip(rows(shared[1], table), rows(tmp_path / "open", table), strict=True):
            for name in (
                "segment",
                "bwt_mm",
                "bws",
                "cds",
                "ifat",
                "ibus_sas",
                "quality",
                "status",
                "reason",
            ):
                assert hidden.get(name) == plain.get(name)


def test_patient_days_and_exams_still_fit_together(shared):
    _, out, key = shared
    segments = rows(out, "segments")
    assert len({row["patient_id"] for row in segments}) == 1
    days = sorted({date.fromisoformat(row["study_date"]) for row in segments})
    assert (days[1] - days[0]).days == 84
    hide = read_key(key, out)
    assert segments[0]["patient_id"] == hide.patient(NUMBER)
    assert days[0] == DAY - timedelta(days=hide.days(NUMBER))
    assert {row["exam_id"] for row in segments} == {hide.uid(f"{STUDY}.{visit}") for visit in (0, 1)}
    assert {row["exam_id"] for row in segments} == {path.name for path in (out / "exams").iterdir()}
    links = key.with_name("site.key.exams.csv").read_text("utf-8")
    assert NUMBER in links
    assert all(row["file"] in links for row in rows(out, "clips"))
    page = next(out.glob("exams/*/report.html")).read_text("utf-8")
    assert "Date of the exam, moved" in page


def test_files_and_exams_are_named_as_the_copies_of_deidentify(shared, named, tmp_path):
    _, out, key = shared
    shutil.copy(key, tmp_path / "site.key")
    deidentify([named], tmp_path / "copies", tmp_path / "site.key")
    copies = {
        path.relative_to(tmp_path / "copies").as_posix() for path in (tmp_path / "copies").rglob("*.dcm")
    }
    assert copies <= {row["file"] for row in rows(out, "clips")}
    assert len(copies) == 3


def test_a_cohort_under_the_same_key_finds_its_exams(shared, tmp_path, capsys):
    _, out, key = shared
    cells = {"patient_id": NUMBER, "site": "Griesmaier clinic", "birth_date": "1970-01-01", "notes": NAME}
    cells |= {"adverse_event": NAME, "cdai": "220", "crp_mg_l": f"see {NAME}"}
    visits = [cells | {"visit": "baseline", "visit_date": "2024-03-05"}]
    visits += [cells | {"visit": "week_12", "visit_date": "2024-05-28"}]
    given, copy = tmp_path / "cohort.csv", tmp_path / "copy.csv"
    lines = [",".join(visits[0]), *(",".join(visit.values()) for visit in visits)]
    given.write_text("\n".join(lines) + "\n", "utf-8")
    assert main(["pseudonymize", str(given), "--out", str(copy), "--key", str(key)]) == 0
    assert "notes" in capsys.readouterr().out
    assert names_in(copy.read_bytes()) == []
    cohort = read_cohort(copy)
    assert [visit.get("cdai") for visit in cohort.visits] == [220.0, 220.0]
    joined = join_exams(cohort, out)
    told = " ".join(problem.problem for problem in joined.problems)
    exams = sorted(rows(out, "segments"), key=lambda row: row["study_date"])
    for visit, exam in zip(joined.visits, exams, strict=True):
        assert visit.get("exam_id") == exam["exam_id"] or f"exam {exam['exam_id']} has no worst" in told
    assert main(["pseudonymize", str(given), "--out", str(copy), "--key", str(tmp_path / "no.key")]) == 2


def test_it_is_finished_by_the_same_command_and_by_no_other(shared, named, tmp_path):
    _, out, key = shared
    shutil.copytree(out, tmp_path / "out")
    shutil.copytree(key.parent, tmp_path / "keys", ignore=shutil.ignore_patterns("out"))
    first = next((tmp_path / "out" / "exams").iterdir())
    shutil.rmtree(first)
    words = [named, "--out", tmp_path / "out", "--pseudonymize", "--key", tmp_path / "keys" / "site.key"]
    analyze(*words)
    assert tables(tmp_path / "out") == tables(out)
    record = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))
    assert record["counts"]["exams"] == {"analysed": 1, "unchanged": 1}
    for others in ([], ["--pseudonymize", "--key", tmp_path / "keys" / "other.key"]):
        refused = analyze(named, "--out", tmp_path / "out", *others)
        assert refused.returncode == 2
        assert "names_would_mix" in refused.stderr
    assert tables(tmp_path / "out") == tables(out)


def test_a_manifest_by_real_names_is_followed(named, tmp_path):
    manifest = tmp_path / "manifest.csv"
    file = f"{NAME}_0/{NAME}0.dcm"
    manifest.write_text(f"file,bwt_mm\n{file},4.25\n{NAME}_9/none.dcm,3\n{STUDY}.7.2,2.5\n", "utf-8")
    words = [named, "--out", tmp_path / "out", "--pseudonymize", "--manifest", manifest]
    done = analyze(*words, "--jobs", "3")
    assert (tmp_path / "out.key").is_file()
    clips = rows(tmp_path / "out", "clips")
    assert [row["bwt_mm"] for row in clips if row["bwt_status"] == "entered"] == ["4.25", "2.5"]
    assert [row["reason"] for row in clips].count("manifest_file_absent") == 1
    for path in (tmp_path / "out").rglob("*"):
        assert not path.is_file() or names_in(path.read_bytes()) == [], path
    assert analyze(*words).stdout.startswith("exams: 2 unchanged")
    assert "manifest_file_absent" in done.stdout
