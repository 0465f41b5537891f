import numpy as np
import pytest

from ius_vision.geometry import Spacing
from ius_vision.measurement.bwt_error import BwtErrorModel
from ius_vision.outcomes import Measured
from ius_vision.pipeline.frame_look import CLOSER, look_at_frame
from ius_vision.segmentation.model import WallSegmentation
from ius_vision.vocabulary import Label

SPACING = Spacing(0.1, 0.1)
LUMEN_PX, COLUMNS = 60, 400


def labels_of(wall_mm: float) -> np.ndarray:
    """Near and far wall around a lumen, (rows, columns)."""
    rows = round(wall_mm / SPACING.row_mm)
    labels = np.zeros((260, COLUMNS), np.uint8)
    labels[100 - rows : 100 + LUMEN_PX + rows] = Label.WALL
    labels[100 : 100 + LUMEN_PX] = Label.LUMEN
    return labels


class ShortSighted:
    """A model that is sure of a wall only from closer."""

    def __init__(self, wall_mm: float, far: float = 0.6, near: float = 1.0) -> None:
        self.labels = labels_of(wall_mm)
        self.far, self.near = far, near
        self.asked: list[float] = []

    def segment(self, grey, spacing, area_mask, magnification=1.0) -> WallSegmentation:
        self.asked.append(magnification)
        sure = self.near if magnification > 1.0 else self.far
        wall, fat = ((self.labels == label) * np.float32(sure) for label in (Label.WALL, Label.INFLAMED_FAT))
        return WallSegmentation(self.labels, wall, fat)


def look(model, closer=True):
    noise = np.random.default_rng(1).normal(0, 6, model.labels.shape)
    grey = (np.array([150, 4, 60, 220])[model.labels] + noise).clip(0, 255).astype(np.uint8)
    return look_at_frame(model, grey, SPACING, np.ones(grey.shape, bool), BwtErrorModel(), closer)


def test_a_wall_that_is_sure_at_once_is_looked_at_once():
    model = ShortSighted(2.0, far=1.0)
    found = look(model)
    assert model.asked == [1.0]
    assert found.has_wall
    assert found.magnification == 1.0


def test_a_thin_wall_is_found_from_closer():
    model = ShortSighted(2.0)
    found = look(model)
    assert model.asked == [1.0, CLOSER]
    assert found.magnification == CLOSER
    assert isinstance(found.measurement.thickness, Measured)
    assert found.measurement.thickness.value == pytest.approx(2.0, abs=0.1)


def test_from_closer_the_model_has_to_be_surer_than_at_first_sight():
    assert look(ShortSighted(2.0, far=0.92)).magnification == 1.0
    for wall_mm in (2.0, 4.0):
        assert look(ShortSighted(wall_mm, near=0.94)).measurement.thickness.reason == "low_confidence"
        assert look(ShortSighted(wall_mm, near=0.96)).has_wall


def test_the_second_look_can_be_left_out():
    model = ShortSighted(2.0)
    assert not look(model, closer=False).has_wall
    assert model.asked == [1.0]


def test_a_wall_that_the_model_doubts_is_not_labelled():
    drawn = look(ShortSighted(4.0, far=0.94, near=0.8)).segmentation
    assert (drawn.labels == Label.WALL).any()
    doubtful = look(ShortSighted(4.0, far=0.85, near=0.8))
    assert not doubtful.segmentation.labels.any()
    assert doubtful.segmentation.wall_probability.max() == pytest.approx(0.85)
    assert doubtful.measurement.thickness.reason == "low_confidence"
    assert doubtful.measurement.confidence == pytest.approx(0.85, abs=0.01)


def test_a_thickness_comes_with_the_labels_that_it_was_taken_from():
    model = ShortSighted(4.0)
    unsure = np.full(model.labels.shape, 1.0, np.float32)
    unsure[:, : round(0.78 * COLUMNS)] = 0.88

    class Uneven(ShortSighted):
        def segment(self, *given) -> WallSegmentation:
            seen = super().segment(*given)
            return WallSegmentation(seen.labels, (seen.labels == Label.WALL) * unsure, seen.fat_probability)

    found = look(Uneven(4.0))
    assert found.has_wall
    assert (found.segmentation.labels == Label.WALL).any()
