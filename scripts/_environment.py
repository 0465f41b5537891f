"""Make and reuse `.venv` beside pyproject.toml. Standard library only, and readable by older Pythons too."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
OLDEST = (3, 11)
# Settings of the surrounding shell that would send packages or imports elsewhere.
MISLEADING = ("PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "__PYVENV_LAUNCHER__")


def require_python(version: tuple[int, ...] = tuple(sys.version_info[:2])) -> None:
    """Stop with one sentence where Python is too old."""
    if version < OLDEST:
        sys.exit(
            "ius-vision needs Python {}.{} or newer; this is {}.{} ({}). Install a newer one from "
            "https://www.python.org/downloads/ and run the same command with it.".format(
                *OLDEST, *version, sys.executable
            )
        )


class Environment:
    """The project's `.venv`.

    `stamp` is there when an installation is complete, and says of what; `mark` while one is going on.
    """

    def __init__(self, project: Path = PROJECT) -> None:
        self.project = project
        self.folder = project / ".venv"
        self.stamp = self.folder / "ius-vision-installed.json"
        self.mark = self.folder / "ius-vision-installing"

    @property
    def python(self) -> Path:
        """The interpreter inside."""
        inside = "Scripts/python.exe" if os.name == "nt" else "bin/python"
        return self.folder / inside

    def prepare(self, extras: tuple[str, ...] = ()) -> None:
        """Install the project with these extras unless that is done and nothing has changed since."""
        present = self._installed_extras()
        if present is not None and set(extras) <= present and self._works():
            return
        wanted = sorted({*extras, *(present or ())})
        self._make()
        self.mark.touch()
        self.stamp.unlink(missing_ok=True)
        self._install(wanted)
        beside = self.stamp.with_suffix(".part")
        beside.write_text(json.dumps({"key": self._key(), "extras": wanted}), encoding="utf-8")
        beside.replace(self.stamp)
        self.mark.unlink()

    def run(self, words: list[str], folder: Path | None = None) -> int:
        """Run the interpreter inside with these words, and give its exit code."""
        return call([str(self.python), *words], folder)

    def _installed_extras(self) -> set[str] | None:
        """Extras of the complete installation; None where there is none or its inputs have changed."""
        try:
            stamp = json.loads(self.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        unchanged = stamp["key"] == self._key() and not self.mark.exists()
        return set(stamp["extras"]) if unchanged else None

    def _key(self) -> str:
        """Hash of what an installation depends on; the project's place too, for the links into it."""
        digest = hashlib.sha256(
            f"{self.project}\n{sys.version_info[:2]}\n".encode("utf-8", "surrogateescape")
        )
        for name in ("pyproject.toml", "constraints.txt"):
            digest.update((self.project / name).read_bytes())
        return digest.hexdigest()

    def _works(self) -> bool:
        """Whether the interpreter inside starts, is new enough, and has pip."""
        check = f"import sys, pip; sys.exit(sys.version_info < {OLDEST} or sys.prefix == sys.base_prefix)"
        try:
            done = subprocess.run(
                [str(self.python), "-c", check], capture_output=True, env=clean(), check=False
            )
        except OSError:
            return False
        return done.returncode == 0

    def _make(self) -> None:
        if not self.mark.exists() and self._works():
            return
        if self.folder.exists():
            say(f"{self.folder} is incomplete and is made anew.")
            shutil.rmtree(self.folder)
        say(f"Making {self.folder}")
        base = getattr(sys, "_base_executable", None) or sys.executable
        if call([base, "-m", "venv", str(self.folder)], self.project) != 0:
            shutil.rmtree(self.folder, ignore_errors=True)
            sys.exit(
                f"{base} could not make {self.folder}; its message stands above. On Debian and Ubuntu, "
                "install the package python3-venv and run this again."
            )

    def _install(self, extras: list[str]) -> None:
        say(f"Installing into {self.folder}; the first time this takes some minutes.")
        target = f".[{','.join(extras)}]" if extras else "."
        code = self.run([*PIP, "--constraint", "constraints.txt", "--editable", target], self.project)
        if code != 0:
            sys.exit(
                f"The packages could not be installed: pip ended with code {code}; its message stands above. "
                "Check the network and the disk, then run this again."
            )


PIP = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input"]


def call(words: list[str], folder: Path | None = None) -> int:
    """Run a program to its end; Ctrl-C is left to it, so that it can stop in its own way."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.Popen(words, cwd=folder, env=clean()).wait()
    finally:
        signal.signal(signal.SIGINT, before)


def clean() -> dict[str, str]:
    """The surrounding settings without those that mislead."""
    return {name: value for name, value in os.environ.items() if name not in MISLEADING} | {"PYTHONUTF8": "1"}


def say(sentence: str) -> None:
    """Print at once, before what a program prints next; letters the terminal lacks become `?`."""
    encoding = sys.stdout.encoding or "utf-8"
    print(sentence.encode(encoding, "replace").decode(encoding), flush=True)
