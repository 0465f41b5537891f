"""What JPEG adds to mean powers is seen without the picture before it."""

from __future__ import annotations

import io

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from ius_vision.contrast.compression import (
    Added,
    added_by_compression,
    compression_factor,
    is_too_coarse,
    left_by_compression,
)
from ius_vision.contrast.linear import DisplayMap, power_table
from ius_vision.dicom.decode.jpeg import luminance_steps
from ius_vision.phantom.perfusion import contrast_panel, tint


def speckle(range_db: float, grain_px: float, quality: int, level: float) -> tuple[np.ndarray, bytes]:
    """A panel before compression, and its JPEG."""
    rng = np.random.default_rng(4)
    values = contrast_panel(np.full((320, 240), level, np.float32), grain_px, range_db, rng)
    return values, simplejpeg.encode_jpeg(np.ascontiguousarray(tint(values)), quality, "RGB", "422")


@pytest.mark.parametrize("range_db", [45.0, 60.0])
@pytest.mark.parametrize("grain_px", [0.8, 1.6])
@pytest.mark.parametrize("quality", [75, 85, 95])
def test_dividing_by_the_factor_leaves_a_third_of_the_error_or_less_than_three_per_cent(
    range_db, grain_px, quality
):
    power = power_table(DisplayMap.grey(), range_db)
    values, stream = speckle(range_db, grain_px, quality, 10**-1.8)
    seen = simplejpeg.decode_jpeg(stream, "GRAY")[..., 0]
    region = np.zeros(seen.shape, bool)
    region[37:290, 21:222] = True
    factor = compression_factor([seen], region, power, luminance_steps(stream))
    truth = power[values[region]].mean()
    before, after = (
        power[seen[region]].mean() / truth - 1.0,
        power[seen[region]].mean() / truth / factor - 1.0,
    )
    assert factor > 1.0
    assert abs(after) < abs(before)
    assert abs(after) < 0.03


@pytest.mark.parametrize(("quality", "coarse"), [(60, True), (66, True), (70, False), (92, False)])
def test_steps_coarser_than_those_that_were_tried_are_told(quality, coarse):
    assert is_too_coarse(luminance_steps(speckle(50.0, 1.0, quality, 1e-2)[1])) == coarse
    assert not is_too_coarse(())


def test_an_even_picture_and_an_empty_region_need_no_factor():
    power = power_table(DisplayMap.grey(), 50.0)
    _, stream = speckle(50.0, 1.0, 80, 1e-2)
    steps = luminance_steps(stream)
    even, everywhere = np.full((64, 64), 100, np.uint8), np.ones((64, 64), bool)
    assert compression_factor([even], everywhere, power, steps) == pytest.approx(1.0, abs=0.01)
    assert compression_factor([even], ~everywhere, power, steps) == 1.0
    assert compression_factor([], everywhere, power, steps) == 1.0


def test_steps_are_those_of_the_stream_and_none_where_it_holds_no_luminance():
    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=70)
    with Image.open(stream) as opened:
        assert luminance_steps(stream.getvalue()) == tuple(opened.quantization[0])
    colours = io.BytesIO()
    Image.fromarray(picture).save(colours, "JPEG", quality=70, keep_rgb=True)
    assert luminance_steps(colours.getvalue()) == ()


@pytest.mark.parametrize("range_db", [45.0, 60.0])
def test_what_is_added_to_dim_speckle_is_taken_off_as_well_as_what_is_added_to_bright(range_db):
    power = power_table(DisplayMap.grey(), range_db)
    levels = 10.0 ** np.array([-2.0, -2.6, -3.2, -3.8])
    made = [speckle(range_db, 0.8, 72, level) for level in levels]
    seen = [simplejpeg.decode_jpeg(stream, "GRAY")[..., 0] for _, stream in made]
    region = np.zeros(seen[0].shape, bool)
    region[37:290, 21:222] = True
    added = added_by_compression(seen[::-1], region, power, luminance_steps(made[0][1]))
    truth = np.array([power[values[region]].mean() for values, _ in made])
    off = added.taken_off(np.array([power[each[region]].mean() for each in seen])) / truth - 1.0
    assert np.abs(off).max() < 0.04
    assert np.ptp(off) < 0.02
    assert added.at_peak == added.factors[np.argmax(added.levels)] > 1.0


def test_a_power_that_is_missing_stays_missing():
    added = Added(np.array([0.01, 0.1]), np.array([1.02, 1.08]))
    off = added.taken_off(np.array([np.nan, 0.0, 0.001, 0.1, 1.0]))
    assert np.isnan(off[0])
    assert off[1:] == pytest.approx([0.0, 0.001 / 1.02, 0.1 / 1.08, 1.0 / 1.08])


def test_what_compression_may_leave_is_half_of_what_was_taken_off_and_one_per_cent_at_least():
    fine, coarse = (luminance_steps(speckle(50.0, 1.0, quality, 1e-2)[1]) for quality in (90, 60))
    some, little = (Added(np.array([1e-3, 1e-2]), np.array([1.0, factor])) for factor in (1.1, 1.004))
    assert left_by_compression(some, fine) == pytest.approx((1 / 1.05, 1.05))
    assert left_by_compression(little, fine) == pytest.approx((1 / 1.01, 1.01))
    assert left_by_compression(None, ()) == (1.0, 1.0)
    assert left_by_compression(None, coarse) == pytest.approx((0.8, 1.0))
