"""Worker processes by exam. A worker that dies takes only its own exam with it.

`concurrent.futures` breaks the whole pool when one process is killed and cannot say which task did it;
here each worker has its own pipe, so the exam that was in its hands is known.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Done:
    """A task's return value."""

    task: Any
    value: Any


@dataclass(frozen=True, slots=True)
class Died:
    """The process ended without an answer. `last_step` is the last thing it reported."""

    task: Any
    exit_code: int | None
    last_step: Any = None


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
) -> Iterator[Done | Died | Step]:
    """Run tasks in `jobs` processes and yield what comes of them, as it comes.

    Parameters
    ----------
    prepare : called once in every process with `argument`; returns the function that does a task.
        That function takes a task and a callback to report steps with.
    argument : picklable.
    tasks : picklable, any number.
    jobs : number of processes.

    Notes
    -----
    Closing the iterator early (or an exception such as KeyboardInterrupt) ends every process.
    """
    context = multiprocessing.get_context("spawn")
    waiting = list(tasks)
    waiting.reverse()
    workers: list[_Worker] = []
    try:
        for _ in range(min(jobs, len(waiting))):
            workers.append(_start(context, prepare, argument, waiting.pop()))
        while workers:
            for ready in wait([worker.pipe for worker in workers]):
                worker = next(one for one in workers if one.pipe is ready)
                answer = _receive(worker)
                if isinstance(answer, Step):
                    worker.last_step = answer.value
                    yield answer
                    continue
                if isinstance(answer, Died):
                    workers.remove(worker)
                    if waiting:
                        workers.append(_start(context, prepare, argument, waiting.pop()))
                elif waiting:
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


def _start(context, prepare, argument, task) -> _Worker:
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, prepare, argument), daemon=True)
    with _inherited():
        process.start()
    there.close()
    worker = _Worker(process, here)
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
    except (EOFError, ConnectionResetError):
        worker.process.join()
        return Died(worker.task, worker.process.exitcode, worker.last_step)
    if kind == "step":
        return Step(worker.task, value)
    return Done(worker.task, value)


def _end(worker: _Worker) -> None:
    worker.pipe.close()
    worker.process.join(timeout=5)
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join()


def _serve(pipe: Connection, prepare, argument) -> None:
    """A worker's life; it ends when the parent hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    work = prepare(argument)
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        value = work(task, lambda step: _send(pipe, ("step", step)))
        _send(pipe, ("done", value))


def _send(pipe: Connection, answer: tuple[str, Any]) -> None:
    """Answer the parent; where there is no parent any more, nobody needs the rest of the work."""
    try:
        pipe.send(answer)
    except (BrokenPipeError, ConnectionResetError):
        sys.exit(1)
