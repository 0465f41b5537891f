"""Workers by exam: what they return, and what becomes of the others when one dies."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time

import psutil
import pytest

from ius_vision.pipeline import pool
from ius_vision.pipeline.pool import Died, Done, Spare, Step, _send, run_tasks


def prepare_task(argument):
    def work(task, report):
        if task == "die":
            report("last file")
            os._exit(9)
        if task == "sleep":
            time.sleep(60)
        os.write(2, b"a library's own words")
        report(f"{task} seen")
        return argument + task, os.environ["OMP_NUM_THREADS"]

    return work


def prepare_pid(argument):
    return lambda task, report: (os.getpid(), "decimal" in sys.modules)


def prepare_nothing(argument):
    raise MemoryError(argument)


class Unloadable:
    """What a worker cannot import, for want of memory or of a library."""

    def __reduce__(self):
        return prepare_nothing, ("no room to import it",)


def ends(events):
    return [event for event in events if not isinstance(event, Step)]


def test_every_task_is_answered_and_reports_its_steps():
    events = list(run_tasks(prepare_task, "x-", ["a", "b", "c"], jobs=2))
    assert sorted(event.value[0] for event in ends(events)) == ["x-a", "x-b", "x-c"]
    assert sorted(event.value for event in events if isinstance(event, Step)) == [
        "a seen",
        "b seen",
        "c seen",
    ]


def test_work_begins_before_all_tasks_are_known():
    heard = []

    def slowly_found():
        yield "a"
        yield "b"
        assert any(isinstance(event, Done) for event in heard)  # asked for when a process was free again
        yield "c"

    for event in run_tasks(prepare_task, "x-", slowly_found(), jobs=1):
        heard.append(event)
    assert [event.value[0] for event in ends(heard)] == ["x-a", "x-b", "x-c"]


def test_workers_run_one_thread_each():
    (done,) = ends(run_tasks(prepare_task, "", ["a"], jobs=1))
    assert done.value[1] == "1"


def test_a_worker_that_dies_takes_only_its_own_task_with_it():
    events = ends(run_tasks(prepare_task, "", ["a", "die", "b", "c"], jobs=1))
    assert [type(event) for event in events] == [Done, Died, Done, Done]
    assert (events[1].task, events[1].exit_code, events[1].last_step) == ("die", 9, "last file")


def test_a_worker_whose_parent_is_gone_ends_without_a_word(capfd):
    here, there = multiprocessing.Pipe()
    here.close()
    with pytest.raises(SystemExit):
        _send(there, ("step", "file"))
    assert capfd.readouterr() == ("", "")


def test_no_tasks_start_no_process():
    assert list(run_tasks(prepare_task, "", [], jobs=4)) == []


def test_closing_early_ends_the_processes_at_once():
    started = time.monotonic()
    events = run_tasks(prepare_task, "", ["a", "sleep"], jobs=1)
    assert isinstance(next(events), Step)
    assert isinstance(next(events), Done)
    events.close()
    assert time.monotonic() - started < 30


def test_an_interruption_ends_the_processes():
    events = run_tasks(prepare_task, "", ["a", "sleep"], jobs=2)
    next(events)
    with pytest.raises(KeyboardInterrupt):
        events.throw(KeyboardInterrupt)


def test_a_worker_that_cannot_begin_says_why_and_prints_nothing(capfd):
    events = list(run_tasks(prepare_nothing, "no room for the model", ["a", "b"], jobs=2))
    assert [(type(event), event.cause) for event in events] == [
        (Died, "MemoryError: no room for the model")
    ] * 2
    assert capfd.readouterr() == ("", "")


def test_a_worker_that_cannot_import_its_work_says_why_and_prints_nothing(capfd):
    (event,) = run_tasks(prepare_task, Unloadable(), ["a"], jobs=1)
    assert (type(event), event.cause) == (Died, "MemoryError: no room to import it")
    assert capfd.readouterr() == ("", "")


def test_what_libraries_print_in_a_worker_stays_there_unless_all_is_asked_for(capfd, caplog):
    list(run_tasks(prepare_task, "", ["a"], jobs=1))
    assert capfd.readouterr() == ("", "")
    caplog.set_level("DEBUG", "ius_vision.pipeline.pool")
    list(run_tasks(prepare_task, "", ["a"], jobs=1))
    assert capfd.readouterr().err == "a library's own words"


def test_where_the_system_gives_one_process_it_does_everything(monkeypatch):
    start, given = pool._start, []

    def once(*words):
        if given:
            raise OSError(11, "Resource temporarily unavailable")
        given.append(start(*words))
        return given[0]

    monkeypatch.setattr(pool, "_start", once)
    assert len(ends(run_tasks(prepare_task, "", ["a", "b", "c"], jobs=3))) == 3


def test_where_the_system_gives_no_process_every_task_is_answered(monkeypatch):
    def never(*_):
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(pool, "_start", never)
    events = list(run_tasks(prepare_task, "", ["a", "b"], jobs=2))
    assert [(event.task, event.cause) for event in events] == [
        ("a", "no process (Cannot allocate memory)"),
        ("b", "no process (Cannot allocate memory)"),
    ]


def test_processes_begun_before_do_the_first_tasks():
    with Spare(2, "decimal") as spare:
        begun = {worker.process.pid for worker in spare._workers}
        done = ends(run_tasks(prepare_pid, "", ["a", "b", "c"], jobs=2, spare=spare))
    assert {event.value for event in done} <= {(pid, True) for pid in begun}


def test_processes_begun_for_nothing_end_with_the_block():
    with Spare(2, "decimal") as spare:
        processes = [worker.process for worker in spare._workers]
    assert not any(process.is_alive() for process in processes)


def test_a_process_that_died_before_it_was_needed_costs_no_task():
    with Spare(1, "decimal") as spare:
        spare._workers[0].process.kill()
        spare._workers[0].process.join()
        (done,) = ends(run_tasks(prepare_task, "x-", ["a"], jobs=1, spare=spare))
    assert done.value[0] == "x-a"


def test_a_process_that_cannot_load_says_why_when_it_is_needed(capfd):
    with Spare(1, "no_such_module") as spare:
        (event,) = run_tasks(prepare_task, "", ["a"], jobs=1, spare=spare)
    assert (type(event), event.cause) == (Died, "ModuleNotFoundError: No module named 'no_such_module'")
    assert capfd.readouterr() == ("", "")


PARENT = """
from tests.pipeline.test_pool import prepare_task, run_tasks
if __name__ == "__main__":
    for event in run_tasks(prepare_task, "", ["a", "sleep"], jobs=2):
        print("ready", flush=True)
"""


def test_workers_of_a_killed_parent_end_with_it(tmp_path, pytestconfig):
    (tmp_path / "parent.py").write_text(PARENT)
    command = [sys.executable, str(tmp_path / "parent.py")]
    settings = os.environ | {"PYTHONPATH": str(pytestconfig.rootpath)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=settings) as parent:
        parent.stdout.readline()
        workers = psutil.Process(parent.pid).children(recursive=True)
        parent.kill()
    assert workers
    assert psutil.wait_procs(workers, timeout=20)[1] == []
