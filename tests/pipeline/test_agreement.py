"""Agreement figures against hand-worked and published cases."""

import numpy as np
import pytest

from ius_vision.pipeline.agreement import agreement, icc_2_1, weighted_kappa


def test_bias_and_limits_of_a_hand_worked_case():
    result = agreement([1.0, 2.0, 3.0, 4.0], [1.0, 1.0, 3.0, 3.0])
    assert result.bias == pytest.approx(0.5)
    assert result.mae == pytest.approx(0.5)
    assert result.limits_high - result.bias == pytest.approx(1.96 * np.sqrt(1 / 3))


def test_icc_counts_a_constant_offset_against_agreement():
    true = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    assert icc_2_1(true, true) == pytest.approx(1.0)
    # MS between 5, raters 2.5, residual 0: 5 / (5 + 2 * 2.5 / 5)
    assert icc_2_1(true + 1, true) == pytest.approx(5 / 6)


def test_weighted_kappa_of_a_hand_worked_table():
    # Observed disagreement 1; by chance 0.25 + 2 + 0.5 + 1 + 1 + 0.25 = 5.
    assert weighted_kappa([0, 1, 2, 1], [0, 1, 2, 2], 3) == pytest.approx(0.8)
    assert weighted_kappa([0, 0], [0, 0], 3) == 1.0


def test_too_few_pairs_are_refused():
    with pytest.raises(ValueError, match="three pairs"):
        agreement([1.0], [1.0])
