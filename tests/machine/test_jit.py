"""Where machine code is kept from one process to the next."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

MODULE = """
from numba import types
from ius_vision.machine.jit import entry

@entry(types.Array(types.float64, 1, "C"))
def double(values):
    for i in range(len(values)):
        values[i] *= 2.0
"""
PROGRAM = """
import numpy, engine
ones = numpy.ones(3)
engine.double(ones)
print(ones.tolist(), sum(engine.double.stats.cache_hits.values()))
"""


def run_engine(folder: Path, **settings: str) -> str:
    (folder / "engine.py").write_text(MODULE, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": f"{PROJECT}{os.pathsep}{folder}"} | settings
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout.strip()


def test_machine_code_is_kept_for_the_next_process(tmp_path):
    assert [run_engine(tmp_path) for _ in range(2)] == ["[2.0, 2.0, 2.0] 0", "[2.0, 2.0, 2.0] 1"]


def test_where_nothing_can_be_kept_the_engine_still_runs(tmp_path):
    # The only place that numba is left with is one for notebooks, which this is none.
    nowhere = {"NUMBA_CACHE_LOCATOR_CLASSES": "IPythonCacheLocator"}
    assert [run_engine(tmp_path, **nowhere) for _ in range(2)] == ["[2.0, 2.0, 2.0] 0"] * 2
