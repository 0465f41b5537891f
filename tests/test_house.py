"""What the house is held to: who imports whom, what loads when, which codes exist, how long a file may be."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path

import pytest

from ius_vision.reasons import REASONS

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "ius_vision"
SHARED = {"errors", "outcomes", "reasons", "vocabulary", "geometry"}
HEAVY = {
    "torch",
    "monai",
    "cv2",
    "scipy",
    "numba",
    "pandas",
    "matplotlib",
    "pydicom",
    "pyarrow",
    "onnxruntime",
    "skimage",
    "sklearn",
}
TRAINING_ONLY = {"torch", "monai", "onnx", "onnxscript", "safetensors", "tensorboard"}
RARELY_NEEDED = {
    "torch",
    "pandas",
    "matplotlib",
    "sklearn",
    "dask",
    "scipy.signal",
    "scipy.stats",
    "skimage.feature",
}
LONGEST_FILE, LONGEST_FUNCTION = 400, 60
RAISED = {"Abstained", "Failed", "Skipped", "IusError", "Unreadable", "BadManifest", "BadUsage"}
IMPORT_NAMES = {
    "opencv-python-headless": "cv2",
    "scikit-image": "skimage",
    "scikit-learn": "sklearn",
    "pillow": "PIL",
    "python-gdcm": "gdcm",
    "pylibjpeg-openjpeg": "openjpeg",
    "pyjpegls": "jpeg_ls",
    "dicom-anonymizer": "dicomanonymizer",
}


@cache
def sources() -> dict[str, ast.Module]:
    """Every module of the package, by dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PROJECT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text("utf-8"))
    return found


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names that a module imports, wherever in it; `from a import b` gives `a.b` where that is one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their whole path"
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name for name in modules if name in sources())
            if any(name not in sources() for name in modules):
                yield node.module


def room_of(module: str) -> str:
    """The folder or shared file a module lies in."""
    return module.partition(".")[2].partition(".")[0]


def allowed_rooms() -> dict[str, set[str]]:
    """Who may import whom, as the table in docs/architecture.md says."""
    text = (PROJECT / "docs" / "architecture.md").read_text("utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    allowed: dict[str, set[str]] = {}
    for row in rows:
        room, said = row[0].strip("`/ "), row[-1].strip()
        named = {name for name in allowed if re.search(rf"\b{name}\b", said)}
        if "shared words" in said:
            named |= SHARED
        if said.startswith(("all above", "everything")):
            named = SHARED | set(allowed)
        allowed |= dict.fromkeys(SHARED, SHARED) if room.startswith("errors") else {room: named}
    return allowed


def test_every_room_stands_in_the_architecture_page():
    folders = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert folders | SHARED == allowed_rooms().keys()


def test_rooms_import_only_what_the_architecture_page_allows():
    allowed = allowed_rooms()
    wrong = []
    for module, tree in sources().items():
        room = room_of(module)
        for name in imported(tree):
            other = room_of(name)
            if name.split(".")[0] != "ius_vision" or other in ("", room):
                continue
            if other not in allowed.get(room, set()):
                wrong.append(f"{module} imports {name}")
    assert wrong == []


def test_no_module_imports_itself_in_a_circle():
    graph = {
        module: {name for name in imported(tree) if name.split(".")[0] == "ius_vision"} - {module}
        for module, tree in sources().items()
    }
    assert len(list(TopologicalSorter(graph).static_order())) >= len(graph)


def test_scores_need_nothing_but_the_standard_library():
    outside = [
        f"{module} imports {name}"
        for module, tree in sources().items()
        if room_of(module) == "scores"
        for name in imported(tree)
        if name.split(".")[0] not in sys.stdlib_module_names and room_of(name) != "scores"
    ]
    assert outside == []


def test_what_only_training_needs_is_imported_only_there():
    outside = [
        f"{module} imports {name}"
        for module, tree in sources().items()
        if not module.startswith("ius_vision.segmentation.training")
        for name in imported(tree)
        if name.split(".")[0] in TRAINING_ONLY
    ]
    assert outside == []


def test_commands_import_heavy_packages_only_when_they_run():
    early = [
        f"{module} imports {name}"
        for module, tree in sources().items()
        if room_of(module) == "cli"
        for statement in tree.body
        if isinstance(statement, (ast.Import, ast.ImportFrom))
        for name in imported(statement)
        if name.split(".")[0] in HEAVY
    ]
    assert early == []


def test_every_package_that_is_imported_is_a_declared_dependency():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = list(chain(project["dependencies"], *project["optional-dependencies"].values()))
    names = {re.split(r"[<>=!~\[; ]", each)[0] for each in wanted}
    declared = {IMPORT_NAMES.get(name, name) for name in names} | {"ius_vision"} | sys.stdlib_module_names
    undeclared = {
        f"{module} imports {name}"
        for module, tree in sources().items()
        for name in imported(tree)
        if name.split(".")[0] not in declared
    }
    assert undeclared == set()


@pytest.mark.parametrize(
    "code",
    ["import ius_vision", "from ius_vision.cli.main import main; main(['--help'])"],
    ids=["package", "help"],
)
def test_the_package_and_its_help_load_nothing_heavy(code):
    assert loaded_by(code, HEAVY) == ""


def test_a_run_begins_without_loading_what_few_exams_need():
    assert loaded_by("import ius_vision.pipeline.batch, ius_vision.pipeline.exam", RARELY_NEEDED) == ""


def loaded_by(code: str, watched: set[str]) -> str:
    """Which of the watched modules a fresh interpreter has loaded after the code."""
    ending = f"\nfinally:\n import sys; sys.stderr.write(' '.join({watched} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", f"try:\n {code}{ending}"], capture_output=True, text=True, check=True
    )
    return done.stderr


