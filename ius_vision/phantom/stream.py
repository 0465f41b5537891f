"""Simulated frames without end, for training that never sees one twice."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ius_vision.phantom.dataset import draw_case, draw_echo_case, draw_plain_case
from ius_vision.phantom.labels import PhantomFrame
from ius_vision.phantom.pool import drawing_pool

DRAWN = {"beam": draw_case, "plain": draw_plain_case, "echo": draw_echo_case}


class PhantomStream:
    """Frame `index` of an engine's `seed`, drawn when asked for; `phantom dataset` draws the same.

    Parameters
    ----------
    engine : `beam`, `plain` or `echo`.
    workers : processes that draw at once; 1 draws in the caller's.
    """

    def __init__(self, engine: str, seed: int, workers: int) -> None:
        self._draw = partial(_frame, engine, seed)
        self._pool = None
        if workers > 1:
            self._pool = drawing_pool(workers)

    def __call__(self, indices: Sequence[int]) -> list[PhantomFrame]:
        """The frames of these indices, in their order."""
        return list((self._pool.map if self._pool else map)(self._draw, indices))

    def __enter__(self) -> PhantomStream:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _frame(engine: str, seed: int, index: int) -> PhantomFrame:
    return DRAWN[engine](seed, index)[1]
