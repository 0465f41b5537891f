"""Tasks on a Dask cluster: all answered once, also where workers are lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ius_vision.errors import BadUsage
from ius_vision.pipeline import dask_pool
from ius_vision.pipeline.dask_pool import LOCAL, run_on_dask
from ius_vision.pipeline.pool import Died, Done

pytest.importorskip("distributed", reason="the extra `dask` is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")  # the cluster's own, about ports and processes


def prepare_task(folder):
    def work(task, report):
        report("not heard")
        mark = Path(folder, f"{task}-{len(list(Path(folder).iterdir()))}-{os.getpid()}")
        mark.touch()
        lives = len(list(Path(folder).glob(f"{task}-*")))
        if task == "lost once" and lives == 1:
            os._exit(9)
        if task == "fails":
            raise ValueError("this task cannot be done")
        return task.upper()

    return work


def test_tasks_are_answered_once_and_those_of_a_lost_worker_are_done_by_another(tmp_path, monkeypatch):
    monkeypatch.setattr(dask_pool, "MOST_AHEAD", 2)
    tasks = iter(["a", "lost once", "b", "fails"])
    events = list(run_on_dask(prepare_task, str(tmp_path), tasks, 1, LOCAL))
    done = {event.task: event.value for event in events if isinstance(event, Done)}
    (died,) = [event for event in events if isinstance(event, Died)]
    assert done == {"a": "A", "lost once": "LOST ONCE", "b": "B"}
    assert (died.task, died.cause) == ("fails", "ValueError: this task cannot be done")
    assert len(list(tmp_path.glob("lost once-*"))) == 2


def test_a_scheduler_that_is_not_there_is_wrong_usage(monkeypatch):
    monkeypatch.setattr(dask_pool, "SECONDS_TO_CONNECT", 0.5)
    with pytest.raises(BadUsage) as caught:
        list(run_on_dask(prepare_task, "", ["a"], 1, "tcp://127.0.0.1:1"))
    assert caught.value.reason == "no_cluster"
