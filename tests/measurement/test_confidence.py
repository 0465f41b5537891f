import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ius_vision.measurement.confidence import wall_confidence
from ius_vision.measurement.patch import cut_patches
from ius_vision.vocabulary import Label

from . import synthetic


def confidence(shown, seen) -> float:
    return wall_confidence(cut_patches(shown.grey, seen, shown.spacing, shown.area)[0])


@pytest.mark.parametrize("spacing", [synthetic.SQUARE, synthetic.OBLONG])
@given(probability=st.floats(0.5, 1.0))
def test_it_is_the_probability_in_the_middle_of_the_wall(spacing, probability):
    shown = synthetic.one_wall(4.0, spacing)
    seen = synthetic.Labelled(shown.labels, shown.truth.wall_probability * np.float32(probability))
    assert confidence(shown, seen) == pytest.approx(probability, abs=0.01)


def test_soft_edges_do_not_make_a_thin_wall_doubtful():
    thin, thick = (synthetic.two_walls(thickness, 6.0) for thickness in (1.5, 8.0))
    soft = [synthetic.uncertain(shown.labels, shown.spacing) for shown in (thin, thick)]
    labelled = [float(seen.wall_probability[seen.labels == Label.WALL].mean()) for seen in soft]
    assert labelled[0] < 0.9 < labelled[1]
    assert min(confidence(thin, soft[0]), confidence(thick, soft[1])) > 0.95


def test_a_part_that_is_doubtful_counts_by_its_length():
    shown = synthetic.one_wall(3.0)
    probability = shown.truth.wall_probability.copy()
    probability[:, : shown.labels.shape[1] // 2] *= np.float32(0.6)
    seen = synthetic.Labelled(shown.labels, probability)
    assert confidence(shown, seen) == pytest.approx(0.8, abs=0.02)
