"""The output folder: an exam lies in it whole or not at all, with the key it was made from.

OUT/exams/EXAM_ID/           complete; holds findings.json, report.html, masks/, pictures/ and complete.json
OUT/exams/.part-RUN-EXAM_ID/ being written; renamed when complete, removed otherwise
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from ius_vision.errors import BadUsage
from ius_vision.findings.whole_file import whole_file
from ius_vision.pipeline.lock import LOCK
from ius_vision.report.page import EVIDENCE, FINDINGS, REPORT

TABLES = ("clips", "frames", "segments", "contrast")
EXAMS = "exams"
LEDGER = "complete.json"
PART = ".part-"
OWN_NAMES = (
    EXAMS,
    LOCK,
    "run.json",
    *(f"{table}{suffix}" for table in TABLES for suffix in (".csv", ".parquet")),
)


def exam_key(parts: object) -> str:
    """SHA-256 of everything an exam's result depends on, as canonical JSON."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """Hash of a file's bytes; empty where it cannot be read (its row then says why)."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


class Store:
    """One output folder.

    Parameters
    ----------
    run : name of the run. What is half-written carries it, so that a worker left over from a run that was
        killed cannot touch the parts of the next.

    Raises
    ------
    BadUsage
        `out_not_writable`: the folder cannot be made or written to.
    """

    def __init__(self, out: Path, run: str = "") -> None:
        self.out = out
        self.run = run
        self.exams = out / EXAMS
        try:
            self.exams.mkdir(parents=True, exist_ok=True)
            probe = self.exams / f"{PART}probe-{os.getpid()}"
            probe.mkdir()
            probe.rmdir()
        except OSError as error:
            raise BadUsage(
                "out_not_writable",
                f"the results cannot be written to {out} ({error.strerror or error})",
                "--out",
                "Choose a folder you may write to",
            ) from error

    def folder(self, exam_id: str) -> Path:
        """Where a complete exam lies."""
        return self.exams / exam_id

    def ledger(self, exam_id: str) -> dict:
        """What a complete exam was made from; empty where it, or a part of it, is not there."""
        if not all((self.folder(exam_id) / name).is_file() for name in (FINDINGS, EVIDENCE, REPORT)):
            return {}
        try:
            ledger = json.loads((self.folder(exam_id) / LEDGER).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return ledger if isinstance(ledger, dict) else {}

    def begin(self, exam_id: str) -> Path:
        """An empty folder to write the exam into; whatever stood for this exam before is removed."""
        shutil.rmtree(self.folder(exam_id), ignore_errors=True)
        part = self._part(exam_id)
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        return part

    def commit(self, exam_id: str, ledger: dict) -> None:
        """Write the ledger last and rename: from here on the exam is there, whole."""
        part = self._part(exam_id)
        write_text(part / LEDGER, json.dumps(ledger, indent=1) + "\n")
        part.rename(self.folder(exam_id))

    def discard(self, exam_ids: Iterable[str]) -> None:
        """Remove what is half-written of these exams."""
        for exam_id in exam_ids:
            shutil.rmtree(self._part(exam_id), ignore_errors=True)

    def sweep(self) -> None:
        """Remove what runs that were killed left half-written."""
        for part in self.exams.glob(f"{PART}*"):
            shutil.rmtree(part, ignore_errors=True)
        for beside in (*self.out.glob(".*.part"), *self.exams.glob("*/.*.part")):
            beside.unlink(missing_ok=True)

    def _part(self, exam_id: str) -> Path:
        return self.exams / f"{PART}{self.run}-{exam_id}"


def write_text(path: Path, text: str) -> None:
    """Write a text file whole, UTF-8, with the same line ends on every system."""
    with whole_file(path) as stream:
        stream.write(text.encode("utf-8"))
