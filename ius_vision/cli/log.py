"""What a run says about itself: bars and words for people, or JSON lines for programs.

Lines name exams by their id and give reason codes: no patient's name, number or file name stands in them.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from datetime import UTC, datetime

from ius_vision.pipeline.progress import Progress


class JsonLines(Progress):
    """One JSON object a line on stderr for each thing that happens."""

    def __enter__(self) -> JsonLines:
        return self

    def __exit__(self, *_: object) -> None:
        sys.stderr.flush()

    def planned(self, exams: int, clips: int) -> None:
        say("planned", exams=exams, clips=clips)

    def exam_done(self, exam_id: str, problem: str) -> None:
        say("exam_done", exam_id=exam_id, ok=not problem)

    def finished(self, summary) -> None:
        """The run's counts."""
        say(
            "finished",
            exit_code=summary.exit_code,
            exams=dict(summary.exams),
            files=dict(summary.clips),
            reasons=dict(summary.reasons),
        )


class _JsonFormatter(logging.Formatter):
    """Log records as the same lines."""

    def format(self, record: logging.LogRecord) -> str:
        facts = {"message": record.getMessage()}
        if record.exc_info:
            facts["traceback"] = self.formatException(record.exc_info)
        return _line(record.levelname.lower(), facts)


def say(event: str, **facts: object) -> None:
    """Write one line."""
    print(_line(event, facts), file=sys.stderr, flush=True)


def _line(event: str, facts: dict[str, object]) -> str:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return json.dumps({"time": now, "event": event, **facts}, ensure_ascii=True, default=str)


def set_up_logging(debug: bool, as_json: bool = False) -> None:
    """Show what this package logs. What libraries warn about a file stands in its row."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter() if as_json else logging.Formatter("ius-vision: %(message)s"))
    own = logging.getLogger("ius_vision")
    own.handlers = [handler]
    own.setLevel(logging.DEBUG if debug else logging.WARNING)
    if not debug:
        logging.getLogger("pydicom").setLevel(logging.CRITICAL)
        warnings.simplefilter("ignore")
