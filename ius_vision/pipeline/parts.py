"""Few exams on many processes: the clip is the unit of work, and the parent puts each exam together.

What is written is byte for byte what one process writes.
"""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ius_vision.dicom.clip import ExamFiles, Unread
from ius_vision.dicom.duplicates import resolve_duplicates
from ius_vision.dicom.manifest import ManifestRow
from ius_vision.findings import InputFile
from ius_vision.outcomes import Failed
from ius_vision.pipeline.disguise import shown_exam
from ius_vision.pipeline.exam import look_at_one, write_exam
from ius_vision.pipeline.ledger import hash_inputs
from ius_vision.pipeline.loaded import Loaded, load_shown
from ius_vision.pipeline.pictures import PictureFolder
from ius_vision.pipeline.pool import Died, Done, Spare, Step, run_tasks
from ius_vision.pipeline.rows import ClipLook
from ius_vision.pipeline.store import Store
from ius_vision.pipeline.tools import Tools
from ius_vision.pipeline.work import (
    ExamOutcome,
    WorkOrder,
    failure_of,
    need_one_readable,
    peak_mb,
    quiet_one_thread,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an exam, from 0, and the folder that the exam is being written to."""

    given: ExamFiles
    place: int
    folder: Path


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a part: a look or why there is none; or the failure of the whole exam.

    `manifest` holds the rows about it by shown names, where those are pseudonyms.
    """

    look: ClipLook | None = None
    unread: tuple[Unread, ...] = ()
    failure: Failed | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    peak_memory_mb: float | None = None
    manifest: dict[str, ManifestRow] = field(default_factory=dict)
    trace: str = ""


@dataclass(slots=True)
class _Open:
    """An exam whose parts are being looked at."""

    given: ExamFiles
    exam: ExamFiles
    folder: Path
    inputs: tuple[InputFile, ...]
    began: float
    seen: dict[int, Seen] = field(default_factory=dict)
    ended: bool = False

    def outcome(self, failure: Failed | None, trace: str = "") -> ExamOutcome:
        self.ended = True
        seconds: Counter[str] = Counter()
        for one in self.seen.values():
            seconds.update(one.seconds)
        peaks = [one.peak_memory_mb for one in self.seen.values() if one.peak_memory_mb]
        spent = dict(seconds) | {"all": time.perf_counter() - self.began}
        return ExamOutcome(self.exam.exam_id, failure, spent, max(peaks, default=None), trace)


def prepare_parts(order: WorkOrder) -> Callable[[Part, Callable[[str], None]], Seen]:
    """Load the model once; return the function that looks at a part."""
    quiet_one_thread()
    tools = Tools.load(order.model, order.settings, order.manifest)

    def do_part(part: Part, report: Callable[[str], None]) -> Seen:
        began, spent = time.perf_counter(), time.process_time()
        try:
            loaded = load_shown(part.given, [part.place], tools, order.disguise)
            middle = time.perf_counter()
            pictures = PictureFolder(part.folder)
            looks = [look_at_one(clip, loaded, pictures, report) for clip in loaded.clips]
        except Exception as error:  # an exam's failure becomes its rows; the others go on
            return Seen(failure=failure_of(error), trace=traceback.format_exc())
        seconds = {"load": middle - began, "measure": time.perf_counter() - middle}
        seconds["processor"] = time.process_time() - spent
        about = dict(loaded.tools.manifest) if order.disguise else {}
        return Seen(looks[0] if looks else None, loaded.unread, None, seconds, peak_mb(), about)

    return do_part


def run_parts(
    order: WorkOrder, exams: Iterable[ExamFiles], jobs: int, spare: Spare | None = None
) -> Iterator[Done | Died | Step]:
    """Do exams clip by clip; the same events as `run_tasks(prepare, order, exams, jobs, spare)` gives."""
    store = Store(order.out, order.run)
    opened: dict[str, _Open] = {}
    failed: list[Done] = []

    def parts() -> Iterator[Part]:
        for given in exams:
            try:
                one = _open(given, order, store)
            except Exception as error:  # an exam's failure becomes its rows; the others go on
                exam_id = shown_exam(given, order.disguise).exam_id
                failed.append(Done(given, ExamOutcome(exam_id, failure_of(error), {}, None)))
                continue
            opened[one.exam.exam_id] = one
            sizes = [path.stat().st_size if path.exists() else 0 for path, _ in given.files]
            # What takes longest begins first, so that no process waits for another at the end.
            for place in sorted(range(len(sizes)), key=lambda place: -sizes[place]):
                yield Part(given, place, one.folder)

    for event in run_tasks(prepare_parts, order, parts(), jobs, spare):
        part = event.task
        one = opened[shown_exam(part.given, order.disguise).exam_id]
        if one.ended:  # with another part
            continue
        match event:
            case Step():
                yield replace(event, task=part.given)
            case Died():
                one.ended = True
                yield replace(event, task=part.given)
            case Done(_, seen):
                one.seen[part.place] = seen
                if seen.failure or len(one.seen) == len(one.exam.files):
                    yield Done(part.given, _close(one, seen, order, store))
    yield from failed


def _open(given: ExamFiles, order: WorkOrder, store: Store) -> _Open:
    exam = shown_exam(given, order.disguise)
    began = time.perf_counter()
    need_one_readable(exam)
    folder = store.begin(exam.exam_id)
    PictureFolder(folder)
    return _Open(given, exam, folder, hash_inputs(exam), began)


def _close(one: _Open, last: Seen, order: WorkOrder, store: Store) -> ExamOutcome:
    """Put an exam together and in its place, or clear it away."""
    failure, trace, began = last.failure, last.trace, time.perf_counter()
    if failure is None:
        try:
            tools = Tools.load(order.model, order.settings, order.manifest)
            loaded, looks = _together(one, tools, order)
            ledger = write_exam(loaded, one.inputs, looks, one.folder)
            store.commit(one.exam.exam_id, ledger)
            one.seen[-1] = Seen(seconds={"write": time.perf_counter() - began})
        except Exception as error:  # an exam's failure becomes its rows; the others go on
            failure, trace = failure_of(error), traceback.format_exc()
    if failure is not None:
        store.discard([one.exam.exam_id])
    return one.outcome(failure, trace)


def _together(one: _Open, tools: Tools, order: WorkOrder) -> tuple[Loaded, list[ClipLook]]:
    """The exam as one process would have loaded it: an image that is there twice counts once."""
    in_order = [one.seen[place] for place in range(len(one.exam.files))]
    looks = {seen.look.clip.file: seen.look for seen in in_order if seen.look}
    unread = [other for seen in in_order for other in seen.unread]
    clips, twice = resolve_duplicates([look.clip for look in looks.values()])
    whole = load_shown(one.given, [], tools, order.disguise)
    about = {name: row for seen in in_order for name, row in seen.manifest.items()}
    shown = replace(tools, manifest=about) if order.disguise else tools
    loaded = replace(whole, clips=tuple(clips), unread=(*unread, *twice), tools=shown)
    pictures = PictureFolder(one.folder)
    for other in twice:
        pictures.remove(loaded.name_of(other.file))
    return loaded, [replace(looks[clip.file], clip=clip) for clip in clips]
