import numpy as np
import pytest

from ius_vision.segmentation.doubtful import SURE_QUARTER, without_doubtful
from ius_vision.segmentation.model import WallSegmentation
from ius_vision.vocabulary import Label


def strips(*probabilities: float) -> WallSegmentation:
    """Strips of wall on lumen, with fat above, side by side, each with its own probability of wall."""
    labels = np.zeros((40, 30 * len(probabilities)), np.uint8)
    wall = np.zeros(labels.shape, np.float32)
    for index, probability in enumerate(probabilities):
        columns = np.s_[30 * index + 2 : 30 * index + 28]
        labels[5:10, columns] = Label.INFLAMED_FAT
        labels[10:20, columns] = Label.WALL
        labels[20:30, columns] = Label.LUMEN
        wall[10:20, columns] = probability
    return WallSegmentation(labels, wall, np.zeros_like(wall))


def test_a_doubtful_part_goes_with_its_lumen_and_fat_and_a_sure_one_stays():
    seen = strips(0.95, 0.6, 0.99)
    kept = without_doubtful(seen).labels
    assert not kept[:, 30:60].any()
    for columns in (np.s_[:30], np.s_[60:]):
        np.testing.assert_array_equal(kept[:, columns], seen.labels[:, columns])


@pytest.mark.parametrize(("share", "stays"), [(0.2, False), (0.3, True)])
def test_a_quarter_of_the_wall_has_to_be_sure(share, stays):
    seen = strips(SURE_QUARTER - 0.2)
    seen.wall_probability[10:20, 2 : 2 + round(share * 26)] = SURE_QUARTER + 0.05
    assert without_doubtful(seen).labels.any() == stays


def test_lumen_or_fat_alone_is_no_bowel():
    seen = strips(1.0)
    seen.labels[seen.labels == Label.WALL] = Label.LUMEN
    assert not without_doubtful(seen).labels.any()


def test_a_frame_without_labels_stays_empty():
    empty = WallSegmentation(*(np.zeros((8, 9), kind) for kind in (np.uint8, np.float32, np.float32)))
    assert not without_doubtful(empty).labels.any()
