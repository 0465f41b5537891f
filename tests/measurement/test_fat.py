"""Fat beside synthetic walls."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.measurement.fat import FatEvidence, grade_evidence
from ius_vision.outcomes import Measured
from ius_vision.vocabulary import Label

from . import synthetic
from .synthetic import SQUARE, Labelled, Picture
from .test_thickness import measured


def ring_with_fat(fat_db: float, labelled: bool = True, reach_mm: float = 8.0, seed: int = 0) -> Picture:
    """A ring in the left half of the picture whose upper half is hugged by fat."""
    y, x = synthetic.grid_mm(36.0, 60.0, SQUARE)
    outside = np.hypot(y - 18.0, x - 16.0) - 4.0
    fat = (outside > 4.5) & (outside < 4.0 + reach_mm) & (y < 20.0)
    shown = synthetic.picture(outside, 4.0, SQUARE, seed=seed, fat_db=np.where(fat, fat_db, 0.0))
    if labelled:
        shown.labels[fat] = Label.INFLAMED_FAT
    return shown


@pytest.mark.parametrize("seed", range(3))
def test_bright_labelled_fat_is_present(seed):
    found = measured(ring_with_fat(9.0, seed=seed))
    assert found.fat == Measured(2)
    assert found.fat_sign.evidence.excess_db == pytest.approx(9.0, abs=2.0)
    assert found.fat_sign.evidence.fat_mm > 10.0


@pytest.mark.parametrize("seed", range(3))
def test_no_label_and_no_brightness_is_absent(seed):
    found = measured(ring_with_fat(0.0, labelled=False, seed=seed))
    assert found.fat == Measured(0)
    assert found.fat_sign.evidence.fat_mm == 0.0
    assert abs(found.fat_sign.evidence.excess_db) < 2.0


def test_labelled_fat_that_is_hardly_brighter_is_uncertain():
    assert measured(ring_with_fat(4.0)).fat == Measured(1)


def look(
    probability: float, peak_db_mm: float = 0.0, fat_db: float = 4.0, level_db: float = 1.0
) -> FatEvidence:
    return FatEvidence(40.0, 10.0, 3.0, level_db, 1.0, fat_db, probability, peak_db_mm)


@pytest.mark.parametrize(
    ("looks", "grade"),
    [
        ([look(0.69, 4.0)], 0),
        ([look(0.7)], 1),
        ([look(0.2, 15.9)], 0),
        ([look(0.2, 16.0)], 1),
        ([look(0.8, 8.0), look(0.0)], 0),
        ([look(0.1, level_db=6.9)], 0),
        ([look(0.1, level_db=7.0)], 1),
        ([look(0.8, 27.9)], 1),
        ([look(0.8, 28.0, 2.9)], 1),
        ([look(0.1, 28.0)], 2),
        ([look(0.1, 56.0), look(0.1)], 2),
    ],
)
def test_fat_is_uncertain_where_it_is_probable_and_present_where_it_is_bright_and_thick(looks, grade):
    assert grade_evidence(looks) == Measured(grade)


def test_bright_tissue_all_around_that_is_not_labelled_is_uncertain():
    y, x = synthetic.grid_mm(36.0, 60.0, SQUARE)
    outside = np.hypot(y - 18.0, x - 16.0) - 4.0
    shown = synthetic.picture(outside, 4.0, SQUARE, fat_db=np.where(outside < 12.0, 10.0, 0.0))
    assert measured(shown).fat == Measured(1)


def test_the_dirty_shadow_of_gas_is_no_reference():
    y, _ = synthetic.grid_mm(40.0, 40.0, SQUARE)
    outside = 15.0 - y
    shown = synthetic.picture(outside, 4.0, SQUARE, lumen_db=-15.0)
    shown.labels[outside < -3.0] = Label.BACKGROUND
    assert measured(shown).fat.reason == "no_reference_tissue"


def test_deep_dark_muscle_beside_the_loop_does_not_make_its_fat_bright():
    y, x = synthetic.grid_mm(36.0, 60.0, SQUARE)
    outside = np.hypot(y - 14.0, x - 25.0) - 4.0
    shown = synthetic.picture(outside, 4.0, SQUARE, fat_db=np.where(y > 29.0, -12.0, 0.0))
    assert measured(shown).fat == Measured(0)


def test_fat_above_a_loop_that_fills_the_picture_is_compared_with_what_lies_next_to_it():
    y, x = synthetic.grid_mm(50.0, 50.0, SQUARE)
    outside = np.abs(y - 20.0) - 5.0
    fat = (outside > 4.5) & (y < 20.0) & (x < 20.0)
    shown = synthetic.picture(outside, 4.0, SQUARE, fat_db=np.where(fat, 9.0, 0.0))
    shown.labels[fat] = Label.INFLAMED_FAT
    found = measured(shown)
    assert found.fat == Measured(2)
    assert found.fat_sign.evidence.excess_db == pytest.approx(9.0, abs=2.0)


def test_fat_that_the_model_sees_and_nothing_can_be_compared_with_is_uncertain_not_absent():
    y, _ = synthetic.grid_mm(50.0, 50.0, SQUARE)
    outside = np.abs(y - 20.0) - 5.0
    fat = (outside > 4.5) & (y < 20.0)
    shown = synthetic.picture(outside, 4.0, SQUARE, fat_db=np.where(fat, 10.0, 0.0))
    shown.labels[fat] = Label.INFLAMED_FAT
    assert measured(shown).fat == Measured(1)


def test_without_tissue_to_compare_with_there_is_no_grade():
    y, x = synthetic.grid_mm(17.0, 17.0, SQUARE)
    outside = np.hypot(y - 8.5, x - 8.5) - 2.0
    shown = synthetic.picture(outside, 3.0, SQUARE)
    assert measured(shown).fat.reason == "no_reference_tissue"


def test_without_tissue_beside_the_wall_there_is_no_grade():
    shown = synthetic.ring(4.0, 5.0)
    labels = np.where(shown.labels == Label.BACKGROUND, 0, shown.labels).astype(np.uint8)
    y, x = synthetic.grid_mm(36.0, 40.0, SQUARE)
    area = np.hypot(y - 18.0, x - 20.0) < 9.0 + 1.2
    found = measured(
        Picture(shown.grey, labels, SQUARE, area), Labelled(labels, (labels == 2).astype(np.float32))
    )
    assert isinstance(found.thickness, Measured)
    assert found.fat.reason == "fat_not_visible"
