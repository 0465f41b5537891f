"""What a worker process does: one exam after another, each written whole or not at all."""

from __future__ import annotations

import logging
import secrets
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ius_vision.dicom.clip import ExamFiles
from ius_vision.dicom.manifest import ManifestRow
from ius_vision.errors import IusError, kind_and_place
from ius_vision.outcomes import Failed
from ius_vision.pipeline.disguise import Disguise, shown_exam
from ius_vision.pipeline.memory import ran_out_of_memory
from ius_vision.pipeline.settings import MeasureSettings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """What every worker needs; cheap to send to a process."""

    out: Path
    run: str
    model: Path | None
    settings: MeasureSettings
    manifest: dict[str, ManifestRow]
    disguise: Disguise | None = None


@dataclass(frozen=True, slots=True)
class ExamOutcome:
    """How an exam went: a failure or none, seconds by stage, the process's peak memory, a traceback."""

    exam_id: str
    failure: Failed | None
    seconds: dict[str, float]
    peak_memory_mb: float | None
    trace: str = ""


def prepare(order: WorkOrder) -> Callable[[ExamFiles, Callable[[str], None]], ExamOutcome]:
    """Load the model once; return the function that does an exam."""
    from ius_vision.pipeline.exam import analyze_exam
    from ius_vision.pipeline.store import Store
    from ius_vision.pipeline.tools import Tools

    quiet_one_thread()
    tools = Tools.load(order.model, order.settings, order.manifest)
    # A worker that is thought lost may still write: each has parts of its own.
    store = Store(order.out, f"{order.run}.{secrets.token_hex(4)}")

    def do_exam(given: ExamFiles, report: Callable[[str], None]) -> ExamOutcome:
        started, spent = time.perf_counter(), time.process_time()
        failure, trace, seconds = None, "", {}
        exam = shown_exam(given, order.disguise)
        try:
            need_one_readable(exam)
            folder = store.begin(exam.exam_id)
            ledger, seconds = analyze_exam(given, tools, folder, report, order.disguise)
            store.commit(exam.exam_id, ledger)
        except Exception as error:  # an exam's failure becomes its rows; the others go on
            failure, trace = failure_of(error), traceback.format_exc()
            store.discard([exam.exam_id])
        seconds |= {"all": time.perf_counter() - started, "processor": time.process_time() - spent}
        return ExamOutcome(exam.exam_id, failure, seconds, peak_mb(), trace)

    return do_exam


def quiet_one_thread() -> None:
    """Set a worker process up."""
    import cv2

    cv2.setNumThreads(1)
    # What libraries warn about a file is kept with the clip; on the terminal nobody could act on it.
    warnings.simplefilter("ignore")
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)


def need_one_readable(exam: ExamFiles) -> None:
    """Leave an exam alone none of whose files can be opened any more: what was found before still stands.

    Raises
    ------
    IusError
        `unreadable_file`: the folder has gone since it was searched, or nothing in it may be read.
    """
    said = ""
    for path, _ in exam.files:
        try:
            path.open("rb").close()
            return
        except OSError as error:
            said = error.strerror or type(error).__name__
    raise IusError(
        "unreadable_file",
        f"none of the exam's {len(exam.files)} files can be opened ({said})",
        exam.files[0][1],
        "Make the folder readable and run again",
    )


def peak_mb() -> float | None:
    """Largest resident memory of this process so far, in MB; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


def failure_of(error: Exception) -> Failed:
    """An exam's failure, as its rows tell it."""
    if isinstance(error, IusError):
        return Failed(error.reason, error.detail)
    if ran_out_of_memory(error):
        return Failed("out_of_memory", "The exam needed more memory than there is; run it with --jobs 1.")
    if isinstance(error, OSError):
        said = error.strerror or type(error).__name__
        return Failed(
            "results_not_written",
            f"The exam's results could not be written ({said}); free the disk and run again.",
        )
    said = kind_and_place(error)
    return Failed(
        "analysis_failed", f"The analysis of this exam ended with {said}; run with --debug and report it."
    )
