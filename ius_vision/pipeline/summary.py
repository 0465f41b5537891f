"""The end of a run: tables of all its finished exams, pages with what changed, and run.json."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ius_vision.dicom.clip import ExamFiles, Scan
from ius_vision.dicom.manifest import ManifestRow, unmatched_keys
from ius_vision.dicom.walk import shown
from ius_vision.errors import BadUsage
from ius_vision.findings import TABLES, ClipRow, FrameRow, write_table
from ius_vision.findings.column import STATUSES
from ius_vision.findings.worklist import WorklistRow, count_reasons, worklist
from ius_vision.outcomes import Failed
from ius_vision.pipeline.disguise import Disguise
from ius_vision.pipeline.ledger import PASSING_REASONS
from ius_vision.pipeline.rows import failed_rows, iso_date, unread_row
from ius_vision.pipeline.settings import AnalyzeSettings
from ius_vision.pipeline.store import WORKLIST, Store, write_text
from ius_vision.pipeline.versions import Stopwatch, versions
from ius_vision.pipeline.work import ExamOutcome, peak_mb
from ius_vision.report.page import REPORT, load_findings, page_is_current, write_page
from ius_vision.segmentation.bundle import Bundle

READ = ("measured", "entered", "abstained")


@dataclass(slots=True)
class RunRecord:
    """What happens during a run: exams by id, seconds a stage."""

    started: datetime
    outcomes: dict[str, ExamOutcome] = field(default_factory=dict)
    unchanged: set[str] = field(default_factory=set)
    seconds: dict[str, float] = field(default_factory=dict)
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a caller is told: exit code, clips by status, exams by state, pages, failures, reasons given."""

    exit_code: int
    clips: Mapping[str, int]
    exams: Mapping[str, int]
    reports: tuple[Path, ...]
    problems: tuple[str, ...]
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """Everything the end of a run looks back on."""

    settings: AnalyzeSettings
    found: Scan
    manifest: Mapping[str, ManifestRow]
    bundle: Bundle
    store: Store
    record: RunRecord
    disguise: Disguise | None = None

    def state(self, exam: ExamFiles) -> str:
        """`analysed`, `unchanged`, `failed` or `unfinished`."""
        outcome = self.record.outcomes.get(exam.exam_id)
        if exam.exam_id in self.record.unchanged:
            return "unchanged"
        if outcome is None:
            return "unfinished"
        return "failed" if outcome.failure else "analysed"

    def finished(self) -> list[ExamFiles]:
        """The exams that lie complete in the output folder."""
        return [exam for exam in self.found.exams if self.state(exam) in ("analysed", "unchanged")]


def finish_run(run: Run) -> RunSummary:
    """Write pages, tables and run.json.

    Raises
    ------
    BadUsage
        `nothing_readable`: none of the files is an ultrasound image that could be read. The tables say why.
    """
    watch = Stopwatch()
    _renew_pages(run)
    watch.lap("pages")
    rows = _write_tables(run)
    clips = rows["clips"]
    watch.lap("tables")
    run.record.seconds |= watch.seconds
    statuses = Counter(row.status for row in clips)
    states = Counter(run.state(exam) for exam in run.found.exams)
    summary = RunSummary(
        exit_code=1 if statuses["failed"] else 0,
        clips={status: statuses[status] for status in STATUSES if statuses[status]},
        exams=dict(sorted(states.items())),
        reports=tuple(run.store.folder(exam.exam_id) / REPORT for exam in run.finished()),
        problems=tuple(f"{row.reason}: {row.detail}" for row in clips if row.status == "failed"),
        reasons=count_reasons(clips, rows["segments"]),
    )
    write_text(run.settings.out / "run.json", _run_json(run, summary))
    done = run.record.interrupted or states["failed"] or any(statuses[status] for status in READ)
    done = done or any(row.reason in PASSING_REASONS for row in clips)
    if not done:
        raise _nothing_readable(clips)
    return summary


def _nothing_readable(clips: Sequence[ClipRow]) -> BadUsage:
    first = next((row for row in clips if row.status == "failed"), clips[0])
    what = f"none of the {len(clips)} files is an ultrasound image that can be read; {first.detail}"
    return BadUsage("nothing_readable", what, "", "clips.csv says why for each file")


