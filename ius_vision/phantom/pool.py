"""Processes that draw side by side."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import cv2


def drawing_pool(workers: int) -> ProcessPoolExecutor:
    """Fresh processes of one thread each."""
    return ProcessPoolExecutor(workers, get_context("spawn"), initializer=_one_thread)


def _one_thread() -> None:
    cv2.setNumThreads(1)
