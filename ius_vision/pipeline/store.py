"""The output folder: an exam lies in it whole or not at all, with the key it was made from.

OUT/exams/EXAM_ID/           complete; holds findings.json, report.html, masks/, pictures/ and complete.json
OUT/exams/.part-RUN-EXAM_ID/ being written; renamed when complete, removed otherwise
OUT/exams/.part-RUN-EXAM_ID.old/ the result before, while the new one takes its place
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ius_vision.errors import BadUsage
from ius_vision.findings.whole_file import whole_file
from ius_vision.pipeline.lock import LOCK
from ius_vision.report.page import EVIDENCE, FINDINGS, REPORT

TABLES = ("clips", "frames", "segments", "contrast", "features")
WORKLIST = "worklist"
EXAMS = "exams"
LEDGER = "complete.json"
PART = ".part-"
OWN_NAMES = (
    EXAMS,
    LOCK,
    "run.json",
    *(f"{table}{suffix}" for table in (*TABLES, WORKLIST) for suffix in (".csv", ".parquet")),
)


def exam_key(parts: object) -> str:
    """SHA-256 of everything an exam's result depends on, as canonical JSON."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


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
        """What a complete exam was made from; empty where it, or a part of it, is gone or cut short."""
        folder = self.folder(exam_id)
        if not all((folder / name).is_file() for name in (FINDINGS, EVIDENCE, REPORT)):
            return {}
        try:
            ledger = json.loads((folder / LEDGER).read_text(encoding="utf-8"))
            whole = ledger["contents"] == _contents(folder)
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        return ledger if whole else {}

    def begin(self, exam_id: str) -> Path:
        """An empty folder to write the exam into; what stood for this exam before stays until `commit`."""
        part = self._part(exam_id)
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        return part

    def commit(self, exam_id: str, ledger: dict) -> None:
        """Write the ledger last and rename: from here on the exam is there, whole, also after a power cut."""
        part, folder = self._part(exam_id), self.folder(exam_id)
        text = json.dumps({**ledger, "contents": _contents(part)}, indent=1)
        (part / LEDGER).write_text(text + "\n", encoding="utf-8", newline="\n")
        _to_disk(part)
        old = part.with_name(f"{part.name}.old")
        with suppress(FileNotFoundError):
            folder.rename(old)
        part.rename(folder)
        shutil.rmtree(old, ignore_errors=True)

    def discard(self, exam_ids: Iterable[str]) -> None:
        """Remove what this run, or a worker of it, has half-written of these exams."""
        for exam_id in exam_ids:
            for part in self.exams.glob(f"{PART}{self.run}*-{exam_id}"):
                shutil.rmtree(part, ignore_errors=True)

    def discard_all(self) -> None:
        """Remove whatever this run and its workers have half-written."""
        for part in self.exams.glob(f"{PART}{self.run}*"):
            shutil.rmtree(part, ignore_errors=True)

    def check_names(self, mark: str) -> None:
        """Make sure that the folder holds results under this key only, or (an empty mark) under no key.

        Raises
        ------
        BadUsage
            `names_would_mix`: it holds others; real names and pseudonyms never stand in one folder.
        """
        for path in self.exams.glob(f"*/{LEDGER}"):
            try:
                found = json.loads(path.read_text(encoding="utf-8")).get("pseudonyms", "")
            except (OSError, ValueError, AttributeError):
                continue
            if found != mark:
                kind = (
                    "pseudonyms of another key" if found and mark else "pseudonyms" if found else "real names"
                )
                said = f"{self.out} holds results with {kind}"
                raise BadUsage("names_would_mix", said, "--out", "Choose another folder")
            return  # every run has made sure that all are alike

    def sweep(self) -> None:
        """Remove what runs that were killed left half-written."""
        for part in self.exams.glob(f"{PART}*"):
            shutil.rmtree(part, ignore_errors=True)
        for beside in (*self.out.glob(".*.part"), *self.exams.glob("*/.*.part")):
            beside.unlink(missing_ok=True)

    def _part(self, exam_id: str) -> Path:
        return self.exams / f"{PART}{self.run}-{exam_id}"


def _contents(folder: Path) -> dict[str, int | str]:
    """Bytes of every file of an exam but its page and ledger; of what tables are made from, the hash."""
    found: dict[str, int | str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name in (FINDINGS, EVIDENCE):
            found[name] = file_sha256(path)
        elif name not in (REPORT, LEDGER) and path.is_file():
            found[name] = path.stat().st_size
    return found


def _to_disk(folder: Path) -> None:
    """Have the system write a folder's files and names out before the folder gets its final name."""
    for path in (*folder.rglob("*"), folder):
        if os.name == "nt" and path.is_dir():  # a folder cannot be opened there
            continue
        handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole, UTF-8, with the same line ends on every system."""
    with whole_file(path) as stream:
        stream.write(text.encode("utf-8"))
