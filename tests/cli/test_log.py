"""What the command says for programs: JSON lines alone, also where it fails, and no words of the user's."""

from __future__ import annotations

import json
import logging

import pytest

from ius_vision.cli import analyze as command
from ius_vision.cli.main import main
from ius_vision.pipeline import batch

NAME = "Quastelhuber"


@pytest.fixture(autouse=True)
def _handlers():
    """The command sets logging up for its process; here others follow."""
    own = logging.getLogger("ius_vision")
    before, level = list(own.handlers), own.level
    yield
    own.handlers = before
    own.setLevel(level)


def said(capsys) -> list[dict]:
    printed = capsys.readouterr()
    assert printed.out == ""
    assert NAME not in printed.err
    return [json.loads(line) for line in printed.err.splitlines()]


def run(tmp_path, *more: str) -> int:
    (tmp_path / NAME).mkdir(exist_ok=True)
    words = [str(tmp_path / NAME), "--out", str(tmp_path / NAME / "out"), "--log", "json", *more]
    return main(["analyze", *words])


def test_wrong_usage_is_an_event_too(tmp_path, capsys):
    assert run(tmp_path) == 2
    (event,) = said(capsys)
    assert (event["event"], event["reason"], event["exit_code"]) == ("error", "nothing_readable", 2)
    assert run(tmp_path, "--manifest", str(tmp_path / NAME / "none.csv")) == 2
    assert said(capsys)[-1]["reason"] == "bad_manifest"


@pytest.mark.parametrize(
    ("error", "event", "code"),
    [
        (KeyboardInterrupt(), ("stopped", None), 130),
        (OSError(28, "No space left on device", NAME), ("error", "results_not_written"), 1),
        (
            OSError(f"With tag {NAME}: [Errno 28] No space left on device"),
            ("error", "results_not_written"),
            1,
        ),
        (OSError(5, "Input/output error", NAME), ("error", "unexpected_error"), 1),
        (ValueError(NAME), ("error", "unexpected_error"), 1),
    ],
)
def test_whatever_ends_a_run_is_an_event(tmp_path, capsys, monkeypatch, error, event, code):
    def end(*_):
        raise error

    monkeypatch.setattr(batch, "analyze", end)
    monkeypatch.setattr(command, "stop_tidily_when_told_to", lambda: None)
    assert run(tmp_path) == code
    (told,) = said(capsys)
    assert ((told["event"], told.get("reason")), told["exit_code"]) == (event, code)


def test_what_is_logged_on_the_way_is_an_event(tmp_path, capsys):
    manifest = tmp_path / f"{NAME}.csv"
    manifest.write_text("file,colour\na,red\n")
    assert run(tmp_path, "--manifest", str(manifest)) == 2
    assert [one["event"] for one in said(capsys)] == ["warning", "error"]


def test_an_error_that_nobody_foresaw_is_two_lines_at_most_unless_all_is_asked_for(
    tmp_path, capsys, monkeypatch
):
    def end(*_):
        raise ValueError(f"of {NAME}")

    monkeypatch.setattr(batch, "analyze", end)
    monkeypatch.setattr(command, "stop_tidily_when_told_to", lambda: None)
    words = ["analyze", str(tmp_path), "--out", str(tmp_path / "out")]
    assert main(words) == 1
    printed = capsys.readouterr().err
    assert "unexpected_error" in printed
    assert "ValueError" in printed
    assert NAME not in printed
    assert len(printed.splitlines()) <= 2
    with pytest.raises(ValueError, match=NAME):
        main([*words, "--debug"])
