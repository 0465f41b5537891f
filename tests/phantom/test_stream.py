"""Frames drawn on the fly are those that `phantom dataset` writes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ius_vision.phantom.dataset import DatasetOrder, write_dataset
from ius_vision.phantom.stream import PhantomStream


@pytest.mark.parametrize("engine", ["beam", "plain", "echo"])
def test_a_drawn_frame_is_the_one_that_a_dataset_of_the_same_seed_holds(engine, tmp_path):
    write_dataset(DatasetOrder(tmp_path, 31, 3, engine=engine))
    with PhantomStream(engine, 31, 1) as stream:
        drawn = stream([2, 0])
    for frame, number in zip(drawn, (2, 0), strict=True):
        for folder, name, seen in (
            ("imagesTr", f"PHANTOM_{number:04d}_0000.png", frame.grey),
            ("labelsTr", f"PHANTOM_{number:04d}.png", frame.labels),
        ):
            written = cv2.imread(str(tmp_path / folder / name), cv2.IMREAD_UNCHANGED)
            np.testing.assert_array_equal(written, seen)


def test_several_processes_draw_the_same_frames_as_one():
    with PhantomStream("plain", 5, 1) as one, PhantomStream("plain", 5, 2) as two:
        for alone, together in zip(one([7, 10**12]), two([7, 10**12]), strict=True):
            np.testing.assert_array_equal(alone.grey, together.grey)
            np.testing.assert_array_equal(alone.labels, together.labels)
