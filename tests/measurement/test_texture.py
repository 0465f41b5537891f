"""Texture against the digital phantom of the image biomarker standard, and what it must not depend on."""

from __future__ import annotations

import numpy as np
import pytest

from ius_vision.geometry import Spacing
from ius_vision.measurement.texture import (
    WallTexture,
    co_occurrence,
    discretised,
    first_order,
    pooled_texture,
    wall_texture,
)

# The standard's digital phantom: four slices of 4 x 5 voxels, 0 outside the region (74 voxels inside).
PHANTOM = np.array(
    [
        [[1, 4, 4, 1, 1], [1, 4, 6, 1, 1], [4, 1, 6, 4, 1], [4, 4, 6, 4, 1]],
        [[1, 4, 4, 1, 1], [1, 1, 6, 1, 1], [0, 1, 3, 1, 1], [4, 4, 6, 1, 1]],
        [[1, 4, 4, 0, 0], [1, 1, 1, 1, 1], [1, 1, 0, 1, 1], [1, 1, 6, 1, 1]],
        [[1, 4, 4, 0, 0], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 6, 1, 1]],
    ]
)
FINE = Spacing(0.1, 0.1)


def test_first_order_figures_have_the_standards_values():
    found = first_order(PHANTOM[PHANTOM > 0])
    assert np.count_nonzero(PHANTOM) == 74
    assert int(np.sum(PHANTOM**2)) == 567
    assert found.mean == pytest.approx(2.15, abs=0.005)
    assert found.variance == pytest.approx(3.05, abs=0.005)
    assert found.skewness == pytest.approx(1.08, abs=0.005)
    assert found.kurtosis == pytest.approx(-0.355, abs=0.0005)


def test_co_occurrence_figures_have_the_standards_values():
    found = co_occurrence(PHANTOM)
    assert found.joint_entropy == pytest.approx(2.24, abs=0.005)
    assert found.contrast == pytest.approx(5.19, abs=0.005)
    assert found.inverse_difference_moment == pytest.approx(0.625, abs=0.0005)
    assert found.correlation == pytest.approx(0.0173, abs=0.00005)
    assert found.angular_second_moment == pytest.approx(0.352, abs=0.0005)


def wall(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A speckled picture, and a band of wall in it 5 mm thick."""
    grey = np.random.default_rng(seed).normal(100, 18, (200, 300)).clip(20, 200)
    mask = np.zeros(grey.shape, bool)
    mask[60:110, 40:260] = True
    return grey, mask


def cells(texture: WallTexture) -> list[float]:
    return [getattr(texture, name) for name in WallTexture.__slots__]


def test_gain_and_contrast_of_the_display_drop_out():
    grey, mask = wall()
    plain = wall_texture(grey, mask, FINE)
    assert cells(wall_texture(0.6 * grey + 40, mask, FINE)) == pytest.approx(cells(plain), rel=1e-3)


def test_what_lies_outside_the_wall_does_not_matter():
    grey, mask = wall()
    other = np.where(mask, grey, 5.0)
    # Resampling looks one pixel beyond the rim of the mask.
    near = cells(wall_texture(other, mask, FINE))
    inner = np.zeros_like(mask)
    inner[62:108, 42:258] = True
    assert cells(wall_texture(other, inner, FINE)) == pytest.approx(cells(wall_texture(grey, inner, FINE)))
    assert near is not None


def test_a_finer_texture_is_less_homogeneous():
    grey, mask = wall()
    coarse = np.repeat(np.repeat(grey[::8, ::8], 8, axis=0), 8, axis=1)[:200, :300]
    assert wall_texture(coarse, mask, FINE).homogeneity > wall_texture(grey, mask, FINE).homogeneity


def test_pixels_that_are_not_square_are_brought_to_squares():
    grey, mask = wall()
    stretched = np.repeat(grey, 2, axis=0), np.repeat(mask, 2, axis=0)
    found = wall_texture(*stretched, Spacing(0.05, 0.1))
    assert found.joint_entropy_bits == pytest.approx(
        wall_texture(grey, mask, FINE).joint_entropy_bits, rel=0.05
    )


@pytest.mark.parametrize(
    ("spacing", "columns", "level"),
    [(Spacing(0.35, 0.2), 220, None), (FINE, 8, None), (FINE, 0, None), (FINE, 220, 90.0)],
)
def test_walls_that_show_no_texture_have_none(spacing, columns, level):
    grey, mask = wall()
    mask[:, 40 + columns :] = False
    if level is not None:
        grey[:] = level
    assert wall_texture(grey, mask, spacing) is None


def test_bins_reach_from_the_least_to_the_greatest_level():
    level = np.linspace(10, 90, 65)[None]
    bins = discretised(level, np.ones(level.shape, bool))
    assert (bins.min(), bins.max(), np.unique(bins).size) == (1, 32, 32)


def test_looks_are_pooled_by_their_medians():
    one, two = WallTexture(*[1.0] * 8), WallTexture(*[3.0] * 8)
    assert pooled_texture([one, None, two]) == WallTexture(*[2.0] * 8)
    assert pooled_texture([None]) is None
