"""The same tasks on a Dask cluster: any number of machines that share the input and the output folder.

Dask moves the tasks of a lost worker to another one; a task that has cost four workers is given up.
"""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from ius_vision.errors import BadUsage, IusError
from ius_vision.pipeline.pool import Died, Done

LOCAL = "local"
SECONDS_TO_CONNECT = 20
# More tasks than any cluster has workers; the scheduler never holds those of a million exams.
MOST_AHEAD = 2000

_prepared: dict[Any, Callable] = {}


def run_on_dask(
    prepare: Callable[[Any], Callable[[Any, Callable[[Any], None]], Any]],
    argument: Any,
    tasks: Iterable[Any],
    jobs: int,
    address: str,
) -> Iterator[Done | Died]:
    """Run tasks on a cluster and yield what comes of them, as it comes; parameters as of `pool.run_tasks`.

    Parameters
    ----------
    jobs : workers of a local cluster.
    address : of a running scheduler, such as `tcp://10.0.0.1:8786`, or `local` to start one here.

    Raises
    ------
    IusError
        `missing_extra`: Dask is not installed.
    BadUsage
        `no_cluster`: no scheduler answers there.

    Notes
    -----
    Steps on the way are not reported. Closing the iterator early cancels what has not begun.
    """
    with _client(address, jobs) as client:
        from distributed import as_completed

        coming, waiting = iter(tasks), {}
        ended = as_completed(raise_errors=False)

        def submit(number: int) -> None:
            # The argument goes with every task: data scattered beforehand would be lost with their worker.
            for task in islice(coming, number):
                future = client.submit(_do, prepare, argument, task, pure=False)
                waiting[future] = task
                ended.add(future)

        try:
            submit(MOST_AHEAD)
            for future in ended:
                submit(1)
                task = waiting.pop(future)
                error = future.exception() if future.status != "finished" else None
                if error is None:
                    yield Done(task, future.result())
                else:
                    yield Died(task, None, cause=" ".join(f"{type(error).__name__}: {error}".split())[:300])
                future.release()
        finally:
            client.cancel(list(waiting))


def _do(prepare, argument, task):
    """What runs on a worker: prepared once a process, with one task at a time."""
    key = (prepare, pickle.dumps(argument))
    if key not in _prepared:
        _prepared.clear()
        _prepared[key] = prepare(argument)
    return _prepared[key](task, lambda _: None)


@contextmanager
def _client(address: str, jobs: int) -> Iterator[Any]:
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise IusError(
            "missing_extra", "Dask is not installed", "--dask", "Install it: pip install 'ius-vision[dask]'"
        ) from error
    if address == LOCAL:
        with (
            LocalCluster(
                n_workers=jobs,
                threads_per_worker=1,
                processes=True,
                memory_limit=0,
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client
        return
    try:
        client = Client(address, timeout=SECONDS_TO_CONNECT)
    except (OSError, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        raise BadUsage("no_cluster", f"no scheduler answers at {address} ({said})", "--dask") from error
    with client:
        yield client
