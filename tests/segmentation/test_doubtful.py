import numpy as np
import pytest

from ius_vision.geometry import Spacing
from ius_vision.segmentation.doubtful import SURE_PROBABILITY, without_doubtful
from ius_vision.segmentation.model import WallSegmentation
from ius_vision.vocabulary import Label

SPACING = Spacing(0.2, 0.2)


def strips(*probabilities: float, serosa_px: int = 0) -> WallSegmentation:
    """Strips of wall on lumen, with fat above, 5 mm apart, each with its own probability of wall."""
    labels = np.zeros((60, 50 * len(probabilities)), np.uint8)
    wall = np.zeros(labels.shape, np.float32)
    for index, probability in enumerate(probabilities):
        columns = np.s_[50 * index + 12 : 50 * index + 38]
        labels[25 - serosa_px : 30 - serosa_px, columns] = Label.INFLAMED_FAT
        labels[30:40, columns] = Label.WALL
        labels[40:50, columns] = Label.LUMEN
        wall[30:40, columns] = probability
    return WallSegmentation(labels, wall, np.zeros_like(wall))


def test_a_doubtful_part_goes_with_its_lumen_and_fat_and_a_sure_one_stays():
    seen = strips(0.95, 0.6, 0.99)
    kept = without_doubtful(seen, SPACING).labels
    assert not kept[:, 50:100].any()
    for columns in (np.s_[:50], np.s_[100:]):
        np.testing.assert_array_equal(kept[:, columns], seen.labels[:, columns])


@pytest.mark.parametrize(("share", "stays"), [(0.2, False), (0.3, True)])
def test_a_quarter_of_the_wall_has_to_be_sure(share, stays):
    seen = strips(SURE_PROBABILITY - 0.2)
    seen.wall_probability[30:40, 12 : 12 + round(share * 26)] = SURE_PROBABILITY + 0.05
    assert without_doubtful(seen, SPACING).labels.any() == stays


@pytest.mark.parametrize(("serosa_px", "stays"), [(8, True), (13, False)])
def test_only_the_serosa_may_lie_between_a_wall_and_its_fat(serosa_px, stays):
    kept = without_doubtful(strips(1.0, serosa_px=serosa_px), SPACING).labels
    assert (kept == Label.INFLAMED_FAT).any() == stays
    assert (kept == Label.WALL).any()


def test_lumen_or_fat_alone_is_no_bowel():
    seen = strips(1.0)
    seen.labels[seen.labels == Label.WALL] = Label.LUMEN
    assert not without_doubtful(seen, SPACING).labels.any()


def test_a_frame_without_labels_stays_empty():
    empty = WallSegmentation(*(np.zeros((8, 9), kind) for kind in (np.uint8, np.float32, np.float32)))
    assert not without_doubtful(empty, SPACING).labels.any()
