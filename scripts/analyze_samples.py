"""Set up `.venv` and analyze the sample exams.

    python3 scripts/analyze_samples.py [words for `ius-vision analyze`]

Results lie in results/sample, unless `--out` says otherwise.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from _environment import PROJECT, Environment, require_python, say


def main(words: list[str]) -> int:
    require_python()
    environment = Environment()
    environment.prepare()
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--out", type=Path, default=PROJECT / "results" / "sample")
    parsed, others = parser.parse_known_args(words)
    command = ["-P", "-m", "ius_vision.cli.main", "analyze", str(PROJECT / "sample_dicoms")]
    code = environment.run([*command, "--out", str(parsed.out), *others])
    if code in (0, 1):
        for report in sorted(parsed.out.glob("exams/*/report.html")):
            say(f"Report: {report.resolve()}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
