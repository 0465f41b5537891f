"""What counts as having run out of memory."""

from __future__ import annotations

import errno
import os

import cv2
import numpy as np
import pytest

from ius_vision.pipeline.memory import ran_out_of_memory


def test_errors_of_python_and_numpy():
    with pytest.raises(MemoryError) as caught:
        np.empty(1 << 60, np.uint8)
    assert ran_out_of_memory(caught.value)


def test_errors_of_opencv():
    said = "OpenCV(5.0.0) alloc.cpp:73: error: (-4:Insufficient memory) Failed to allocate 9 bytes"
    assert ran_out_of_memory(cv2.error(said))


def test_errors_of_the_network_s_runtime():
    assert ran_out_of_memory(RuntimeError("[ONNXRuntimeError] : 6 : std::bad_alloc"))


def test_other_errors_are_not():
    assert not ran_out_of_memory(ValueError("operands could not be broadcast together"))


def test_a_library_that_cannot_be_loaded_for_want_of_memory_means_it_and_a_full_disk_does_not():
    assert ran_out_of_memory(OSError("liba.so: failed to map segment: Cannot allocate memory"))
    assert ran_out_of_memory(OSError("liba.so: failed to map segment from shared object"))
    assert ran_out_of_memory(OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)))
    assert not ran_out_of_memory(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
