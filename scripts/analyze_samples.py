"""Set up `.venv` and analyze the sample exams.

    python3 scripts/analyze_samples.py [words for `ius-vision analyze`]

Results lie in results/sample, unless `--out` says otherwise; `analyze` prints where the reports are.
"""

from __future__ import annotations

import sys

from _environment import PROJECT, Environment, require_python


def main(words: list[str]) -> int:
    require_python()
    environment = Environment()
    environment.prepare()
    # Of two --out the later one counts, so the user's own stands last.
    command = ["analyze", str(PROJECT / "sample_dicoms"), "--out", str(PROJECT / "results" / "sample")]
    return environment.run(["-P", "-m", "ius_vision.cli.main", *command, *words])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
