"""A score's file is data: what is not a score is refused in one line, whatever it holds."""

from __future__ import annotations

import json

import pytest

from ius_vision.cli.main import main
from ius_vision.errors import BadUsage
from ius_vision.response.model_file import LARGEST_BYTES, read_model, write_model

from .make import rows, write


@pytest.fixture
def document(model):
    return json.loads((model / "model.json").read_text("utf-8"))


def test_a_score_that_is_read_and_written_again_is_the_same_file(model, tmp_path):
    write_model(read_model(model), tmp_path)
    assert (tmp_path / "model.json").read_bytes() == (model / "model.json").read_bytes()


def changed(document, path, value):
    part = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), "something else"),
        (("format_version",), 2),
        (("intercept",), "0.5"),
        (("intercept",), 1e300),
        (("intercept",), None),
        (("coefficients",), []),
        (("coefficients", 0, "coefficient"), [1]),
        (("coefficients", 0, "name"), "os.system"),
        (("coefficients", 0, "training_sd"), -1.0),
        (("covariance",), [[1.0]]),
        (("covariance", 0, 0), -1e6),
        (("covariance", 0, 1), 1e6),
        (("features",), []),
        (("features", 0, "column"), "cdai"),
        (("features", 0, "range"), [9.0, 3.0]),
        (("features", 0, "range"), None),
        (("features", 0, "levels"), ["a", "b"]),
        (("required_items",), []),
        (("evidence",), ""),
        (("verdict",), "proven"),
        (("provenance", "cohort_sha256"), "abc"),
        (("outcome", "week"), 10**9),
        (("__class__",), "builtins.eval"),
    ],
)
def test_a_changed_file_is_refused(document, tmp_path, path, value):
    (tmp_path / "model.json").write_text(changed(document, path, value), "utf-8")
    with pytest.raises(BadUsage) as error:
        read_model(tmp_path)
    assert error.value.reason == "bad_score_file"
    assert len(error.value.detail) < 700


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe\x00",
        b"[" * 200_000,
        b'{"intercept": NaN}',
        b'{"intercept": 1e999}',
        b'{"a": 1, "a": 2}',
        b"\x80\x04\x95\x0c\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94.",
        b'"' + b"x" * LARGEST_BYTES + b'"',
        b'{"format": "\\ud800"}',
    ],
    ids=[
        "empty",
        "object",
        "list",
        "null",
        "bytes",
        "deep",
        "nan",
        "inf",
        "twice",
        "pickle",
        "large",
        "lone",
    ],
)
def test_what_is_no_score_is_refused_in_one_line(raw, tmp_path, capsys):
    (tmp_path / "model.json").write_bytes(raw)
    table = write(tmp_path / "new.csv", rows([[0.0, 0.0, 0.0]], [1.0]))
    assert main(["response", "predict", str(tmp_path), str(table), "--out", str(tmp_path / "out.csv")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("ius-vision: bad_score_file: ")
    assert said.count("\n") == 1
    assert not (tmp_path / "out.csv").exists()


def test_a_folder_without_a_score_is_named(tmp_path):
    with pytest.raises(BadUsage, match="no score can be read") as error:
        read_model(tmp_path)
    assert error.value.reason == "model_missing"
