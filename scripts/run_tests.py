"""Set up `.venv` and run the tests.

python3 scripts/run_tests.py [words for pytest]
"""

from __future__ import annotations

import sys

from _environment import PROJECT, Environment, require_python


def main(words: list[str]) -> int:
    require_python()
    environment = Environment()
    environment.prepare(("train", "test"))
    return environment.run(["-m", "pytest", *words], PROJECT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
