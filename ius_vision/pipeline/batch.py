"""Many exams: found, done in worker processes, then put together in tables, whatever happened on the way."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ius_vision.deidentify.pseudonyms import read_key
from ius_vision.dicom.clip import ExamFiles, Scan
from ius_vision.dicom.manifest import read_manifest
from ius_vision.dicom.scan import scan
from ius_vision.errors import BadUsage, IusError
from ius_vision.outcomes import Failed
from ius_vision.pipeline.disguise import Disguise, shown_exam
from ius_vision.pipeline.ledger import KeyMaker
from ius_vision.pipeline.links import file_names, list_beside, write_links
from ius_vision.pipeline.lock import only_run
from ius_vision.pipeline.pool import Died, Done, Spare, Step, run_tasks
from ius_vision.pipeline.progress import Progress
from ius_vision.pipeline.settings import AnalyzeSettings
from ius_vision.pipeline.store import OWN_NAMES, Store
from ius_vision.pipeline.summary import Run, RunRecord, RunSummary, finish_run
from ius_vision.pipeline.versions import Stopwatch
from ius_vision.pipeline.work import ExamOutcome, WorkOrder, prepare
from ius_vision.segmentation.bundle import SHIPPED, read_bundle

logger = logging.getLogger(__name__)

RUN_NAME_BYTES = 4


@dataclass(frozen=True, slots=True)
class _Work:
    """What the workers need, and the exams under the names that their files have."""

    given: Scan
    order: WorkOrder
    keys: KeyMaker
    spare: Spare | None


def analyze(
    settings: AnalyzeSettings, progress: Progress | None = None, spare: Spare | None = None
) -> RunSummary:
    """Analyse every exam below the given paths that is not complete and unchanged in the output folder.

    Parameters
    ----------
    spare : worker processes that were begun while this one was still loading.

    Returns
    -------
    Counts, what failed, and where the reports are.

    Raises
    ------
    BadUsage, BadManifest
        A path, the manifest, the model or the output folder cannot be used, or nothing readable is there.
    KeyboardInterrupt
        After the exams finished so far were put into the tables.
    """
    progress = progress or Progress()
    record = RunRecord(started=datetime.now(UTC))
    watch = Stopwatch()
    manifest = read_manifest(settings.manifest) if settings.manifest else {}
    bundle = read_bundle((settings.model or SHIPPED).resolve())
    given = _find(settings, progress)
    disguise = Disguise(read_key(settings.key, settings.out)) if settings.key else None
    found = disguise.scan(given) if disguise else given
    store = Store(settings.out, secrets.token_hex(RUN_NAME_BYTES))
    order = WorkOrder(settings.out.resolve(), store.run, bundle.path, settings.measure, manifest, disguise)
    with only_run(settings.out):
        store.sweep()
        store.check_names(disguise.mark if disguise else "")
        if disguise:
            write_links(list_beside(settings.key), given, found)
            manifest = disguise.manifest(manifest, file_names(given, found))
        keys = KeyMaker(bundle.sha256, settings.measure, manifest, bundle.metadata)
        watch.lap("find")
        run = Run(settings, found, manifest, bundle, store, record, disguise)
        return _carry_out(run, _Work(given, order, keys, spare), watch, progress)


def _carry_out(run: Run, work: _Work, watch: Stopwatch, progress: Progress) -> RunSummary:
    record = run.record
    try:
        _do_exams(run, work, progress)
    except KeyboardInterrupt:
        record.interrupted = True
    finally:
        run.store.discard_all()
    watch.lap("exams")
    record.seconds = watch.seconds
    try:
        summary = finish_run(run)
    except OSError as error:
        said = f"the tables could not be written ({error.strerror or error})"
        raise IusError(
            "results_not_written", said, str(run.settings.out), "Free the disk; running again finishes"
        ) from error
    if record.interrupted:
        raise KeyboardInterrupt
    return summary


def _find(settings: AnalyzeSettings, progress: Progress) -> Scan:
    found = _without_own_files(scan(settings.paths, progress.scanned), settings.out)
    if not found.exams and not found.unread:
        where = ", ".join(str(path) for path in settings.paths)
        raise BadUsage(
            "nothing_readable", "no file was found", where, "Give files or folders with DICOM images"
        )
    return found


def _do_exams(run: Run, work: _Work, progress: Progress) -> None:
    exams = run.found.exams
    progress.planned(len(exams), sum(len(exam.files) for exam in exams))
    with closing(_waiting(run, work, progress)) as waiting:
        for event in _events(work, waiting, run.settings, len(exams)):
            match event:
                case Step(_, file):
                    progress.clip_done(file)
                case Done(_, outcome):
                    _note(run, outcome, progress)
                case Died(given):
                    exam = shown_exam(given, run.disguise)
                    run.store.discard([exam.exam_id])
                    _note(run, ExamOutcome(exam.exam_id, _died(event), {}, None), progress)


def _waiting(run: Run, work: _Work, progress: Progress) -> Iterator[ExamFiles]:
    """Exams that are not complete and unchanged, one by one: what is known to be missing is begun while the
    files of the others are still hashed.
    """

    def is_complete(exam: ExamFiles) -> bool:
        return not run.settings.fresh and work.keys.is_complete(run.store, exam)

    readers = ThreadPoolExecutor(run.settings.jobs)
    try:
        known = readers.map(is_complete, run.found.exams)
        for given, exam, complete in zip(work.given.exams, run.found.exams, known, strict=True):
            if complete:
                run.record.unchanged.add(exam.exam_id)
                progress.unchanged(len(exam.files))
            else:
                yield given
    finally:
        readers.shutdown(cancel_futures=True)


def _events(
    work: _Work, todo: Iterable[ExamFiles], settings: AnalyzeSettings, exams: int
) -> Iterator[Done | Died | Step]:
    if settings.dask is None and exams < settings.jobs:
        from ius_vision.pipeline.parts import run_parts

        return run_parts(work.order, todo, settings.jobs, work.spare)
    if settings.dask is None:
        return run_tasks(prepare, work.order, todo, settings.jobs, work.spare)
    from ius_vision.pipeline.dask_pool import run_on_dask

    return run_on_dask(prepare, work.order, todo, settings.jobs, settings.dask)


def _note(run: Run, outcome: ExamOutcome, progress: Progress) -> None:
    run.record.outcomes[outcome.exam_id] = outcome
    if outcome.trace:
        logger.debug("%s", outcome.trace)
    progress.exam_done(outcome.exam_id, outcome.failure.detail if outcome.failure else "")


def _died(end: Died) -> Failed:
    code = end.exit_code
    how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    how = end.cause or how
    after = f" after {end.last_step}" if end.last_step else ""
    return Failed(
        "worker_died",
        f"The process working on this exam ended with {how}{after}; run again, with fewer --jobs if memory "
        "is short.",
    )


def _without_own_files(found: Scan, out: Path) -> Scan:
    """Leave out what an earlier run wrote (never DICOM), where the output folder lies inside the input."""
    own = [Path(os.path.realpath(out), name) for name in OWN_NAMES]

    def is_own(path: Path) -> bool:
        real = Path(os.path.realpath(path))  # `resolve` raises where links lead in a circle
        return any(real == name or name in real.parents for name in own)

    return replace(found, unread=tuple(one for one in found.unread if not is_own(one.path)))
