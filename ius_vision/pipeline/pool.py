"""Worker processes by exam. A worker that dies takes only its own exam with it.

`concurrent.futures` breaks the whole pool when one process is killed and cannot say which task did it;
here each worker has its own pipe, so the exam that was in its hands is known.
"""

from __future__ import annotations

import importlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import Any

logger = logging.getLogger(__name__)

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
SECONDS_TO_END = 5


@dataclass(frozen=True, slots=True)
class Done:
    """A task's return value."""

    task: Any
    value: Any


@dataclass(frozen=True, slots=True)
class Died:
    """The process ended without an answer; with the last step it reported, and its last words if any."""

    task: Any
    exit_code: int | None
    last_step: Any = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Something a task reported on the way."""

    task: Any
    value: Any


@dataclass(slots=True)
class _Worker:
    process: multiprocessing.process.BaseProcess
    pipe: Connection
    task: Any = None
    last_step: Any = None


def run_tasks(
    prepare: Callable[[Any], Callable[[Any, Callable[[Any], None]], Any]],
    argument: Any,
    tasks: Iterable[Any],
    jobs: int,
    spare: Spare | None = None,
) -> Iterator[Done | Died | Step]:
    """Run tasks in `jobs` processes and yield what comes of them, as it comes.

    Parameters
    ----------
    prepare : called once in every process with `argument`; returns the function that does a task.
        That function takes a task and a callback to report steps with.
    argument : picklable.
    tasks : picklable, any number; taken when a process is free for the next, so a generator may find them.
    jobs : number of processes.
    spare : processes that were begun before; used first.

    Notes
    -----
    Closing the iterator early (or an exception such as KeyboardInterrupt) ends every process.
    """
    waiting = _Queue(tasks)
    spare = spare or Spare()
    workers: list[_Worker] = []
    try:
        while True:
            yield from _fill(workers, waiting, jobs, lambda task: _start(spare, prepare, argument, task))
            if not workers:
                return
            for ready in wait([worker.pipe for worker in workers]):
                worker = next(one for one in workers if one.pipe is ready)
                answer = _receive(worker)
                if isinstance(answer, Step):
                    worker.last_step = answer.value
                elif isinstance(answer, Done) and waiting:
                    _give(worker, waiting.pop())
                else:
                    workers.remove(worker)
                    _end(worker)
                yield answer
    finally:
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            _end(worker)


class _Queue:
    """Tasks in their order; of those to come, one is known ahead."""

    def __init__(self, tasks: Iterable[Any]) -> None:
        self._tasks = iter(tasks)
        self._ahead: list[Any] = []

    def __bool__(self) -> bool:
        if not self._ahead:
            self._ahead = list(islice(self._tasks, 1))
        return bool(self._ahead)

    def first(self) -> Any:
        """The next task, which stays; there has to be one."""
        return self._ahead[0]

    def pop(self) -> Any:
        """The next task; there has to be one."""
        return self._ahead.pop()


def _fill(
    workers: list[_Worker], waiting: _Queue, jobs: int, start: Callable[[Any], _Worker]
) -> Iterator[Died]:
    """Start processes up to `jobs`; where the system gives no more, those that run do the rest."""
    while len(workers) < jobs and waiting:
        try:
            workers.append(start(waiting.first()))
        except OSError as error:
            if workers:
                logger.debug("no further process", exc_info=True)
                return
            yield Died(waiting.first(), None, cause=f"no process ({error.strerror or error})")
        waiting.pop()


class Spare:
    """Processes without work yet, which load what their first task will need. Ended on leaving `with`.

    Parameters
    ----------
    number : how many to begin; fewer where the system gives no more.
    module : what they load, by its dotted name.
    """

    def __init__(self, number: int = 0, module: str = "") -> None:
        self._workers: list[_Worker] = []
        try:
            for _ in range(number):
                self._workers.append(_begin(module))
        except OSError:
            logger.debug("no further process", exc_info=True)

    def __enter__(self) -> Spare:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            _end(worker)

    def take(self) -> _Worker:
        """One of them that lives, or a new one where there are none left."""
        while self._workers:
            worker = self._workers.pop()
            if worker.process.is_alive():
                return worker
            _end(worker)
        return _begin()


def _begin(module: str = "") -> _Worker:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    given = (there, module, logger.isEnabledFor(logging.DEBUG))
    process = context.Process(target=_serve, args=given, daemon=True)
    with _inherited():
        process.start()
    there.close()
    return _Worker(process, here)


def _start(spare: Spare, prepare, argument, task) -> _Worker:
    worker = spare.take()
    # Through the pipe, so that what they need is imported where an error is answered.
    _give(worker, (prepare, argument))
    _give(worker, task)
    return worker


@contextmanager
def _inherited() -> Iterator[None]:
    """What a process started meanwhile inherits: one thread a library, since libraries read that only when
    they are loaded; and deafness to Ctrl-C, which the parent answers for all.
    """
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    answers = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN) if answers else None
    try:
        yield
    finally:
        if answers:
            signal.signal(signal.SIGINT, handler)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _give(worker: _Worker, task: Any) -> None:
    worker.task = task
    worker.last_step = None
    try:
        worker.pipe.send(task)
    except (BrokenPipeError, ConnectionResetError):
        logger.debug("a worker was gone before it got its task; its pipe will say so")


def _receive(worker: _Worker) -> Done | Died | Step:
    try:
        kind, value = worker.pipe.recv()
    except (EOFError, OSError):  # also a message that breaks off
        worker.process.join(timeout=SECONDS_TO_END)
        return Died(worker.task, worker.process.exitcode, worker.last_step)
    if kind == "step":
        return Step(worker.task, value)
    if kind == "died":
        return Died(worker.task, None, worker.last_step, value)
    return Done(worker.task, value)


def _end(worker: _Worker) -> None:
    worker.pipe.close()
    worker.process.join(timeout=SECONDS_TO_END)
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join()


def _serve(pipe: Connection, module: str, loud: bool) -> None:
    """A worker's life; it ends when the parent hangs up or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if not loud:
        _say_nothing()
    try:
        if module:
            importlib.import_module(module)
        prepare, argument = pipe.recv()
        work = prepare(argument)
    except Exception as error:  # its words become the reason of the task that waits for it
        _send(pipe, ("died", " ".join(f"{type(error).__name__}: {error}".split())[:300]))
        return
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        value = work(task, lambda step: _send(pipe, ("step", step)))
        _send(pipe, ("done", value))


def _say_nothing() -> None:
    """What libraries write about a file or their end would stand between the parent's own lines."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _end_with_parent() -> None:
    """End at once when the parent is killed: what it worked on may be another run's by now."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _send(pipe: Connection, answer: tuple[str, Any]) -> None:
    """Answer the parent; where there is no parent any more, nobody needs the rest of the work."""
    try:
        pipe.send(answer)
    except (BrokenPipeError, ConnectionResetError):
        sys.exit(1)
