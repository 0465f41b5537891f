"""The two commands of a bare machine: what they install, when, and what they say where that fails."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"


@pytest.fixture
def module(monkeypatch):
    """The module both scripts share, as they see it."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    spec = importlib.util.spec_from_file_location("_environment", SCRIPTS / "_environment.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture
def environment(module, tmp_path, monkeypatch):
    """A project whose `.venv` and pip are pretended; `calls` holds what would have been run."""
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "constraints.txt").write_text("numpy==1\ntorch==2.13.0\n")
    made = module.Environment(tmp_path)
    made.calls, made.codes = [], {}

    def call(words, folder=None):
        what = "venv" if "venv" in words[:3] else "pip"
        made.calls.append((what, words[-1]))
        if what == "venv":
            made.folder.mkdir()
        return made.codes.get(what, 0)

    monkeypatch.setattr(module, "call", call)
    monkeypatch.setattr(module.Environment, "_works", lambda self: self.folder.exists())
    return made


def test_the_first_run_makes_the_environment_and_installs(environment):
    environment.prepare()
    assert environment.calls == [("venv", str(environment.folder)), ("pip", ".")]
    assert not environment.mark.exists()


def test_the_second_run_installs_nothing(environment):
    environment.prepare(("train", "test"))
    environment.calls.clear()
    environment.prepare(("test", "train"))
    environment.prepare()
    assert environment.calls == []


def test_more_extras_are_added_to_those_that_are_there(environment):
    environment.prepare(("test",))
    environment.calls.clear()
    environment.prepare(("train",))
    assert environment.calls == [("pip", ".[test,train]")]


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_changed_requirements_are_installed_again(environment, name):
    environment.prepare()
    environment.calls.clear()
    (environment.project / name).write_text("[project]\nchanged = true\n")
    environment.prepare()
    assert environment.calls == [("pip", ".")]


def test_an_environment_made_by_hand_is_kept(environment):
    environment.folder.mkdir()
    environment.prepare()
    assert environment.calls == [("pip", ".")]


def test_an_interrupted_setup_is_made_anew(environment, module, monkeypatch):
    def stopped(self, wanted):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module.Environment, "_install", stopped)
        with pytest.raises(KeyboardInterrupt):
            environment.prepare()
    half = environment.folder / "half"
    half.touch()
    environment.calls.clear()
    environment.prepare()
    assert environment.calls == [("venv", str(environment.folder)), ("pip", ".")]
    assert not half.exists()


def test_a_broken_environment_is_made_anew(environment, module, monkeypatch):
    environment.prepare()
    environment.calls.clear()
    monkeypatch.setattr(module.Environment, "_works", lambda self: False)
    environment.prepare()
    assert environment.calls == [("venv", str(environment.folder)), ("pip", ".")]


def test_a_damaged_stamp_is_no_stamp(environment):
    environment.prepare()
    environment.calls.clear()
    environment.stamp.write_text("{")
    environment.prepare()
    assert environment.calls == [("pip", ".")]


def test_a_failing_pip_ends_with_what_to_do_and_is_tried_again(environment):
    environment.codes["pip"] = 1
    with pytest.raises(SystemExit, match="pip ended with code 1; its message stands above"):
        environment.prepare()
    environment.codes.clear()
    environment.calls.clear()
    environment.prepare()
    assert environment.calls[-1] == ("pip", ".")
    assert set(json.loads(environment.stamp.read_text())) == {"key", "extras"}


def test_a_python_without_venv_ends_with_what_to_do(environment):
    environment.codes["venv"] = 1
    with pytest.raises(SystemExit, match="python3-venv"):
        environment.prepare()
    assert not environment.folder.exists()


def test_an_old_python_is_told_what_is_needed(module):
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer; this is 3\.9"):
        module.require_python((3, 9))
    module.require_python((3, 11))


def test_settings_of_the_shell_do_not_lead_pip_elsewhere(module, monkeypatch):
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    assert "PIP_TARGET" not in module.clean()
    assert module.clean()["PIP_INDEX_URL"] == "https://mirror.example/simple"


def test_a_program_gets_its_words_whatever_letters_they_hold(module, tmp_path):
    folder = tmp_path / "größe 末端"
    folder.mkdir()
    code = "import pathlib, sys; pathlib.Path(sys.argv[1]).touch(); sys.exit(7)"
    assert module.call([sys.executable, "-c", code, "π ρ"], folder) == 7
    assert (folder / "π ρ").exists()


def test_a_real_interpreter_is_recognised_as_working(module):
    environment = module.Environment(SCRIPTS.parent)
    assert environment._works() == environment.python.exists()
    assert not module.Environment(SCRIPTS)._works()


@pytest.mark.parametrize(
    ("name", "words", "extras", "run"),
    [
        ("analyze_samples", ["--jobs", "2"], (), "ius_vision.cli.main analyze"),
        ("run_tests", ["-k", "x"], ("train", "test"), "-m pytest"),
    ],
)
def test_a_script_prepares_runs_and_passes_words_and_exit_code_on(
    module, monkeypatch, name, words, extras, run
):
    done = []
    monkeypatch.setitem(sys.modules, "_environment", module)
    monkeypatch.setattr(module.Environment, "prepare", lambda self, extras=(): done.append(extras))
    monkeypatch.setattr(module.Environment, "run", lambda self, said, folder=None: done.append(said) or 3)
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.main(words) == 3
    assert done[0] == extras
    assert run in " ".join(done[1])
    assert done[1][-2:] == words


def test_older_pythons_can_read_the_scripts():
    for name in ("_environment.py", "analyze_samples.py", "run_tests.py"):
        code = f"import ast; ast.parse(open({str(SCRIPTS / name)!r}, 'rb').read(), feature_version=(3, 7))"
        subprocess.run([sys.executable, "-c", code], check=True)


def test_workers_are_compared_over_turns_as_medians_and_turn_by_turn():
    spec = importlib.util.spec_from_file_location("throughput", SCRIPTS / "bench" / "throughput.py")
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    said = bench.speed_up([{1: 40.0, 2: 20.0}, {1: 44.0, 2: 40.0}, {1: 48.0, 2: 24.0}], 1, 2)
    assert "3 turns: medians 44.0 s and 24.0 s, ratio 1.83" in said
    assert "turn by turn 2.00, 1.10, 2.00, median 2.00" in said