def _write_tables(run: Run) -> dict[str, list]:
    """Write the tables in one walk over the exams; frames are many and never all in memory."""
    rows: dict[str, list] = {name: [] for name in TABLES if name != "frames"}

    def frames() -> Iterator[FrameRow]:
        finished = {exam.exam_id for exam in run.finished()}
        for exam in run.found.exams:
            outcome = run.record.outcomes.get(exam.exam_id)
            if exam.exam_id in finished:
                findings = load_findings(run.store.folder(exam.exam_id))
                for name, listed in rows.items():
                    listed.extend(getattr(findings, name))
                yield from findings.frames
            elif outcome is not None and outcome.failure:
                rows["clips"].extend(failed_rows(exam, outcome.failure))

    write_table(frames(), FrameRow, run.settings.out / "frames")
    rows["clips"] += [unread_row("", one) for one in run.found.unread]
    rows["clips"] += _absent_files(run, rows["clips"])
    for name, listed in rows.items():
        write_table(listed, TABLES[name], run.settings.out / name)
    write_table(worklist(rows["clips"], rows["segments"]), WorklistRow, run.settings.out / WORKLIST)
    return rows


def _absent_files(run: Run, clips: Sequence[ClipRow]) -> list[ClipRow]:
    """A row for each file that only the manifest knows; not after an interruption, when not all is known."""
    if run.record.interrupted or not run.manifest:
        return []
    keys = unmatched_keys(run.manifest, [(row.file, row.sop_instance_uid) for row in clips])
    detail = "The manifest names {}, but no such file or SOPInstanceUID was given; correct or remove it."
    return [
        ClipRow(
            exam_id="",
            patient_id="",
            study_instance_uid="",
            sop_instance_uid="",
            file=key,
            status="failed",
            reason="manifest_file_absent",
            detail=detail.format(key),
        )
        for key in keys
    ]


def _renew_pages(run: Run) -> None:
    """Make the pages again whose previous exam is another than the one they were made with."""
    for exam, before in with_previous(run.finished()):
        key = run.store.ledger(before.exam_id).get("key", "") if before else ""
        folder = run.store.folder(exam.exam_id)
        if not page_is_current(folder, key):
            write_page(folder, load_findings(run.store.folder(before.exam_id)) if before else None, key)


def with_previous(exams: Iterable[ExamFiles]) -> Iterator[tuple[ExamFiles, ExamFiles | None]]:
    """Each exam with the last one of the same PatientID on an earlier date; None where there is none."""
    dated: dict[str, list[ExamFiles]] = {}
    listed = sorted(exams, key=lambda exam: (exam.study_date, exam.exam_id))
    for exam in listed:
        if exam.patient_id and iso_date(exam.study_date):
            dated.setdefault(exam.patient_id, []).append(exam)
    for exam in listed:
        own = dated.get(exam.patient_id, []) if iso_date(exam.study_date) else []
        earlier = [other for other in own if other.study_date < exam.study_date]
        yield exam, earlier[-1] if earlier else None


def _run_json(run: Run, summary: RunSummary) -> str:
    settings = run.settings
    named = run.disguise is None  # the user's own folders may be named after patients
    document = {
        "started": run.record.started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "interrupted": run.record.interrupted,
        "exit_code": summary.exit_code,
        "versions": versions(),
        "settings": {
            "paths": [shown(str(path)) for path in settings.paths] if named else [],
            "out": shown(str(settings.out)) if named else "",
            "manifest": shown(str(settings.manifest)) if settings.manifest and named else None,
            "pseudonymized": not named,
            "jobs": settings.jobs,
            "fresh": settings.fresh,
            "measure": asdict(settings.measure),
        },
        "model": {"path": shown(str(run.bundle.path)), "sha256": run.bundle.sha256},
        "counts": {"exams": summary.exams, "clips": summary.clips, "reasons": summary.reasons},
        "seconds": run.record.seconds,
        "peak_memory_mb": peak_mb(),
        "exams": [_exam_record(run, exam) for exam in run.found.exams],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _exam_record(run: Run, exam: ExamFiles) -> dict:
    record: dict = {"exam_id": exam.exam_id, "state": run.state(exam), "files": len(exam.files)}
    outcome = run.record.outcomes.get(exam.exam_id)
    if outcome is None:
        return record
    failure: Failed | None = outcome.failure
    why = {"reason": failure.reason, "detail": failure.detail} if failure else {}
    return record | why | {"seconds": outcome.seconds, "worker_peak_memory_mb": outcome.peak_memory_mb}