def reasons_given(tree: ast.AST) -> Iterator[str]:
    """Codes written out where an outcome or an error is made."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        words = [word.value for word in node.keywords if word.arg == "reason"]
        if name in RAISED:
            words += node.args[:1]
        yield from (word.value for word in words if isinstance(word, ast.Constant) and word.value)


def texts(tree: ast.AST) -> Iterator[str]:
    return (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def test_every_reason_that_is_given_is_listed():
    unlisted = {
        f"{module}: {code}"
        for module, tree in sources().items()
        for code in reasons_given(tree)
        if code not in REASONS
    }
    assert unlisted == set()


def test_every_reason_that_is_listed_is_given():
    given = {
        word
        for module, tree in sources().items()
        if module != "ius_vision.reasons"
        for text in texts(tree)
        for word in re.findall("[a-z0-9_]+", text)
    }
    assert REASONS.keys() - given == set()


RUNS_WHAT_IT_LOADS = re.compile(
    r"(c?pickle|dill|joblib|marshal|shelve|torch|torch\.jit|pandas|pd|cloudpickle)"
    r"\.(load|loads|Unpickler|open|read_pickle)|yaml\.(load|unsafe_load|full_load)|eval|exec|compile"
)


def test_nothing_that_is_loaded_can_run_code():
    """Weights are safetensors and ONNX, scores JSON, settings TOML: no loader runs what it reads."""
    wrong = []
    for module, tree in sources().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            if RUNS_WHAT_IT_LOADS.fullmatch(ast.unparse(node.func)):
                wrong.append(f"{module}, line {node.lineno}: {ast.unparse(node.func)}")
            wrong += [f"{module}: {word.arg}" for word in node.keywords if word.arg == "allow_pickle"]
    assert wrong == []


def test_reasons_are_codes_with_a_sentence():
    assert all(re.fullmatch("[a-z][a-z0-9_]+", code) for code in REASONS)
    assert all(meaning.endswith(".") for meaning in REASONS.values())


def test_the_pages_say_what_the_source_says():
    place = PROJECT / "scripts" / "write_reference_pages.py"
    spec = importlib.util.spec_from_file_location("write_reference_pages", place)
    writer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writer)
    changed = [path.name for path, text in writer.pages().items() if path.read_text("utf-8") != text]
    assert changed == [], "run scripts/write_reference_pages.py"


def first_line(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The line a function's work begins in, after its documentation."""
    documented = ast.get_docstring(function) is not None and len(function.body) > 1
    return function.body[1 if documented else 0].lineno


def test_files_and_functions_stay_short():
    long = []
    for folder in ("ius_vision", "scripts", "tests"):
        for path in sorted((PROJECT / folder).rglob("*.py")):
            text = path.read_text("utf-8")
            if (lines := text.count("\n")) > LONGEST_FILE:
                long.append(f"{path.relative_to(PROJECT)}: {lines} lines")
            for node in ast.walk(ast.parse(text)):
                if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    continue
                if (lines := node.end_lineno - first_line(node) + 1) > LONGEST_FUNCTION:
                    long.append(f"{path.relative_to(PROJECT)}: {node.name} has {lines} lines")
    assert long == []
