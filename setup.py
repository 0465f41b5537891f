"""Builds that are not editable carry the models inside the package; the rest stands in pyproject.toml."""

from __future__ import annotations

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithModels(build_py):
    """Copy `models/` to `ius_vision/models/`, where an installed package looks for them."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for source in sorted(Path("models").rglob("*")):
            if source.is_file():
                target = Path(self.build_lib, "ius_vision", source)
                target.parent.mkdir(parents=True, exist_ok=True)
                self.copy_file(str(source), str(target))


setup(cmdclass={"build_py": BuildWithModels})
