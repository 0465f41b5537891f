"""A few of the cases of scripts/check/fuzz.py; the script runs tens of thousands."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "check" / "fuzz.py"
CASES = 120


@pytest.fixture(scope="module")
def fuzz():
    spec = importlib.util.spec_from_file_location("fuzz", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["fuzz"] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


def test_damaged_files_give_rows_and_nothing_else(fuzz, tmp_path):
    sources = [path.read_bytes() for path in fuzz.make_sources(tmp_path, None)]
    wrong = []
    for number in range(CASES):
        rng = fuzz.np.random.default_rng((77, number))
        data, names = fuzz.damaged(sources[number % len(sources)], rng)
        with fuzz.warnings.catch_warnings():
            fuzz.warnings.simplefilter("ignore")
            _, said = fuzz._look(data, None)
        if said:
            wrong.append(f"{number} {names}: {said}")
    assert wrong == []


def test_the_script_sees_what_is_wrong(fuzz, monkeypatch):
    def broken(_):
        raise ZeroDivisionError("a reader that lets go")

    monkeypatch.setattr(fuzz, "read_all", broken)
    assert fuzz._look(b"anything", None)[1] == "ZeroDivisionError: a reader that lets go"
